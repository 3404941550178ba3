"""Goods that a store enters itself, where a supplier tells no prices."""

from decimal import Decimal

import pytest

from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import entered_goods, price_sync, supplier_products
from inventory.services.entered_goods import GoodsDraft
from inventory.services.supplier_products import ImportDraft
from inventory.suppliers.registry import spec_of
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.scope import tenant_scope
from ppob.kit.versions import ChangedMeanwhile, version_of
from security.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.contract.stage import account_of
from tests.inventory.suppliers import make_account, map_product, submit

DRAFT = GoodsDraft("86 Diamonds", 18_700, "Mobile Legends")


@pytest.fixture
def owner(in_arcadia):
    return make_member()


@pytest.fixture
def account(in_arcadia):
    return account_of(spec_of("apigames"))


def add(owner, account, draft=DRAFT, sku="ML86"):
    return entered_goods.add_goods(
        actor=owner, account=account, sku=sku, draft=draft, now=NOON
    )


def test_what_is_entered_is_sold_and_bought_like_a_line_of_a_list(owner, account):
    option = add(owner, account)
    [product] = supplier_products.import_products(
        actor=owner, draft=ImportDraft([option.pk], Decimal(10)), now=NOON
    )
    make_account()  # the money policy of the store

    purchase = submit(product, "136216325|2685", ceiling=20_000)

    assert (product.name, product.cost, product.category.code) == (
        "86 Diamonds",
        18_700,
        "ML",
    )
    [attempt] = purchase.attempts.all()
    assert (attempt.account, attempt.sku) == (account, "ML86")


def test_no_reading_of_prices_takes_it_away(owner, account):
    option = add(owner, account)

    found = price_sync.sync_prices(account_id=account.pk, now=NOON)

    assert found == price_sync.PriceDiff()
    option.refresh_from_db()
    assert (option.is_available, option.cost) == (True, 18_700)


def test_a_code_is_entered_once_and_kept_as_it_is_written(owner, account):
    assert add(owner, account, sku=" ML86 ").sku == "ML86"

    with pytest.raises(InvalidInput) as refusal:
        add(owner, account)

    assert refusal.value.field == "sku"
    assert SupplierProduct.objects.count() == 1
    assert add(owner, account, sku="ml86").sku == "ml86"


@pytest.mark.parametrize(
    ("draft", "sku", "field"),
    [
        (GoodsDraft("", 1), "A", "name"),
        (GoodsDraft("x" * 121, 1), "A", "name"),
        (GoodsDraft("x", 1, "b" * 61), "A", "brand"),
        (GoodsDraft("x", 0), "A", "cost"),
        (GoodsDraft("x", -1), "A", "cost"),
        (GoodsDraft("x", 1_000_000_001), "A", "cost"),
        (GoodsDraft("x", 1), " ", "sku"),
        (GoodsDraft("x", 1), "A" * 61, "sku"),
    ],
)
def test_what_cannot_be_goods_is_refused_at_its_field(
    owner, account, draft, sku, field
):
    with pytest.raises(InvalidInput) as refusal:
        add(owner, account, draft, sku)

    assert refusal.value.field == field
    assert not SupplierProduct.objects.exists()


def test_where_a_list_is_read_nothing_is_entered(owner):
    listed = make_account()
    option = map_product(None, listed)

    with pytest.raises(InvalidInput):
        add(owner, listed)
    with pytest.raises(InvalidInput):
        entered_goods.change_goods(actor=owner, option=option, draft=DRAFT, now=NOON)

    option.refresh_from_db()
    assert (SupplierProduct.objects.count(), option.cost) == (1, 10_000)


def test_a_cost_that_changed_is_changed_and_written_down(owner, account):
    option = add(owner, account)
    seen = version_of(entered_goods.facts_of(option))
    mark = SupplierAccount.objects.get().changed

    entered_goods.change_goods(
        actor=owner,
        option=option,
        draft=GoodsDraft("86 Diamonds", 19_100, "Mobile Legends", is_available=False),
        now=NOON,
        seen=seen,
    )

    option.refresh_from_db()
    assert (option.cost, option.is_available, option.sku) == (19_100, False, "ML86")
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert entry.action == "supplier.goods_changed"
    assert (entry.before["cost"], entry.after["cost"]) == (18_700, 19_100)
    assert SupplierAccount.objects.get().changed > mark  # panels look again


def test_of_two_who_change_it_at_once_the_second_is_asked(owner, account):
    option = add(owner, account)
    seen = version_of(entered_goods.facts_of(option))
    dearer = GoodsDraft("86 Diamonds", 19_100, "Mobile Legends")
    entered_goods.change_goods(
        actor=owner, option=option, draft=dearer, now=NOON, seen=seen
    )

    with pytest.raises(ChangedMeanwhile):
        entered_goods.change_goods(
            actor=owner, option=option, draft=DRAFT, now=NOON, seen=seen
        )

    option.refresh_from_db()
    assert option.cost == 19_100


def test_another_stores_account_does_not_exist(owner, borealis):
    with tenant_scope(borealis.pk):
        theirs = account_of(spec_of("apigames"))

    with pytest.raises(NotFound):
        add(owner, theirs)

    with tenant_scope(borealis.pk):
        assert not SupplierProduct.objects.exists()
