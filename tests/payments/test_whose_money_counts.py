"""Parts count for their own order, and sums beyond for their own buyer."""

import pytest

from payments.models import MoneyPolicy, UnmatchedMoney
from payments.states import OrderStatus
from tests.factories import make_customer, make_policy
from tests.payments.acts import balance_of, open_transfer, pending
from tests.payments.test_receipts import cashier, confirm, fresh, order_for

__all__ = ["cashier"]

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ayu(in_arcadia):
    make_policy(deposit_min=1_000)
    return make_customer("ayu")


def transfer_for(customer):
    return pending(order_for(customer), method=open_transfer(name="BNI"))


def test_a_part_of_another_order_does_not_pay(ayu, cashier):
    MoneyPolicy.objects.update(wallet_is_on=False)
    first, second = transfer_for(ayu), transfer_for(ayu)
    confirm(cashier, first, 4_000)

    confirm(cashier, second, 6_000)

    assert fresh(second.order).status == OrderStatus.AWAITING_PAYMENT
    confirm(cashier, second, 4_000, number=2)
    assert fresh(second.order).status == OrderStatus.PAID
    assert fresh(first.order).status == OrderStatus.AWAITING_PAYMENT
    assert UnmatchedMoney.objects.get(payment=first).status == "open"


def test_a_part_that_waits_for_a_second_person_does_not_pay(ayu, cashier):
    MoneyPolicy.objects.update(wallet_is_on=False)
    payment = transfer_for(ayu)
    confirm(cashier, payment, 4_000)
    UnmatchedMoney.objects.update(needs_second_person=True)

    confirm(cashier, payment, 6_000, number=2)

    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT


def test_small_sums_beyond_of_others_leave_ones_own_small(ayu, cashier):
    bima = make_customer("bima")
    confirm(cashier, transfer_for(bima), 16_000)

    confirm(cashier, transfer_for(ayu), 16_000)

    assert (balance_of(bima), balance_of(ayu)) == (6_000, 6_000)
    assert not UnmatchedMoney.objects.filter(needs_second_person=True).exists()
