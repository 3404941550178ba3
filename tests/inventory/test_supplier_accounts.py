"""Owners connect suppliers, say which goods are which products, and prices follow."""

from datetime import time, timedelta

import pytest
from django.test import override_settings

from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import (
    price_sync,
    purchase_routes,
    supplier_accounts,
    supplier_products,
)
from inventory.services.supplier_accounts import AccountDraft
from inventory.simulator.client import SupplierControl
from inventory.simulator.server import make_app
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator.world import GOODS, TOKO_RIZKY
from inventory.tasks import sync_all_prices
from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import no_tenant_scope, tenant_scope
from ppob.local.simulators.serving import serving
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_product
from tests.inventory.suppliers import (
    attempt_of,
    make_account,
    make_topup,
    map_product,
    submit,
)

KEYS = {
    "username": TOKO_RIZKY.username,
    "api_key": TOKO_RIZKY.api_key,
    "webhook_secret": TOKO_RIZKY.webhook_secret,
}


@pytest.fixture
def control(tmp_path):
    with (
        serving(lambda: make_app(folder=tmp_path)) as address,
        override_settings(SUPPLIER_SIMULATOR_URL=address),
    ):
        found = SupplierControl(address, "digiflazz")
        yield found
        found.close()


@pytest.fixture
def owner(in_arcadia):
    return make_member()


def connect(owner, *, is_test=True, **changes):
    draft = AccountDraft("digiflazz", {**KEYS, **changes}, is_test=is_test)
    return supplier_accounts.connect_account(actor=owner, draft=draft, now=NOON)


def test_an_account_is_tried_out_kept_sealed_and_its_prices_read(
    owner, control, jobs, superuser
):
    account = connect(owner)
    with no_tenant_scope():
        # Bills have a turn of their own, later: here the clock stands still.
        assert jobs.run() == ["inventory.sync_prices", "inventory.sync_bills"]

    stored = superuser.execute(
        "SELECT credentials FROM inventory_supplieraccount"
    ).fetchone()
    assert not any(KEYS["api_key"].encode() in bytes(sealed) for sealed in stored)
    assert SupplierProduct.objects.filter(account=account).count() == len(GOODS)
    night = SupplierProduct.objects.get(sku="X100")
    assert (night.cost, night.closed_from, night.closed_until) == (
        98_000,
        time(23, 45),
        time(0, 15),
    )
    [entry] = AuditEntry.objects.filter(action="supplier.connected")
    assert KEYS["api_key"] not in str(vars(entry))


def test_an_account_is_connected_once(owner, control):
    connect(owner)

    with pytest.raises(InvalidInput):
        connect(owner)

    assert SupplierAccount.objects.count() == 1


def test_an_account_the_supplier_refuses_is_not_kept(owner, control):
    with pytest.raises(InvalidInput) as refusal:
        connect(owner, api_key="dev-wrong")

    assert refusal.value.field == "api_key"
    assert not SupplierAccount.objects.exists()


def test_without_an_answer_nothing_is_kept(owner):
    with (
        override_settings(SUPPLIER_SIMULATOR_URL="http://127.0.0.1:9"),
        pytest.raises(supplier_accounts.SupplierSilent),
    ):
        connect(owner)

    assert not SupplierAccount.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": "9f0c7f9e"},
        {"api_key": ""},
        {"username": " "},
        {"is_test": False},
        {"is_test": False, "api_key": "9f0c7f9e", "webhook_secret": " "},
    ],
)
def test_credentials_that_cannot_work_are_refused_without_a_call(owner, changes):
    with pytest.raises(InvalidInput):
        connect(owner, **changes)


def test_only_owners_connect_suppliers(in_arcadia):
    with pytest.raises(NotAllowed):
        connect(make_member(Role.ADMIN))


def test_what_leaves_the_list_cannot_be_bought_and_mappings_stay(owner, control):
    account, product = make_account(), make_topup()
    gone = map_product(product, account, sku="GONE")
    kept = map_product(make_topup(), account, sku="xld10", cost=9_000)

    price_sync.sync_prices(account_id=account.pk, now=NOON + timedelta(minutes=1))

    gone.refresh_from_db()
    assert (gone.is_available, gone.product) == (False, product)
    [now_dearer] = SupplierProduct.objects.filter(sku="xld10")
    assert (now_dearer.cost, now_dearer.product_id) == (10_000, kept.product_id)


def test_without_a_list_everything_stays(owner, control):
    account = make_account()
    option = map_product(make_topup(), account, sku="GONE")
    price_sync.sync_prices(account_id=account.pk, now=NOON)
    SupplierProduct.objects.filter(pk=option.pk).update(is_available=True)

    # The second list within five minutes is refused.
    assert price_sync.sync_prices(account_id=account.pk, now=NOON) is None

    option.refresh_from_db()
    assert option.is_available


def test_every_account_in_use_is_read(owner, borealis, control, jobs):
    make_account()
    with tenant_scope(borealis.pk):
        make_account(is_active=False)
    jobs.waiting.clear()

    with no_tenant_scope():
        sync_all_prices()

    assert [arguments["tenant_id"] for _name, arguments in jobs.waiting] == [
        owner.tenant_id
    ]


def test_only_mapped_products_are_bought(owner):
    account, product = make_account(), make_topup()
    option = map_product(None, account)
    assert not submit(product).attempts.exists()

    supplier_products.map_product(actor=owner, option=option, product=product, now=NOON)

    assert attempt_of(submit(product)).sku == option.sku
    supplier_products.map_product(actor=owner, option=option, product=None, now=NOON)
    assert not submit(product).attempts.exists()


def test_codes_are_not_bought_at_suppliers(owner, borealis):
    option = map_product(None, make_account())
    with tenant_scope(borealis.pk):
        foreign = make_topup()

    with pytest.raises(InvalidInput):
        supplier_products.map_product(
            actor=owner, option=option, product=make_product(), now=NOON
        )
    with pytest.raises(NotFound):
        supplier_products.map_product(
            actor=owner, option=option, product=foreign, now=NOON
        )


def test_a_product_has_one_code_per_account(owner):
    account, product = make_account(), make_topup()
    map_product(product, account)
    other = map_product(None, account, sku="other")

    with pytest.raises(InvalidInput):
        supplier_products.map_product(
            actor=owner, option=other, product=product, now=NOON
        )


def test_an_account_that_is_off_gets_no_new_purchases(owner):
    account, product = make_account(), make_topup()
    map_product(product, account)

    supplier_accounts.switch_account(
        actor=owner, account=account, is_active=False, now=NOON
    )

    assert not submit(product).attempts.exists()


@pytest.mark.parametrize(
    ("start", "end", "wib", "closed"),
    [
        ("23:45", "0:15", "23:44", False),
        ("23:45", "0:15", "23:45", True),
        ("23:45", "0:15", "0:14", True),
        ("23:45", "0:15", "0:15", False),
        ("1:00", "2:30", "1:00", True),
        ("1:00", "2:30", "2:30", False),
        ("1:00", "1:00", "1:00", False),
        ("", "1:00", "0:30", False),
    ],
)
def test_cut_off_windows_are_in_jakarta_and_may_pass_midnight(start, end, wib, closed):
    def clock(text):
        return digiflazz.wire.clock({"at": text}, "at")

    option = SupplierProduct(closed_from=clock(start), closed_until=clock(end))
    hour, minute = map(int, wib.split(":"))
    midnight = NOON - timedelta(hours=12)  # in Jakarta
    now = midnight + timedelta(hours=hour, minutes=minute)

    assert purchase_routes.is_closed(option, now=now) == closed
