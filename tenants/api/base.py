"""What the API views of a store share: which store, which right, how often, pages."""

from contextlib import ExitStack
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    Direction,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
)
from rest_framework import serializers
from rest_framework.exceptions import NotFound as NoSuchPage
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from ppob.kit import rate
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.foreign import is_storable
from ppob.kit.numbers import read_number
from ppob.kit.scope import tenant_scope
from tenants import cross_tenant
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission

HEADER = "X-Store"
PARAMETER = "store"


class ProblemSerializer(serializers.Serializer[dict[str, object]]):
    """A refusal (RFC 9457): a sentence for people and a stable code for programs."""

    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]


REFUSALS = {
    "400": ("The request cannot be read, or names no store.", "INVALID_INPUT"),
    "403": ("Not signed in, or without the right.", "NOT_ALLOWED"),
    "404": ("Nothing of this name in a store of the reader's.", "NOT_FOUND"),
    "429": ("Too many requests; Retry-After says when to come back.", "THROTTLED"),
}
# Where there is a body.
BODY_REFUSALS = {
    "413": ("The body is too long.", "TOO_LONG"),
    "415": ("The body is not JSON.", "UNSUPPORTED_MEDIA_TYPE"),
}


def _refusal(status: str, title: str, code: str) -> OpenApiResponse:
    problem = {"title": title, "status": int(status), "code": code}
    example = OpenApiExample(code, value=problem, response_only=True)
    return OpenApiResponse(ProblemSerializer, description=title, examples=[example])


class StoreSchema(AutoSchema):
    """Documents how every request names its store, and how it is refused."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        refusals = REFUSALS | (BODY_REFUSALS if self.method == "POST" else {})
        for status, (title, code) in refusals.items():
            bodies[status] = self._get_response_for_code(
                _refusal(status, title, code), status, direction=direction
            )
        return dict(sorted(bodies.items()))

    def get_override_parameters(self) -> list[Any]:
        """How a store is named, and when a request that came too soon may come back."""
        return [
            OpenApiParameter(
                HEADER,
                location=OpenApiParameter.HEADER,
                description=f"The store's slug; or use ?{PARAMETER}=.",
            ),
            OpenApiParameter(PARAMETER, description=f"The slug, without {HEADER}."),
            OpenApiParameter(
                "Retry-After",
                int,
                OpenApiParameter.HEADER,
                response=["429"],
                description="Seconds.",
            ),
        ]


class StoreThrottle(SimpleRateThrottle):
    """Requests of all members of one store together."""

    rate = "300/min"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """One counter per store."""
        member: Member = view.member  # type: ignore[attr-defined]
        return f"api-rate:{member.tenant_id}"


class CountedThrottle(BaseThrottle):
    """A stricter limit for what costs a store money; subclasses say which.

    Counted in one step: the framework's own throttles let more through when many
    requests come at once.
    """

    name: ClassVar[str]
    limit: ClassVar[int]
    secs: ClassVar[int] = 60

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count it, and whether it was within the limit."""
        key = self.get_cache_key(request, view)
        self._wait_secs = rate.count(key, limit=self.limit, secs=self.secs)
        return self._wait_secs == 0

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """One counter per store and limit."""
        member: Member = view.member  # type: ignore[attr-defined]
        return f"api-limit:{member.tenant_id}:{self.name}"

    def wait(self) -> float:
        """Seconds after which to try again."""
        return float(self._wait_secs)


class InStore(APIView):
    """A view for signed-in members of the store that the request names.

    It runs in the store's scope. `permission` is what the member must have the right
    to; `self.member` is who asks. Raises NotFound for stores one does not work in.
    """

    permission: ClassVar[Permission]
    throttle_classes = [StoreThrottle]
    schema = StoreSchema()
    member: Member

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep the scope open until the answer's data is complete."""
        with ExitStack() as self._scope:
            return super().dispatch(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Find the store and the member, open the scope, check the right."""
        super().check_permissions(request)
        self.member = _find_member(request)
        self._scope.enter_context(tenant_scope(self.member.tenant_id))
        require(self.member, self.permission)


class NewestFirst(CursorPagination):
    """Pages of a growing table, newest first; nothing is counted."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100

    def decode_cursor(self, request: Request) -> Any:
        """Where the page begins; anybody can write a cursor, so a key must be one."""
        cursor = super().decode_cursor(request)
        position = cursor.position if cursor is not None else None
        if position is not None and read_number(position) is None:
            raise NoSuchPage(self.invalid_cursor_message)
        return cursor


class CheapestFirst(NewestFirst):
    """Pages by price; among equals the older first."""

    ordering = ("price", "id")  # type: ignore[assignment]


class InShelfOrder(NewestFirst):
    """Pages in the order in which the seller put things."""

    ordering = ("position", "id")  # type: ignore[assignment]


def _find_member(request: Request) -> Member:
    slug = request.headers.get(HEADER) or request.query_params.get(PARAMETER)
    if not slug:
        raise InvalidInput(
            _("Name the store: header %(header)s or ?%(parameter)s=.")
            % {"header": HEADER, "parameter": PARAMETER},
            field=PARAMETER,
        )
    if not is_storable(slug):
        raise NotFound
    member = cross_tenant.find_member(user_id=request.user.pk or 0, slug=slug)
    if member is None:
        raise NotFound
    return member
