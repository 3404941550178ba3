"""Money that came in: compare it with what we asked for, book it, move the order.

Whoever brings the news (callback, poll, the buyer's button, the seller's confirmation)
ends in one settling function, which has the order or deposit locked first and may run
any number of times.
"""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.gateways.base import (
    CURRENCY,
    FactState,
    GatewayRefused,
    GatewayUnreachable,
    OutcomeUnknown,
    PaymentFact,
)
from payments.models import Deposit, Order, Payment
from payments.selectors import takes_test_money
from payments.services import (
    charges,
    deposit_moves,
    ledger,
    odd_money,
    paying,
    payment_moves,
    reservations,
    reversals,
    test_money,
)
from payments.services.connect import is_automatic, open_gateway
from payments.services.ledger import Posting
from payments.services.odd_money import Receipt
from payments.services.order_moves import IllegalMove
from payments.states import (
    DEPOSIT_MOVES,
    OPEN_PAYMENTS,
    AccountKind,
    DepositStatus,
    PaymentStatus,
    UnmatchedReason,
)
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, InvalidInput
from security.services import audit
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission

MOST_RECEIVED = 1_000_000_000  # rupiah; more is a slip of the finger


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
        actor = _gateway(payment)
        if _is_refused(payment, fact):
            test_money.refuse(payment, fact, actor=actor, now=now)
        elif fact.state == FactState.SETTLED:
            _settle(payment, fact, actor=actor, now=now)
        elif fact.state in (FactState.EXPIRED, FactState.FAILED):
            _end(payment, fact.state, now=now)
        elif fact.state == FactState.REVERSED:
            reversals.reverse(payment, actor=actor, now=now)
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


def confirm_transfer(
    *, member: Member, payment: Payment, now: datetime, received: int | None = None
) -> Payment:
    """The seller saw this money on the account: exactly the amount, or `received`.

    Too much pays the order and the rest goes to the buyer's balance; too little goes
    to their balance. Raises NotAllowed, InvalidInput or IllegalMove.
    """
    require(member, Permission.CONFIRM_PAYMENTS)
    if received is not None and not 1 <= received <= MOST_RECEIVED:
        raise InvalidInput(
            _("Enter the amount that came in, in rupiah."), field="received"
        )
    with unit_of_work("payments.confirm_transfer"):
        locked = _lock(payment.pk)
        if is_automatic(locked.method):
            raise IllegalMove(_("This method reports its money by itself."))
        if locked.status in (PaymentStatus.SETTLED, PaymentStatus.REVERSED):
            raise IllegalMove(_("This transfer was confirmed before."))
        if test_money.is_test(locked) and not takes_test_money():
            raise test_money.TestMoneyOnly
        fact = PaymentFact(
            reference=locked.reference,
            gateway_reference="",
            state=FactState.SETTLED,
            amount=locked.amount if received is None else received,
            currency=CURRENCY,
            happened_at=now,
            event_key="transfer",
        )
        if odd_money.is_known(locked, fact.event_key):
            raise IllegalMove(_("This transfer was confirmed before."))
        _settle(locked, fact, actor=member.actor, now=now)
        audit.record(
            actor=member.actor,
            action="payment.confirmed",
            object=f"payment:{locked.reference}",
            now=now,
            data={"amount": fact.amount, "asked": locked.amount},
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
        payment_moves.move_payment(
            locked, PaymentStatus.FAILED, now=now, actor=member.actor
        )
        audit.record(
            actor=member.actor,
            action="payment.rejected",
            object=f"payment:{locked.reference}",
            now=now,
            reason=reason[:200],
        )
    return locked


def _lock(payment_id: int) -> Payment:
    subject = locks.lock_subject_of(payment_id)
    payment = locks.lock_payment(payment_id)
    if isinstance(subject, Order):
        payment.order = subject
    else:
        payment.deposit = subject
    return payment


def _gateway(payment: Payment) -> str:
    return f"gateway:{payment.method.gateway}"


def _is_refused(payment: Payment, fact: PaymentFact) -> bool:
    """Test money neither comes nor goes where sales are real."""
    is_about_money = fact.state in (FactState.SETTLED, FactState.REVERSED)
    return is_about_money and test_money.is_test(payment) and not takes_test_money()


def _settle(payment: Payment, fact: PaymentFact, *, actor: str, now: datetime) -> None:
    """Book money of a locked payment exactly once, whatever it turns out to be."""
    if fact.amount != payment.amount:
        _settle_other_amount(payment, fact, actor=actor, now=now)
    elif payment.status not in (PaymentStatus.SETTLED, PaymentStatus.REVERSED):
        _settle_exactly(payment, fact, actor=actor, now=now)


def _settle_other_amount(
    payment: Payment, fact: PaymentFact, *, actor: str, now: datetime
) -> None:
    """More than was asked pays, and the rest goes to the buyer; less goes there whole.

    After the right amount, another one shows that it is other money.
    """
    receipt = _receipt(fact, fact.amount, now=now)
    if odd_money.is_known(payment, receipt.key):
        return
    surplus = fact.amount - payment.amount
    order = payment.order
    if (
        surplus > 0
        and payment.status in OPEN_PAYMENTS
        and order is not None
        and order.status in paying.PAYABLE
    ):
        _settle_exactly(payment, fact, actor=actor, now=now)
        rest = _receipt(fact, surplus, now=now)
        odd_money.keep(payment, rest, UnmatchedReason.OVERPAID, now=now)
    elif payment.status == PaymentStatus.SETTLED:
        odd_money.keep(payment, receipt, UnmatchedReason.WRONG_AMOUNT, now=now)
    else:
        is_less = fact.amount < payment.amount
        reason = UnmatchedReason.UNDERPAID if is_less else UnmatchedReason.WRONG_AMOUNT
        odd_money.keep(payment, receipt, reason, now=now)


def _settle_exactly(
    payment: Payment, fact: PaymentFact, *, actor: str, now: datetime
) -> None:
    was_open = payment.status in OPEN_PAYMENTS
    fields = {}
    if fact.gateway_reference and not payment.gateway_reference:
        fields["gateway_reference"] = fact.gateway_reference
    payment_moves.move_payment(
        payment, PaymentStatus.SETTLED, now=now, actor=actor, **fields
    )
    subject = payment.subject
    if isinstance(subject, Deposit):
        refusal = _credit_deposit(payment, subject, actor=actor, now=now)
    else:
        refusal = _pay_order(payment, subject, actor=actor, now=now)
    if refusal is not None:
        receipt = _receipt(fact, payment.amount, now=now)
        if fact.amount != payment.amount:
            # The surplus is kept under the fact's own key, so that both are there.
            receipt = replace(receipt, key=f"price:{receipt.key}")
        odd_money.keep(payment, receipt, refusal, now=now)
    elif not was_open:  # a subject has one open payment, and this was not it
        charges.close_open_payments(payment.subject, now=now)


def _pay_order(
    payment: Payment, order: Order, *, actor: str, now: datetime
) -> UnmatchedReason | None:
    """Use settled money for its locked order, or say why it doesn't fit."""
    if order.status not in paying.PAYABLE:
        return UnmatchedReason.ALREADY_PAID
    share = order.total - payment.net
    if share and not reservations.can_add_share(order, share):
        return UnmatchedReason.UNDERPAID
    if not paying.pay_order(
        order,
        share=share,
        is_test=_pays_with_test_money(payment, order),
        actor=actor,
        now=now,
    ):
        return UnmatchedReason.OUT_OF_STOCK
    ledger.book(
        subject=order,
        reason=f"settled:{payment.reference}",
        postings=[
            Posting(AccountKind.CLEARING, payment.amount, method_id=payment.method_id),
            Posting(AccountKind.HELD, -payment.net),
            # The unique code belongs to the buyer.
            Posting(
                AccountKind.WALLET, -payment.unique_code, customer_id=order.customer_id
            ),
        ],
        now=now,
    )
    return None


def _pays_with_test_money(payment: Payment, order: Order) -> bool:
    """Test money in any part of the price makes the whole order one of tests."""
    if test_money.is_test(payment):
        return True
    return order.total > payment.net and test_money.has_touched(order.customer_id)


def _credit_deposit(
    payment: Payment, deposit: Deposit, *, actor: str, now: datetime
) -> UnmatchedReason | None:
    """Add settled money to the buyer's balance, its unique code included."""
    if DepositStatus.CREDITED not in DEPOSIT_MOVES[DepositStatus(deposit.status)]:
        return UnmatchedReason.ALREADY_PAID
    ledger.book(
        subject=deposit,
        reason=f"settled:{payment.reference}",
        postings=[
            Posting(AccountKind.CLEARING, payment.amount, method_id=payment.method_id),
            Posting(
                AccountKind.WALLET, -payment.amount, customer_id=deposit.customer_id
            ),
        ],
        now=now,
    )
    deposit_moves.move_deposit(deposit, DepositStatus.CREDITED, actor=actor, now=now)
    return None


def _receipt(fact: PaymentFact, amount: int, *, now: datetime) -> Receipt:
    return Receipt(amount, fact.event_key[:100], fact.happened_at or now)


def _end(payment: Payment, state: FactState, *, now: datetime) -> None:
    """The gateway stopped waiting; the order itself still runs until its deadline."""
    if payment.status in OPEN_PAYMENTS:
        target = (
            PaymentStatus.EXPIRED
            if state == FactState.EXPIRED
            else PaymentStatus.FAILED
        )
        payment_moves.move_payment(payment, target, now=now, actor=_gateway(payment))
