"""Many buyers press Buy at the same moment."""

from functools import partial

import pytest

from inventory import locks, selectors
from inventory.models import Hold, StockItem
from inventory.services.stock import OutOfStock
from inventory.states import ItemStatus
from payments import locks as payment_locks
from payments.models import Order, OrderLine, Payment
from payments.services.incoming import charges
from payments.services.ledger import quotas
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from payments.states import OPEN_PAYMENTS
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import pending
from tests.payments.racing import at_once, meeting, outcomes, without_constraint

BUYERS, CODES = 50, 10


def buying(product, *, quantity=1, key=None):
    """Each call is another buyer's press on Buy."""
    customer = make_customer()
    return partial(
        checkout.place_order,
        customer=customer,
        items=[Item(product.pk, quantity)],
        request_key=key or f"click:{customer.pk}",
        now=NOON,
    )


def kinds(results):
    """How often each type is among the results."""
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}


def test_fifty_buyers_share_ten_codes(in_arcadia):
    product = make_product(codes=CODES)

    results = at_once([buying(product) for _ in range(BUYERS)])

    assert kinds(results) == {"Order": CODES, "OutOfStock": BUYERS - CODES}
    holders = list(StockItem.objects.values_list("holder", flat=True))
    lines = set(OrderLine.objects.values_list("public_id", flat=True))
    assert set(holders) == lines
    assert len(holders) == len(lines) == CODES
    assert selectors.available([product.pk]) == {product.pk: 0}
    assert selectors.moved(product.pk) == {"available": 0, "on_hand": CODES}


def test_without_the_claiming_statement_the_same_buyers_are_sold_too_much(
    in_arcadia, monkeypatch
):
    """The control: look for free codes first, take them afterwards."""
    product, meet = make_product(codes=CODES), meeting(BUYERS)

    def look_then_take(request, *, bucket, taken=0):
        free = StockItem.objects.filter(
            product_id=request.product, status=ItemStatus.FREE
        )
        chosen = list(
            free.order_by("pk").values_list("pk", flat=True)[: request.quantity]
        )
        meet()
        return StockItem.objects.filter(pk__in=chosen).update(
            status=ItemStatus.HELD, holder=request.holder
        )

    monkeypatch.setattr(locks, "hold_free_items", look_then_take)

    results = at_once([buying(product) for _ in range(BUYERS)])

    assert kinds(results)["Order"] > CODES
    assert StockItem.objects.filter(status=ItemStatus.HELD).count() < len(
        [result for result in results if isinstance(result, Order)]
    )


def test_buyers_of_several_codes_get_all_of_them_or_none(in_arcadia):
    product = make_product(codes=20)

    results = at_once([buying(product, quantity=3) for _ in range(12)])

    orders = [result for result in results if isinstance(result, Order)]
    assert len(orders) == Hold.objects.count() <= 6
    for line in OrderLine.objects.all():
        assert StockItem.objects.filter(holder=line.public_id).count() == 3
    free = selectors.available([product.pk])[product.pk]
    assert free == 20 - 3 * len(orders)


def test_stock_that_a_rival_gives_back_is_not_lost(in_arcadia):
    product = make_product(codes=1)
    order = make_order(product)
    cancel = partial(
        checkout.cancel_order, order_id=order.pk, actor="discord:1", now=NOON
    )

    at_once([cancel, *(buying(product) for _ in range(8))])

    held = StockItem.objects.filter(status=ItemStatus.HELD).count()
    sold_to = Order.objects.filter(status="awaiting_payment").count()
    assert held == sold_to <= 1
    assert selectors.available([product.pk])[product.pk] == 1 - held
    assert selectors.moved(product.pk) == {"available": 1 - held, "on_hand": 1}


def test_a_click_that_arrives_ten_times_makes_one_order(in_arcadia):
    product = make_product(codes=10)
    click = buying(product, key="click")

    results = at_once([click] * 10)

    assert len({order.pk for order in results}) == 1
    assert Order.objects.count() == OrderLine.objects.count() == 1
    assert selectors.available([product.pk]) == {product.pk: 9}


def test_without_the_unique_key_the_same_click_makes_more(
    in_arcadia, monkeypatch, superuser
):
    """The control: the look for an earlier order alone does not help."""
    product, meet = make_product(codes=10), meeting(10)
    click = buying(product, key="click")
    make_quote = checkout.make_quote

    def quote_when_all_are_there(*arguments, **options):
        meet()
        return make_quote(*arguments, **options)

    monkeypatch.setattr(checkout, "make_quote", quote_when_all_are_there)

    with without_constraint(superuser, "payments_order", "order_once_per_request"):
        at_once([click] * 10)

        assert Order.objects.count() > 1


def test_pressing_pay_ten_times_opens_one_payment(in_arcadia):
    order, method = make_order(), make_transfer_method()
    press = partial(
        charges.choose_method, order_id=order.pk, method_id=method.public_id, now=NOON
    )

    payments = at_once([press] * 10)

    assert len({payment.pk for payment in payments}) == 1
    assert Payment.objects.count() == 1


def test_choosing_many_methods_at_once_leaves_one_open_payment(in_arcadia):
    order = make_order()
    methods = [make_transfer_method(name=f"Bank {number}") for number in range(6)]

    at_once(
        [
            partial(
                charges.choose_method,
                order_id=order.pk,
                method_id=method.public_id,
                now=NOON,
            )
            for method in methods
        ]
    )

    assert Payment.objects.count() == 6
    assert Payment.objects.filter(status__in=OPEN_PAYMENTS).count() == 1


def test_without_lock_and_constraint_one_order_gets_several_payments(
    in_arcadia, monkeypatch, superuser
):
    """The control."""
    order, method, meet = make_order(), make_transfer_method(), meeting(6)

    def look_at_order(order_id):
        found = Order.objects.get(pk=order_id)
        meet()
        return found

    monkeypatch.setattr(charges.locks, "lock_order", look_at_order)
    unused = quotas.Usage(open_orders=1, unpaid_pieces=1, amounts=0, switches=0)
    monkeypatch.setattr(quotas, "lock_usage", lambda *wanted, **facts: unused)
    press = partial(
        charges.choose_method, order_id=order.pk, method_id=method.public_id, now=NOON
    )

    with (
        without_constraint(superuser, "payments_payment", "payment_one_open_per_order"),
        without_constraint(superuser, "payments_payment", "payment_one_amount_per_way"),
    ):
        outcomes([press] * 6)

        assert Payment.objects.filter(status__in=OPEN_PAYMENTS).count() > 1


def test_transfers_of_one_price_never_share_an_amount(in_arcadia):
    product, method = make_product(codes=20), make_transfer_method()

    orders = at_once(
        [
            partial(
                checkout.place_order,
                customer=make_customer(),
                items=[Item(product.pk)],
                request_key=f"click:{number}",
                method=method,
                now=NOON,
            )
            for number in range(20)
        ]
    )

    amounts = set(Payment.objects.values_list("amount", flat=True))
    assert len(amounts) == len(orders) == 20


def test_the_store_stops_selling_when_the_last_code_is_held(in_arcadia):
    product = make_product(codes=1)
    make_order(product)

    with pytest.raises(OutOfStock):
        buying(product)()


def test_a_code_that_somebody_drew_at_the_same_moment_is_drawn_again(
    in_arcadia, monkeypatch
):
    method = make_transfer_method()
    first = pending(make_order(), method=method)
    draw, drawn = payment_locks.find_free_code, [first.unique_code, first.unique_code]

    def find(method_id, *, price):
        return drawn.pop() if drawn else draw(method_id, price=price)

    monkeypatch.setattr(payment_locks, "find_free_code", find)
    second = pending(make_order(), method=method)
    second.refresh_from_db()

    assert drawn == []
    assert second.unique_code not in (0, first.unique_code)
