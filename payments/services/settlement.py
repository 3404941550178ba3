"""Money that came in: compare it with what we asked for, book it, move the order.

Whoever brings the news (callback, poll, the buyer's button, the seller's confirmation)
ends in `record_fact`, which locks the order first and may run any number of times.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from inventory.services import stock
from payments import locks
from payments.gateways.base import (
    CURRENCY,
    FactState,
    GatewayRefused,
    GatewayUnreachable,
    OutcomeUnknown,
    PaymentFact,
)
from payments.models import Order, OrderLine, Payment, UnmatchedMoney
from payments.services import charges, checkout, ledger, order_moves, payment_moves
from payments.services.connect import is_automatic, open_gateway
from payments.services.ledger import Posting
from payments.services.order_moves import IllegalMove
from payments.signals import money_unmatched
from payments.states import (
    OPEN_PAYMENTS,
    AccountKind,
    OrderStatus,
    PaymentStatus,
    UnmatchedReason,
)
from ppob.kit import jobs, live
from ppob.kit.db import savepoint, unit_of_work
from ppob.kit.errors import DomainError
from security.services import audit
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission

_LATE = (OrderStatus.EXPIRED, OrderStatus.CANCELLED)


class CannotAsk(DomainError):
    """The gateway did not answer; nothing is known and nothing was changed."""

    code = "GATEWAY_SILENT"
    http_status = 503
    default = _(
        "The payment provider is not answering right now. Your money is safe: "
        "we keep asking and tell you here."
    )


class WrongMoney(Exception):
    """A fact that cannot be about this payment: other reference or currency."""


def record_fact(*, payment_id: int, fact: PaymentFact, now: datetime) -> PaymentStatus:
    """Apply what a gateway said about a payment; repeated and late news is fine.

    Raises WrongMoney if the fact is not about this payment.
    """
    with unit_of_work("payments.record_fact"):
        payment = _lock(payment_id)
        if fact.reference != payment.reference or fact.currency != CURRENCY:
            raise WrongMoney(payment.reference)
        if fact.state == FactState.SETTLED:
            _settle(payment, fact, now=now)
        elif fact.state in (FactState.EXPIRED, FactState.FAILED):
            _end(payment, fact.state, now=now)
        elif fact.state == FactState.REVERSED:
            raise WrongMoney(f"{payment.reference} was reversed")
        return PaymentStatus(payment.status)


def check_payment(*, payment_id: int, now: datetime) -> PaymentStatus:
    """Ask the gateway now and apply its answer; raises CannotAsk when it is silent."""
    payment = Payment.objects.select_related("method").get(pk=payment_id)
    if payment.status == PaymentStatus.SETTLED or not is_automatic(payment.method):
        return PaymentStatus(payment.status)
    if payment.status == PaymentStatus.CREATED:
        charges.request_charge(payment_id=payment_id, now=now)
        payment.refresh_from_db()
    with unit_of_work("payments.note_asked"):
        Payment.objects.filter(pk=payment_id).update(checked_at=now)
    try:
        fact = open_gateway(payment.method).look_up(
            payment.reference, gateway_reference=payment.gateway_reference
        )
    except GatewayRefused as refusal:
        if refusal.code == "NOT_FOUND":
            return PaymentStatus(payment.status)
        raise CannotAsk from None
    except (GatewayUnreachable, OutcomeUnknown):
        raise CannotAsk from None
    return record_fact(payment_id=payment_id, fact=fact, now=now)


def buyer_says_paid(*, payment_id: int, now: datetime) -> Payment:
    """Note the buyer's word that a transfer was made; the first time counts."""
    with unit_of_work("payments.buyer_says_paid"):
        payment = _lock(payment_id)
        if payment.buyer_says_paid_at is None:
            Payment.objects.filter(pk=payment_id).update(buyer_says_paid_at=now)
            payment.buyer_says_paid_at = now
            live.announce(payment.tenant_id, "orders", payment=str(payment.public_id))
    return payment


def confirm_transfer(*, member: Member, payment: Payment, now: datetime) -> Payment:
    """The seller saw exactly this amount on the account: it counts as received."""
    require(member, Permission.CONFIRM_PAYMENTS)
    with unit_of_work("payments.confirm_transfer"):
        locked = _lock(payment.pk)
        if is_automatic(locked.method):
            raise IllegalMove(_("This method reports its money by itself."))
        if locked.status == PaymentStatus.SETTLED:
            raise IllegalMove(_("This transfer was confirmed before."))
        fact = PaymentFact(
            reference=locked.reference,
            gateway_reference="",
            state=FactState.SETTLED,
            amount=locked.amount,
            currency=CURRENCY,
            happened_at=now,
            event_key="transfer",
        )
        _settle(locked, fact, now=now)
        audit.record(
            actor=member.actor,
            action="payment.confirmed",
            object=f"payment:{locked.reference}",
            now=now,
            data={"amount": locked.amount},
        )
    return locked


def reject_transfer(
    *, member: Member, payment: Payment, reason: str, now: datetime
) -> Payment:
    """The seller did not find the money: the buyer is told and may pay otherwise."""
    require(member, Permission.CONFIRM_PAYMENTS)
    with unit_of_work("payments.reject_transfer"):
        locked = _lock(payment.pk)
        if is_automatic(locked.method):
            raise IllegalMove(_("This method reports its money by itself."))
        payment_moves.move_payment(locked, PaymentStatus.FAILED, now=now)
        audit.record(
            actor=member.actor,
            action="payment.rejected",
            object=f"payment:{locked.reference}",
            now=now,
            data={"reason": reason[:200]},
        )
    return locked


def pay_order(payment: Payment, *, actor: str, now: datetime) -> bool:
    """Move the order of money that came in to paid; False if its stock is gone.

    The order is locked. An order that ended takes new codes, if there are any.
    """
    order = payment.order
    if not _secure_stock(order, actor=actor, now=now):
        return False
    order_moves.move_order(order, OrderStatus.PAID, actor=actor, now=now)
    jobs.enqueue("payments.deliver_order", tenant_id=order.tenant_id, order_id=order.pk)
    return True


def _lock(payment_id: int) -> Payment:
    order = locks.lock_order_of(payment_id)
    payment = locks.lock_payment(payment_id)
    payment.order = order
    return payment


def _settle(payment: Payment, fact: PaymentFact, *, now: datetime) -> None:
    """Book money of a locked payment exactly once, whatever it turns out to be."""
    if fact.amount != payment.amount:
        # Also after the right amount: that it is wrong shows that it is other money.
        _note_unmatched(payment, fact, UnmatchedReason.WRONG_AMOUNT, now=now)
        return
    if payment.status == PaymentStatus.SETTLED:
        return
    order = payment.order
    was_open = payment.status in OPEN_PAYMENTS
    fields = {}
    if fact.gateway_reference and not payment.gateway_reference:
        fields["gateway_reference"] = fact.gateway_reference
    payment_moves.move_payment(payment, PaymentStatus.SETTLED, now=now, **fields)
    actor = f"gateway:{payment.method.gateway}"
    if order.status not in (OrderStatus.AWAITING_PAYMENT, *_LATE):
        _note_unmatched(payment, fact, UnmatchedReason.ALREADY_PAID, now=now)
    elif pay_order(payment, actor=actor, now=now):
        _book_sale_money(payment, now=now)
        if not was_open:  # an order has one open payment, and this was not it
            charges.close_open_payments(order, now=now)
    else:
        _note_unmatched(payment, fact, UnmatchedReason.OUT_OF_STOCK, now=now)


def _book_sale_money(payment: Payment, *, now: datetime) -> None:
    """What the order costs is held for it; the unique code belongs to the buyer."""
    order = payment.order
    ledger.book(
        tenant_id=payment.tenant_id,
        reason=f"settled:{payment.reference}",
        postings=[
            Posting(AccountKind.CLEARING, payment.amount, method_id=payment.method_id),
            Posting(AccountKind.HELD, -order.total),
            Posting(
                AccountKind.WALLET,
                order.total - payment.amount,
                customer_id=order.customer_id,
            ),
        ],
        now=now,
    )


def _note_unmatched(
    payment: Payment, fact: PaymentFact, reason: UnmatchedReason, *, now: datetime
) -> None:
    """Keep money that fits no order where the seller must decide; once per receipt."""
    money, is_new = UnmatchedMoney.objects.get_or_create(
        payment=payment,
        event_key=fact.event_key[:100],
        defaults={
            "amount": fact.amount,
            "reason": reason,
            "received_at": fact.happened_at or now,
        },
    )
    if not is_new:
        return  # the same receipt, told again
    ledger.book(
        tenant_id=payment.tenant_id,
        reason=f"unmatched:{money.public_id}",
        postings=[
            Posting(AccountKind.CLEARING, fact.amount, method_id=payment.method_id),
            Posting(AccountKind.UNMATCHED, -fact.amount),
        ],
        now=now,
    )
    money.payment = payment
    money_unmatched.send(UnmatchedMoney, tenant_id=payment.tenant_id, money=money)
    live.announce(payment.tenant_id, "money", money=str(money.public_id))


def _end(payment: Payment, state: FactState, *, now: datetime) -> None:
    """The gateway stopped waiting; the order itself still runs until its deadline."""
    if payment.status in (PaymentStatus.CREATED, PaymentStatus.PENDING):
        target = (
            PaymentStatus.EXPIRED
            if state == FactState.EXPIRED
            else PaymentStatus.FAILED
        )
        payment_moves.move_payment(payment, target, now=now)


def _secure_stock(order: Order, *, actor: str, now: datetime) -> bool:
    """Keep the order's codes for its delivery; take new ones if they were released."""
    keep_until = now + checkout.PAID_HOLD
    holders = checkout.line_ids(order)
    if stock.extend_holds(holders, expires_at=keep_until) == len(holders):
        return True
    try:
        with savepoint():
            for line in OrderLine.objects.filter(order=order).select_related("product"):
                stock.hold_items(
                    product=line.product,
                    quantity=line.quantity,
                    holder=line.public_id,
                    expires_at=keep_until,
                    actor=actor,
                    now=now,
                )
    except stock.OutOfStock:
        return False
    return True
