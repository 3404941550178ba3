"""Orders of several products: each line is delivered once, or its share goes back."""

from datetime import timedelta

import pytest

from catalog.models import Product
from inventory.models import Hold, Purchase, StockItem
from inventory.services import purchases
from inventory.services.stock import OutOfStock
from inventory.suppliers.base import FactState, OutcomeUnknown
from payments import tasks
from payments.gateways.base import FactState as PaidState
from payments.models import Delivery, LedgerEntry, Order, Refund
from payments.services import refunds
from payments.services.incoming import balance
from payments.services.orders import checkout, delivery, quantities
from payments.services.orders.quantities import QuantityFixed
from payments.services.orders.quote import Adjustment, Item
from payments.states import AdjustmentKind, OrderStatus, RefundTo
from ppob.kit import clock
from ppob.kit.errors import InvalidInput
from tests.conftest import NOON
from tests.factories import make_customer, make_member, make_order, make_product
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
    told,
)
from tests.payments.acts import (
    balance_of,
    books,
    deliver,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")

CODES, TOPUP = 10_000, 11_000
BOUGHT = {"cost": 10_000, "deposit": -10_000}
OTHER = SUCCEEDS[:-1] + "9"
DISCOUNT = Adjustment(AdjustmentKind.VOUCHER, "HEMAT", "HEMAT", -1_000)


@pytest.fixture
def supplier(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def topup(in_arcadia) -> Product:
    product = make_topup(name="Xl 10.000", price=TOPUP)
    map_product(product, make_account())
    return product


@pytest.fixture
def netflix(in_arcadia) -> Product:
    return make_product(name="Netflix", price=CODES, codes=5)


def pay(order: Order) -> Order:
    tell(pending(order, method=open_transfer()))
    return fresh(order)


def fresh(row):
    row.refresh_from_db()
    return row


def both(netflix, topup, **fields) -> Order:
    items = [Item(topup.pk, destination=SUCCEEDS), Item(netflix.pk, 2)]
    return make_order(items=items, **fields)


def two_topups(topup, **fields) -> Order:
    items = [Item(topup.pk, destination=number) for number in (SUCCEEDS, OTHER)]
    return make_order(items=items, **fields)


def codes_of(order: Order) -> list[str]:
    shown = delivery.reveal_codes(customer=order.customer, order_id=order.pk, now=NOON)
    return [each.code for each in shown]


def test_two_code_products_are_one_order(netflix, in_arcadia):
    spotify = make_product(name="Spotify", price=7_000, codes=1)

    order = make_order(items=[Item(spotify.pk), Item(netflix.pk), Item(netflix.pk)])

    assert order.total == 2 * CODES + 7_000
    assert sorted(order.lines.values_list("product_name", "quantity")) == [
        ("Netflix", 2),
        ("Spotify", 1),
    ]
    assert deliver(pay(order)).status == OrderStatus.DELIVERED
    assert len(codes_of(order)) == 3
    assert books() == {"clearing": order.total, "sales": -order.total}


def test_orders_of_the_same_products_take_them_in_the_same_order(in_arcadia):
    products = [make_product(name=name, codes=2) for name in ("A", "B", "C")]
    items = [Item(product.pk) for product in products]

    for wish in (items, items[::-1]):
        order = make_order(items=wish, customer=make_customer(f"b{wish[0].product_id}"))
        lines = order.lines.order_by("pk")
        assert [line.product_id for line in lines] == [each.pk for each in products]


def test_all_or_nothing_is_set_aside(netflix, in_arcadia):
    scarce = make_product(name="Scarce", codes=1)

    with pytest.raises(OutOfStock):
        make_order(items=[Item(netflix.pk, 2), Item(scarce.pk, 2)])

    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    assert StockItem.objects.filter(status="free").count() == 6


def test_an_order_that_ends_gives_every_line_back(netflix, in_arcadia):
    spotify = make_product(name="Spotify", codes=1)
    order = make_order(items=[Item(netflix.pk, 2), Item(spotify.pk)])

    checkout.cancel_order(order_id=order.pk, actor="discord:1", now=NOON)

    assert StockItem.objects.filter(status="free").count() == 6


def test_codes_and_a_top_up_arrive_together(netflix, topup, supplier, jobs):
    supplier.answers = [FactState.PENDING]
    order = pay(both(netflix, topup))
    jobs.run()
    assert fresh(order).status == OrderStatus.DELIVERING
    assert not Delivery.objects.exists()

    purchase = Purchase.objects.get()
    supplier.answers = [lambda request: told(request.ref_id, FactState.SUCCEEDED)]
    purchases.ask_now(attempt_id=purchase.attempts.get().pk, now=NOON)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert len(codes_of(order)) == 3
    assert books() == {"clearing": order.total, "sales": -order.total, **BOUGHT}


def test_what_no_supplier_sold_is_given_back_and_the_rest_delivered(
    netflix, topup, supplier, jobs
):
    supplier.answers = [FactState.NOT_FORMED]
    order = pay(both(netflix, topup))

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert (order.refunded, balance_of(order.customer)) == (TOPUP, TOPUP)
    assert len(codes_of(order)) == 2
    assert order.lines.get(kind="topup").is_undelivered
    assert not order.lines.get(kind="code").is_undelivered
    assert books() == {
        "clearing": order.total,
        "wallet": -TOPUP,
        "sales": -2 * CODES,
    }
    jobs.run()
    deliver(order)
    assert Refund.objects.count() == 1


def test_nothing_bought_is_a_whole_refund(topup, supplier, jobs):
    supplier.answers = [FactState.NOT_FORMED, FactState.NOT_FORMED]
    order = pay(two_topups(topup))

    jobs.run()

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(order.customer) == order.total == 2 * TOPUP
    assert not Delivery.objects.exists()


def test_what_one_line_waits_for_keeps_all_waiting(topup, supplier, jobs):
    supplier.answers = [FactState.SUCCEEDED, OutcomeUnknown("time-out")]
    order = pay(two_topups(topup))

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERING
    assert not Delivery.objects.exists()
    assert books() == {"clearing": order.total, "held": -order.total}


def test_what_was_refunded_before_counts_towards_what_failed(topup, supplier, jobs):
    supplier.answers = [FactState.SUCCEEDED, FactState.NOT_FORMED]
    order = pay(two_topups(topup))
    refund(make_member(), order, 4_000)

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(order.customer) == TOPUP
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [4_000, 7_000]


def test_more_refunded_before_than_failed_refunds_nothing_more(topup, supplier, jobs):
    supplier.answers = [FactState.SUCCEEDED, FactState.NOT_FORMED]
    order = pay(two_topups(topup))
    refund(make_member(), order, 2 * TOPUP - 1)

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(order.customer) == 2 * TOPUP - 1
    assert books()["sales"] == -1


def test_money_that_was_taken_back_is_lost_for_what_was_bought_alone(
    topup, supplier, jobs
):
    """Nobody gets the other half: it was no loss, and there is nothing to give back."""
    supplier.answers = [FactState.SUCCEEDED, FactState.NOT_FORMED]
    order = two_topups(topup)
    payment = pending(order, method=open_transfer())
    tell(payment)
    deliver(order)
    tell(fresh(payment), PaidState.REVERSED)

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert (order.refunded, balance_of(order.customer)) == (TOPUP, 0)
    assert not Refund.objects.exists()
    assert books() == {"losses": TOPUP, "sales": -TOPUP, **BOUGHT}


def test_an_order_that_was_bought_in_part_is_not_refunded_whole(topup, supplier, jobs):
    supplier.answers = [FactState.SUCCEEDED, FactState.PENDING]
    order = pay(two_topups(topup))
    jobs.run()

    with pytest.raises(purchases.AlreadyBought):
        refund(make_member(), order)

    assert fresh(order).status == OrderStatus.DELIVERING
    assert order.refunded == 0


def test_a_day_later_what_was_bought_is_delivered_and_the_rest_given_back(
    topup, supplier, jobs
):
    order = pay(two_topups(topup))
    deliver(order)
    first, second = Purchase.objects.order_by("pk")
    purchases.send(attempt_id=first.attempts.get().pk, now=NOON)
    jobs.waiting.clear()
    assert fresh(first).status == "succeeded"

    assert refunds.refund_overdue(
        order_id=order.pk,
        before=NOON + timedelta(days=1) - tasks.REFUND_AFTER,
        now=NOON + timedelta(days=1),
    )
    assert fresh(second).status == "failed"
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(order.customer) == TOPUP
    assert len(codes_of(order)) == 1


def test_a_discount_is_shared_by_the_lines(topup, supplier, jobs):
    supplier.answers = [FactState.SUCCEEDED, FactState.NOT_FORMED]
    order = two_topups(topup, adjustments=[DISCOUNT])
    assert order.total == 2 * TOPUP - 1_000

    pay(order)
    jobs.run()

    half = TOPUP - 500
    assert fresh(order).status == OrderStatus.DELIVERED
    assert balance_of(order.customer) == half
    assert books() == {
        "clearing": order.total,
        "wallet": -half,
        "promo": 1_000,
        "sales": -half - 1_000,
        **BOUGHT,
    }


def test_a_discount_is_written_down_and_booked(netflix, in_arcadia):
    order = make_order(netflix, adjustments=[DISCOUNT], quantity=2)

    kept = order.adjustments.get()
    assert (kept.kind, kept.source, kept.amount) == ("voucher", "HEMAT", -1_000)
    assert order.total == 2 * CODES - 1_000
    deliver(pay(order))
    assert books() == {
        "clearing": order.total,
        "promo": 1_000,
        "sales": -2 * CODES,
    }


def test_a_reduced_order_is_refunded_at_what_was_paid(netflix, in_arcadia):
    order = make_order(netflix, adjustments=[DISCOUNT])
    deliver(pay(order))

    refund(make_member(), fresh(order), to=RefundTo.BALANCE)

    assert balance_of(order.customer) == CODES - 1_000


def test_a_reduced_order_is_paid_from_the_balance_at_its_total(netflix, policy):
    customer = make_customer()
    fund(customer, CODES - 1_000)
    order = make_order(netflix, customer=customer, adjustments=[DISCOUNT])

    balance.pay_with_balance(order_id=order.pk, now=NOON)

    assert balance_of(customer) == 0
    assert deliver(order).status == OrderStatus.DELIVERED


@pytest.mark.parametrize("amount", [-CODES, -CODES - 1])
def test_nothing_is_sold_for_nothing(netflix, amount):
    gift = Adjustment(AdjustmentKind.EVENT, "free", "Free", amount)

    with pytest.raises(InvalidInput):
        make_order(netflix, adjustments=[gift])

    assert not Order.objects.exists()


def test_an_order_has_one_to_twenty_products(in_arcadia):
    products = [make_product(name=f"P{n}", codes=1) for n in range(21)]
    with pytest.raises(InvalidInput):
        make_order(items=[])
    with pytest.raises(InvalidInput):
        make_order(items=[Item(product.pk) for product in products])

    order = make_order(items=[Item(product.pk) for product in products[:20]])
    assert order.lines.count() == 20


@pytest.mark.parametrize("quantity", [-1, 0, 21])
def test_a_line_has_one_to_twenty_pieces(netflix, quantity):
    with pytest.raises(InvalidInput) as refused:
        make_order(items=[Item(netflix.pk, quantity)])

    assert refused.value.field == "quantity"


def test_the_same_product_twice_keeps_the_limit_of_pieces(in_arcadia):
    product = make_product(codes=21)

    with pytest.raises(InvalidInput):
        make_order(items=[Item(product.pk, 20), Item(product.pk)])


@pytest.mark.parametrize("kind", ["several", "reduced"])
def test_the_quantity_of_such_an_order_is_fixed(netflix, in_arcadia, kind):
    spotify = make_product(name="Spotify", codes=1)
    order = (
        make_order(items=[Item(netflix.pk), Item(spotify.pk)])
        if kind == "several"
        else make_order(netflix, adjustments=[DISCOUNT])
    )

    assert not quantities.may_choose(order, now=NOON)
    with pytest.raises(QuantityFixed):
        quantities.choose_quantity(
            order_id=order.pk, quantity=2, actor="discord:1", now=NOON
        )
    assert LedgerEntry.objects.count() == 0
