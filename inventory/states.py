"""Statuses of the inventory and the moves between them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ItemStatus(TextChoices):
    """Where one code stands."""

    FREE = "free", _("Free")
    HELD = "held", _("Held for a buyer")
    SOLD = "sold", _("Sold")
    VOID = "void", _("Taken out")


ITEM_MOVES: dict[ItemStatus, frozenset[ItemStatus]] = {
    ItemStatus.FREE: frozenset({ItemStatus.HELD, ItemStatus.VOID}),
    ItemStatus.HELD: frozenset({ItemStatus.FREE, ItemStatus.SOLD}),
    ItemStatus.SOLD: frozenset(),
    ItemStatus.VOID: frozenset(),
}


class HoldStatus(TextChoices):
    """Whether codes are still set aside for an order line."""

    ACTIVE = "active"
    CONSUMED = "consumed"
    RELEASED = "released"


class MovementKind(TextChoices):
    """Why a product's stock changed."""

    UPLOADED = "uploaded", _("Uploaded")
    HELD = "held", _("Held")
    RELEASED = "released", _("Released")
    SOLD = "sold", _("Sold")
    VOIDED = "voided", _("Taken out")


class AlertLevel(TextChoices):
    """How urgently a product needs stock."""

    WARNING = "warning", _("Running low")
    CRITICAL = "critical", _("Almost gone")
    EMPTY = "empty", _("Sold out")


ALERT_EMOJI = {
    AlertLevel.WARNING: "🟡",
    AlertLevel.CRITICAL: "🔴",
    AlertLevel.EMPTY: "⚫",
}


def alert_level(*, available: int, minimum: int) -> AlertLevel | None:
    """The alert that `available` pieces deserve, or None.

    Empty at 0, critical at half the minimum or less, warning at the minimum or less.
    """
    if available <= 0:
        return AlertLevel.EMPTY
    if available * 2 <= minimum:
        return AlertLevel.CRITICAL
    if available <= minimum:
        return AlertLevel.WARNING
    return None
