"""Price lists: only what differs is written, in parts, and every line counts once."""

from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import tasks
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import price_sync
from inventory.services.price_sync import AT_ONCE, PriceDiff
from inventory.suppliers.base import OutcomeUnknown, PricedProduct
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit import jobs as kit_jobs
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tests.conftest import NOON
from tests.inventory.suppliers import (
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)

LATER = NOON + timedelta(minutes=10)


def line(sku, cost=10_000, **changes):
    return replace(PricedProduct(sku, f"Item {sku}", cost, True, None, None), **changes)


@dataclass
class Listing(Scripted):
    """A supplier whose price list the test writes."""

    listed: list = field(default_factory=list)
    is_silent: bool = False

    def list_prices(self):
        if self.is_silent:
            raise OutcomeUnknown("Status 500.")
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


def kept(account):
    rows = SupplierProduct.objects.filter(account=account)
    return dict(rows.values_list("sku", "cost"))


def test_every_line_that_differs_counts_once(account, supplier):
    supplier.listed = [line(sku) for sku in ("same", "up", "down", "gone", "off")]
    supplier.listed.append(line("back", is_available=False))
    assert sync(account) == PriceDiff(lines=6, new=6)

    supplier.listed = [
        line("same"),
        line("up", 10_001),
        line("down", 9_999),
        line("off", 12_000, is_available=False),
        line("back", 8_000),
        line("fresh"),
    ]
    found = sync(account, now=LATER)

    assert found == PriceDiff(lines=6, new=1, gone=2, back=1, dearer=1, cheaper=1)
    rows = SupplierProduct.objects.filter(account=account, is_available=True)
    assert set(rows.values_list("sku", flat=True)) == {
        "same",
        "up",
        "down",
        "back",
        "fresh",
    }
    assert kept(account)["up"] == 10_001
    account.refresh_from_db()
    assert account.prices_at == LATER


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another name"},
        {"brand": "XL"},
        {"category": "Pulsa"},
        {"closed_from": time(23, 0), "closed_until": time(0, 30)},
    ],
)
def test_other_words_are_written_too(account, supplier, changes):
    supplier.listed = [line("a")]
    sync(account)
    supplier.listed = [line("a", **changes)]

    assert sync(account, now=LATER) == PriceDiff(lines=1)

    row = SupplierProduct.objects.get(account=account)
    assert {name: getattr(row, name) for name in changes} == changes


def test_a_list_without_news_writes_nothing_but_its_time(account, supplier):
    supplier.listed = [line(f"sku{number}") for number in range(2 * AT_ONCE + 1)]
    sync(account)

    with CaptureQueriesContext(connection) as queries:
        assert sync(account, now=LATER) == PriceDiff(lines=2 * AT_ONCE + 1)

    asked = [query["sql"] for query in queries]
    assert not [sql for sql in asked if sql.startswith("INSERT")]
    [written] = [sql for sql in asked if sql.startswith("UPDATE")]
    assert "prices_at" in written
    read = [sql for sql in asked if "inventory_supplierproduct" in sql]
    assert len(read) == 5  # three parts, what is missing, and whose costs follow
    rows = SupplierProduct.objects.filter(account=account)
    assert not rows.filter(updated_at=LATER).exists()


def test_a_long_list_is_written_in_parts(account, supplier):
    supplier.listed = [line(f"sku{number}") for number in range(2 * AT_ONCE + 1)]

    with CaptureQueriesContext(connection) as queries:
        assert sync(account).new == 2 * AT_ONCE + 1

    inserted = [each for each in queries if each["sql"].startswith("INSERT")]
    written = [each for each in inserted if "inventory_supplierproduct" in each["sql"]]
    assert len(written) == 3
    assert len(inserted) == 4  # and that there was a first list
    supplier.listed = []
    assert sync(account, now=LATER) == PriceDiff(gone=2 * AT_ONCE + 1)
    assert not SupplierProduct.objects.filter(is_available=True).exists()


def test_a_dry_run_says_the_same_and_writes_nothing(account, supplier):
    option = map_product(make_topup(), account, sku="gone", cost=5_000)
    supplier.listed = [line("fresh")]

    found = sync(account, dry_run=True)

    assert found == PriceDiff(lines=1, new=1, gone=1)
    option.refresh_from_db()
    account.refresh_from_db()
    assert option.is_available
    assert (kept(account), account.prices_at) == ({"gone": 5_000}, None)


def test_a_sku_that_stands_there_twice_counts_once(account, supplier):
    supplier.listed = [line("a", 1_000), line("a", 2_000), line("b", MAX_AMOUNT + 1)]

    assert sync(account) == PriceDiff(lines=1, new=1)
    assert kept(account) == {"a": 2_000}


def test_an_older_reading_does_not_take_the_time_back(account, supplier):
    sync(account, now=LATER)
    sync(account, now=NOON)

    account.refresh_from_db()
    assert account.prices_at == LATER


def test_accounts_are_read_at_moments_of_their_own(account, monkeypatch):
    asked = []
    monkeypatch.setattr(
        kit_jobs, "enqueue_soon", lambda name, **options: asked.append(options)
    )
    other = make_account(TOKO_DEWI)

    with no_tenant_scope():
        tasks.sync_all_prices()

    moments = {each["account_id"]: each["secs"] for each in asked}
    assert set(moments) == {account.pk, other.pk}
    assert len(set(moments.values())) == 2
    assert all(0 <= secs < tasks.SYNC_WITHIN_SECS for secs in moments.values())


def run(*arguments):
    out = StringIO()
    with no_tenant_scope():
        call_command("sync_prices", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_reads_every_store(account, supplier, borealis):
    supplier.listed = [line("a")]
    with tenant_scope(borealis.pk):
        make_account()

    dry = run("--dry-run")
    assert dry.count("1 lines, 1 new, 0 gone") == 2
    assert not SupplierProduct.objects.exists()
    assert run().count("1 new") == 2

    assert set(kept(account)) == {"a"}
    with tenant_scope(borealis.pk):
        assert SupplierProduct.objects.get().cost == 10_000


def test_the_command_names_who_gave_no_list(account, supplier):
    supplier.is_silent = True

    with pytest.raises(CommandError, match="1 accounts gave no list"):
        run()
    assert SupplierAccount.objects.get().prices_at is None
