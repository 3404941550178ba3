"""A ticket goes on with its order: it moves, tells, and loses buttons of no more use.

Everything here runs inside the transaction of the change itself, so a message exists if
and only if what it tells has happened.
"""

from datetime import datetime

from bot import selectors
from bot.message_kinds import Chore
from bot.models import OutgoingMessage, Ticket
from bot.services import outbox
from bot.services.announcing import announce
from bot.services.ticket_transitions import move_ticket
from bot.services.tickets import (
    ENDED_CLOSE_SECS,
    UNRATED_CLOSE_SECS,
    auto_close_secs,
    close_after,
)
from bot.states import TicketStatus
from payments.models import Order, Payment
from payments.states import OrderStatus, PaymentStatus

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
    is_over = target in (OrderStatus.PAID, *_ENDED)
    earlier = _with_buttons(ticket) if is_over else []
    announce(
        f"order.{target.value}",
        order=order,
        ticket=ticket,
        source=source,
        target=target,
        now=now,
    )
    _retire(ticket, earlier, now=now)


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
        # Read before the new one is written, which keeps its buttons.
        earlier = _with_buttons(ticket, "payment_instructions")
        # Shown again after another way to pay, it is a new message at the end.
        turn = f":{len(earlier)}" if earlier else ""
        announce("payment.pending", payment=payment, ticket=ticket, turn=turn, now=now)
        _retire(ticket, earlier, now=now)
    elif target in (PaymentStatus.EXPIRED, PaymentStatus.SET_ASIDE):
        # Nobody shall pay an amount from a message that is no longer waited for.
        shown = OutgoingMessage.objects.filter(
            ticket=ticket,
            kind="payment_instructions",
            payload__payment=payment.pk,
        )
        _retire(ticket, list(shown.values_list("pk", flat=True)), now=now)
    elif target == PaymentStatus.FAILED:
        announce("payment.failed", payment=payment, ticket=ticket, now=now)


def _move_along(ticket: Ticket, target: OrderStatus, *, now: datetime) -> None:
    # Late money reopens the ticket: the end set when its order expired is void.
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
        # Whoever has not rated yet has a day, however soon the seller closes tickets.
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
            Chore.RETIRE_BUTTONS,
            payload={"outgoing": message_id},
            dedupe_key=f"outgoing:{message_id}:retire",
            now=now,
        )
