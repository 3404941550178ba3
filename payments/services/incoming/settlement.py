"""Money that came in: compare it with what we asked for, book it, move the order.

Whoever brings the news (callback, poll, the buyer's button, the seller's confirmation)
ends in one settling function, which has the order or deposit locked first and may run
any number of times.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.gateways.base import (
    CURRENCY,
    FactState,
    OutcomeUnknown,
    PaymentFact,
    ProviderRefused,
    ProviderUnreachable,
)
from payments.models import Payment
from payments.selectors import takes_test_money
from payments.services import transitions
from payments.services.incoming import (
    charges,
    discrepancies,
    receipts,
    receiving,
    reversals,
    test_money,
)
from payments.services.incoming.gateway_client import is_automatic, open_gateway
from payments.services.incoming.receipts import Incoming
from payments.services.incoming.receiving import Arrival
from payments.states import (
    UNENDED_PAYMENTS,
    DiscrepancyKind,
    PaymentStatus,
)
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, InvalidInput
from ppob.kit.machine import IllegalMove
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require, require_not_own
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
        payment = locks.lock_payment_with_subject(payment_id)
        # Before anything is written: a mixed-up answer must not pay another's order.
        if fact.reference != payment.reference or fact.currency != CURRENCY:
            raise WrongMoney(payment.reference)
        actor = _gateway(payment)
        # First of all: none of the branches below may book test money.
        if _is_refused(payment, fact):
            test_money.refuse(payment, fact, actor=actor, now=now)
        elif fact.state == FactState.SETTLED:
            _settle(payment, fact, actor=actor, now=now)
        elif fact.state in (FactState.EXPIRED, FactState.FAILED):
            _end(payment, fact.state, now=now)
        elif fact.state == FactState.REVERSED:
            reversals.reverse(payment, fact, actor=actor, now=now)
        return PaymentStatus(payment.status)


def check_payment(*, payment_id: int, now: datetime) -> PaymentStatus:
    """Ask the gateway now and apply its answer; raises CannotAsk when it is silent."""
    payment = Payment.objects.select_related("method").get(pk=payment_id)
    if payment.status == PaymentStatus.SETTLED or not is_automatic(payment.method):
        return PaymentStatus(payment.status)
    if payment.status == PaymentStatus.CREATED:
        charges.request_charge(payment_id=payment_id, now=now)
        payment.refresh_from_db()
    # Before the call: a gateway that hangs is not asked anew by every sweep meanwhile.
    with unit_of_work("payments.note_asked"):
        Payment.objects.filter(pk=payment_id).update(checked_at=now)
    try:
        fact = open_gateway(payment.method).look_up(
            payment.reference, gateway_reference=payment.gateway_reference
        )
    except ProviderRefused as refusal:
        # That no charge is known ends nothing: our own call may still be under way.
        if refusal.code == "NOT_FOUND":
            return PaymentStatus(payment.status)
        raise CannotAsk from None
    except (ProviderUnreachable, OutcomeUnknown):
        raise CannotAsk from None
    return record_fact(payment_id=payment_id, fact=fact, now=now)


def buyer_says_paid(*, payment_id: int, now: datetime) -> Payment:
    """Note the buyer's word that a transfer was made; the first time counts."""
    with unit_of_work("payments.buyer_says_paid"):
        payment = locks.lock_payment_with_subject(payment_id)
        if payment.buyer_says_paid_at is None:
            Payment.objects.filter(pk=payment_id).update(buyer_says_paid_at=now)
            payment.buyer_says_paid_at = now
            live.announce(payment.tenant_id, "orders", payment=str(payment.public_id))
    return payment


def confirm_transfer(
    *,
    actor: Actor,
    payment: Payment,
    now: datetime,
    received: int | None = None,
    number: int = 1,
) -> Payment:
    """The seller saw this money on the account: exactly the amount, or `received`.

    It is the `number`th transfer for this payment, each is written down once. What
    covers the price pays the order, together with earlier parts. A small sum beyond
    what was asked goes to the buyer's balance, more waits for a second person.
    Raises NotAllowed, OwnMoney, InvalidInput or IllegalMove.
    """
    require(actor, Permission.CONFIRM_PAYMENTS)
    if received is not None and not 1 <= received <= MOST_RECEIVED:
        raise InvalidInput(
            _("Enter the amount that came in, in rupiah."), field="received"
        )
    with unit_of_work("payments.confirm_transfer"):
        locked = locks.lock_payment_with_subject(payment.pk)
        require_not_own(actor, locked.subject.customer)
        if test_money.is_test(locked) and not takes_test_money():
            raise test_money.TestMoneyOnly
        # Under the lock: two people with the same open page write one transfer down.
        _check_number(locked, number)
        fact = PaymentFact(
            reference=locked.reference,
            gateway_reference="",
            state=FactState.SETTLED,
            amount=locked.amount if received is None else received,
            currency=CURRENCY,
            happened_at=now,
            event_key=receipts.transfer_key(number),
        )
        _settle(locked, fact, actor=actor.name, now=now)
        audit.record(
            actor=actor.name,
            action="payment.confirmed",
            object=f"payment:{locked.reference}",
            now=now,
            data={"amount": fact.amount, "asked": locked.amount, "number": number},
        )
    return locked


def _check_number(payment: Payment, number: int) -> None:
    """Raise unless this is the next transfer of a locked payment to be written down."""
    if is_automatic(payment.method):
        raise IllegalMove(_("This method reports its money by itself."))
    known = receipts.count_of(payment)
    if number <= known and number == 1:
        raise IllegalMove(_("This transfer was confirmed before."))
    if number != known + 1:
        raise IllegalMove(
            _("Somebody has written a transfer down in the meantime. Look again.")
        )


def reject_transfer(
    *, actor: Actor, payment: Payment, reason: str, now: datetime
) -> Payment:
    """The seller did not find the money: the buyer is told and may pay otherwise."""
    require(actor, Permission.CONFIRM_PAYMENTS)
    with unit_of_work("payments.reject_transfer"):
        locked = locks.lock_payment_with_subject(payment.pk)
        require_not_own(actor, locked.subject.customer)
        if is_automatic(locked.method):
            raise IllegalMove(_("This method reports its money by itself."))
        transitions.move_payment(
            locked, PaymentStatus.FAILED, now=now, actor=actor.name
        )
        audit.record(
            actor=actor.name,
            action="payment.rejected",
            object=f"payment:{locked.reference}",
            now=now,
            reason=reason[:200],
        )
    return locked


def _gateway(payment: Payment) -> str:
    return f"gateway:{payment.method.gateway}"


def _is_refused(payment: Payment, fact: PaymentFact) -> bool:
    """Test money neither comes nor goes where sales are real."""
    is_about_money = fact.state in (FactState.SETTLED, FactState.REVERSED)
    return is_about_money and test_money.is_test(payment) and not takes_test_money()


def _settle(payment: Payment, fact: PaymentFact, *, actor: str, now: datetime) -> None:
    """Book money of a locked payment exactly once, whatever it turns out to be."""
    was_taken_first = (
        payment.status == PaymentStatus.REVERSED and payment.settled_at is None
    )
    if was_taken_first and fact.amount == payment.amount:
        return  # we heard that it went before we heard that it came
    if receipts.went_first(payment, fact.gateway_reference):
        return
    incoming = Incoming(
        amount=fact.amount,
        key=fact.event_key,
        transaction=fact.gateway_reference,
        at=fact.happened_at or now,
        by=actor,
        # No receipt holds a fee above its money; the money counts all the same.
        fee=fact.fee if fact.fee is None or fact.fee <= fact.amount else None,
    )
    receipt = receipts.record(payment, incoming, now=now)
    if receipt is not None:
        receiving.use(Arrival(payment, receipt, actor, now, fact.gateway_reference))
        return
    known = receipts.get_known(payment, incoming)
    if known.amount != fact.amount:
        # One transaction has one total: another one is no second payment.
        discrepancies.report(
            payment,
            DiscrepancyKind.SECOND_TOTAL,
            key=fact.event_key,
            amount=fact.amount,
            expected=known.amount,
            now=now,
        )


def _end(payment: Payment, state: FactState, *, now: datetime) -> None:
    """The gateway stopped waiting; the order itself still runs until its deadline."""
    # Old news may come after the money: it ends nothing that is settled.
    if payment.status in UNENDED_PAYMENTS:
        target = (
            PaymentStatus.EXPIRED
            if state == FactState.EXPIRED
            else PaymentStatus.FAILED
        )
        transitions.move_payment(payment, target, now=now, actor=_gateway(payment))
