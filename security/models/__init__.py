"""People, what they did, and what other servers told us."""

from security.models.audit import AuditEntry, AuditLink
from security.models.browser_session import BrowserSession
from security.models.inbox import InboxEvent
from security.models.user import User

__all__ = ["AuditEntry", "AuditLink", "BrowserSession", "InboxEvent", "User"]
