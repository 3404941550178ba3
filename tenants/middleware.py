"""Opens the store's scope for pages under an address with a `store` slug."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from ppob.kit.scope import tenant_scope
from tenants import cross_tenant


class StoreMiddleware:
    """Finds the signed-in person's membership once, before any view runs.

    For others the store does not exist: strangers are asked to sign in (the page's
    decorator does that), members of other stores get 404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        slug = self._slug_of(request)
        if slug is None or not request.user.is_authenticated:
            return self.get_response(request)
        member = cross_tenant.find_member(user_id=request.user.pk, slug=slug)
        if member is None:
            return self.get_response(request)
        request.member = member  # type: ignore[attr-defined]
        request.tenant = member.tenant  # type: ignore[attr-defined]
        zone = timezone.override(ZoneInfo(member.tenant.time_zone))
        with tenant_scope(member.tenant_id), zone:
            return self.get_response(request)

    @staticmethod
    def _slug_of(request: HttpRequest) -> str | None:
        try:
            return resolve(request.path_info).kwargs.get("store")
        except Resolver404:
            return None
