"""Statuses of the security app and the moves between them."""

from django.db.models import TextChoices


class InboxStatus(TextChoices):
    """What became of a message another server sent us."""

    RECEIVED = "received"
    PROCESSED = "processed"
    REFUSED = "refused"  # understood and not acted upon; `result` says why
    FAILED = "failed"  # gave up; a person looks
