"""What a gateway keeps of the money is in the books, once, whatever became of it."""

import pytest

from payments import figures
from payments.gateways.base import FactState
from payments.models import LedgerEntry, Receipt
from payments.services import ledger
from payments.services.incoming import charges
from payments.states import AccountKind, PaymentStatus
from tests.conftest import NOON
from tests.factories import make_customer, make_gateway_method, make_order
from tests.payments.acts import (
    booked,
    books,
    deliver,
    keep_no_balances,
    tell,
    top_up,
)
from tests.payments.invariants import violations

PRICE, FEE = 10_000, 820


@pytest.fixture(autouse=True)
def the_books_are_right(db, superuser):
    yield
    assert violations(superuser) == {}


@pytest.fixture
def payment(in_arcadia):
    order = make_order()
    return charges.choose_method(
        order_id=order.pk, method_id=make_gateway_method().public_id, now=NOON
    )


def came(payment, amount=PRICE, **changes):
    return tell(payment, amount=amount, fee=FEE, **changes)


def test_the_account_of_the_gateway_is_what_it_pays_out(payment):
    came(payment)

    [receipt] = Receipt.objects.all()
    assert booked(f"fee:{receipt.pk}") == {"fees": FEE, "clearing": -FEE}
    assert books() == {"clearing": PRICE - FEE, "fees": FEE, "held": -PRICE}


def test_news_that_is_told_twice_costs_one_fee(payment):
    came(payment)
    came(payment)

    assert ledger.balance(AccountKind.FEES) == FEE


@pytest.mark.parametrize("fee", [None, 0, PRICE + 1])
def test_without_a_fee_that_can_be_nothing_is_booked(payment, fee):
    tell(payment, amount=PRICE, fee=fee)

    assert books() == {"clearing": PRICE, "held": -PRICE}
    assert not LedgerEntry.objects.filter(kind="fee").exists()


def test_a_fee_as_large_as_the_money_leaves_nothing_of_it(payment):
    tell(payment, amount=PRICE, fee=PRICE)

    assert books() == {"fees": PRICE, "held": -PRICE}


def test_money_that_fits_nothing_has_its_fee_too(payment):
    keep_no_balances()
    came(payment, amount=4_000)

    assert books() == {"clearing": 4_000 - FEE, "fees": FEE, "unmatched": -4_000}


def test_a_top_up_has_its_fee_and_the_buyer_the_whole_amount(in_arcadia):
    deposit = top_up(make_customer(), 50_000, method=make_gateway_method())
    came(deposit, amount=50_000)

    assert books() == {"clearing": 50_000 - FEE, "fees": FEE, "wallet": -50_000}


def test_each_receipt_of_a_payment_has_its_own(payment):
    keep_no_balances()
    came(payment, gateway_reference="T1", event_key="T1")
    came(payment, gateway_reference="T2", event_key="T2")

    assert ledger.balance(AccountKind.FEES) == 2 * FEE
    assert ledger.balance(AccountKind.UNMATCHED) == -PRICE


def test_what_is_taken_back_costs_its_fee_all_the_same(payment):
    came(payment)
    assert tell(payment, FactState.REVERSED) == PaymentStatus.REVERSED

    assert books() == {"clearing": -FEE, "fees": FEE}


def test_the_seller_reads_what_is_left_after_the_fee(payment):
    came(payment)
    deliver(payment.order)

    money = figures.money_of([payment.order_id])[payment.order_id]
    assert (money.received, money.fees, money.net) == (PRICE, FEE, PRICE - FEE)
