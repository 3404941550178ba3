"""Suppliers' clocks: their days and cut-offs are those of Jakarta."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def day_of(moment: datetime) -> date:
    """The date in Jakarta at this moment."""
    return moment.astimezone(JAKARTA).date()


def end_of(day: date) -> datetime:
    """The moment at which this day is over in Jakarta."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=JAKARTA)


def next_time(clock: time, *, after: datetime) -> datetime:
    """The next moment after this one at which Jakarta's clocks show `clock`."""
    here = after.astimezone(JAKARTA)
    found = datetime.combine(here.date(), clock, tzinfo=JAKARTA)
    return found if found > here else found + timedelta(days=1)
