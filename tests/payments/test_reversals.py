"""A gateway takes back money that it had reported, told twice every time."""

import pytest
from django.db import transaction

from inventory import selectors
from payments import tasks
from payments.events import PaymentTakenBack
from payments.gateways.base import FactState
from payments.models import (
    Delivery,
    LedgerEntry,
    MoneyPolicy,
    Payment,
    Reversal,
    UnmatchedMoney,
)
from payments.services import refunds
from payments.services.incoming import balance, settlement, unapplied
from payments.services.orders import expiry
from payments.services.transitions import move_order
from payments.states import OrderStatus, PaymentStatus, RefundTo, UnmatchedStatus
from ppob.kit.machine import IllegalMove
from tests.conftest import NOON
from tests.factories import (
    add_codes,
    make_customer,
    make_order,
    make_policy,
    make_product,
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


@pytest.fixture
def payment(ayu):
    """Ten thousand rupiah for a code, received and not delivered yet."""
    order = make_order(make_product(price=10_000, codes=1), customer=ayu)
    made = pending(order, method=open_transfer())
    tell(made)
    made.order.refresh_from_db()
    return made


@pytest.fixture
def mixed(ayu):
    """Six of ten thousand; the rest was set aside from the balance."""
    fund(ayu, 4_000)
    order = make_order(make_product(price=10_000, codes=1), customer=ayu)
    balance.reserve_balance(order_id=order.pk, now=NOON)
    made = pending(order, method=open_transfer())
    tell(made)
    return made


def take_back(payment):
    """The loss that was announced, once."""
    with heard(PaymentTakenBack) as news:
        for _ in range(2):
            tell(payment, FactState.REVERSED, now=LATE)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.REVERSED
    assert len(news) == 1
    assert Reversal.objects.filter(payment=payment).count() == 1
    return news[0].reversal.loss


def fresh(row):
    row.refresh_from_db()
    return row


def available(order):
    product_id = order.lines.get().product_id
    return selectors.available([product_id])[product_id]


def test_a_deposit_that_lies_there_is_taken_from_the_balance(ayu):
    payment = top_up(ayu, 50_000)
    tell(payment)

    assert take_back(payment) == 0

    assert fresh(payment.deposit).status == "reversed"
    assert balance_of(ayu) == 0
    assert books() == {}


def test_a_deposit_that_was_spent_is_taken_as_far_as_it_is_there(ayu):
    payment = top_up(ayu, 50_000)
    tell(payment)
    order = make_order(make_product(price=30_000, codes=1), customer=ayu)
    balance.pay_with_balance(order_id=order.pk, now=NOON)
    deliver(order)

    assert take_back(payment) == 30_000

    assert balance_of(ayu) == 0
    assert booked(f"reversed:{payment.reference}") == {
        "wallet": 20_000,
        "losses": 30_000,
        "clearing": -50_000,
    }
    assert books() == {"sales": -30_000, "losses": 30_000}


def test_a_share_that_is_set_aside_is_not_torn_from_its_order(ayu):
    payment = top_up(ayu, 4_000)
    tell(payment)
    order = make_order(make_product(price=10_000, codes=1), customer=ayu)
    balance.reserve_balance(order_id=order.pk, now=NOON)

    assert take_back(payment) == 4_000

    assert fresh(order).reserved == 4_000


def test_a_reversed_deposit_is_not_credited_again(ayu):
    payment = top_up(ayu, 50_000)
    tell(payment)
    take_back(payment)

    tell(payment)

    assert balance_of(ayu) == 0


def test_an_order_that_is_not_delivered_is_not_delivered_any_more(payment):
    assert take_back(payment) == 0

    order = fresh(payment.order)
    assert (order.status, order.refunded) == (OrderStatus.REFUNDED, 10_000)
    assert available(order) == 1
    assert deliver(order).status == OrderStatus.REFUNDED
    assert not Delivery.objects.exists()
    assert balance_of(order.customer) == 0
    assert books() == {}


def test_of_a_mixed_price_the_balances_share_goes_back_there(ayu, mixed):
    assert take_back(mixed) == 0

    assert fresh(mixed.order).status == OrderStatus.REFUNDED
    assert booked(f"reversed:{mixed.reference}") == {
        "held": 10_000,
        "wallet": -4_000,
        "clearing": -6_000,
    }
    assert balance_of(ayu) == 4_000


def test_a_delivered_order_is_a_loss(payment):
    deliver(payment.order)

    assert take_back(payment) == 10_000

    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert Delivery.objects.count() == 1
    assert books() == {"sales": -10_000, "losses": 10_000}


def test_a_delivered_order_of_a_mixed_price_loses_the_money_from_outside(ayu, mixed):
    deliver(mixed.order)

    assert take_back(mixed) == 6_000

    assert balance_of(ayu) == 0
    assert books() == {"clearing": 4_000, "sales": -10_000, "losses": 6_000}


def test_what_was_refunded_to_the_balance_is_taken_from_there(payment, seller):
    refund(seller, payment.order, 3_000)

    assert take_back(payment) == 0

    order = fresh(payment.order)
    assert (order.status, order.refunded) == (OrderStatus.REFUNDED, 10_000)
    assert balance_of(order.customer) == 0
    assert books() == {}


def test_what_was_refunded_to_the_balance_and_spent_is_a_loss(payment, seller):
    refund(seller, payment.order, 3_000)
    spend(payment.order.customer, 2_000)

    assert take_back(payment) == 2_000

    assert fresh(payment.order).status == OrderStatus.REFUNDED
    assert balance_of(payment.order.customer) == 0


def spend(customer, amount):
    order = make_order(make_product(price=amount, codes=1), customer=customer)
    balance.pay_with_balance(order_id=order.pk, now=NOON)


@pytest.mark.parametrize("amount", [3_000, 10_000])
@pytest.mark.parametrize("is_delivered", [False, True])
def test_a_refund_that_waits_to_be_sent_back_was_sent_by_the_gateway(
    payment, seller, amount, is_delivered
):
    if is_delivered:
        deliver(payment.order)
    waiting = refund(seller, payment.order, amount, to=RefundTo.SOURCE)

    loss = take_back(payment)

    assert loss == (10_000 - amount if is_delivered else 0)
    assert fresh(waiting).status == "done"
    assert booked(f"reversed:{payment.reference}")["payable"] == amount
    assert fresh(payment.order).status == (
        OrderStatus.DELIVERED if is_delivered else OrderStatus.REFUNDED
    )
    with pytest.raises(IllegalMove):
        refunds.note_paid_out(actor=seller, refund=waiting, note="x", now=LATE)
    assert "clearing" not in books()


def test_unapplied_money_is_taken_from_the_balance_that_got_it(payment):
    deliver(payment.order)
    second = later_payment(payment)
    tell(second)
    assert balance_of(payment.order.customer) == 10_000

    assert take_back(second) == 0

    assert balance_of(payment.order.customer) == 0
    assert books() == {"clearing": 10_000, "sales": -10_000}


def later_payment(payment):
    """Another one of the same order, which the first closed."""
    return Payment.objects.create(
        order=payment.order,
        method=payment.method,
        reference="T1-AAA-AAA-00000002",
        amount=10_000,
        status=PaymentStatus.PENDING,
        created_at=NOON,
        expires_at=LATE,
    )


def test_unapplied_money_that_waits_leaves_the_queue(ayu, payment):
    MoneyPolicy.objects.update(wallet_is_on=False)
    second = later_payment(payment)
    tell(second)

    assert take_back(second) == 0

    money = UnmatchedMoney.objects.get()
    assert (money.status, money.settled_by) == ("returned", "gateway:manual")
    assert booked(f"withdrawn:{money.public_id}") == {
        "unmatched": 10_000,
        "clearing": -10_000,
    }
    assert books() == {"clearing": 10_000, "held": -10_000}


def test_unapplied_money_that_was_paid_back_already_is_a_loss(ayu, payment, seller):
    MoneyPolicy.objects.update(wallet_is_on=False)
    second = later_payment(payment)
    tell(second)
    unapplied.note_returned(
        actor=seller, money=UnmatchedMoney.objects.get(), note="BCA", now=LATE
    )

    assert take_back(second) == 10_000

    assert books() == {"held": -10_000, "losses": 10_000}


@pytest.mark.parametrize("is_delivered", [False, True])
def test_late_money_that_the_seller_used_for_its_order(ayu, seller, is_delivered):
    MoneyPolicy.objects.update(wallet_is_on=False)
    product = make_product(price=10_000, codes=1)
    order = make_order(product, customer=ayu)
    payment = pending(order, method=open_transfer())
    expiry.expire_order(order_id=order.pk, now=LATE)
    make_order(product, now=LATE)
    tell(payment, now=LATE)
    add_codes(product, 1)
    money = UnmatchedMoney.objects.get()
    unapplied.apply_to_order(actor=seller, money=money, now=LATE)
    if is_delivered:
        deliver(order, now=LATE)

    assert take_back(payment) == (10_000 if is_delivered else 0)

    assert fresh(order).status == (
        OrderStatus.DELIVERED if is_delivered else OrderStatus.REFUNDED
    )
    assert fresh(money).status == UnmatchedStatus.APPLIED


@pytest.mark.parametrize("ended", [None, FactState.EXPIRED, FactState.FAILED])
def test_money_that_went_before_we_heard_that_it_came_never_counts(ayu, ended):
    """The gateway's two pieces of news overtake each other."""
    payment = pending(make_order(customer=ayu))
    if ended is not None:
        tell(payment, ended)

    with heard(PaymentTakenBack) as news:
        tell(payment, FactState.REVERSED)
        tell(payment, FactState.SETTLED)

    assert fresh(payment).status == PaymentStatus.REVERSED
    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert news == []
    assert not LedgerEntry.objects.exists()


def test_a_reversed_order_is_not_overdue(payment):
    take_back(payment)

    assert not refunds.refund_overdue(
        order_id=payment.order_id, before=LATE + tasks.REFUND_AFTER, now=LATE
    )


@pytest.mark.parametrize("share", [0, 4_000])
def test_what_turns_out_to_be_undeliverable_after_all_was_no_loss(ayu, share):
    """A supplier was asked, the money was taken back, then the supplier refused."""
    order = make_order(make_product(price=10_000, codes=1), customer=ayu)
    if share:
        fund(ayu, share)
        balance.reserve_balance(order_id=order.pk, now=NOON)
    payment = pending(order, method=open_transfer())
    tell(payment)
    with transaction.atomic():
        move_order(fresh(order), OrderStatus.DELIVERING, actor="job", now=NOON)
    assert take_back(payment) == 10_000 - share

    with transaction.atomic():
        refunds.refund_undeliverable(fresh(order), actor="job", now=LATE)

    assert (fresh(order).status, order.refunded) == (OrderStatus.REFUNDED, 10_000)
    assert balance_of(ayu) == share
    assert "losses" not in books()
    assert "held" not in books()


def test_money_that_was_taken_back_is_not_confirmed_again(payment, seller):
    take_back(payment)

    with pytest.raises(IllegalMove):
        settlement.confirm_transfer(actor=seller, payment=payment, now=LATE)

    assert books() == {}
