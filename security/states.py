"""Statuses of the security app and the moves between them."""

from django.db.models import TextChoices


class SessionKind(TextChoices):
    """Through which door somebody came; each has its own lengths."""

    VISITOR = "visitor"  # nobody signed in
    SELLER = "seller"  # with Discord
    STAFF = "staff"  # platform staff, with password and second factor


class InboxStatus(TextChoices):
    """What became of a message another server sent us."""

    RECEIVED = "received"
    PROCESSED = "processed"
    REFUSED = "refused"  # understood and not acted upon; `result` says why
    FAILED = "failed"  # gave up; a person looks
