"""What failed because of us, so that a code that somebody was told can be looked up."""

from datetime import datetime, timedelta

from bot.models import ErrorReport
from ppob.kit.db import unit_of_work

KEPT = timedelta(days=30)


def keep(*, code: str, doing: str, error: str, discord_id: int, now: datetime) -> None:
    """Write down that this person's press or command failed.

    `error` names the kind of failure and nothing of what was in it.
    """
    with unit_of_work("bot.keep_error"):
        ErrorReport.objects.create(
            code=code,
            doing=doing[:120],
            error=error[:80],
            discord_id=discord_id,
            at=now,
        )


def delete_old(*, now: datetime) -> int:
    """Forget the store's reports after a month; how many they were."""
    with unit_of_work("bot.delete_errors"):
        return int(ErrorReport.objects.filter(at__lte=now - KEPT).delete()[0])
