"""What price rules make of an order: its lines, its total, its refunds, its ceiling."""

from datetime import timedelta

import pytest

from inventory.models import BUCKETS, Purchase
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from payments.gateways.base import FactState as PaidState
from payments.models import Order, OrderAdjustment
from payments.services.orders import buyer_prices, quantities
from payments.services.orders.quote import Adjustment, Item, NotServed
from payments.states import AdjustmentKind, OrderStatus
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tenants.models import Tenant
from tests.conftest import NOON
from tests.factories import (
    CategoryFactory,
    PricePolicyFactory,
    PriceRuleFactory,
    make_customer,
    make_member,
    make_order,
    make_product,
)
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import (
    balance_of,
    books,
    deliver,
    open_transfer,
    pending,
    refund,
    tell,
)
from tests.payments.test_query_counts import counting

pytestmark = pytest.mark.usefixtures("right_books")

PRICE, COST = 10_000, 8_000
VOUCHER = Adjustment(AdjustmentKind.VOUCHER, "HEMAT", "HEMAT", -1_000)


@pytest.fixture
def product(in_arcadia):
    return make_product(price=PRICE, cost=COST, codes=12)


@pytest.fixture
def vip(in_arcadia):
    return make_customer("ayu", tier="vip")


@pytest.fixture
def supplier(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def topup(in_arcadia):
    product = make_topup(price=11_000, cost=3_000)
    map_product(product, make_account(), cost=10_000)
    return product


def pay(order):
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order


def taken_off(order):
    rows = OrderAdjustment.objects.filter(order=order).order_by("pk")
    return list(rows.values_list("kind", "label", "amount"))


def topup_for(customer, topup, **fields):
    return make_order(topup, customer=customer, destination=SUCCEEDS, **fields)


def test_without_a_rule_everybody_pays_the_products_price(product, vip):
    order = make_order(product, customer=vip, quantity=3)

    assert (order.total, order.lines.get().reduction) == (3 * PRICE, 0)
    assert taken_off(order) == []


def test_a_tier_pays_less_and_the_order_says_why(product, vip):
    rule = PriceRuleFactory(name="Harga VIP")

    order = make_order(product, customer=vip, quantity=2)

    line = order.lines.get()
    assert (line.unit_price, line.unit_cost, line.reduction) == (PRICE, COST, 2_000)
    assert order.total == line.price == 18_000
    assert taken_off(order) == [("tier", "Harga VIP", -2_000)]
    assert order.adjustments.get().source == str(rule.public_id)
    deliver(pay(order))
    assert books() == {"clearing": 18_000, "promo": 2_000, "sales": -20_000}


def test_a_member_pays_the_usual_price(product, in_arcadia):
    PriceRuleFactory()

    assert make_order(product).total == PRICE


def test_another_stores_rule_counts_for_nobody_here(product, vip, borealis):
    with tenant_scope(borealis.pk):
        PriceRuleFactory()

    assert make_order(product, customer=vip).total == PRICE


def test_the_floor_holds_for_what_an_order_costs(product, vip):
    Tenant.objects.update(price_step=500)
    PricePolicyFactory(least_rate=2_000)
    PriceRuleFactory(rate=5_000)

    assert make_order(product, customer=vip).total == 10_000
    assert taken_off(make_order(product, customer=vip)) == []


def test_a_categorys_rule_is_for_its_products_alone(product, vip):
    games = CategoryFactory()
    PriceRuleFactory(category=games, rate=1_500)
    inside = make_product(price=PRICE, cost=COST, codes=1, category=games)

    order = make_order(
        customer=vip, items=[Item(product.pk), Item(inside.pk)], request_key="k"
    )

    assert order.total == PRICE + 8_500
    assert sorted(order.lines.values_list("reduction", flat=True)) == [0, 1_500]


def test_one_rule_on_two_lines_is_one_adjustment(product, vip):
    PriceRuleFactory()
    other = make_product(price=20_000, cost=1_000, codes=1)

    order = make_order(customer=vip, items=[Item(product.pk), Item(other.pk)])

    assert order.total == 27_000
    assert taken_off(order) == [("tier", "VIP", -3_000)]


def test_a_voucher_comes_off_what_rules_left(product, vip):
    PriceRuleFactory()

    order = make_order(product, customer=vip, adjustments=[VOUCHER])

    assert order.total == 8_000
    assert [kind for kind, _label, _amount in taken_off(order)] == ["tier", "voucher"]


def test_what_is_given_back_of_a_line_is_what_was_paid_for_it(
    product, vip, topup, supplier, jobs
):
    """The code was reduced and the top-up was not: its whole price comes back."""
    PriceRuleFactory(product=product, rate=2_000)
    supplier.answers = [FactState.NOT_FORMED]
    items = [Item(product.pk), Item(topup.pk, destination=SUCCEEDS)]
    order = pay(make_order(customer=vip, items=items))

    jobs.run()

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert (order.total, balance_of(vip)) == (19_000, 11_000)


def test_a_reduced_order_is_refunded_at_what_was_paid(product, vip):
    PriceRuleFactory()
    order = deliver(pay(make_order(product, customer=vip)))

    refund(make_member(), order)

    assert balance_of(vip) == 9_000


def test_a_quantity_discount_follows_the_quantity_that_is_chosen(product, in_arcadia):
    PriceRuleFactory(tier="member", minimum_quantity=5, rate=1_000)
    order = make_order(product)
    choice = quantities.choice_of(order, now=NOON)

    totals = quantities.totals_of(choice, now=NOON)
    for quantity in (5, 7, 2):
        changed = quantities.choose_quantity(
            order_id=order.pk, quantity=quantity, actor="discord:1", now=NOON
        ).order
        assert changed.total == totals[quantity - 1]

    assert totals[:7] == [10_000, 20_000, 30_000, 40_000, 45_000, 54_000, 63_000]
    order.refresh_from_db()
    assert (order.total, order.lines.get().reduction) == (20_000, 0)
    assert taken_off(order) == []


def test_the_chosen_quantity_keeps_what_the_tier_pays(product, vip):
    PriceRuleFactory()
    order = make_order(product, customer=vip)

    quantities.choose_quantity(
        order_id=order.pk, quantity=3, actor="discord:1", now=NOON
    )

    order.refresh_from_db()
    assert order.total == 27_000
    assert taken_off(order) == [("tier", "VIP", -3_000)]
    assert deliver(pay(order)).status == OrderStatus.DELIVERED


def test_a_price_that_rose_meanwhile_changes_no_order(product, vip):
    rule = PriceRuleFactory()
    order = make_order(product, customer=vip)

    rule.delete()
    product.price = 50_000
    product.save()

    order.refresh_from_db()
    assert order.total == 9_000
    assert deliver(pay(order)).total == 9_000


def test_a_quantity_keeps_the_price_that_the_order_was_placed_for(product, vip):
    PriceRuleFactory()
    order = make_order(product, customer=vip)
    product.price = 50_000
    product.save()

    changed = quantities.choose_quantity(
        order_id=order.pk, quantity=2, actor="discord:1", now=NOON
    )

    assert changed.order.total == 18_000


@pytest.mark.parametrize(
    ("rate", "paid"),
    [(500, 10_500), (4_000, 10_000)],  # never below what the supplier takes
)
def test_a_top_up_may_cost_what_its_buyer_pays_and_no_more(
    topup, vip, supplier, jobs, rate, paid
):
    PriceRuleFactory(rate=rate)

    order = topup_for(vip, topup)

    line = order.lines.get()
    assert (order.total, line.cost_ceiling, line.unit_cost) == (paid, paid, 10_000)
    deliver(pay(order))
    assert Purchase.objects.get().ceiling == paid


def test_a_voucher_lowers_what_a_top_up_may_cost(topup, vip):
    PriceRuleFactory(rate=500)
    small = Adjustment(AdjustmentKind.VOUCHER, "HEMAT", "HEMAT", -500)

    assert topup_for(vip, topup, adjustments=[small]).lines.get().cost_ceiling == 10_000
    with pytest.raises(NotServed) as refused:
        topup_for(vip, topup, adjustments=[VOUCHER])
    assert refused.value.serving.obstacle == "too_dear"


def test_the_cheapest_supplier_says_what_a_tier_may_pay(topup, vip):
    PriceRuleFactory(basis="cost", rate=200)
    map_product(topup, make_account(TOKO_DEWI, position=5), cost=9_000)

    order = topup_for(vip, topup)

    assert (order.total, order.lines.get().cost_ceiling) == (9_200, 9_200)


def test_regular_buyers_pay_less_from_their_paid_orders_on(product, in_arcadia):
    PriceRuleFactory(tier="member", minimum_volume=20_000, rate=500)
    ayu, bima = make_customer("ayu"), make_customer("bima")
    for buyer in (ayu, bima):
        make_order(product, customer=buyer, quantity=2)  # never paid
    pay(make_order(product, customer=bima, quantity=2))

    assert buyer_prices.paid_volume(ayu, now=NOON) == 0
    assert buyer_prices.paid_volume(bima, now=NOON) == 20_000
    assert make_order(product, customer=ayu).total == PRICE
    reduced = make_order(product, customer=bima)
    assert reduced.total == 9_500
    assert taken_off(reduced)[0][0] == "volume"


def test_what_was_given_back_and_what_is_old_is_no_volume(product, in_arcadia):
    bima = make_customer("bima")
    order = deliver(pay(make_order(product, customer=bima, quantity=2)))
    assert buyer_prices.paid_volume(bima, now=NOON + timedelta(days=29)) == 20_000
    assert buyer_prices.paid_volume(bima, now=NOON + timedelta(days=30)) == 0

    refund(make_member(), order, 5_000)

    assert buyer_prices.paid_volume(bima, now=NOON) == 15_000


def test_test_money_and_money_that_was_taken_back_is_no_volume(product, in_arcadia):
    bima = make_customer("bima")
    order = deliver(pay(make_order(product, customer=bima, quantity=2)))
    rows = Order.objects.filter(pk=order.pk)

    rows.update(is_test=True)
    assert buyer_prices.paid_volume(bima, now=NOON) == 0
    rows.update(is_test=False)
    assert buyer_prices.paid_volume(bima, now=NOON) == 20_000
    tell(order.payments.get(), PaidState.REVERSED)
    assert buyer_prices.paid_volume(bima, now=NOON) == 0


def test_rules_take_two_statements_of_an_order_at_most(vip):
    product = make_product(price=PRICE, codes=5 * BUCKETS)
    counted = []
    for volume in (None, 1):
        if volume is not None:
            PriceRuleFactory(minimum_volume=volume)
        with counting() as statements:
            make_order(product, customer=vip)
        counted.append(len(statements))

    assert counted == [6, 7]
