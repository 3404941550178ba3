"""A gateway's transaction has one total, and one payment may have two of them."""

from datetime import timedelta

import pytest

from payments.events import PaymentContradicted
from payments.gateways.base import FactState
from payments.models import Discrepancy, LedgerEntry, Receipt, Reversal, UnmatchedMoney
from payments.services.incoming import decisions
from payments.states import OrderStatus, PaymentStatus, RefundTo
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.machine import IllegalMove
from security.models import AuditEntry
from tenants.auth import OwnMoney
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_user
from tests.hearing import heard
from tests.payments.acts import LATE, balance_of, deliver, refund, tell
from tests.payments.test_reversal_sums import ayu, bima, books_of, fresh, paid_by

__all__ = ["ayu", "bima"]

pytestmark = pytest.mark.usefixtures("right_books")


# --- A transaction has one total ------------------------------------------------------


def told_another_total(payment, amount):
    with heard(PaymentContradicted) as news:
        for _ in range(2):
            tell(payment, amount=amount, gateway_reference="T-1")
    return [fact.discrepancy for fact in news]


def test_another_total_of_the_same_transaction_is_no_second_payment(ayu):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")

    [found] = told_another_total(payment, 12_000)

    assert (found.kind, found.amount, found.expected) == (
        "second_total",
        12_000,
        10_000,
    )
    assert found.due_at == NOON + timedelta(days=1)
    assert Receipt.objects.filter(payment=payment).count() == 1
    assert books_of(payment) == {"clearing": 10_000, "held": -10_000}


def test_other_transactions_of_the_same_payment_are_receipts(ayu):
    payment = paid_by(ayu)
    tell(payment, amount=4_000, gateway_reference="T-1")
    tell(payment, amount=6_000, gateway_reference="T-2")

    assert not Discrepancy.objects.exists()
    assert fresh(payment.order).status == OrderStatus.PAID


def test_the_difference_of_a_higher_total_needs_two_people(ayu, seller):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    [found] = told_another_total(payment, 60_000)

    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)

    money = UnmatchedMoney.objects.get()
    assert (money.amount, money.needs_second_person) == (50_000, True)
    assert balance_of(ayu) == 0
    with pytest.raises(IllegalMove):
        decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)


def test_a_lower_total_takes_the_difference_back(ayu, seller):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    deliver(payment.order)
    [found] = told_another_total(payment, 9_000)

    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)

    reversal = Reversal.objects.get()
    assert (reversal.booked, reversal.loss) == (1_000, 1_000)
    assert fresh(found).status == "booked"


def test_a_lower_total_ends_no_refund_that_waits(ayu, seller):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    deliver(payment.order)
    waiting = refund(seller, payment.order, 4_000, to=RefundTo.SOURCE)
    [found] = told_another_total(payment, 9_000)

    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)

    assert fresh(waiting).status == "paying_out"
    assert Reversal.objects.get().loss == 1_000


def test_a_total_too_low_for_a_refund_that_waits_books_nothing(ayu, seller):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    deliver(payment.order)
    refund(seller, payment.order, 4_000, to=RefundTo.SOURCE)
    [found] = told_another_total(payment, 3_999)

    with pytest.raises(decisions.RefundUnsettled):
        decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)

    assert fresh(found).status == "open"
    assert not Reversal.objects.exists()


def test_news_can_be_put_aside_with_a_note(ayu, seller):
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    [found] = told_another_total(payment, 12_000)
    entries = LedgerEntry.objects.count()

    with pytest.raises(InvalidInput):
        decisions.dismiss(actor=seller, discrepancy=found, note="  ", now=LATE)
    assert fresh(found).status == "open"
    decisions.dismiss(actor=seller, discrepancy=found, note="their slip", now=LATE)

    assert (fresh(found).status, found.note) == ("dismissed", "their slip")
    assert LedgerEntry.objects.count() == entries
    entry = AuditEntry.objects.get(action="discrepancy.dismissed")
    assert (entry.actor, entry.reason) == (seller.name, "their slip")
    with pytest.raises(IllegalMove):
        decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)


def test_who_may_decide_about_contradicting_news(in_arcadia, ayu):
    owner = make_member(user=make_user("ayu", discord_id=ayu.discord_id))
    payment = paid_by(ayu)
    tell(payment, gateway_reference="T-1")
    [found] = told_another_total(payment, 12_000)

    for member, refusal in (
        (make_member(Role.CASHIER), NotAllowed),
        (owner, OwnMoney),
    ):
        with pytest.raises(refusal):
            decisions.book_as_told(actor=member, discrepancy=found, now=LATE)
        with pytest.raises(refusal):
            decisions.dismiss(actor=member, discrepancy=found, note="why", now=LATE)

    assert fresh(found).status == "open"


# --- Two transactions of one payment --------------------------------------------------


def transaction_came(payment, name):
    tell(payment, gateway_reference=name, event_key=f"{name}:paid")


def transaction_went(payment, name):
    tell(
        payment,
        FactState.REVERSED,
        gateway_reference=name,
        event_key=f"{name}:refund",
        now=LATE,
    )


def test_one_of_two_transactions_goes_back_and_the_other_stays(ayu):
    """Two charges of one reference were both paid; the provider sends one back."""
    payment = paid_by(ayu)
    transaction_came(payment, "T-1")
    transaction_came(payment, "T-2")
    assert balance_of(ayu) == 10_000

    for _ in range(2):
        transaction_went(payment, "T-2")

    assert balance_of(ayu) == 0
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert fresh(payment.order).status == OrderStatus.PAID
    kept = payment.receipts.values_list("transaction", "taken_back")
    assert list(kept.order_by("pk")) == [("T-1", 0), ("T-2", 10_000)]


def test_a_second_transaction_that_went_before_it_came_takes_nothing(ayu):
    payment = paid_by(ayu)
    transaction_came(payment, "T-1")

    transaction_went(payment, "T-2")
    transaction_came(payment, "T-2")

    assert fresh(payment.order).status == OrderStatus.PAID
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert balance_of(ayu) == 0
    assert books_of(payment) == {"clearing": 10_000, "held": -10_000}
