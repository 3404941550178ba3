"""Signing oneself out elsewhere: one browser, or all others."""

from datetime import datetime

from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from security.models import Session, User
from security.services import doors


def end_session(*, user: User, session_id: int, now: datetime) -> None:
    """Sign one's own browser out; `session_id` is our row's. Raises NotFound."""
    with unit_of_work("security.end_session"):
        # Among one's own alone: a row's id is easily guessed.
        ended, _rows = Session.objects.filter(user=user, pk=session_id).delete()
    if not ended:
        raise NotFound
    doors.record("session.ended", user=user, now=now, count=1)


def end_other_sessions(*, user: User, session_key: str, now: datetime) -> int:
    """Sign all of one's browsers out but the one with this key; how many."""
    with unit_of_work("security.end_other_sessions"):
        others = Session.objects.filter(user=user).exclude(session_key=session_key)
        ended, _rows = others.delete()
    if ended:
        doors.record("session.ended", user=user, now=now, count=ended)
    return ended
