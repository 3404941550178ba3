"""Reading panels and tickets of the store in scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from bot.models import ErrorReport, Panel, ServerSettings, Ticket, TicketMessage
from bot.states import TicketStatus
from payments.models import Order
from payments.states import OrderStatus
from ppob.kit.rows import find_row

ACTIVE = (TicketStatus.OPEN, TicketStatus.PAID, TicketStatus.COMPLETED)


@dataclass(frozen=True)
class Conversion:
    """How many tickets were opened, and how far they came."""

    opened: int
    paid: int
    completed: int

    @property
    def paid_percent(self) -> int:
        """How many of a hundred opened tickets were paid."""
        return round(100 * self.paid / self.opened) if self.opened else 0


def list_panels() -> list[Panel]:
    """All panels of the store, the oldest first."""
    return list(Panel.objects.select_related("guild").order_by("pk"))


def has_log_channel() -> bool:
    """Whether news for the seller has a channel to go to."""
    return bool(ServerSettings.objects.filter(log_channel_id__isnull=False).exists())


def find_ticket(order: Order) -> Ticket | None:
    """The order's ticket, or None."""
    return find_row(Ticket, order_id=order.pk)


def active_tickets(*, limit: int = 100) -> list[Ticket]:
    """Tickets whose channel is still open, newest first."""
    return list(_tickets().filter(status__in=ACTIVE)[:limit])


def ticket_page(
    *, status: str = "", before: int | None = None, limit: int = 50
) -> list[Ticket]:
    """The store's tickets, newest first; `before` continues after that id."""
    tickets = _tickets()
    if status:
        tickets = tickets.filter(status=status)
    if before is not None:
        tickets = tickets.filter(pk__lt=before)
    return list(tickets[:limit])


def count_active_tickets() -> int:
    """How many tickets are open right now."""
    return Ticket.objects.filter(status__in=ACTIVE).count()


def transcript(ticket: Ticket) -> list[TicketMessage]:
    """Everything that was written in a ticket, oldest first."""
    return list(TicketMessage.objects.filter(ticket=ticket).order_by("discord_id"))


def find_error(code: str) -> ErrorReport | None:
    """What failed under this code, however it was typed: `k7f3qx`, `K7F-3QX`."""
    letters = "".join(filter(str.isalnum, code)).upper()
    found: ErrorReport | None = ErrorReport.objects.filter(
        code=f"{letters[:3]}-{letters[3:]}"
    ).first()
    return found


def error_page(*, before: int | None = None, limit: int = 50) -> list[ErrorReport]:
    """What failed in the store, the newest first; `before` continues after that id."""
    reports = ErrorReport.objects.all()
    if before is not None:
        reports = reports.filter(pk__lt=before)
    return list(reports.order_by("-pk")[:limit])


def find_staff_role(guild_id: int) -> int | None:
    """Discord's id of the role whose people serve in this server (our row's id)."""
    found: int | None = (
        ServerSettings.objects.filter(guild_id=guild_id)
        .values_list("staff_role_id", flat=True)
        .first()
    )
    return found


def channel_names(channel_ids: Collection[int]) -> dict[int, str]:
    """What those channels are called that are, or were, tickets of the store."""
    tickets = Ticket.objects.filter(channel_id__in=channel_ids)
    return dict(tickets.values_list("channel_id", "name"))


def conversion_since(start: datetime) -> Conversion:
    """How tickets opened since `start` went."""
    counts = Ticket.objects.filter(created_at__gte=start).aggregate(
        opened=Count("pk"),
        paid=Count("pk", filter=Q(order__paid_at__isnull=False)),
        completed=Count("pk", filter=Q(order__status=OrderStatus.COMPLETED)),
    )
    return Conversion(**counts)


def _tickets() -> QuerySet[Ticket]:
    tickets: QuerySet[Ticket] = Ticket.objects.select_related(
        "order", "customer", "product"
    )
    return tickets.order_by("-pk")
