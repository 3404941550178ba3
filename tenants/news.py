"""What stores tell the apps above about the people who work there."""

from dataclasses import dataclass
from enum import StrEnum


class StaffEvent(StrEnum):
    """What happened to somebody's place in a store."""

    JOINED = "joined"
    CHANGED = "changed"
    REMOVED = "removed"
    LEFT = "left"
    OFFERED = "offered"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True)
class StaffNews:
    """One event. `entry` is the audit entry's number and tells events apart.

    `user_id` and `name` are the person's whom it is about, `by_id` and `by_name` who
    did it. `before` and `after` are roles; empty for somebody who was or is no staff.
    """

    event: StaffEvent
    entry: int
    user_id: int
    name: str
    by_id: int
    by_name: str
    before: str = ""
    after: str = ""
