"""What price lists changed is kept: each line once, first lists as one, for 90 days."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import selectors, tasks
from inventory.models import PriceChange, SupplierProduct
from inventory.services import price_changes, price_sync
from inventory.services.price_changes import AT_ONCE, KEPT, SHOWN
from inventory.states import PriceChangeKind
from inventory.suppliers.base import PricedProduct
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tests.conftest import NOON
from tests.inventory.suppliers import (
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.racing import at_once

LATER = NOON + timedelta(minutes=10)
LAST = LATER + timedelta(minutes=10)


def line(sku, cost=10_000, **changes):
    return replace(PricedProduct(sku, f"Item {sku}", cost, True, None, None), **changes)


@dataclass
class Listing(Scripted):
    """A supplier whose price list the test writes."""

    listed: list = field(default_factory=list)

    def list_prices(self):
        return self.listed


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Listing()) as listing:
        yield listing


@pytest.fixture
def account(in_arcadia, supplier):
    return make_account()


def sync(account, *, now=NOON, **options):
    return price_sync.sync_prices(account_id=account.pk, now=now, **options)


def told(*names):
    rows = PriceChange.objects.order_by("pk")
    return list(rows.values_list("kind", "sku", "old_cost", "new_cost", *names))


def many(count, **changes):
    return [line(f"sku{number:05}", **changes) for number in range(count)]


# --- What is kept ---------------------------------------------------------------------


def test_a_first_list_is_one_fact(account, supplier):
    supplier.listed = many(1_200)

    sync(account)

    assert told("lines", "since") == [("first", "", None, None, 1_200, None)]


def test_an_empty_first_list_is_none(account, supplier):
    sync(account)

    assert told() == []


def test_a_first_list_whose_reader_died_is_still_a_first_one(account, supplier):
    supplier.listed = many(3)
    sync(account)
    PriceChange.objects.all().delete()
    type(account).objects.update(prices_at=None)
    supplier.listed = many(5)

    sync(account, now=LATER)

    assert told("lines") == [("first", "", None, None, 5)]


def test_every_line_that_changed_says_how(account, supplier):
    supplier.listed = [line(sku) for sku in ("same", "up", "down", "gone", "off")]
    supplier.listed.append(line("back", is_available=False))
    sync(account)
    PriceChange.objects.all().delete()

    supplier.listed = [
        line("same"),
        line("up", 10_001),
        line("down", 9_999),
        line("off", 12_000, is_available=False),
        line("back", 8_000),
        line("fresh", 700),
        line("same2", name="Another name"),
    ]
    sync(account, now=LATER)

    assert sorted(told("name", "since", "at")) == [
        ("back", "back", 10_000, 8_000, "Item back", NOON, LATER),
        ("down", "down", 10_000, 9_999, "Item down", NOON, LATER),
        ("gone", "gone", 10_000, 10_000, "Item gone", NOON, LATER),
        ("gone", "off", 10_000, 12_000, "Item off", NOON, LATER),
        ("new", "fresh", None, 700, "Item fresh", None, LATER),
        ("new", "same2", None, 10_000, "Another name", None, LATER),
        ("up", "up", 10_000, 10_001, "Item up", NOON, LATER),
    ]


def test_other_words_are_no_change_of_price(account, supplier):
    supplier.listed = [line("a")]
    sync(account)
    supplier.listed = [line("a", name="Another name", brand="XL")]

    sync(account, now=LATER)

    assert told() == [("first", "", None, None)]


def test_each_change_of_a_line_is_one_row(account, supplier):
    for turn, cost in enumerate((5_000, 6_000, 5_000, 6_000)):
        supplier.listed = [line("a", cost)]
        sync(account, now=NOON + timedelta(minutes=10 * turn))

    assert told()[1:] == [
        ("up", "a", 5_000, 6_000),
        ("down", "a", 6_000, 5_000),
        ("up", "a", 5_000, 6_000),
    ]


def test_who_reads_the_same_list_at_the_same_time_adds_nothing(account, supplier):
    supplier.listed = many(3)
    at_once([partial(sync, account)] * 3)
    assert told("lines") == [("first", "", None, None, 3)]

    supplier.listed = many(3, cost=11_000)
    at_once([partial(sync, account, now=LATER)] * 3)

    assert told()[1:] == [
        ("up", f"sku{number:05}", 10_000, 11_000) for number in range(3)
    ]


def test_a_list_that_comes_and_goes_does_not_fill_the_table(
    account, supplier, monkeypatch
):
    """But what the store sells is kept line by line, also behind all others."""
    monkeypatch.setattr(price_changes, "MOST", 4)
    supplier.listed = many(10)
    sync(account)
    last = SupplierProduct.objects.get(sku="sku00009")
    SupplierProduct.objects.filter(pk=last.pk).update(product=make_topup())

    supplier.listed = []
    sync(account, now=LATER)

    assert told("lines")[1:] == [
        *(("gone", f"sku{n:05}", 10_000, 10_000, 1) for n in (0, 1, 2, 3, 9)),
        ("gone", "", None, None, 5),
    ]


def test_changes_cost_one_statement_for_each_part(account, supplier):
    supplier.listed = many(2 * price_sync.AT_ONCE + 1)
    sync(account)
    supplier.listed = many(2 * price_sync.AT_ONCE + 1, cost=11_000)

    with CaptureQueriesContext(connection) as queries:
        sync(account, now=LATER)

    written = [each for each in queries if "inventory_pricechange" in each["sql"]]
    assert len(written) == 3
    assert PriceChange.objects.count() == 1 + 2 * price_sync.AT_ONCE + 1


def test_a_few_changes_in_every_part_cost_two_statements(account, supplier):
    supplier.listed = many(2 * price_sync.AT_ONCE + 1)
    sync(account)
    for number in (0, price_sync.AT_ONCE, 2 * price_sync.AT_ONCE):
        supplier.listed[number] = line(f"sku{number:05}", 11_000)

    with CaptureQueriesContext(connection) as queries:
        assert sync(account, now=LATER).dearer == 3

    inserted = [each for each in queries if each["sql"].startswith("INSERT")]
    assert len(inserted) == 2  # the lines, and their changes
    assert len(told()) == 1 + 3


def test_a_list_without_news_asks_nothing_of_changes(account, supplier):
    supplier.listed = many(3)
    sync(account)

    with CaptureQueriesContext(connection) as queries:
        sync(account, now=LATER)

    assert not [each for each in queries if "inventory_pricechange" in each["sql"]]


# --- Reading it -----------------------------------------------------------------------


@pytest.fixture
def changed(account, supplier):
    supplier.listed = [line("a"), line("b")]
    sync(account)
    supplier.listed = [line("a", 11_000), line("b", 9_000), line("c")]
    sync(account, now=LATER)
    return account


def skus(account, **wanted):
    return [each.sku for each in selectors.list_price_changes(account, **wanted)]


def test_the_newest_come_first_by_kind_and_words(changed):
    assert skus(changed) == ["c", "b", "a", ""]
    assert skus(changed, kind=PriceChangeKind.UP) == ["a"]
    assert skus(changed, search="item b") == ["b"]
    assert skus(changed, search="C") == ["c"]
    assert skus(changed, limit=2) == ["c", "b"]
    after = selectors.list_price_changes(changed)[1].pk
    assert skus(changed, before=after) == ["a", ""]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [({}, "price_change_latest"), ({"sku": "0314-7"}, "price_change_once")],
)
def test_an_index_answers(account, superuser, wanted, index):
    plant(account, 1_000, at=NOON)
    plant(make_account(TOKO_DEWI), 5_000, at=NOON)  # newer ones of another account
    superuser.execute("VACUUM ANALYZE inventory_pricechange")

    asked = PriceChange.objects.filter(account=account, **wanted).order_by("-pk")

    assert index in asked[:100].explain()


# --- Forgetting it --------------------------------------------------------------------


def plant(account, count, *, at):
    PriceChange.objects.bulk_create(
        PriceChange(
            account=account,
            sku=f"{at:%m%d}-{number}",
            name="x",
            kind="up",
            old_cost=1,
            new_cost=2,
            since=at,
            at=at,
        )
        for number in range(count)
    )


def test_old_changes_are_forgotten_some_at_a_time(account, borealis, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    plant(account, AT_ONCE + 1, at=NOON - KEPT)
    plant(account, 2, at=NOON - KEPT + timedelta(seconds=1))
    with tenant_scope(borealis.pk):
        plant(make_account(), 1, at=NOON - KEPT)

    with CaptureQueriesContext(connection) as queries, no_tenant_scope():
        tasks.delete_price_changes()

    deleted = [each for each in queries if each["sql"].startswith("DELETE")]
    assert len(deleted) == 3
    assert PriceChange.objects.count() == 2
    with tenant_scope(borealis.pk):
        assert not PriceChange.objects.exists()


# --- The command ----------------------------------------------------------------------


def run(*arguments):
    out = StringIO()
    with no_tenant_scope():
        call_command("sync_prices", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_a_dry_run_lists_what_differs_and_keeps_nothing(account, supplier):
    map_product(make_topup(), account, sku="up", cost=9_000, name="Item up")
    map_product(make_topup(), account, sku="left", cost=5_000, name="Item left")
    supplier.listed = [line("up"), line("fresh", 700)]

    said = run("--dry-run")

    assert said[1:] == [
        "  new   fresh Item fresh: Rp 700",
        "  up    up Item up: Rp 9.000 -> Rp 10.000",
        "  gone  left Item left: Rp 5.000",
    ]
    assert told() == []
    assert SupplierProduct.objects.get(sku="left").is_available


def test_a_dry_run_lists_the_first_fifty(account, supplier):
    supplier.listed = many(SHOWN + 7)

    said = run("--dry-run")

    assert len(said) == 1 + SHOWN + 1
    assert said[-1] == "  and 7 more"
    assert len(run()) == 1
