"""Facts that the audit trail announces to the apps above."""

from dataclasses import dataclass

from ppob.kit.events import Event
from security.models import AuditEntry


@dataclass(frozen=True)
class AuditRecorded(Event):
    """An audit entry of the store in scope was written."""

    names = ("audit.recorded",)

    entry: AuditEntry
