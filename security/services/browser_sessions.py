"""Where somebody is signed in: kept up to date, and ended by the person alone."""

from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.db import IntegrityError

from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from security import origin, platform
from security.models import AuditEntry, BrowserSession, User

UPDATED = ["user", "address", "user_agent", "seen_at"]


def note_seen(*, user: User, session_key: str, user_agent: str, now: datetime) -> None:
    """Remember that this browser was used; one that has just signed out is left out."""
    row = BrowserSession(
        session_id=session_key,
        user=user,
        address=origin.find_ip(),
        user_agent="".join(filter(str.isprintable, user_agent))[:200],
        created_at=now,
        seen_at=now,
    )
    try:
        with unit_of_work("security.note_seen"):
            BrowserSession.objects.bulk_create(
                [row],
                update_conflicts=True,
                unique_fields=["session"],
                update_fields=UPDATED,
            )
    except IntegrityError:
        return  # the session ended at the same moment, and nothing was kept


def end_session(*, user: User, session_id: int, now: datetime) -> None:
    """Sign one's own browser out; `session_id` is our row's. Raises NotFound."""
    found = BrowserSession.objects.filter(user=user, pk=session_id).first()
    if found is None:
        raise NotFound
    _end([found.session_id], user, now=now)


def end_other_sessions(*, user: User, session_key: str, now: datetime) -> int:
    """Sign all of one's browsers out but the one with this key; how many."""
    others = BrowserSession.objects.filter(user=user).exclude(session_id=session_key)
    keys = list(others.order_by("pk").values_list("session_id", flat=True))
    if keys:
        _end(keys, user, now=now)
    return len(keys)


def _end(keys: list[str], user: User, *, now: datetime) -> None:
    engine = import_module(settings.SESSION_ENGINE)
    with platform.transaction_across_stores():
        with unit_of_work("security.end_sessions"):
            for key in keys:
                engine.SessionStore(key).delete()
        platform.record_deed(
            AuditEntry(
                at=now,
                actor=f"user:{user.pk}",
                action="session.ended",
                object=f"user:{user.pk}",
                ip=origin.find_ip(),
                data={"count": len(keys)},
            )
        )
