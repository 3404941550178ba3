"""Where money ends that is not what was asked for, with and without balances.

Rows: too little, too much, paid twice, paid after the end with and without stock. Each
is told twice, as gateways do.
"""

import pytest

from inventory.models import Hold
from inventory.services import holds
from payments.events import MoneyCredited, MoneyWaits, OrderMoved
from payments.models import LedgerEntry, UnmatchedMoney
from payments.services.incoming import balance, unapplied, unapplied_booking
from payments.services.incoming.unapplied import AskedBefore, SpentAlready
from payments.services.orders import checkout, expiry
from payments.states import OrderStatus, PaymentStatus, UnmatchedStatus
from ppob.kit.errors import NotAllowed, NotFound
from ppob.kit.machine import IllegalMove
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    add_codes,
    make_customer,
    make_member,
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
    open_transfer,
    pending,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")

BOTH = pytest.mark.parametrize("keeps_balances", [True, False], ids=["saldo", "queue"])


@pytest.fixture
def payment(in_arcadia, keeps_balances):
    """Ten thousand rupiah for the only code."""
    make_policy(wallet_is_on=keeps_balances, deposit_min=1_000)
    return a_payment()


def a_payment(**fields):
    order = make_order(make_product(price=10_000, codes=1), **fields)
    return pending(order, method=open_transfer())


def fresh(row):
    row.refresh_from_db()
    return row


def told_twice(payment, *, now=NOON, **fact):
    """The news of both tellings."""
    with heard(MoneyCredited) as credited, heard(MoneyWaits) as waiting:
        for _ in range(2):
            tell(payment, now=now, **fact)
    return [fact.money for fact in credited], [fact.money for fact in waiting]


def expect_odd(news, *, amount, reason, keeps_balances, now=NOON):
    """One row, announced once at the right door, and booked where it lies."""
    money = UnmatchedMoney.objects.get()
    credited, waiting = news
    assert (money.amount, money.reason) == (amount, reason)
    assert booked(f"unmatched:{money.public_id}") == {
        "clearing": amount,
        "unmatched": -amount,
    }
    if keeps_balances:
        assert (credited, waiting) == ([money], [])
        assert (money.status, money.settled_by, money.due_at) == (
            "credited",
            unapplied_booking.ACTOR,
            None,
        )
        assert booked(f"credited:{money.public_id}") == {
            "unmatched": amount,
            "wallet": -amount,
        }
    else:
        assert (credited, waiting) == ([], [money])
        assert money.status == "open"
        assert money.due_at == now + unapplied_booking.DECIDE_WITHIN


def place_of(keeps_balances):
    return "wallet" if keeps_balances else "unmatched"


@BOTH
def test_too_little(payment, keeps_balances, jobs):
    news = told_twice(payment, amount=9_900)
    jobs.run()

    expect_odd(news, amount=9_900, reason="underpaid", keeps_balances=keeps_balances)
    assert fresh(payment).status == PaymentStatus.PENDING
    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert books() == {"clearing": 9_900, place_of(keeps_balances): -9_900}


@BOTH
def test_too_much(payment, keeps_balances, jobs):
    news = told_twice(payment, amount=10_700)
    jobs.run()

    expect_odd(news, amount=700, reason="overpaid", keeps_balances=keeps_balances)
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert booked(f"settled:{payment.reference}") == {
        "clearing": 10_000,
        "held": -10_000,
    }
    assert books() == {
        "clearing": 10_700,
        "sales": -10_000,
        place_of(keeps_balances): -700,
    }


@BOTH
def test_paid_by_two_methods(payment, keeps_balances, jobs):
    second = pending(payment.order, method=open_transfer())
    tell(second)
    jobs.run()

    news = told_twice(payment)

    expect_odd(
        news, amount=10_000, reason="already_paid", keeps_balances=keeps_balances
    )
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert books() == {
        "clearing": 20_000,
        "sales": -10_000,
        place_of(keeps_balances): -10_000,
    }


@BOTH
def test_other_money_on_a_paid_payment(payment, keeps_balances, jobs):
    tell(payment)
    jobs.run()

    news = told_twice(payment, amount=7_000)

    expect_odd(news, amount=7_000, reason="wrong_amount", keeps_balances=keeps_balances)
    assert books()["clearing"] == 17_000


@BOTH
@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_paid_after_the_end_while_the_code_is_there(payment, keeps_balances, end, jobs):
    finish(payment.order, end)

    news = told_twice(payment, now=LATE)
    jobs.run()

    assert news == ([], [])
    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert books() == {"clearing": 10_000, "sales": -10_000}


def finish(order, end):
    if end == "cancel":
        checkout.cancel_order(order_id=order.pk, actor="discord:1", now=NOON)
    else:
        expiry.expire_order(order_id=order.pk, now=LATE)


@BOTH
@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_paid_after_the_end_when_the_code_is_gone(payment, keeps_balances, end, jobs):
    finish(payment.order, end)
    make_order(payment.order.lines.get().product, now=LATE)

    with heard(OrderMoved) as moves:
        news = told_twice(payment, now=LATE)
    jobs.run()

    expect_odd(
        news,
        amount=10_000,
        reason="out_of_stock",
        keeps_balances=keeps_balances,
        now=LATE,
    )
    assert moves == []
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert books() == {"clearing": 10_000, place_of(keeps_balances): -10_000}


@BOTH
def test_too_much_after_the_end_pays_while_the_code_is_there(payment, keeps_balances):
    finish(payment.order, "expire")

    news = told_twice(payment, now=LATE, amount=10_700)

    expect_odd(
        news, amount=700, reason="overpaid", keeps_balances=keeps_balances, now=LATE
    )
    assert fresh(payment.order).status == OrderStatus.PAID


@BOTH
def test_too_much_for_a_waiting_order_whose_code_is_gone(payment, keeps_balances):
    """Its hold was released a moment before its end; nothing of the sum is lost."""
    holds.release_expired(hold_id=Hold.objects.get().pk, now=LATE)
    make_order(payment.order.lines.get().product, now=LATE)

    told_twice(payment, now=LATE, amount=10_700)

    kept = UnmatchedMoney.objects.values_list("reason", "amount")
    assert list(kept) == [("out_of_stock", 10_700)]
    assert books() == {"clearing": 10_700, place_of(keeps_balances): -10_700}


@BOTH
def test_three_sums_for_one_order_are_three_receipts(payment, keeps_balances, jobs):
    for amount in (4_000, 6_000, 10_000):
        told_twice(payment, amount=amount)
    jobs.run()

    assert UnmatchedMoney.objects.count() == 2
    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert books() == {
        "clearing": 20_000,
        "sales": -10_000,
        place_of(keeps_balances): -10_000,
    }


@pytest.fixture
def credited(in_arcadia):
    """Too little money that lies on its buyer's balance."""
    payment = a_payment()
    tell(payment, amount=4_000)
    return UnmatchedMoney.objects.get()


@pytest.fixture
def waiting(in_arcadia):
    """Too little money that waits for the seller."""
    make_policy(wallet_is_on=False)
    tell(a_payment(), amount=4_000)
    return UnmatchedMoney.objects.get()


def ask_back(money, *, customer=None):
    buyer = customer or money.payment.order.customer
    return unapplied.ask_return(customer=buyer, money_id=money.pk, now=LATE)


def test_a_buyer_asks_for_their_money_back_and_gets_it(credited, seller):
    buyer = credited.payment.order.customer
    with heard(MoneyWaits) as news:
        ask_back(credited)

    fresh(credited)
    assert (credited.status, credited.asked_back_at) == ("open", LATE)
    assert credited.due_at == LATE + unapplied.RETURN_WITHIN
    assert [fact.money for fact in news] == [credited]
    assert balance_of(buyer) == 0
    assert books() == {"clearing": 4_000, "unmatched": -4_000}

    unapplied.note_returned(actor=seller, money=credited, note="BCA 9:10", now=LATE)

    assert fresh(credited).status == UnmatchedStatus.RETURNED
    assert (credited.note, credited.due_at) == ("BCA 9:10", None)
    assert books() == {}


def test_money_is_asked_back_once(credited, seller):
    buyer = credited.payment.order.customer
    ask_back(credited)
    with pytest.raises(AskedBefore):
        ask_back(credited)

    unapplied.credit_buyer(actor=seller, money=credited, now=LATE)
    with pytest.raises(AskedBefore):
        ask_back(credited)

    assert fresh(credited).status == UnmatchedStatus.CREDITED
    assert balance_of(buyer) == 4_000


def test_money_that_was_spent_cannot_be_asked_back(credited):
    buyer = credited.payment.order.customer
    cheap = make_order(make_product(price=1_000, codes=1), customer=buyer)
    balance.pay_with_balance(order_id=cheap.pk, now=NOON)

    with pytest.raises(SpentAlready):
        ask_back(credited)

    assert fresh(credited).status == UnmatchedStatus.CREDITED
    assert credited.asked_back_at is None
    assert balance_of(buyer) == 3_000


def test_nobody_asks_for_anothers_money(credited):
    with pytest.raises(NotFound):
        ask_back(credited, customer=make_customer("bima"))
    with pytest.raises(NotFound):
        unapplied.ask_return(
            customer=credited.payment.order.customer, money_id=0, now=LATE
        )

    assert fresh(credited).status == UnmatchedStatus.CREDITED


def test_money_that_waits_for_the_seller_is_not_asked_back(waiting):
    with pytest.raises(IllegalMove):
        ask_back(waiting)

    assert books() == {"clearing": 4_000, "unmatched": -4_000}


def test_the_seller_gives_waiting_money_to_the_buyers_balance_once(waiting, seller):
    with heard(MoneyCredited) as news:
        unapplied.credit_buyer(actor=seller, money=waiting, now=LATE)
    with pytest.raises(IllegalMove):
        unapplied.credit_buyer(actor=seller, money=waiting, now=LATE)

    assert [fact.money for fact in news] == [waiting]
    assert fresh(waiting).settled_by == seller.name
    assert balance_of(waiting.payment.order.customer) == 4_000
    assert AuditEntry.objects.get(action="unmatched.credited").actor == seller.name


def test_money_that_was_credited_is_nobodys_to_settle(credited, seller):
    entries = LedgerEntry.objects.count()

    with pytest.raises(IllegalMove):
        unapplied.apply_to_order(actor=seller, money=credited, now=LATE)
    with pytest.raises(IllegalMove):
        unapplied.note_returned(actor=seller, money=credited, note="x", now=LATE)

    assert LedgerEntry.objects.count() == entries


def test_a_viewer_gives_nobody_money(waiting):
    with pytest.raises(NotAllowed):
        unapplied.credit_buyer(actor=make_member(Role.VIEWER), money=waiting, now=LATE)

    assert fresh(waiting).status == UnmatchedStatus.OPEN


def test_late_money_pays_after_a_refill_and_the_rest_is_the_buyers(in_arcadia, seller):
    make_policy(wallet_is_on=False)
    payment = a_payment()
    order, product = payment.order, payment.order.lines.get().product
    finish(order, "expire")
    make_order(product, now=LATE)
    tell(payment, now=LATE, amount=10_700)
    money = UnmatchedMoney.objects.get()
    with pytest.raises(unapplied.DoesNotFit):
        unapplied.apply_to_order(actor=seller, money=money, now=LATE)
    add_codes(product, 1)

    unapplied.apply_to_order(actor=seller, money=money, now=LATE)
    deliver(order, now=LATE)

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(order.customer) == 700
    assert books() == {"clearing": 10_700, "sales": -10_000, "wallet": -700}
