"""Exactly at the minimum, at the deadline, at the cap: which side counts."""

from datetime import timedelta

import pytest

from inventory import selectors as stock_levels
from inventory.models import Hold
from payments import cross_tenant
from payments.gateways.base import ProviderRefused
from payments.models import Deposit, Order, Payment, UnmatchedMoney
from payments.services.incoming import charges, deposits, settlement, stock_holds
from payments.services.incoming.charges import MethodUnavailable, OrderNotPayable
from payments.services.ledger import reservations
from payments.services.orders import checkout, expiry
from payments.services.orders.checkout import StoreClosed
from payments.services.orders.quote import NotForSale
from payments.states import (
    OrderStatus,
    PaymentStatus,
)
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.machine import IllegalMove
from security.services import inbox
from tenants.services.suspension import suspend_store
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import (
    LATE,
    fund,
    open_transfer,
    pending,
    tell,
    top_up,
)
from tests.payments.gateways import answering, charge_for

pytestmark = pytest.mark.usefixtures("right_books")


INSTANT = timedelta(microseconds=1)


DAY = timedelta(days=1)


def fresh(row):
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("quantity", [1, 20])
def test_the_ends_of_a_quantity_are_fine(in_arcadia, quantity):
    order = make_order(make_product(price=500, codes=20), quantity=quantity)

    assert order.total == 500 * quantity


@pytest.mark.parametrize("quantity", [-1, 0, 21])
def test_a_quantity_beyond_its_ends_is_refused(in_arcadia, quantity):
    product = make_product(codes=30)

    with pytest.raises(InvalidInput):
        make_order(product, quantity=quantity)

    assert not Order.objects.exists()
    assert stock_levels.available([product.pk]) == {product.pk: 30}


@pytest.mark.parametrize("change", [{"is_active": False}, {"archived_at": NOON}])
def test_what_is_off_or_deleted_is_not_sold(in_arcadia, change):
    with pytest.raises(NotForSale):
        make_order(make_product(codes=1, **change))

    assert not Order.objects.exists()


def test_a_suspended_store_takes_no_order(in_arcadia):
    product = make_product(codes=1)
    suspend_store(tenant_id=in_arcadia.pk, actor="test", now=NOON)

    with pytest.raises(StoreClosed):
        make_order(product)

    assert not Order.objects.exists()


def test_a_paid_order_cannot_be_cancelled_and_keeps_its_codes(paid):
    line = paid.lines.get()

    with pytest.raises(IllegalMove):
        checkout.cancel_order(order_id=paid.pk, actor="test", now=NOON)

    assert fresh(paid).status == OrderStatus.PAID
    assert Hold.objects.get(holder=line.public_id).status == "active"


def test_paid_codes_are_kept_for_as_long_as_it_takes(paid):
    held = Hold.objects.get(holder=paid.lines.get().public_id)

    assert held.expires_at == NOON + stock_holds.PAID_HOLD
    assert stock_holds.PAID_HOLD >= 30 * DAY


@pytest.mark.parametrize("end", ["paid", "cancelled"])
def test_an_order_that_does_not_wait_takes_no_other_method(policy, end):
    order = make_order()
    if end == "paid":
        tell(pending(order, method=open_transfer()))
    else:
        checkout.cancel_order(order_id=order.pk, actor="test", now=NOON)
    before = Payment.objects.count()

    with pytest.raises(OrderNotPayable):
        pending(order, name="BNI")

    assert Payment.objects.count() == before


def test_a_method_that_is_off_is_not_there(in_arcadia):
    order = make_order()

    with pytest.raises(MethodUnavailable):
        pending(order, method=make_transfer_method(is_active=False))

    assert not Payment.objects.exists()


def test_a_shorter_method_does_not_shorten_the_order(in_arcadia):
    order = make_order()

    pending(order, method=open_transfer(hold_secs=60))
    assert fresh(order).expires_at == NOON + charges.CHOOSING
    pending(order, method=open_transfer(name="BNI", hold_secs=1_800))

    assert fresh(order).expires_at == NOON + timedelta(seconds=1_800)


def test_an_order_expires_at_its_deadline_and_not_before(in_arcadia):
    order = make_order()

    assert not expiry.expire_order(order_id=order.pk, now=order.expires_at - INSTANT)
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert expiry.expire_order(order_id=order.pk, now=order.expires_at)

    assert fresh(order).status == OrderStatus.EXPIRED


def test_a_top_up_expires_at_its_deadline_and_not_before(policy):
    deposit = Deposit.objects.get(pk=top_up(make_customer(), 20_000).deposit_id)
    at = deposit.expires_at

    assert not deposits.expire_deposit(deposit_id=deposit.pk, now=at - INSTANT)
    assert deposits.expire_deposit(deposit_id=deposit.pk, now=at)

    assert fresh(deposit).status == "expired"


def test_sweepers_find_what_is_due_this_moment(policy):
    order = make_order()
    deposit = Deposit.objects.get(pk=top_up(make_customer(), 20_000).deposit_id)
    paid = make_order(customer=make_customer("bima"))
    tell(pending(paid, method=open_transfer()))
    event, _new = inbox.store_event(
        source="gateway:x", target=order.public_id, headers={}, body=b"", now=NOON
    )

    def found(rows):
        return [key for _tenant, key in rows]

    def at(question, moment):
        return found(question(now=moment - INSTANT)), found(question(now=moment))

    assert at(cross_tenant.due_expiries, order.expires_at) == ([], [order.pk])
    assert at(cross_tenant.due_deposit_expiries, deposit.expires_at) == (
        [],
        [deposit.pk],
    )
    assert found(cross_tenant.due_refunds(before=NOON - INSTANT)) == []
    assert found(cross_tenant.due_refunds(before=NOON)) == [paid.pk]
    assert found(cross_tenant.due_inbox_events(source="gateway:", now=NOON)) == [
        event.pk
    ]


def test_a_payment_that_ended_is_asked_about_to_its_last_moment(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    with answering(ProviderRefused("no", "NO")):
        charges.request_charge(payment_id=payment.pk, now=NOON)
    assert fresh(payment).status == PaymentStatus.FAILED
    Payment.objects.update(expires_at=NOON, checked_at=NOON)

    def found(ended_after):
        return cross_tenant.due_checks(
            open_before=NOON, ended_before=NOON, ended_after=ended_after
        )

    assert len(found(NOON)) == 1
    assert found(NOON + INSTANT) == []


def test_an_amount_is_reserved_until_its_cool_down_is_over(in_arcadia):
    order = make_order()
    payment = pending(order)
    expiry.expire_order(order_id=order.pk, now=LATE)
    over = fresh(payment).expires_at + charges.COOLDOWN

    assert charges.release_amounts(now=over) == 0
    assert charges.release_amounts(now=over + INSTANT) == 1


def test_a_call_belongs_to_one_caller_until_the_last_moment_of_its_lease(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    until = NOON + charges.CALL_LEASE
    Payment.objects.update(claimed_until=until)

    with answering() as gateway:
        charges.request_charge(payment_id=payment.pk, now=until)
        assert gateway.asked == []
        charges.request_charge(payment_id=payment.pk, now=until + INSTANT)

    assert gateway.asked == [
        f"find {payment.reference}",
        f"create {payment.reference}",
    ]


def test_a_charge_that_is_found_is_not_made_again(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    Payment.objects.update(checked_at=NOON)

    with answering(charge_for(payment)) as gateway:
        charges.request_charge(payment_id=payment.pk, now=NOON)

    assert gateway.asked == [f"find {payment.reference}"]
    assert fresh(payment).status == PaymentStatus.PENDING


@pytest.mark.parametrize("more", [-1, 1, 750])
def test_a_charge_of_another_amount_is_never_shown(in_arcadia, more):
    order, method = make_order(), make_gateway_method()

    def other(_question):
        payment = Payment.objects.get(order=order)
        return charge_for(payment, amount=payment.amount + more)

    with answering(other), pytest.raises(MethodUnavailable):
        pending(order, method=method)

    payment = Payment.objects.get(order=order)
    assert (payment.status, payment.instructions) == (PaymentStatus.FAILED, {})
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT


def test_all_balances_together_may_reach_the_cap_and_not_pass_it(in_arcadia):
    make_policy(deposit_min=10_000, wallet_limit=50_000, float_limit=50_000)
    fund(make_customer("ayu"), 20_000)
    bima = make_customer("bima")

    with pytest.raises(deposits.FloatFull):
        top_up(bima, 30_001)

    assert top_up(bima, 30_000).amount == 30_000


def test_room_for_the_least_is_room(in_arcadia):
    assert "10.000" in str(deposits.range_text(10_000, 10_000))
    assert "full" not in str(deposits.range_text(10_000, 10_000))
    assert "full" in str(deposits.range_text(10_000, 9_999))


def test_a_share_may_be_the_whole_balance(policy):
    order = make_order(make_product(price=10_000, codes=1))
    fund(order.customer, 4_000)

    with unit_of_work("tests.share"):
        assert reservations.can_add_share(order, 4_000)
        assert not reservations.can_add_share(order, 4_001)


@pytest.mark.parametrize("received", [0, -1, settlement.MOST_RECEIVED + 1])
def test_an_amount_that_cannot_have_come_is_refused(policy, seller, received):
    payment = pending(make_order(), method=open_transfer())

    with pytest.raises(InvalidInput):
        settlement.confirm_transfer(
            actor=seller, payment=payment, received=received, now=NOON
        )

    assert fresh(payment).status == PaymentStatus.PENDING
    assert not UnmatchedMoney.objects.exists()


def test_a_single_rupiah_that_came_is_kept(policy, seller):
    order = make_order()
    payment = pending(order, method=open_transfer())

    settlement.confirm_transfer(actor=seller, payment=payment, received=1, now=NOON)

    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert sum(UnmatchedMoney.objects.values_list("amount", flat=True)) == 1
