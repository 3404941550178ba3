"""Transfers are receipts: each is written down once, and parts pay together."""

from datetime import timedelta

import pytest

from payments.events import MoneyWaits
from payments.models import LedgerEntry, MoneyPolicy, Receipt, UnmatchedMoney
from payments.services.incoming import balance, deposits, settlement, unapplied
from payments.services.incoming.unapplied import NeedsSecondPerson
from payments.services.ledger import WalletFull
from payments.services.orders import expiry
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.machine import IllegalMove
from tenants.auth import OwnMoney
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
    make_user,
)
from tests.hearing import heard
from tests.payments.acts import (
    LATE,
    balance_of,
    books,
    fund,
    open_transfer,
    pending,
    tell,
    top_up,
)

pytestmark = pytest.mark.usefixtures("right_books")


@pytest.fixture
def ayu(in_arcadia):
    make_policy(deposit_min=1_000)
    return make_customer("ayu")


@pytest.fixture
def cashier(in_arcadia, seller):
    return make_member(Role.CASHIER)


@pytest.fixture
def bima(ayu):
    """Another buyer, with an order and a balance of his own that nobody touches."""
    buyer = fund(make_customer("bima"), 25_000)
    order = make_order(make_product(price=10_000, codes=1), customer=buyer)
    payment = pending(order)
    yield buyer
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("awaiting_payment", "pending")
    assert balance_of(buyer) == 25_000


def order_for(customer, *, price=10_000, **fields):
    return make_order(make_product(price=price, codes=1), customer=customer, **fields)


def confirm(member, payment, received=None, *, number=1, now=NOON):
    return settlement.confirm_transfer(
        actor=member, payment=payment, received=received, number=number, now=now
    )


def fresh(row):
    row.refresh_from_db()
    return row


# --- Parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("keeps_balances", [True, False])
def test_two_parts_pay_an_order(ayu, bima, cashier, jobs, keeps_balances):
    if not keeps_balances:
        keep_no_more_balances()
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    confirm(cashier, payment, 4_000)
    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    confirm(cashier, payment, 6_000, number=2)
    jobs.run()

    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert list(
        Receipt.objects.filter(payment=payment).values_list("amount", "key")
    ) == [
        (4_000, "transfer"),
        (6_000, "transfer:2"),
    ]
    assert balance_of(ayu) == 0


def keep_no_more_balances():
    MoneyPolicy.objects.update(wallet_is_on=False)


def test_parts_on_two_methods_pay_an_order(ayu, bima, cashier, jobs):
    order = order_for(ayu)
    first = pending(order, method=open_transfer(name="BNI"))
    confirm(cashier, first, 7_000)
    second = pending(order, method=open_transfer(name="Mandiri"))

    confirm(cashier, second, 3_000)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 0


def test_three_parts_and_one_too_much(ayu, bima, cashier, jobs):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    for number, part in enumerate((3_000, 3_000, 5_500), start=1):
        confirm(cashier, payment, part, number=number)
    jobs.run()

    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 1_500


def test_a_part_that_was_spent_elsewhere_does_not_pay_again(ayu, cashier):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(cashier, payment, 4_000)
    other = order_for(ayu, price=4_000)
    balance.pay_with_balance(order_id=other.pk, now=NOON)

    confirm(cashier, payment, 6_000, number=2)

    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert balance_of(ayu) == 6_000


def test_a_part_that_is_asked_back_does_not_pay(ayu, cashier):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(cashier, payment, 4_000)
    unapplied.ask_return(
        customer=ayu, money_id=UnmatchedMoney.objects.get().pk, now=NOON
    )

    confirm(cashier, payment, 6_000, number=2)

    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert balance_of(ayu) == 6_000


def test_what_is_set_aside_and_a_part_pay_together(ayu, cashier, jobs):
    """The buyer was asked for all of it and sent what the balance leaves."""
    order = order_for(ayu)
    whole = pending(order, method=open_transfer(name="BNI"))
    fund(ayu, 4_000)
    balance.reserve_balance(order_id=order.pk, now=NOON)

    confirm(cashier, whole, 6_000)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 0


def test_parts_that_wait_and_the_balance_pay_the_rest(ayu, cashier, jobs):
    fund(ayu, 6_000)
    keep_no_more_balances()
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(cashier, payment, 4_000)

    balance.pay_with_balance(order_id=payment.order_id, now=NOON)
    jobs.run()

    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 0
    assert books() == {"clearing": 10_000, "sales": -10_000}


# --- The price counts, not the code ---------------------------------------------------


@pytest.mark.parametrize("without", ["the whole code", "one rupiah"])
def test_money_that_covers_the_price_pays_without_its_code(
    ayu, bima, cashier, jobs, without
):
    payment = pending(order_for(ayu, price=19_500))
    assert payment.unique_code > 0
    less = payment.unique_code if without == "the whole code" else 1

    confirm(cashier, payment, payment.amount - less)
    jobs.run()

    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == payment.unique_code - less
    assert not UnmatchedMoney.objects.exists()


def test_one_rupiah_less_than_the_price_pays_nothing(ayu, cashier):
    payment = pending(order_for(ayu, price=19_500))

    confirm(cashier, payment, 19_499)

    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert balance_of(ayu) == 19_499


def test_the_code_of_a_deposit_may_be_missing_too(ayu, cashier):
    payment = top_up(ayu, 50_000, method=make_transfer_method(name="BNI"))
    assert payment.amount > 50_000

    confirm(cashier, payment, 50_000)

    assert fresh(payment.deposit).status == "credited"
    assert balance_of(ayu) == 50_000


# --- Each once ------------------------------------------------------------------------


def test_a_second_transfer_of_the_same_sum_is_written_down(ayu, bima, cashier, seller):
    payment = pending(order_for(ayu, price=29_000), method=open_transfer(name="BNI"))
    confirm(cashier, payment)

    confirm(cashier, payment, 29_000, number=2)

    money = UnmatchedMoney.objects.get()
    assert (money.amount, money.reason, money.status) == (
        29_000,
        "already_paid",
        "open",
    )
    assert money.needs_second_person
    unapplied.credit_buyer(actor=seller, money=money, now=NOON)
    assert balance_of(ayu) == 29_000


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_page_that_shows_another_number_of_transfers_writes_nothing(
    ayu, cashier, number
):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(cashier, payment, 4_000)

    with pytest.raises(IllegalMove):
        confirm(cashier, payment, 6_000, number=number)

    assert Receipt.objects.count() == 1
    assert balance_of(ayu) == 4_000


def test_a_transfer_after_a_rejected_one_pays(ayu, cashier, jobs):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    settlement.reject_transfer(actor=cashier, payment=payment, reason="no", now=NOON)

    confirm(cashier, payment, 10_000)
    jobs.run()

    assert fresh(payment.order).status == OrderStatus.DELIVERED


def test_two_transfers_for_one_deposit(ayu, cashier, seller):
    payment = top_up(ayu, 50_000)
    confirm(cashier, payment)

    confirm(cashier, payment, 50_000, number=2)

    assert balance_of(ayu) == 50_000
    money = UnmatchedMoney.objects.get()
    assert money.needs_second_person
    unapplied.credit_buyer(actor=seller, money=money, now=NOON)
    assert balance_of(ayu) == 100_000


# --- Staff create no balance ----------------------------------------------------------


def test_a_cashier_makes_no_balance_from_a_wrong_sum(ayu, bima, cashier, jobs):
    """Seen: “received 999,999,999” for an own order of 29,308."""
    payment = pending(order_for(ayu, price=29_000))

    with heard(MoneyWaits) as news:
        confirm(cashier, payment, 999_999_999)
    jobs.run()

    money = UnmatchedMoney.objects.get()
    assert fresh(payment.order).status == OrderStatus.DELIVERED
    assert balance_of(ayu) == payment.unique_code
    assert (money.status, money.amount) == ("open", 999_999_999 - payment.amount)
    assert (money.needs_second_person, money.recorded_by) == (True, cashier.name)
    assert [fact.money for fact in news] == [money]


@pytest.mark.parametrize(
    ("surplus", "is_credited"), [(9_999, True), (10_000, True), (10_001, False)]
)
def test_a_small_sum_beyond_goes_to_the_balance(ayu, cashier, surplus, is_credited):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    confirm(cashier, payment, 10_000 + surplus)

    assert balance_of(ayu) == (surplus if is_credited else 0)
    assert UnmatchedMoney.objects.get().needs_second_person is not is_credited


def test_many_small_sums_of_a_day_are_not_small(ayu, bima, cashier):
    for _ in range(2):
        payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
        confirm(cashier, payment, 16_000)

    assert balance_of(ayu) == 6_000
    assert UnmatchedMoney.objects.filter(needs_second_person=True).count() == 1

    tomorrow = NOON + timedelta(days=1, seconds=1)
    payment = pending(
        order_for(ayu, now=tomorrow), method=open_transfer(name="BNI"), now=tomorrow
    )
    confirm(cashier, payment, 16_000, now=tomorrow)

    assert balance_of(ayu) == 12_000


def test_who_wrote_it_down_does_not_decide(ayu, seller):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(seller, payment, 500_000)
    money = UnmatchedMoney.objects.get()

    with pytest.raises(NeedsSecondPerson):
        unapplied.credit_buyer(actor=seller, money=money, now=NOON)

    assert balance_of(ayu) == 0
    unapplied.credit_buyer(actor=make_member(Role.ADMIN), money=money, now=NOON)
    assert balance_of(ayu) == 490_000


def test_a_cashier_is_no_second_person(ayu, seller, cashier):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))
    confirm(seller, payment, 500_000)

    with pytest.raises(NotAllowed):
        unapplied.credit_buyer(
            actor=cashier, money=UnmatchedMoney.objects.get(), now=NOON
        )

    assert balance_of(ayu) == 0


def test_money_beyond_without_stock_needs_a_second_person_too(ayu, cashier):
    order = order_for(ayu)
    payment = pending(order, method=open_transfer(name="BNI"))
    expiry.expire_order(order_id=order.pk, now=LATE)
    make_order(order.lines.get().product, now=LATE)

    confirm(cashier, payment, 900_000, now=LATE)

    assert balance_of(ayu) == 0
    assert UnmatchedMoney.objects.get().needs_second_person


def test_a_gateway_needs_no_second_person(ayu):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    tell(payment, amount=500_000)

    assert balance_of(ayu) == 490_000


# --- Limits ---------------------------------------------------------------------------


def test_a_full_balance_takes_nothing_more(ayu, bima, seller):
    fund(ayu, 1_995_000)
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    tell(payment, amount=15_001)

    money = UnmatchedMoney.objects.get(reason="overpaid")
    assert (money.status, money.amount) == ("open", 5_001)
    with pytest.raises(WalletFull):
        unapplied.credit_buyer(actor=seller, money=money, now=NOON)
    assert fresh(money).status == "open"
    assert balance_of(ayu) == 1_995_000


def test_a_balance_may_be_exactly_full(ayu):
    fund(ayu, 1_995_000)
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    tell(payment, amount=15_000)

    assert balance_of(ayu) == 2_000_000


def test_a_late_deposit_of_a_full_balance_waits(ayu):
    late = top_up(ayu, 1_000_000, key="late")
    deposits.expire_deposit(deposit_id=late.deposit_id, now=LATE)
    fund(ayu, 1_500_000)

    tell(late, now=LATE)

    money = UnmatchedMoney.objects.get()
    assert (money.reason, money.amount) == ("wallet_full", 1_000_000)
    assert fresh(late.deposit).status == "expired"
    assert balance_of(ayu) == 1_500_000


def test_what_is_set_aside_counts_towards_the_limit(ayu):
    fund(ayu, 1_999_000)
    order = order_for(ayu, price=1_000_000)
    balance.reserve_balance(order_id=order.pk, now=NOON)
    other = pending(order_for(ayu), method=open_transfer(name="BNI"))

    tell(other, amount=12_000)

    assert UnmatchedMoney.objects.get().status == "open"


def test_all_balances_together_have_a_limit(in_arcadia):
    make_policy(deposit_min=1_000, wallet_limit=20_000, float_limit=30_000)
    fund(make_customer("bima"), 20_000)
    ayu = fund(make_customer("ayu"), 5_000)
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    tell(payment, amount=15_001)

    assert balance_of(ayu) == 5_000
    assert UnmatchedMoney.objects.get().amount == 5_001


# --- One's own money ------------------------------------------------------------------


@pytest.fixture
def own(in_arcadia):
    """A member of staff who buys here."""
    user = make_user("rizky")
    return make_member(user=user), make_customer("rizky", discord_id=user.discord_id)


def test_nobody_confirms_or_rejects_their_own_transfer(own, jobs):
    member, buyer = own
    payment = pending(order_for(buyer), method=open_transfer(name="BNI"))

    with pytest.raises(OwnMoney):
        confirm(member, payment)
    with pytest.raises(OwnMoney):
        settlement.reject_transfer(actor=member, payment=payment, reason="x", now=NOON)

    assert fresh(payment).status == PaymentStatus.PENDING
    assert not LedgerEntry.objects.exists()
    assert not Receipt.objects.exists()


def test_nobody_decides_about_their_own_money(own):
    member, buyer = own
    make_policy(wallet_is_on=False)
    payment = pending(order_for(buyer), method=open_transfer(name="BNI"))
    tell(payment, amount=4_000)
    money = UnmatchedMoney.objects.get()

    with pytest.raises(OwnMoney):
        unapplied.credit_buyer(actor=member, money=money, now=NOON)
    with pytest.raises(OwnMoney):
        unapplied.apply_to_order(actor=member, money=money, now=NOON)
    with pytest.raises(OwnMoney):
        unapplied.note_returned(actor=member, money=money, note="BCA", now=NOON)

    assert fresh(money).status == "open"
    assert books() == {"clearing": 4_000, "unmatched": -4_000}


# --- Input ----------------------------------------------------------------------------


@pytest.mark.parametrize("received", [0, -1, 1_000_000_001, 2**80])
def test_a_sum_out_of_range_is_refused(ayu, cashier, received):
    payment = pending(order_for(ayu), method=open_transfer(name="BNI"))

    with pytest.raises(InvalidInput):
        confirm(cashier, payment, received)

    assert not Receipt.objects.exists()
