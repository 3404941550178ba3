"""A code product is bought, paid by bank transfer and delivered."""

from datetime import timedelta

import pytest

from inventory import selectors
from inventory.models import Hold, StockItem
from inventory.services.stock import OutOfStock
from payments.gateways.base import FactState, PaymentFact
from payments.models import Delivery, LedgerEntry, OrderEvent, UnmatchedMoney
from payments.services import ledger
from payments.services.incoming import charges, settlement, unapplied
from payments.services.orders import checkout, completion, delivery, expiry
from payments.states import (
    AccountKind,
    OrderStatus,
    PaymentStatus,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.errors import NotFound
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import keep_no_balances

MINUTE = timedelta(minutes=1)


def settled(payment, *, amount=None, event_key="paid"):
    return PaymentFact(
        reference=payment.reference,
        gateway_reference="",
        state=FactState.SETTLED,
        amount=payment.amount if amount is None else amount,
        currency="IDR",
        happened_at=NOON,
        event_key=event_key,
    )


def pay(payment, *, now=NOON, **fact):
    return settlement.record_fact(
        payment_id=payment.pk, fact=settled(payment, **fact), now=now
    )


def test_a_sale_by_transfer_ends_with_the_code_in_the_buyers_hands(in_arcadia, jobs):
    product = make_product(price=29_000, codes=3)
    method = make_transfer_method()
    customer, seller = make_customer(), make_member()

    order = make_order(product, customer=customer)
    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )
    settlement.confirm_transfer(actor=seller, payment=payment, now=NOON + MINUTE)
    jobs.run()
    order.refresh_from_db()
    [code] = delivery.reveal_codes(customer=customer, order_id=order.pk, now=NOON)
    completion.leave_review(customer=customer, order_id=order.pk, stars=5, now=NOON)

    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    assert code.code.startswith(f"CODE-{product.pk}-")
    assert 29_001 <= payment.amount <= 29_999
    assert selectors.available([product.pk]) == {product.pk: 2}
    assert selectors.moved(product.pk) == {"available": 2, "on_hand": 2}
    assert ledger.balance(AccountKind.CLEARING) == payment.amount
    assert ledger.balance(AccountKind.HELD) == 0
    assert ledger.balance(AccountKind.SALES) == -29_000
    assert ledger.wallet_balance(customer.pk) == payment.unique_code
    assert [event.target for event in OrderEvent.objects.order_by("pk")] == [
        "awaiting_payment",
        "paid",
        "delivering",
        "delivered",
        "completed",
    ]


def test_nobody_but_the_buyer_can_read_the_code(in_arcadia, jobs):
    order = make_order(customer=make_customer("ayu"))
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    pay(payment)
    jobs.run()

    with pytest.raises(NotFound):
        delivery.reveal_codes(
            customer=make_customer("bima"), order_id=order.pk, now=NOON
        )

    assert Delivery.objects.get().reveals == 0


def test_the_code_is_not_readable_before_it_is_paid(in_arcadia):
    customer = make_customer()
    order = make_order(customer=customer)

    with pytest.raises(NotFound):
        delivery.reveal_codes(customer=customer, order_id=order.pk, now=NOON)


def test_the_same_click_makes_one_order(in_arcadia):
    product, customer = make_product(codes=5), make_customer()

    orders = [
        make_order(product, customer=customer, request_key="click") for _ in range(3)
    ]

    assert len({order.pk for order in orders}) == 1
    assert selectors.available([product.pk])[product.pk] == 4


def test_another_buyers_request_key_gives_nobody_their_order(in_arcadia):
    product = make_product(codes=5)
    make_order(product, customer=make_customer("ayu"), request_key="click")

    with pytest.raises(checkout.RequestTaken):
        make_order(product, customer=make_customer("bima"), request_key="click")

    assert selectors.available([product.pk])[product.pk] == 4


def test_news_that_is_repeated_pays_and_delivers_once(in_arcadia, jobs):
    product = make_product(codes=2)
    order = make_order(product)
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )

    for _ in range(20):
        pay(payment)
        jobs.run()

    assert Delivery.objects.count() == 1
    assert LedgerEntry.objects.count() == 2
    assert selectors.moved(product.pk) == {"available": 1, "on_hand": 1}


def test_an_order_that_is_not_paid_in_time_gives_its_code_back(in_arcadia):
    product = make_product(codes=1)
    order = make_order(product)
    later = order.expires_at + MINUTE

    assert not expiry.expire_order(order_id=order.pk, now=NOON)
    assert expiry.expire_order(order_id=order.pk, now=later)

    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert selectors.available([product.pk])[product.pk] == 1
    assert selectors.moved(product.pk) == {"available": 1, "on_hand": 1}
    assert Hold.objects.get().status == "released"


def test_money_that_comes_late_still_buys_the_code_while_stock_is_left(
    in_arcadia, jobs
):
    order = make_order()
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    late = NOON + timedelta(hours=2)
    expiry.expire_order(order_id=order.pk, now=late)

    pay(payment, now=late)
    jobs.run()

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert not UnmatchedMoney.objects.exists()


def test_late_money_for_sold_out_stock_waits_for_the_seller(in_arcadia, jobs):
    keep_no_balances()
    product = make_product(codes=1)
    order = make_order(product)
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    late = NOON + timedelta(hours=2)
    expiry.expire_order(order_id=order.pk, now=late)
    make_order(product, now=late)  # somebody else takes the last one

    pay(payment, now=late)
    pay(payment, now=late)
    jobs.run()

    order.refresh_from_db()
    money = UnmatchedMoney.objects.get()
    assert order.status == OrderStatus.EXPIRED
    assert money.reason == UnmatchedReason.OUT_OF_STOCK
    assert money.amount == payment.amount
    assert ledger.balance(AccountKind.UNMATCHED) == -payment.amount
    assert StockItem.objects.filter(status="sold").count() == 0


def test_the_seller_can_complete_the_order_after_a_refill(in_arcadia, jobs):
    keep_no_balances()
    product, seller = make_product(codes=1), make_member()
    order = make_order(product)
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    late = NOON + timedelta(hours=2)
    expiry.expire_order(order_id=order.pk, now=late)
    other = make_order(product, now=late)
    pay(payment, now=late)
    money = UnmatchedMoney.objects.get()
    with pytest.raises(unapplied.DoesNotFit):
        unapplied.apply_to_order(actor=seller, money=money, now=late)
    checkout.cancel_order(order_id=other.pk, actor="discord:1", now=late)

    unapplied.apply_to_order(actor=seller, money=money, now=late)
    jobs.run()

    order.refresh_from_db()
    money.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert money.status == UnmatchedStatus.APPLIED
    assert ledger.balance(AccountKind.UNMATCHED) == 0


def test_too_little_money_pays_nothing_and_is_kept(in_arcadia):
    keep_no_balances()
    order = make_order()
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )

    for _ in range(2):
        pay(payment, amount=order.total - 1, event_key="short")

    order.refresh_from_db()
    payment.refresh_from_db()
    money = UnmatchedMoney.objects.get()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert payment.status == PaymentStatus.PENDING
    assert (money.amount, money.reason) == (order.total - 1, "underpaid")
    assert ledger.balance(AccountKind.UNMATCHED) == -(order.total - 1)


def test_two_open_transfers_never_ask_for_the_same_amount(in_arcadia):
    product, method = make_product(codes=30), make_transfer_method()

    amounts = {
        charges.choose_method(
            order_id=make_order(product).pk, method_id=method.public_id, now=NOON
        ).amount
        for _ in range(30)
    }

    assert len(amounts) == 30


def test_choosing_another_method_sets_the_first_payment_aside(in_arcadia):
    order = make_order()
    first = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    second = charges.choose_method(
        order_id=order.pk,
        method_id=make_transfer_method(name="BNI").public_id,
        now=NOON,
    )

    first.refresh_from_db()
    assert first.status == PaymentStatus.SET_ASIDE
    assert second.status == PaymentStatus.PENDING


def test_a_sold_out_product_is_refused_before_anything_is_written(in_arcadia):
    product = make_product(codes=1)
    make_order(product)

    with pytest.raises(OutOfStock):
        make_order(product)

    assert OrderEvent.objects.count() == 1


def test_credentials_of_a_method_are_sealed_in_the_row(in_arcadia, superuser):
    method = make_gateway_method()

    stored = superuser.execute(
        "SELECT credentials FROM payments_paymentmethod"
    ).fetchone()[0]

    method.refresh_from_db()
    assert b"DEV-key" not in stored
    assert "DEV-key" in method.credentials.reveal()
    assert "DEV-key" not in repr(method.credentials)
