"""What buyers and sellers are told when an order, its money or the stock changes.

Everything here runs inside the transaction of the change itself, so a message exists if
and only if what it tells has happened.
"""

from datetime import datetime

from bot import selectors
from bot.models import OutgoingMessage, Ticket
from bot.services import outbox
from bot.services.ticket_transitions import move_ticket
from bot.services.tickets import (
    ENDED_CLOSE_SECS,
    UNRATED_CLOSE_SECS,
    auto_close_secs,
    close_after,
)
from bot.states import TicketStatus
from inventory.models import StockAlert
from payments.models import Order, Payment, UnreachedBuyer
from payments.states import OrderStatus, PaymentStatus
from tenants.models import HealthProof

_NOTICES = {
    OrderStatus.PAID: "payment_received",
    OrderStatus.DELIVERED: "order_ready",
    OrderStatus.COMPLETED: "order_completed",
    OrderStatus.EXPIRED: "order_expired",
    OrderStatus.CANCELLED: "order_cancelled",
}
_ENDED = (OrderStatus.EXPIRED, OrderStatus.CANCELLED)
_THE_ORDER = "order"  # whose own events say who moved it


def order_moved(
    order: Order, *, source: OrderStatus | None, target: OrderStatus, now: datetime
) -> None:
    """Tell the ticket, move it along and take buttons away that no longer work."""
    if source is None or target == OrderStatus.DELIVERING:
        return  # a new order has no ticket yet, and a delivery is told when it is done
    ticket = selectors.find_ticket(order)
    if ticket is None:
        return
    _move_along(ticket, target, now=now)
    kind = _NOTICES.get(target)
    if kind is None:
        return
    earlier = _with_buttons(ticket)
    payload = {"source": source.value if source else ""}
    outbox.to_ticket(
        ticket,
        kind,
        payload=payload,
        dedupe_key=f"order:{order.pk}:{target.value}",
        now=now,
    )
    if target in (OrderStatus.PAID, *_ENDED):
        _retire(ticket, earlier, now=now)
    if target in (OrderStatus.PAID, OrderStatus.COMPLETED):
        outbox.to_log(
            guild_id=ticket.guild_id,
            kind=f"log_{kind}",
            payload={"order": order.pk},
            dedupe_key=f"order:{order.pk}:log:{target.value}",
            now=now,
        )


def payment_moved(payment: Payment, *, target: PaymentStatus, now: datetime) -> None:
    """Show how to pay once that is known, or that this way to pay has ended."""
    is_news = target in (
        PaymentStatus.PENDING,
        PaymentStatus.FAILED,
        PaymentStatus.EXPIRED,
        PaymentStatus.SET_ASIDE,
    )
    order = payment.order
    if not is_news or order is None or payment.from_balance:
        return
    ticket = selectors.find_ticket(order)
    if ticket is None:
        return
    if target == PaymentStatus.PENDING:
        earlier = _with_buttons(ticket, "payment_instructions")
        # Shown again after another way to pay, it is a new message at the end.
        turn = f":{len(earlier)}" if earlier else ""
        outbox.to_ticket(
            ticket,
            "payment_instructions",
            payload={"payment": payment.pk},
            dedupe_key=f"payment:{payment.pk}:instructions{turn}",
            now=now,
        )
        _retire(ticket, earlier, now=now)
    elif target in (PaymentStatus.EXPIRED, PaymentStatus.SET_ASIDE):
        shown = OutgoingMessage.objects.filter(
            ticket=ticket,
            kind="payment_instructions",
            payload__payment=payment.pk,
        )
        _retire(ticket, list(shown.values_list("pk", flat=True)), now=now)
    elif target == PaymentStatus.FAILED:
        outbox.to_ticket(
            ticket,
            "payment_failed",
            payload={"payment": payment.pk},
            dedupe_key=f"payment:{payment.pk}:failed",
            now=now,
        )


def codes_disclosed(order: Order, *, entry: int, reason: str, now: datetime) -> None:
    """Staff looked at a buyer's codes: the buyer is told, with the reason."""
    outbox.to_buyer(
        order.customer,
        ticket=selectors.find_ticket(order),
        kind="codes_disclosed",
        payload={"order": order.pk, "reason": reason},
        dedupe_key=f"audit:{entry}:disclosed",
        now=now,
    )


def buyer_unreached(unreached: UnreachedBuyer, *, now: datetime) -> None:
    """Tell the seller that somebody has to reach a buyer another way."""
    outbox.to_log(
        kind="log_buyer_unreached",
        payload={"unreached": unreached.pk},
        dedupe_key=f"unreached:{unreached.pk}",
        now=now,
    )


def health_changed(proof: HealthProof, *, now: datetime) -> None:
    """Tell the seller that something in the store does not fit, or fits again."""
    outbox.to_log(
        kind="store_health",
        payload={"violations": proof.violations},
        dedupe_key=f"health:{proof.pk}",
        now=now,
    )


def stock_ran_low(
    *, alert_id: int, product_id: int, level: str, available: int, now: datetime
) -> None:
    """Tell the seller which product needs stock; a refill is told as well."""
    changed_at = StockAlert.objects.values_list("changed_at", flat=True).get(
        pk=alert_id
    )
    outbox.to_log(
        kind="stock_alert",
        payload={"product": product_id, "level": level, "available": available},
        dedupe_key=f"alert:{alert_id}:{level}:{changed_at:%y%m%d%H%M%S%f}",
        now=now,
    )


def _move_along(ticket: Ticket, target: OrderStatus, *, now: datetime) -> None:
    if target == OrderStatus.PAID:
        move_ticket(
            ticket,
            TicketStatus.PAID,
            actor=_THE_ORDER,
            now=now,
            closes_at=None,
            closed_at=None,
        )
    elif target in (OrderStatus.DELIVERED, OrderStatus.REFUNDED):
        secs = max(auto_close_secs(ticket), UNRATED_CLOSE_SECS)
        close_after(ticket, secs, now=now)
    elif target == OrderStatus.COMPLETED:
        move_ticket(ticket, TicketStatus.COMPLETED, actor=_THE_ORDER, now=now)
        close_after(ticket, auto_close_secs(ticket), now=now)
    elif target in _ENDED:
        close_after(ticket, ENDED_CLOSE_SECS, now=now)


def _with_buttons(ticket: Ticket, *kinds: str) -> list[int]:
    """Earlier messages about paying; their buttons may have to go."""
    wanted = kinds or ("ticket_guide", "payment_instructions", "payment_failed")
    messages = OutgoingMessage.objects.filter(ticket=ticket, kind__in=wanted)
    return list(messages.order_by("pk").values_list("pk", flat=True))


def _retire(ticket: Ticket, message_ids: list[int], *, now: datetime) -> None:
    """Take the buttons off these messages: they no longer do anything."""
    for message_id in message_ids:
        outbox.to_ticket(
            ticket,
            "retire_buttons",
            payload={"outgoing": message_id},
            dedupe_key=f"outgoing:{message_id}:retire",
            now=now,
        )
