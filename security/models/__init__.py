"""People, what they did, and what other servers told us."""

from security.models.audit import AuditEntry, AuditLink
from security.models.inbox import InboxEvent
from security.models.session import Session
from security.models.tries import TryCount
from security.models.user import User

__all__ = ["AuditEntry", "AuditLink", "InboxEvent", "Session", "TryCount", "User"]
