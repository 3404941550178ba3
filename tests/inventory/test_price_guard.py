"""A supplier's new cost: the price follows, the product rests, or somebody is told."""

from dataclasses import dataclass, field

import pytest

from bot.message_kinds import About
from bot.messages.costs import _load_costs, draw_costs
from bot.models import OutgoingMessage
from inventory.events import CostsMoved
from inventory.models import SupplierProduct
from inventory.services import price_sync
from inventory.suppliers.base import PricedProduct
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from payments.models import Order
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tests.conftest import NOON
from tests.factories import (
    CategoryFactory,
    PricePolicyFactory,
    PriceRuleFactory,
    ServerSettingsFactory,
    make_guild,
    make_order,
)
from tests.hearing import heard
from tests.inventory.suppliers import (
    SKU,
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)


@dataclass
class Listing(Scripted):
    """A supplier whose price list the test writes."""

    listed: list = field(default_factory=list)

    def list_prices(self):
        return self.listed


@pytest.fixture
def supplier(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with served_by(monkeypatch, Listing()) as listing:
        yield listing


@pytest.fixture
def account(in_arcadia, supplier):
    return make_account()


@pytest.fixture
def product(account):
    product = make_topup(name="ML 86", price=20_600, cost=19_500)
    map_product(product, account, cost=19_500)
    return product


def now_costs(supplier, account, cost, *, sku=SKU, is_available=True):
    supplier.listed = [PricedProduct(sku, "ML 86", cost, is_available, None, None)]
    price_sync.sync_prices(account_id=account.pk, now=NOON)


def state(product):
    product.refresh_from_db()
    return product.cost, product.price, product.is_active


def told():
    """The messages of the log channel about costs, in words."""
    with speaking("en"):
        return [
            draw_costs(_load_costs(About(row.payload))).embed.text
            for row in OutgoingMessage.objects.filter(kind="log_costs_moved")
        ]


@pytest.fixture
def log_channel(in_arcadia):
    ServerSettingsFactory(guild=make_guild(bot_joined_at=NOON), log_channel_id=77)


def test_by_default_the_cost_is_written_down_and_the_price_stays(
    product, account, supplier
):
    with heard(CostsMoved) as news:
        now_costs(supplier, account, 20_400)

    assert state(product) == (20_400, 20_600, True)
    assert news == []  # 4.6 % more, and still above the cost
    entry = AuditEntry.objects.get(action="product.cost_changed")
    assert (entry.before, entry.after) == ({"cost": 19_500}, {"cost": 20_400})


def test_the_margin_is_kept_in_the_stores_steps(product, account, supplier):
    PricePolicyFactory(on_cost_change="reprice")

    now_costs(supplier, account, 20_400)
    assert state(product) == (20_400, 21_600, True)

    now_costs(supplier, account, 10_000)
    assert state(product) == (10_000, 10_600, True)


def test_a_margin_rule_says_the_price_before_the_old_margin_does(account, supplier):
    games = CategoryFactory()
    product = make_topup(price=20_600, cost=19_500, category=games)
    map_product(product, account, cost=19_500)
    PricePolicyFactory(on_cost_change="reprice", least_rate=300)
    PriceRuleFactory(tier="member", basis="cost", rate=1_000, category=games)

    now_costs(supplier, account, 20_000)

    assert state(product) == (20_000, 22_000, True)


def test_what_lost_its_margin_is_taken_out_of_sale(product, account, supplier):
    PricePolicyFactory(on_cost_change="hide", least_rate=200)

    now_costs(supplier, account, 20_100)
    assert state(product) == (20_100, 20_600, True)
    with heard(CostsMoved) as news:
        now_costs(supplier, account, 20_200)  # 20,604 would be its floor

    assert state(product) == (20_200, 20_600, False)
    [move] = news[0].moves
    assert move.is_taken_off


def test_an_order_keeps_the_price_and_the_ceiling_it_was_made_with(
    product, account, supplier
):
    PricePolicyFactory(on_cost_change="reprice")
    order = make_order(product, destination=SUCCEEDS)

    now_costs(supplier, account, 25_000)

    order = Order.objects.get(pk=order.pk)
    assert (order.total, order.lines.get().cost_ceiling) == (20_600, 20_600)
    assert make_order(product, destination=SUCCEEDS).total == 26_400


def test_the_cheapest_supplier_in_use_says_the_cost(product, account, supplier):
    other = make_account(TOKO_DEWI)
    map_product(product, other, cost=19_000)
    resting = make_account(TOKO_DEWI, kind="iak", is_active=False)
    map_product(product, resting, cost=1_000)

    now_costs(supplier, account, 19_600)
    assert state(product)[0] == 19_000

    SupplierProduct.objects.filter(account=other).update(is_available=False)
    now_costs(supplier, account, 19_600)
    assert state(product)[0] == 19_600


def test_without_any_supplier_the_last_cost_stays(product, account, supplier):
    now_costs(supplier, account, 25_000, is_available=False)

    assert state(product) == (19_500, 20_600, True)


def test_what_a_crash_left_undone_follows_with_the_next_list(
    product, account, supplier
):
    SupplierProduct.objects.update(cost=20_400, name="ML 86")

    now_costs(supplier, account, 20_400)  # nothing new on it

    assert state(product)[0] == 20_400


def test_a_dry_run_changes_nothing(product, account, supplier):
    supplier.listed = [PricedProduct(SKU, "ML 86", 20_400, True, None, None)]

    price_sync.sync_prices(account_id=account.pk, now=NOON, dry_run=True)

    assert state(product) == (19_500, 20_600, True)


@pytest.mark.usefixtures("log_channel")
def test_a_large_change_is_told_in_the_log_channel(product, account, supplier):
    PricePolicyFactory(on_cost_change="reprice")

    now_costs(supplier, account, 21_450)  # exactly 10 %
    assert told() == []
    now_costs(supplier, account, 23_596)  # a rupiah above that

    [text] = told()
    assert "changed the cost of 1 product:" in text
    assert "**ML 86**: cost Rp 21.450 → Rp 23.596" in text
    assert "price Rp 22.700 → Rp 25.000 by your rule" in text


@pytest.mark.usefixtures("log_channel")
def test_a_cost_above_the_price_is_told_however_small_the_step(
    product, account, supplier
):
    now_costs(supplier, account, 20_700)

    [text] = told()
    assert "the price Rp 20.600 is below it, so nobody can buy it now" in text


@pytest.mark.usefixtures("log_channel")
def test_many_changes_are_one_message(account, supplier):
    for number in range(12):
        topup = make_topup(name=f"Item {number:02}", price=20_000, cost=10_000)
        map_product(topup, account, cost=10_000, sku=f"s{number}")
    supplier.listed = [
        PricedProduct(f"s{number}", "Item", 15_000, True, None, None)
        for number in range(12)
    ]

    price_sync.sync_prices(account_id=account.pk, now=NOON)
    price_sync.sync_prices(account_id=account.pk, now=NOON)

    [text] = told()
    assert "changed the cost of 12 products:" in text
    assert text.count("the price stays Rp 20.000") == 10
    assert "… and 2 more" in text


def test_a_cost_that_nobody_knew_is_no_change(account, supplier):
    product = make_topup(price=20_000)
    map_product(product, account, cost=15_000)
    PricePolicyFactory(on_cost_change="reprice")

    with heard(CostsMoved) as news:
        now_costs(supplier, account, 15_000)

    assert state(product) == (15_000, 20_000, True)
    assert news == []


def test_another_stores_products_stay_as_they_are(product, account, supplier, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_topup(price=20_600, cost=19_500)
        map_product(theirs, make_account(TOKO_DEWI), cost=19_500)

    now_costs(supplier, account, 20_400)

    with tenant_scope(borealis.pk):
        assert state(theirs) == (19_500, 20_600, True)
