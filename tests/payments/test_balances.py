"""Paying from a balance: all of it, or a share while the rest comes otherwise."""

import pytest

from inventory import selectors
from inventory.models import Hold
from inventory.services import holds
from payments.models import LedgerEntry, Order, OrderEvent, Payment, UnmatchedMoney
from payments.services import ledger
from payments.services.incoming import balance, charges
from payments.services.incoming.balance import BalanceShort
from payments.services.incoming.charges import MethodUnavailable, OrderNotPayable
from payments.services.ledger import wallets
from payments.services.orders import checkout, expiry
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tests.conftest import NOON
from tests.factories import make_customer, make_order, make_policy, make_product
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
    books,
    deliver,
    fund,
    open_transfer,
    pending,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ayu(in_arcadia):
    make_policy(deposit_min=1_000)
    return make_customer("ayu")


@pytest.fixture
def order(ayu):
    """An order of ten thousand rupiah; another code is in stock."""
    return make_order(make_product(price=10_000, codes=2), customer=ayu)


def pay(order, *, now=NOON):
    return balance.pay_with_balance(order_id=order.pk, now=now)


def reserve(order, *, now=NOON):
    return balance.reserve_balance(order_id=order.pk, now=now)


def rest(order, *, now=NOON):
    """The payment of what the balance leaves, by a transfer without a code."""
    return pending(order, method=open_transfer(), now=now)


def fresh(row):
    row.refresh_from_db()
    return row


def take_the_last_codes(order, *, now):
    """Others have all codes of the order's product."""
    product = order.lines.get().product
    while selectors.available([product.pk])[product.pk]:
        make_order(product, now=now)


def test_an_order_is_paid_from_the_balance_at_once(ayu, order, jobs):
    fund(ayu, 25_000)

    pay(order)
    assert wallets.wallet_of(ayu) == wallets.Wallet(15_000, 0, 10_000)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert wallets.wallet_of(ayu) == wallets.Wallet(15_000, 0, 0)
    payment = Payment.objects.get(order=order)
    assert (payment.from_balance, payment.status) == (True, PaymentStatus.SETTLED)
    assert booked(f"settled:{payment.reference}") == {
        "wallet": 10_000,
        "held": -10_000,
    }
    assert books() == {"clearing": 25_000, "wallet": -15_000, "sales": -10_000}


def test_the_statement_says_what_each_change_was_for(ayu, order):
    fund(ayu, 25_000)
    pay(order)

    spent, came = wallets.statement(ayu)

    assert (spent.amount, spent.kind, spent.order_id, spent.code) == (
        -10_000,
        "settled",
        order.pk,
        order.code,
    )
    assert (came.amount, came.kind, came.order_id) == (25_000, "settled", None)
    assert came.code
    assert wallets.statement(ayu, limit=1) == [spent]
    assert wallets.statement(ayu, before=spent.pk) == [came]
    assert wallets.statement(make_customer("bima")) == []


def test_the_last_rupiah_can_be_spent(ayu, order):
    fund(ayu, 10_000)

    pay(order)

    assert balance_of(ayu) == 0
    assert fresh(order).status == OrderStatus.PAID


@pytest.mark.parametrize("there", [0, 9_999])
def test_a_short_balance_is_refused_and_nothing_has_changed(ayu, order, there):
    if there:
        fund(ayu, there)
    payment = pending(order)
    entries, events = LedgerEntry.objects.count(), OrderEvent.objects.count()

    with pytest.raises(BalanceShort) as refusal:
        pay(order)

    assert (refusal.value.balance, refusal.value.missing) == (there, 10_000 - there)
    assert fresh(payment).status == PaymentStatus.PENDING
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert (LedgerEntry.objects.count(), OrderEvent.objects.count()) == (
        entries,
        events,
    )
    assert balance_of(ayu) == there


def test_an_order_is_paid_from_the_balance_once(ayu, order):
    fund(ayu, 50_000)
    pay(order)

    with pytest.raises(OrderNotPayable):
        pay(order)
    with pytest.raises(OrderNotPayable):
        reserve(order)

    assert balance_of(ayu) == 40_000


def test_a_balance_cannot_be_chosen_like_a_gateway(ayu, order):
    method = wallets.balance_method(now=NOON)

    with pytest.raises(MethodUnavailable):
        charges.choose_method(order_id=order.pk, method_id=method.public_id, now=NOON)

    assert wallets.balance_method(now=LATE).pk == method.pk


def test_the_balance_closes_what_waited_and_late_money_comes_back_to_it(ayu, order):
    fund(ayu, 10_000)
    payment = pending(order)

    pay(order)
    assert fresh(payment).status == PaymentStatus.EXPIRED
    for _ in range(2):
        tell(payment)

    assert UnmatchedMoney.objects.get().reason == "already_paid"
    assert balance_of(ayu) == payment.amount
    assert fresh(order).status == OrderStatus.PAID


def test_a_balance_buys_nothing_that_is_gone(ayu):
    product = make_product(price=10_000, codes=1)
    order = make_order(product, customer=ayu)
    fund(ayu, 10_000)
    assert holds.release_expired(hold_id=Hold.objects.get().pk, now=LATE)
    make_order(product, now=LATE)

    with pytest.raises(OrderNotPayable):
        pay(order, now=LATE)

    assert balance_of(ayu) == 10_000
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT


def test_a_share_is_set_aside_and_the_rest_is_paid_otherwise(ayu, order, jobs):
    fund(ayu, 4_000)

    share = reserve(order)
    assert wallets.wallet_of(ayu) == wallets.Wallet(0, 4_000, 0)
    assert booked(f"reserved:{share.reference}") == {"wallet": 4_000, "reserved": -4000}
    payment = rest(order)
    assert payment.amount == 6_000
    tell(payment)
    assert wallets.wallet_of(ayu) == wallets.Wallet(0, 0, 4_000)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert (fresh(share).status, fresh(payment).status) == ("settled", "settled")
    assert booked(f"settled:{share.reference}") == {"reserved": 4_000, "held": -4_000}
    assert booked(f"settled:{payment.reference}") == {"clearing": 6000, "held": -6_000}
    assert books() == {"clearing": 10_000, "sales": -10_000}


def test_the_code_of_the_rest_is_the_buyers_too(ayu, order):
    fund(ayu, 4_000)
    reserve(order)

    payment = pending(order)
    tell(payment)

    assert payment.amount == 6_000 + payment.unique_code
    assert balance_of(ayu) == payment.unique_code


def test_setting_aside_twice_is_once(ayu, order):
    fund(ayu, 15_000)

    shares = {reserve(order).pk for _ in range(3)}

    assert len(shares) == 1
    assert wallets.wallet_of(ayu) == wallets.Wallet(6_000, 9_000, 0)


def test_a_gateway_is_left_an_amount_that_it_takes(ayu, order):
    fund(ayu, 100_000)

    share = reserve(order)

    assert share.amount == 10_000 - balance.SMALLEST_REST
    assert rest(order).amount == balance.SMALLEST_REST


def test_an_empty_balance_sets_nothing_aside(order):
    payment = pending(order)

    with pytest.raises(BalanceShort):
        reserve(order)

    assert fresh(payment).status == PaymentStatus.PENDING
    assert fresh(order).reserved == 0


def test_what_is_set_aside_cannot_be_spent_elsewhere(ayu, order):
    fund(ayu, 10_000)
    other = make_order(order.lines.get().product, customer=ayu)
    reserve(order)

    with pytest.raises(BalanceShort) as refusal:
        pay(other)

    assert (refusal.value.balance, refusal.value.missing) == (1_000, 9_000)


@pytest.mark.parametrize(
    ("end", "status"), [("cancel", "cancelled"), ("expire", "expired")]
)
def test_a_share_comes_back_when_the_order_ends_unpaid(ayu, order, end, status):
    fund(ayu, 4_000)
    share, payment = reserve(order), rest(order)

    finish(order, end)

    assert fresh(order).status == status
    assert order.reserved == 0
    assert (fresh(share).status, fresh(payment).status) == ("expired", "expired")
    assert booked(f"released:{share.reference}") == {"reserved": 4000, "wallet": -4_000}
    assert wallets.wallet_of(ayu) == wallets.Wallet(4_000, 0, 0)


def finish(order, end):
    if end == "cancel":
        checkout.cancel_order(order_id=order.pk, actor="discord:1", now=NOON)
    else:
        expiry.expire_order(order_id=order.pk, now=LATE)


def test_a_share_is_kept_while_the_buyer_changes_their_mind_about_the_rest(ayu, order):
    fund(ayu, 4_000)
    reserve(order)

    first, second = rest(order), rest(order)

    assert (first.amount, second.amount) == (6_000, 6_000)
    assert fresh(first).status == PaymentStatus.SET_ASIDE
    assert wallets.wallet_of(ayu) == wallets.Wallet(0, 4_000, 0)


def test_the_whole_price_from_the_balance_needs_no_share(ayu, order):
    fund(ayu, 4_000)
    share, payment = reserve(order), rest(order)
    fund(ayu, 6_000)

    pay(order)

    assert fresh(order).status == OrderStatus.PAID
    assert (fresh(share).status, fresh(payment).status) == ("expired", "expired")
    assert wallets.wallet_of(ayu) == wallets.Wallet(0, 0, 10_000)


def test_the_rest_of_an_earlier_choice_pays_with_the_same_share(ayu, order):
    fund(ayu, 4_000)
    reserve(order)
    first, second = rest(order), rest(order)

    tell(first)

    assert fresh(order).status == OrderStatus.PAID
    assert fresh(second).status == PaymentStatus.EXPIRED
    assert wallets.wallet_of(ayu) == wallets.Wallet(0, 0, 4_000)


def test_the_whole_price_of_an_earlier_choice_gives_the_share_back(ayu, order):
    fund(ayu, 4_000)
    whole = rest(order)
    share, second = reserve(order), rest(order)

    tell(whole)

    assert fresh(order).status == OrderStatus.PAID
    assert (fresh(share).status, fresh(second).status) == ("expired", "expired")
    assert wallets.wallet_of(ayu) == wallets.Wallet(4_000, 0, 0)


def test_too_little_for_the_rest_leaves_the_share_where_it_is(ayu, order):
    fund(ayu, 4_000)
    reserve(order)
    payment = rest(order)

    tell(payment, amount=5_999)

    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert wallets.wallet_of(ayu) == wallets.Wallet(5_999, 4_000, 0)
    tell(payment)
    assert fresh(order).status == OrderStatus.PAID
    assert wallets.wallet_of(ayu) == wallets.Wallet(5_999, 0, 4_000)


def test_too_much_for_the_rest_pays_and_the_surplus_is_the_buyers(ayu, order):
    fund(ayu, 4_000)
    reserve(order)

    tell(rest(order), amount=6_500)

    assert fresh(order).status == OrderStatus.PAID
    assert wallets.wallet_of(ayu) == wallets.Wallet(500, 0, 4_000)


@pytest.fixture
def late_rest(ayu, order):
    """The rest of an order that ended; its share lies on the balance again."""
    fund(ayu, 4_000)
    reserve(order)
    payment = rest(order)
    expiry.expire_order(order_id=order.pk, now=LATE)
    return payment


def test_a_late_rest_takes_the_share_again(ayu, order, late_rest):
    tell(late_rest, now=LATE)
    deliver(order, now=LATE)

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 0
    assert books() == {"clearing": 10_000, "sales": -10_000}


def test_a_late_rest_whose_share_was_spent_is_credited(ayu, order, late_rest):
    cheap = make_order(make_product(price=3_000, codes=1), customer=ayu, now=LATE)
    pay(cheap, now=LATE)

    tell(late_rest, now=LATE)

    assert fresh(order).status == OrderStatus.EXPIRED
    assert UnmatchedMoney.objects.get().reason == "underpaid"
    assert balance_of(ayu) == 7_000


def test_a_late_rest_for_what_is_gone_is_credited_and_takes_no_share(
    ayu, order, late_rest
):
    take_the_last_codes(order, now=LATE)

    tell(late_rest, now=LATE)

    assert fresh(order).status == OrderStatus.EXPIRED
    assert UnmatchedMoney.objects.get().reason == "out_of_stock"
    assert balance_of(ayu) == 10_000
    assert Payment.objects.filter(order=order, from_balance=True).count() == 1


def test_a_balance_of_one_store_buys_nothing_in_another(ayu, order, borealis):
    fund(ayu, 50_000)
    assert ledger.wallet_balance(ayu.pk) == 50_000

    with no_tenant_scope(), tenant_scope(borealis.pk):
        assert ledger.wallet_balance(ayu.pk) == 0
        with pytest.raises(Order.DoesNotExist):
            pay(order)
