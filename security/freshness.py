"""How long ago the person behind a session last proved who they are.

A cookie that was taken along, or a phone left on a table, opens the pages that the
session opens. Before payout accounts, keys, roles, limits and sold codes the person
therefore signs in again, unless they did so a moment ago.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from ppob.kit.drf import problem
from ppob.kit.errors import DomainError
from ppob.kit.pages import is_fragment

PROOF_KEY = "proof"
# Web processes on several machines do not agree about the time to the second.
CLOCKS_DIFFER_SECS = 60


class FreshSignInNeeded(DomainError):
    """The last sign-in is too long ago for this; nothing was changed."""

    code = "FRESH_SIGN_IN_NEEDED"
    http_status = 403
    default = _("Please sign in again before you do this. Nothing was changed.")


def record_proof(
    request: HttpRequest, *, user: AbstractBaseUser, now: datetime
) -> None:
    """The person just proved who they are: by Discord, password or second factor."""
    request.session[PROOF_KEY] = {"user": user.pk, "at": now.isoformat()}


def is_fresh(request: HttpRequest, *, now: datetime) -> bool:
    """Whether the signed-in person proved it within `FRESH_SIGN_IN_SECS`."""
    proof = request.session.get(PROOF_KEY)
    if not request.user.is_authenticated or not isinstance(proof, dict):
        return False
    if proof.get("user") != request.user.pk:
        return False
    age = now - datetime.fromisoformat(proof["at"])
    longest = timedelta(seconds=settings.FRESH_SIGN_IN_SECS)
    return -timedelta(seconds=CLOCKS_DIFFER_SECS) <= age < longest


def require_fresh(request: HttpRequest, *, now: datetime) -> None:
    """Raise FreshSignInNeeded unless the person signed in a moment ago."""
    if not is_fresh(request, now=now):
        raise FreshSignInNeeded


def ask_again(request: HttpRequest) -> HttpResponse:
    """Send the person to prove who they are, and from there back to this page.

    Scripts that fetch a part of a page send the whole page there; programs get the
    refusal as a problem body.
    """
    if not request.accepts("text/html"):
        body = problem(FreshSignInNeeded())
        body["title"] = str(body["title"])
        return JsonResponse(body, status=FreshSignInNeeded.http_status)
    target = f"{reverse('security:prove')}?{urlencode({'next': page_of(request)})}"
    if is_fragment(request):
        return HttpResponse(
            status=FreshSignInNeeded.http_status, headers={"HX-Redirect": target}
        )
    return redirect(target)


def page_of(request: HttpRequest) -> str:
    """The page the person was on, as a path of this site.

    A form may send itself to an address that is no page; the page it stands on is what
    the browser says it came from.
    """
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer")
    if not came_from or not is_ours(request, came_from):
        return request.get_full_path()
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address stays on this site.

    A bare word is none: `redirect` would take it for the name of a page and fail.
    """
    return "/" in address and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def next_page(request: HttpRequest, *, otherwise: str = "") -> str:
    """Where to go on: what `next` says if that is ours, else the stores."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if wanted and is_ours(request, wanted):
        return wanted
    return otherwise or str(settings.LOGIN_REDIRECT_URL)
