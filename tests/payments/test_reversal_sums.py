"""What a gateway takes back is what came: of one receipt, of many, or of a part."""

import pytest

from payments.events import PaymentTakenBack
from payments.gateways.base import FactState
from payments.models import (
    Discrepancy,
    MoneyPolicy,
    Reversal,
    UnmatchedMoney,
)
from payments.services import refunds
from payments.services.incoming import balance, decisions
from payments.states import OrderStatus, PaymentStatus, RefundTo
from ppob.kit.errors import InvalidInput
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.hearing import heard
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
    books,
    deliver,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
    top_up,
)

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ayu(in_arcadia):
    make_policy(deposit_min=1_000)
    return make_customer("ayu")


@pytest.fixture(autouse=True)
def bima(ayu):
    """Another buyer, whose paid order and balance nobody touches."""
    buyer = fund(make_customer("bima"), 25_000)
    order = order_for(buyer)
    payment = pending(order, method=open_transfer(name="Mandiri"))
    tell(payment)
    yield buyer
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("paid", "settled")
    assert balance_of(buyer) == 25_000
    assert not payment.reversals.exists()


def order_for(customer, *, price=10_000):
    return make_order(make_product(price=price, codes=1), customer=customer)


def paid_by(customer, *amounts):
    """A payment of an order for ten thousand, and what came for it."""
    payment = pending(order_for(customer), method=open_transfer(name="BNI"))
    for amount in amounts:
        tell(payment, amount=amount)
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment


def gone(payment, amount=None, *, key=""):
    """The gateway's word, told twice; what was announced of it."""
    amount = payment.amount if amount is None else amount
    with heard(PaymentTakenBack) as news:
        for _ in range(2):
            tell(
                payment,
                FactState.REVERSED,
                amount=amount,
                event_key=key or f"reversed:{amount}",
                now=LATE,
            )
    return [fact.reversal for fact in news]


def fresh(row):
    row.refresh_from_db()
    return row


def books_of(payment):
    """The store's books without what the bystander has there."""
    sums = books()
    sums["clearing"] = sums.get("clearing", 0) - 35_000
    sums["wallet"] = sums.get("wallet", 0) + 25_000
    sums["held"] = sums.get("held", 0) + 10_000
    return {kind: amount for kind, amount in sums.items() if amount}


# --- All of it ------------------------------------------------------------------------


def test_an_overpaid_payment_goes_back_whole(ayu):
    payment = paid_by(ayu, 17_000)
    assert balance_of(ayu) == 7_000

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (17_000, 0)
    assert fresh(payment).status == PaymentStatus.REVERSED
    assert fresh(payment.order).status == OrderStatus.REFUNDED
    assert balance_of(ayu) == 0
    assert books_of(payment) == {}


def test_an_overpaid_payment_whose_surplus_waits_goes_back_whole(ayu):
    MoneyPolicy.objects.update(wallet_is_on=False)
    payment = paid_by(ayu, 17_000)

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (17_000, 0)
    assert UnmatchedMoney.objects.get().status == "returned"
    assert books_of(payment) == {}


def test_an_order_paid_in_parts_goes_back_whole(ayu):
    payment = paid_by(ayu, 4_000, 6_000)
    assert payment.order.status == OrderStatus.PAID

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (10_000, 0)
    assert fresh(payment.order).status == OrderStatus.REFUNDED
    assert balance_of(ayu) == 0
    assert list(payment.receipts.values_list("taken_back", flat=True)) == [4_000, 6_000]


def test_the_code_of_a_transfer_goes_back_too(ayu):
    payment = pending(order_for(ayu), method=make_transfer_method(name="BNI"))
    tell(payment)
    assert balance_of(ayu) == payment.unique_code > 0

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (payment.amount, 0)
    assert balance_of(ayu) == 0
    assert books_of(payment) == {}


def test_a_delivered_order_is_the_stores_loss_and_the_surplus_is_not(ayu):
    payment = paid_by(ayu, 17_000)
    deliver(payment.order)

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (17_000, 10_000)
    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 0


def test_a_balance_from_elsewhere_is_not_taken_for_delivered_goods(ayu):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    fund(ayu, 50_000)

    [reversal] = gone(payment)

    assert reversal.loss == 10_000
    assert balance_of(ayu) == 50_000


def test_the_surplus_is_taken_from_the_balance_and_nothing_from_elsewhere(ayu):
    payment = paid_by(ayu, 17_000)
    deliver(payment.order)
    fund(ayu, 50_000)

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (17_000, 10_000)
    assert balance_of(ayu) == 50_000


def test_a_deposit_that_came_in_parts_goes_back_whole(ayu):
    payment = top_up(ayu, 50_000)
    for part in (20_000, 30_000):
        tell(payment, amount=part)
    assert balance_of(ayu) == 50_000

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (50_000, 0)
    assert fresh(payment.deposit).status == "reversed"
    assert balance_of(ayu) == 0


# --- A part ---------------------------------------------------------------------------


def test_a_part_of_a_deposit_goes_back(ayu):
    payment = top_up(ayu, 50_000)
    tell(payment)

    [reversal] = gone(payment, 20_000)

    assert (reversal.booked, reversal.loss) == (20_000, 0)
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert fresh(payment.deposit).status == "credited"
    assert balance_of(ayu) == 30_000
    [second] = gone(payment, 30_000)
    assert fresh(payment).status == PaymentStatus.REVERSED
    assert second.booked == 30_000
    assert balance_of(ayu) == 0
    assert booked(f"reversed:{payment.reference}", number=2) == {
        "wallet": 30_000,
        "clearing": -30_000,
    }


def test_a_part_that_only_was_surplus_leaves_the_order_alone(ayu):
    payment = paid_by(ayu, 17_000)

    [reversal] = gone(payment, 7_000)

    assert (reversal.booked, reversal.of_price) == (7_000, 0)
    assert fresh(payment.order).status == OrderStatus.PAID
    assert balance_of(ayu) == 0
    deliver(payment.order)
    assert fresh(payment.order).status == OrderStatus.DELIVERED


def test_a_part_of_the_price_ends_an_order_that_is_not_delivered(ayu):
    payment = paid_by(ayu, 10_000)

    [reversal] = gone(payment, 3_000)

    assert (reversal.booked, reversal.of_price, reversal.loss) == (3_000, 3_000, 0)
    assert fresh(payment.order).status == OrderStatus.REFUNDED
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert balance_of(ayu) == 7_000


def test_after_a_part_went_back_only_the_rest_can_be_refunded(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    [reversal] = gone(payment, 4_000)
    assert reversal.loss == 4_000

    with pytest.raises(InvalidInput):
        refund(seller, payment.order, 6_001)
    refund(seller, payment.order, 6_000)

    assert balance_of(ayu) == 6_000


def test_a_part_of_waiting_money_goes_back_and_the_rest_goes_on_waiting(ayu):
    MoneyPolicy.objects.update(wallet_is_on=False)
    payment = paid_by(ayu, 17_000)

    [reversal] = gone(payment, 3_000)

    assert reversal.booked == 3_000
    waiting = UnmatchedMoney.objects.get(status="open")
    assert (waiting.amount, waiting.reason) == (4_000, "overpaid")
    assert books_of(payment)["unmatched"] == -4_000


def test_more_than_is_left_is_for_a_person(ayu, seller):
    payment = top_up(ayu, 50_000)
    tell(payment)
    gone(payment, 20_000)

    assert gone(payment, 40_000) == []

    found = Discrepancy.objects.get()
    assert (found.kind, found.amount, found.expected) == (
        "too_much_back",
        40_000,
        30_000,
    )
    assert balance_of(ayu) == 30_000
    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)
    assert balance_of(ayu) == 0
    assert fresh(payment).status == PaymentStatus.REVERSED


# --- Refunds that the seller paid out at the gateway ----------------------------------


def noted_refund(payment, seller, amount):
    done = refund(seller, payment.order, amount, to=RefundTo.SOURCE)
    refunds.note_paid_out(actor=seller, refund=done, note="at the gateway", now=LATE)
    return done


@pytest.mark.parametrize("amount", [10_000, 4_000])
@pytest.mark.parametrize("is_delivered", [False, True])
def test_news_of_a_refund_that_was_noted_confirms_it(ayu, seller, amount, is_delivered):
    payment = paid_by(ayu, 10_000)
    if is_delivered:
        deliver(payment.order)
    noted_refund(payment, seller, amount)
    before = books()

    assert gone(payment, amount, key="refund") == []

    reversal = Reversal.objects.get()
    assert (reversal.confirmed, reversal.booked, reversal.loss) == (amount, 0, 0)
    assert books() == before
    assert not Discrepancy.objects.exists()
    assert fresh(payment).status == PaymentStatus.SETTLED


def test_news_of_another_sum_than_was_noted_is_for_a_person(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    noted_refund(payment, seller, 4_000)
    before = books()

    assert gone(payment, 5_000) == []

    found = Discrepancy.objects.get()
    assert (found.kind, found.amount, found.expected) == (
        "refund_differs",
        5_000,
        4_000,
    )
    assert books() == before
    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)
    confirmed, further = Reversal.objects.order_by("pk")
    assert (confirmed.confirmed, confirmed.booked) == (4_000, 0)
    assert (further.confirmed, further.booked, further.loss) == (0, 1_000, 1_000)
    assert gone(payment, 5_000) == []  # and not once more


def test_less_than_was_noted_is_seen_to_before_it_is_booked(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    noted_refund(payment, seller, 4_000)
    gone(payment, 3_000)
    before = books()

    with pytest.raises(decisions.RefundUnsettled):
        decisions.book_as_told(
            actor=seller, discrepancy=Discrepancy.objects.get(), now=LATE
        )

    assert books() == before
    assert not Reversal.objects.exists()


def test_a_confirmed_refund_is_not_confirmed_again(ayu, seller):
    """The second news is of other money."""
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    noted_refund(payment, seller, 4_000)
    gone(payment, 4_000, key="refund")

    [second] = gone(payment, 4_000, key="chargeback")

    assert (second.booked, second.loss) == (4_000, 4_000)


def test_a_refund_that_waits_is_finished_by_the_news_of_its_sum(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    waiting = refund(seller, payment.order, 4_000, to=RefundTo.SOURCE)

    [reversal] = gone(payment, 4_000)

    assert (reversal.booked, reversal.loss) == (4_000, 0)
    assert fresh(waiting).status == "done"
    assert Discrepancy.objects.count() == 0


def test_less_than_a_waiting_refund_is_for_a_person(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    waiting = refund(seller, payment.order, 4_000, to=RefundTo.SOURCE)

    assert gone(payment, 3_000) == []

    assert fresh(waiting).status == "paying_out"
    found = Discrepancy.objects.get()
    assert found.kind == "refund_differs"
    with pytest.raises(decisions.RefundUnsettled):
        decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)
    assert fresh(waiting).status == "paying_out"


def test_a_waiting_refund_of_two_payments_is_for_a_person(ayu, seller):
    """The news of one of them does not end what the other still has to send."""
    MoneyPolicy.objects.update(wallet_is_on=False)
    first = paid_by(ayu, 6_000)
    order = first.order
    second = pending(order, method=open_transfer(name="BRI"))
    tell(second, amount=4_000)
    deliver(fresh(order))
    waiting = refund(seller, order, 10_000, to=RefundTo.SOURCE)
    assert waiting.parts.count() == 2

    assert gone(first, 6_000) == []

    assert fresh(waiting).status == "paying_out"
    found = Discrepancy.objects.get()
    with pytest.raises(decisions.RefundUnsettled):
        decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)
    refunds.note_paid_out(actor=seller, refund=waiting, note="both", now=LATE)
    decisions.book_as_told(actor=seller, discrepancy=found, now=LATE)
    [row] = Reversal.objects.all()
    assert (row.confirmed, row.booked) == (6_000, 0)


def test_a_refund_to_the_balance_is_no_payout_of_the_gateway(ayu, seller):
    payment = paid_by(ayu, 10_000)
    deliver(payment.order)
    refund(seller, payment.order, 4_000)
    assert balance_of(ayu) == 4_000

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (10_000, 6_000)
    assert balance_of(ayu) == 0


def test_what_was_spent_is_a_loss_and_the_rest_is_not(ayu):
    payment = paid_by(ayu, 17_000)
    other = order_for(ayu, price=5_000)
    balance.pay_with_balance(order_id=other.pk, now=NOON)

    [reversal] = gone(payment)

    assert (reversal.booked, reversal.loss) == (17_000, 5_000)
    assert balance_of(ayu) == 0
    assert fresh(other).status == OrderStatus.PAID
