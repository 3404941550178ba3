"""Sessions in the database that end by themselves, whoever asks.

How long a session lasts is decided where it is read, so pages, the API and sockets
cannot differ: it is over when nobody used it for a while (idle) and, used or not, some
time after the sign-in (longest). Being used is written down as a column of its own, at
most once a minute: writing the whole session back would put old values over what
another request of the same browser has just stored.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from ppob.kit import clock
from security import origin
from security.models import Session
from security.states import SessionKind

SIGNED_IN_KEY = "signed_in"
SEEN_EVERY = timedelta(minutes=1)
LONGEST_AGENT = 200
_KEY = re.compile("[a-z0-9]{8,40}")

_WRITTEN = (
    "session_data",
    "user_id",
    "kind",
    "signed_in_at",
    "expire_date",
    "seen_at",
)


def ends_at(kind: str, *, signed_in_at: datetime | None, seen_at: datetime) -> datetime:
    """When a session ends that was last used at `seen_at`."""
    lengths = settings.SESSION_LENGTHS[kind]
    idle_end = seen_at + timedelta(seconds=lengths["idle"])
    if signed_in_at is None:
        return idle_end
    return min(idle_end, signed_in_at + timedelta(seconds=lengths["longest"]))


def is_over(row: Session, *, now: datetime) -> bool:
    """Whether this session has ended.

    Lengths that were made shorter since the last use count at once, so the row's own
    `expire_date` is not believed alone.
    """
    end = ends_at(row.kind, signed_in_at=row.signed_in_at, seen_at=row.seen_at)
    return now >= min(end, row.expire_date)


class SessionStore(DatabaseStore):
    """Django's database sessions, with an owner, a kind and an end."""

    row: Session | None = None
    agent: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def is_alive_for(self, user_id: int) -> bool:
        """Whether this session still is this person's: neither ended nor signed out."""
        row = Session.objects.filter(
            session_key=self.session_key, user_id=user_id
        ).first()
        return row is not None and not is_over(row, now=clock.now())

    def touch(self, *, now: datetime) -> None:
        """Somebody uses the session; written down once a minute at most."""
        row = self.row
        if row is None or row.user_id is None or now - row.seen_at < SEEN_EVERY:
            return
        Session.objects.filter(
            session_key=row.session_key, seen_at__lte=now - SEEN_EVERY
        ).update(
            seen_at=now,
            expire_date=ends_at(row.kind, signed_in_at=row.signed_in_at, seen_at=now),
        )
        row.seen_at = now

    def save(self, must_create: bool = False) -> None:
        """Write what the session carries; raises UpdateError if it has been ended."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self.create_model_instance(data)
        if must_create:
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError:
                raise CreateError from None
        else:
            written = {name: getattr(row, name) for name in self._columns()}
            same = Session.objects.filter(session_key=row.session_key)
            # What was ended meanwhile must not come back.
            if not same.update(**written):
                raise UpdateError
        self.row = row

    async def asave(self, must_create: bool = False) -> None:
        """Like `save`."""
        await sync_to_async(self.save)(must_create)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for what the session carries now."""
        now = clock.now()
        signed_in = data.get(SIGNED_IN_KEY) or {}
        user_id = data.get(SESSION_KEY)
        kind, since = SessionKind.VISITOR, None
        if user_id is not None:
            kind = SessionKind(signed_in.get("kind", SessionKind.SELLER))
            since = parse_datetime(signed_in.get("at", "")) or now
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            user_id=user_id,
            kind=kind,
            signed_in_at=since,
            seen_at=now,
            expire_date=ends_at(kind, signed_in_at=since, seen_at=now),
            ip=origin.find_ip(),
            agent=(self.agent or "")[:LONGEST_AGENT],
        )

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        """Like `create_model_instance`."""
        return await sync_to_async(self.create_model_instance)(data)

    def _columns(self) -> list[str]:
        columns = list(_WRITTEN)
        if self.agent is not None:
            columns += ["ip", "agent"]
        return columns

    def _validate_session_key(self, key: Any) -> bool:
        """Keys of our own making alone: a cookie may hold what no column takes."""
        return isinstance(key, str) and _KEY.fullmatch(key) is not None

    def _get_session_from_db(self) -> Session | None:
        try:
            row = Session.objects.filter(session_key=self.session_key).first()
        except SuspiciousOperation:
            row = None
        if row is None or is_over(row, now=clock.now()):
            self._session_key = None
            return None
        self.row = row
        return row

    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    @classmethod
    def clear_expired(cls) -> None:
        """Forget the sessions that are over."""
        Session.objects.filter(expire_date__lt=clock.now()).delete()


class SessionLengthMiddleware:
    """Notices that a signed-in person is at work, and who came in as platform staff.

    A part of a page that refreshes itself is nobody at work: an open page must not keep
    a session for ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            store: Any = request.session
            if not _refreshes_itself(request):
                store.touch(now=clock.now())
            kind = (request.session.get(SIGNED_IN_KEY) or {}).get("kind")
            request.is_staff_sign_in = kind == SessionKind.STAFF  # type: ignore[attr-defined]
        return self.get_response(request)


def _refreshes_itself(request: HttpRequest) -> bool:
    is_part = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    return is_part and request.method in ("GET", "HEAD")
