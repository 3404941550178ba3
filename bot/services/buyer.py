"""What a buyer does in a ticket: choose how to pay, say it is paid, look, rate."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.access import NotYours, access_own_order, access_own_payment
from bot.message_kinds import Chore
from bot.models import OutgoingMessage, Ticket
from bot.presenters.bills import PaidBill
from bot.presenters.paying import Offer, offer_of
from bot.presenters.quantity import QuantityOffer
from bot.selectors import find_ticket
from bot.services import bill_lookups, outbox, pictures
from bot.services.announcing import announce
from payments import selectors
from payments.handed import Handed, handed_of
from payments.models import Order, Payment, PaymentMethod
from payments.services.incoming import balance, charges, settlement
from payments.services.incoming.gateway_client import is_automatic, is_balance
from payments.services.ledger import wallets
from payments.services.ledger.policy import find_policy
from payments.services.orders import delivery, quantities
from payments.services.orders.delivery import RevealedCode
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from security.services import audit
from tenants.models import Customer


@dataclass(frozen=True)
class PaidAnswer:
    """What became of "I have paid": the gateway's word, or a note to the seller."""

    payment: Payment
    status: PaymentStatus
    is_automatic: bool


def offer_for(order: Order) -> Offer:
    """The ways to pay an order now, the buyer's own balance included."""
    spendable = 0
    # An order has one share of the balance at most, and it is off the price by then.
    if not order.reserved and find_policy().wallet_is_on:
        spendable = wallets.wallet_of(order.customer).balance
    return offer_of(order, methods_of_store(), balance=spendable)


def methods_of_store() -> list[PaymentMethod]:
    """The store's ways to take money; a balance is not one of them."""
    return [row for row in selectors.active_methods() if not is_balance(row)]


def method_key(method_id: int) -> UUID:
    """The public id of the store's payment method with our row's id, or NotFound."""
    public_id: UUID | None = (
        PaymentMethod.objects.filter(pk=method_id)
        .values_list("public_id", flat=True)
        .first()
    )
    if public_id is None:
        raise NotFound
    return public_id


def pay_with(
    *, customer: Customer, order_id: int, method_id: int, now: datetime
) -> Payment:
    """The payment of the buyer's own order by this method (our row's id).

    Raises NotYours, NotFound, or what `charges.choose_method` raises.
    """
    order = access_own_order(customer, order_id)
    return charges.choose_method(
        order_id=order.pk, method_id=method_key(method_id), now=now
    )


def methods_for(*, customer: Customer, order_id: int) -> Offer:
    """The ways to pay the buyer's own order; OrderNotPayable if it waits no more."""
    order = access_own_order(customer, order_id)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise charges.OrderNotPayable
    return offer_for(order)


def quantities_for(
    *, customer: Customer, order_id: int, now: datetime
) -> QuantityOffer:
    """How many pieces the buyer's own order can have, and what it is about.

    Raises NotYours, NotFound, or what `quantities.choice_of` raises.
    """
    choice = quantities.choice_of(access_own_order(customer, order_id), now=now)
    picture = pictures.picture_of(choice.line.product)
    totals = tuple(quantities.totals_of(choice, now=now))
    return QuantityOffer(choice.order, choice.line, choice.most, totals, picture)


@dataclass(frozen=True)
class QuantityChosen:
    """The buyer's order as it is now, and its ticket's channel, if it has one."""

    offer: QuantityOffer
    channel_id: int | None


def choose_quantity(
    *, customer: Customer, order_id: int, quantity: int, now: datetime
) -> QuantityChosen:
    """Make the buyer's own order one of so many pieces; its ticket shows it anew.

    Raises NotYours, NotFound, or what `quantities.choose_quantity` raises.
    """
    order = access_own_order(customer, order_id)
    with unit_of_work("bot.choose_quantity"):
        changed = quantities.choose_quantity(
            order_id=order.pk, quantity=quantity, actor=customer.actor, now=now
        )
        ticket = find_ticket(order)
        # Ten presses of one number show one guide.
        if ticket is not None and changed.is_new:
            _show_anew(ticket, now=now)
    offer = QuantityOffer(changed.order, changed.line, quantity)
    return QuantityChosen(offer, ticket.channel_id if ticket else None)


def _show_anew(ticket: Ticket, *, now: datetime) -> None:
    """Write the guide once more; the buttons of the one before lead nowhere new."""
    shown = OutgoingMessage.objects.filter(ticket=ticket, kind="ticket_guide")
    # Read before the new guide is written, which keeps its buttons.
    earlier = list(shown.order_by("pk").values_list("pk", flat=True))
    # Numbered by those before: a key that was used once writes nothing again.
    announce("ticket.changed", ticket=ticket, turn=f":{len(earlier)}", now=now)
    for message_id in earlier:
        outbox.to_ticket(
            ticket,
            Chore.RETIRE_BUTTONS,
            payload={"outgoing": message_id},
            dedupe_key=f"outgoing:{message_id}:retire",
            now=now,
        )


def pay_from_balance(*, customer: Customer, order_id: int, now: datetime) -> Order:
    """Pay the buyer's own order from their balance at once.

    Raises NotYours, or what `balance.pay_with_balance` raises.
    """
    order = access_own_order(customer, order_id)
    return balance.pay_with_balance(order_id=order.pk, now=now)


def set_aside(*, customer: Customer, order_id: int, now: datetime) -> Offer:
    """Set the buyer's balance aside for their order; the ways to pay what is left.

    Raises NotYours, or what `balance.reserve_balance` raises.
    """
    order = access_own_order(customer, order_id)
    balance.reserve_balance(order_id=order.pk, now=now)
    return methods_for(customer=customer, order_id=order_id)


def say_paid(*, customer: Customer, payment_id: int, now: datetime) -> PaidAnswer:
    """Ask the gateway at once, or have the seller look at the account."""
    payment = access_own_payment(customer, payment_id)
    if is_automatic(payment.method):
        # It asks the gateway, so no transaction is open here.
        status = settlement.check_payment(payment_id=payment_id, now=now)
        return PaidAnswer(payment, status, is_automatic=True)
    status = PaymentStatus(payment.status)
    # Set aside, too: the buyer may have paid the way that was shown before.
    if status in (PaymentStatus.PENDING, PaymentStatus.SET_ASIDE):
        with unit_of_work("bot.say_paid"):
            noted = settlement.buyer_says_paid(payment_id=payment_id, now=now)
            announce("payment.transfer_announced", payment=noted, now=now)
    return PaidAnswer(payment, status, is_automatic=False)


@dataclass(frozen=True)
class Look:
    """A buyer's look at what was delivered, and when they first looked.

    Of `bills` there is a receipt besides what stands among the `codes`.
    """

    order: Order
    codes: list[RevealedCode]
    first_seen_at: datetime
    handed: Handed = Handed.CODES
    bills: tuple[PaidBill, ...] = ()


def look_at_codes(*, customer: Customer, order_id: int, now: datetime) -> Look:
    """The codes of the buyer's own order.

    Anybody else gets NotYours, and the audit trail gets an entry about it.
    """
    try:
        order = access_own_order(customer, order_id)
    except NotYours:
        _note_refusal(customer, order_id, now=now)
        raise
    # It looks for the buyer once more: the check above is for the words and the trail.
    codes = delivery.reveal_codes(customer=customer, order_id=order_id, now=now)
    first_seen_at = selectors.first_revealed([order_id]).get(order_id, now)
    lines = list(order.lines.order_by("pk"))
    return Look(
        order,
        codes,
        first_seen_at,
        handed=handed_of(line.kind for line in lines),
        bills=bill_lookups.bills_of(lines),
    )


def _note_refusal(customer: Customer, order_id: int, *, now: datetime) -> None:
    order = Order.objects.get(pk=order_id)
    with unit_of_work("bot.refuse_codes"):
        audit.record(
            actor=customer.actor,
            action="codes.refused",
            object=f"order:{order.public_id}",
            now=now,
            data={"code": order.code},
        )
