"""From the first proof to a signed-in session, with the second factor in between.

Until everything is proved the session is a visitor's: it carries who is on the way in,
and every page, API and socket still sees nobody.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib import auth
from django.http import HttpRequest

from ppob.kit import clock
from security import freshness
from security.models import User
from security.services import doors, second_factor
from security.session_store import SIGNED_IN_KEY
from security.states import SessionKind

PENDING_KEY = "on_the_way_in"
PENDING_SECS = 10 * 60


@dataclass(frozen=True)
class Pending:
    """Somebody who has given the first proof and not yet the second.

    `carry` are entries of the session to be, such as a sealed token.
    """

    user: User
    kind: SessionKind
    backend: str
    target: str
    carry: dict[str, Any] = field(default_factory=dict)


def needs_second_step(user: User, kind: SessionKind) -> bool:
    """Whether this person has to prove more: platform staff always has to."""
    return kind == SessionKind.STAFF or second_factor.has_one(user)


def begin(request: HttpRequest, pending: Pending, *, now: datetime) -> None:
    """Remember who is on the way in, in a session with a new key."""
    if request.user.is_authenticated:
        leave(request)
    else:
        # A key that somebody planted in this browser must not become the person's.
        request.session.cycle_key()
    request.session[PENDING_KEY] = {
        "user": pending.user.pk,
        "kind": pending.kind.value,
        "backend": pending.backend,
        "target": pending.target,
        "carry": pending.carry,
        "at": now.isoformat(),
    }


def find_pending(request: HttpRequest, *, now: datetime) -> Pending | None:
    """Who is on the way in, if that is not too long ago."""
    kept = request.session.get(PENDING_KEY)
    if not isinstance(kept, dict) or request.user.is_authenticated:
        return None
    began_at = datetime.fromisoformat(kept["at"])
    if now >= began_at + timedelta(seconds=PENDING_SECS):
        request.session.pop(PENDING_KEY, None)
        return None
    # Looked up again: since the first proof the account may have been closed.
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or (kept["kind"] == SessionKind.STAFF and not user.is_staff):
        return None
    return Pending(
        user=user,
        kind=SessionKind(kept["kind"]),
        backend=kept["backend"],
        target=kept["target"],
        carry=kept["carry"],
    )


def finish(
    request: HttpRequest, pending: Pending, *, factor: str, now: datetime
) -> None:
    """Everything is proved: the session is this person's from here on."""
    request.session.pop(PENDING_KEY, None)
    # `on_signed_in` reads it, which the login below calls by a signal.
    request.sign_in_kind = pending.kind  # type: ignore[attr-defined]
    auth.login(request, pending.user, backend=pending.backend)
    # Afterwards, because the login may empty the session.
    request.session.update(pending.carry)
    signed_in(pending.user, kind=pending.kind, factor=factor, now=now)


def signed_in(user: User, *, kind: SessionKind, factor: str, now: datetime) -> None:
    """Write the successful sign-in down; `factor` is "" where none was asked for."""
    doors.record(
        "sign_in.succeeded", user=user, now=now, door=kind.value, factor=factor
    )


def leave(request: HttpRequest) -> None:
    """Drop the session because the person comes in anew; not worth an entry."""
    request.comes_in_anew = True  # type: ignore[attr-defined]
    auth.logout(request)


def on_signed_out(request: HttpRequest, user: User | None) -> None:
    """Write down that somebody left, whichever way out they took."""
    if user is not None and not getattr(request, "comes_in_anew", False):
        doors.record("sign_in.ended", user=user, now=clock.now())


def proved_again(request: HttpRequest, *, factor: str, now: datetime) -> None:
    """The signed-in person proved who they are once more.

    The session gets a new key: a cookie that somebody took along must not become fresh
    together with the person's own.
    """
    user: Any = request.user
    request.session.cycle_key()
    freshness.record_proof(request, user=user, now=now)
    doors.record("sign_in.proved_again", user=user, now=now, factor=factor)


def on_signed_in(request: HttpRequest, user: User) -> None:
    """What every new session of a person starts with, whichever door it was."""
    now = clock.now()
    kind = getattr(request, "sign_in_kind", SessionKind.SELLER)
    request.session[SIGNED_IN_KEY] = {"kind": kind.value, "at": now.isoformat()}
    store: Any = request.session
    store.agent = request.headers.get("User-Agent", "")
    if kind == SessionKind.STAFF:
        request.session.set_expiry(0)  # the cookie goes when the browser is closed
    freshness.record_proof(request, user=user, now=now)
