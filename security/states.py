"""Statuses of the security app and the moves between them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SessionKind(TextChoices):
    """Through which door somebody came; each has its own lengths."""

    VISITOR = "visitor"  # nobody signed in
    SELLER = "seller"  # with Discord
    STAFF = "staff"  # platform staff, with password and second factor


class InboxStatus(TextChoices):
    """What became of a message another server sent us."""

    RECEIVED = "received"
    PROCESSED = "processed"
    PARKED = "parked"  # proven, and the store's keys cannot be opened: waits for them
    REFUSED = "refused"  # understood and not acted upon; `result` says why
    FAILED = "failed"  # gave up; a person looks


class Trouble(TextChoices):
    """Why a store's access to a provider needs a person."""

    KEYS = "keys", _("The keys do not work")
    ODD = "odd", _("Sent messages that cannot be used")
