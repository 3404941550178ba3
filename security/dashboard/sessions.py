"""Where one is signed in, and signing out there."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ppob.kit import clock
from security import devices, selectors
from security.dashboard.own import own_page
from security.models import Session, User
from security.services import own_sessions


@dataclass(frozen=True)
class Card:
    """One browser as its owner sees it."""

    session: Session
    device: str
    is_phone: bool
    is_this: bool


@require_safe
@own_page()
def session_list(request: HttpRequest) -> HttpResponse:
    """Every browser in which the reader is signed in."""
    found = selectors.list_sessions(_user(request), now=clock.now())
    cards = [
        Card(
            session=each,
            device=devices.device_name(each.agent),
            is_phone=devices.is_phone(each.agent),
            is_this=each.session_key == request.session.session_key,
        )
        for each in found
    ]
    cards.sort(key=lambda card: not card.is_this)
    return render(request, "security/sessions.html", {"cards": cards})


@require_POST
@own_page()
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out in one browser."""
    own_sessions.end_session(
        user=_user(request), session_id=session_id, now=clock.now()
    )
    messages.success(request, _("Signed out there."))
    return redirect("security:sessions")


@require_POST
@own_page()
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    count = own_sessions.end_other_sessions(
        user=_user(request),
        session_key=request.session.session_key or "",
        now=clock.now(),
    )
    sentence = ngettext(
        "Signed out in %(count)d other browser.",
        "Signed out in %(count)d other browsers.",
        count,
    )
    messages.success(request, sentence % {"count": count})
    return redirect("security:sessions")


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # `own_page` let nobody else in
