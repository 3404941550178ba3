"""What becomes of an order's other payments, of odd news and of odd amounts."""

from datetime import timedelta

import pytest

from payments import selectors
from payments.gateways.base import FactState
from payments.models import LedgerEntry, Payment, UnmatchedMoney
from payments.services import ledger
from payments.services.incoming import charges, settlement, unapplied
from payments.services.orders import delivery, expiry
from payments.states import AccountKind, OrderStatus, PaymentStatus, UnmatchedReason
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.machine import IllegalMove
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    add_codes,
    make_gateway_method,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import LATE, keep_no_balances, pending, tell
from tests.payments.invariants import violations


@pytest.fixture(autouse=True)
def the_books_are_right(db, superuser):
    """After every test here, no rule about money and stock is broken."""
    yield
    assert violations(superuser) == {}


@pytest.fixture
def seller(in_arcadia):
    return make_member()


def status_of(row):
    row.refresh_from_db()
    return row.status


def test_money_for_an_earlier_choice_pays_and_closes_the_later_one(in_arcadia, jobs):
    order = make_order()
    first, second = pending(order), pending(order, name="BNI")

    tell(first)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert (status_of(first), status_of(second)) == ("settled", "expired")
    assert selectors.transfers_to_confirm() == []


@pytest.fixture
def late_surplus(in_arcadia):
    """Too much money for an order that had ended, while its code was sold."""
    keep_no_balances()
    order = make_order()
    product = order.lines.get().product
    payment = pending(order)
    expiry.expire_order(order_id=order.pk, now=LATE)
    make_order(product, now=LATE)
    tell(payment, amount=payment.amount + 500, now=LATE)
    add_codes(product, 1)
    return UnmatchedMoney.objects.get()


def test_money_that_was_used_after_all_closes_what_still_waited(
    seller, late_surplus, jobs
):
    payment = late_surplus.payment
    order = payment.order

    unapplied.apply_to_order(actor=seller, money=late_surplus, now=LATE)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert status_of(payment) == PaymentStatus.SETTLED
    assert selectors.transfers_to_confirm() == []
    assert ledger.wallet_balance(order.customer_id) == payment.unique_code + 500


def test_more_money_than_an_earlier_choice_asked_for_closes_the_open_one(
    in_arcadia, jobs
):
    keep_no_balances()
    order = make_order()
    first, second = pending(order), pending(order, name="BNI")

    tell(first, amount=first.amount + 500)  # not the payment that is open
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert (status_of(first), status_of(second)) == ("settled", "expired")
    assert selectors.transfers_to_confirm() == []
    assert ledger.wallet_balance(order.customer_id) == first.unique_code
    assert UnmatchedMoney.objects.get().amount == 500


def test_applying_a_part_with_money_that_waits_closes_the_open_payment(seller, jobs):
    """What came while the code was sold pays after a refill, with the part before."""
    keep_no_balances()
    order = make_order()
    product = order.lines.get().product
    first = pending(order)
    tell(first, amount=4_000)
    expiry.expire_order(order_id=order.pk, now=LATE)
    make_order(product, now=LATE)
    tell(first, amount=6_000, now=LATE)
    add_codes(product, 1)
    money = UnmatchedMoney.objects.get(reason=UnmatchedReason.OUT_OF_STOCK)
    assert money.amount == 6_000

    unapplied.apply_to_order(actor=seller, money=money, now=LATE)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert set(UnmatchedMoney.objects.values_list("status", flat=True)) == {"applied"}
    assert ledger.balance(AccountKind.SALES) == -10_000


def test_money_after_the_order_was_paid_otherwise_waits_for_the_seller(
    seller, late_surplus, jobs
):
    payment = late_surplus.payment
    unapplied.apply_to_order(actor=seller, money=late_surplus, now=LATE)
    jobs.run()

    tell(payment, now=LATE)  # the exact amount: another transfer of the buyer's

    again = UnmatchedMoney.objects.get(status="open")
    assert (again.reason, again.amount) == (
        UnmatchedReason.ALREADY_PAID,
        payment.amount,
    )


@pytest.mark.parametrize(
    "changes", [{"reference": "T1-AAA-AAA-00000000"}, {"currency": "USD"}]
)
def test_news_about_something_else_changes_nothing(in_arcadia, changes):
    payment = pending()

    with pytest.raises(settlement.WrongMoney):
        tell(payment, **changes)

    assert status_of(payment) == PaymentStatus.PENDING
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("end", [FactState.EXPIRED, FactState.FAILED])
def test_a_gateway_that_gives_up_does_not_end_the_order(in_arcadia, end):
    order = make_order()
    payment = pending(order)

    tell(payment, end)

    assert status_of(payment) == end.value
    assert status_of(order) == OrderStatus.AWAITING_PAYMENT


@pytest.mark.parametrize("end", [FactState.EXPIRED, FactState.FAILED])
def test_money_after_the_gateway_gave_up_still_pays(in_arcadia, jobs, end):
    order = make_order()
    payment = pending(order)
    tell(payment, end)

    tell(payment)
    tell(payment, end)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert status_of(payment) == PaymentStatus.SETTLED


def test_news_that_it_is_still_waiting_changes_nothing(in_arcadia):
    payment = pending()

    assert tell(payment, FactState.PENDING) == PaymentStatus.PENDING


@pytest.mark.parametrize("missing", [1, 500, 9_999])
def test_too_little_pays_nothing_and_is_kept(in_arcadia, missing):
    order = make_order()
    payment = pending(order)

    for _ in range(2):
        tell(payment, amount=order.total - missing)

    money = UnmatchedMoney.objects.get()
    assert money.amount == order.total - missing
    assert status_of(order) == OrderStatus.AWAITING_PAYMENT
    assert ledger.balance(AccountKind.CLEARING) == money.amount


@pytest.mark.parametrize("surplus", [1, 10_000, 900_000])
def test_too_much_pays_and_the_surplus_is_kept(in_arcadia, jobs, surplus):
    order = make_order()
    payment = pending(order)

    for _ in range(2):
        tell(payment, amount=payment.amount + surplus)
    jobs.run()

    money = UnmatchedMoney.objects.get()
    assert (money.amount, money.reason) == (surplus, UnmatchedReason.OVERPAID)
    assert status_of(order) == OrderStatus.DELIVERED
    assert ledger.balance(AccountKind.CLEARING) == payment.amount + surplus
    assert ledger.wallet_balance(order.customer_id) == payment.unique_code + surplus


def test_two_wrong_amounts_and_the_right_one_are_three_receipts(in_arcadia, jobs):
    order = make_order()
    payment = pending(order)

    for amount in (100, 200, payment.amount):
        tell(payment, amount=amount)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert sorted(UnmatchedMoney.objects.values_list("amount", flat=True)) == [100, 200]
    assert ledger.balance(AccountKind.CLEARING) == payment.amount + 300


def test_other_money_after_the_right_amount_is_kept_for_the_seller(in_arcadia, jobs):
    payment = pending()
    tell(payment)
    jobs.run()

    for _ in range(2):
        tell(payment, amount=7_777)

    money = UnmatchedMoney.objects.get()
    assert (money.amount, money.reason) == (7_777, UnmatchedReason.WRONG_AMOUNT)
    assert status_of(payment) == PaymentStatus.SETTLED
    assert ledger.balance(AccountKind.CLEARING) == payment.amount + 7_777


def test_too_little_money_cannot_be_used_for_the_order(seller):
    keep_no_balances()
    order = make_order()
    payment = pending(order)
    tell(payment, amount=order.total - 1)

    with pytest.raises(unapplied.DoesNotFit):
        unapplied.apply_to_order(
            actor=seller, money=UnmatchedMoney.objects.get(), now=NOON
        )

    assert status_of(order) == OrderStatus.AWAITING_PAYMENT
    assert ledger.balance(AccountKind.UNMATCHED) == 1 - order.total


def test_money_that_was_paid_back_leaves_the_books(seller):
    keep_no_balances()
    payment = pending()
    tell(payment, amount=5_000)
    money = UnmatchedMoney.objects.get()

    with pytest.raises(InvalidInput):
        unapplied.note_returned(actor=seller, money=money, note="  ", now=NOON)
    unapplied.note_returned(actor=seller, money=money, note="BCA 12:40", now=NOON)

    assert ledger.balance(AccountKind.UNMATCHED) == 0
    assert ledger.balance(AccountKind.CLEARING) == 0
    with pytest.raises(IllegalMove):
        unapplied.apply_to_order(actor=seller, money=money, now=NOON)


def test_a_rejected_transfer_can_be_paid_by_another_method(seller, jobs):
    order = make_order()
    first = pending(order)
    settlement.reject_transfer(actor=seller, payment=first, reason="none", now=NOON)

    second = pending(order, name="BNI")
    settlement.confirm_transfer(actor=seller, payment=second, now=NOON)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED
    assert (status_of(first), status_of(second)) == ("failed", "settled")


def test_a_transfer_is_confirmed_late_while_the_code_is_still_there(seller, jobs):
    order = make_order()
    payment = pending(order)
    expiry.expire_order(order_id=order.pk, now=LATE)

    settlement.confirm_transfer(actor=seller, payment=payment, now=LATE)
    jobs.run()

    assert status_of(order) == OrderStatus.DELIVERED


def test_a_transfer_is_confirmed_once(seller):
    payment = pending()
    settlement.confirm_transfer(actor=seller, payment=payment, now=NOON)

    with pytest.raises(IllegalMove):
        settlement.confirm_transfer(actor=seller, payment=payment, now=NOON)
    with pytest.raises(IllegalMove):
        settlement.reject_transfer(actor=seller, payment=payment, reason="", now=NOON)

    assert LedgerEntry.objects.count() == 1


def test_nobody_confirms_what_the_gateway_reports(seller):
    order, method = make_order(), make_gateway_method()
    payment = Payment.objects.create(
        order=order,
        method=method,
        reference="T1-X",
        amount=order.total,
        created_at=NOON,
        expires_at=LATE,
    )

    for act in (settlement.confirm_transfer, settlement.reject_transfer):
        reason = {"reason": ""} if act is settlement.reject_transfer else {}
        with pytest.raises(IllegalMove):
            act(actor=seller, payment=payment, now=NOON, **reason)

    assert status_of(payment) == PaymentStatus.CREATED


def test_a_viewer_settles_nothing(in_arcadia):
    viewer, payment = make_member(Role.VIEWER), pending()
    tell(payment, amount=5)
    money = UnmatchedMoney.objects.get()

    with pytest.raises(NotAllowed):
        settlement.confirm_transfer(actor=viewer, payment=payment, now=NOON)
    with pytest.raises(NotAllowed):
        unapplied.apply_to_order(actor=viewer, money=money, now=NOON)
    with pytest.raises(NotAllowed):
        unapplied.note_returned(actor=viewer, money=money, note="x", now=NOON)


def test_an_order_of_several_codes_is_delivered_whole(in_arcadia, jobs):
    order = make_order(make_product(codes=3, price=7_000), quantity=3)
    tell(pending(order))
    jobs.run()

    codes = delivery.reveal_codes(customer=order.customer, order_id=order.pk, now=NOON)

    assert len({code.code for code in codes}) == 3
    assert [code.unit_no for code in codes] == [1, 2, 3]
    assert ledger.balance(AccountKind.SALES) == -21_000
    assert "CODE-" not in repr(codes)


def test_an_amount_stays_reserved_until_its_cool_down_is_over(in_arcadia):
    payment = pending()
    expiry.expire_order(order_id=payment.order_id, now=LATE)

    assert charges.release_amounts(now=LATE + charges.COOLDOWN) == 0
    after = LATE + charges.COOLDOWN + timedelta(seconds=1)
    assert charges.release_amounts(now=after) == 1
    assert charges.release_amounts(now=after) == 0
