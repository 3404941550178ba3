"""Who may see a page of a store."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ppob.kit import clock
from ppob.kit.errors import NotAllowed
from security import freshness
from tenants.actors import Actor
from tenants.models import Customer, Member, Tenant
from tenants.permissions import Permission


class OwnMoney(NotAllowed):
    """Who works in a store does not decide about their own purchases there."""

    code = "OWN_MONEY"
    default = _(
        "This is your own purchase. Somebody else in the store has to decide about it."
    )


class StoreRequest(HttpRequest):
    """A request inside a store; the middleware found the member."""

    member: Member
    tenant: Tenant
    # Whether saving on this page first asks the person to sign in again.
    asks_to_sign_in: bool = False


Page = Callable[..., HttpResponse]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def store_page(
    permission: Permission, *, fresh: bool = False, fresh_reads: bool = False
) -> Callable[[Page], Page]:
    """Let members with this permission in.

    Strangers are sent to sign in, members of other stores get 404, members without the
    right NotAllowed (a 403 page). With `fresh`, whoever changes something here must
    have signed in within `FRESH_SIGN_IN_SECS`, with `fresh_reads` also whoever only
    looks; others are asked to sign in again and come back to the page.
    """

    def decorate(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if getattr(request, "member", None) is None:
                raise Http404
            store_request = cast(StoreRequest, request)
            require(store_request.member, permission)
            if fresh or fresh_reads:
                is_change = request.method not in SAFE
                is_stale = not freshness.is_fresh(request, now=clock.now())
                if is_stale and (is_change or fresh_reads):
                    return freshness.ask_again(request)
                store_request.asks_to_sign_in = is_stale
            return page(store_request, *args, **kwargs)

        return guarded

    return decorate


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor has this right."""
    if not actor.may(permission):
        raise NotAllowed


def is_second_person(actor: Actor, *, first: str) -> bool:
    """Whether this is a person, and another one than who has said so `first`.

    What needs two pairs of eyes is decided here, for every kind of money.
    """
    return actor.is_person and actor.name != first


def require_not_own(actor: Actor, customer: Customer) -> None:
    """Raise OwnMoney if who acts and the buyer are the same Discord account."""
    if actor.discord_id == customer.discord_id:
        raise OwnMoney
