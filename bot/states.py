"""Statuses of what lives in Discord, and which may follow each other."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TicketStatus(TextChoices):
    """Where a buyer's private channel stands."""

    OPEN = "open", _("Open")
    PAID = "paid", _("Paid")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")


TICKET_TRANSITIONS: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.OPEN: frozenset({TicketStatus.PAID, TicketStatus.CLOSED}),
    TicketStatus.PAID: frozenset({TicketStatus.COMPLETED, TicketStatus.CLOSED}),
    TicketStatus.COMPLETED: frozenset({TicketStatus.CLOSED}),
    # Money that came in late reopens the conversation.
    TicketStatus.CLOSED: frozenset({TicketStatus.PAID}),
}


class PanelStatus(TextChoices):
    """Whether a panel is kept up to date."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


PANEL_TRANSITIONS: dict[PanelStatus, frozenset[PanelStatus]] = {
    PanelStatus.ACTIVE: frozenset({PanelStatus.PAUSED}),
    PanelStatus.PAUSED: frozenset({PanelStatus.ACTIVE}),
}


class PauseReason(TextChoices):
    """Why a panel is not kept up to date."""

    GONE = "gone", _("The channel or message was deleted")
    FORBIDDEN = "forbidden", _("The bot may not write there")
    REJECTED = "rejected", _("Discord refused the message")


class PanelLayout(TextChoices):
    """How a panel looks."""

    CARDS = "cards", _("Cards")
    CLASSIC = "classic", _("Classic embed")


class Desired(TextChoices):
    """What the owner wants of a bot."""

    RUNNING = "running"
    STOPPED = "stopped"


class Observed(TextChoices):
    """What a bot is actually doing."""

    STARTING = "starting"
    ONLINE = "online"
    DEGRADED = "degraded"
    NEEDS_OWNER = "needs_owner"
    STOPPED = "stopped"


OBSERVED_TRANSITIONS: dict[Observed, frozenset[Observed]] = {
    Observed.STARTING: frozenset(
        {Observed.ONLINE, Observed.DEGRADED, Observed.NEEDS_OWNER, Observed.STOPPED}
    ),
    # A process that was killed says nothing: the next one starts from any of these.
    Observed.ONLINE: frozenset(
        {Observed.STARTING, Observed.DEGRADED, Observed.NEEDS_OWNER, Observed.STOPPED}
    ),
    Observed.DEGRADED: frozenset(
        {Observed.STARTING, Observed.NEEDS_OWNER, Observed.STOPPED}
    ),
    Observed.NEEDS_OWNER: frozenset({Observed.STARTING, Observed.STOPPED}),
    # The last word of an earlier process may come after the first of the next.
    Observed.STOPPED: frozenset({Observed.STARTING, Observed.ONLINE}),
}


class OutboxStatus(TextChoices):
    """Whether a message that Discord should carry has left."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


OUTBOX_TRANSITIONS: dict[OutboxStatus, frozenset[OutboxStatus]] = {
    OutboxStatus.QUEUED: frozenset({OutboxStatus.SENT, OutboxStatus.FAILED}),
    OutboxStatus.SENT: frozenset(),
    OutboxStatus.FAILED: frozenset({OutboxStatus.QUEUED}),
}
