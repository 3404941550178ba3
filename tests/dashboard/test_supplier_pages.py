"""Suppliers as a seller meets them: connected, read, sold from; costs and keys kept."""

import pytest
from django.test import override_settings

from catalog.models import Product
from inventory.models import DepositHold, SupplierAccount, SupplierProduct
from inventory.services import price_sync
from inventory.simulator.client import SupplierControl
from inventory.simulator.server import make_app
from inventory.suppliers import registry
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI, TOKO_RIZKY
from ppob.kit import clock
from ppob.local.simulators.serving import serving
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import open_form
from tests.factories import make_member, make_product
from tests.inventory.contract.stage import account_of
from tests.inventory.suppliers import make_account, make_topup, map_product

LIST = "/toko/arcadia/pemasok/"
CONNECT = f"{LIST}tambah/digiflazz/"
KEYS = {
    "mode": "test",
    "username": TOKO_RIZKY.username,
    "api_key": TOKO_RIZKY.api_key,
    "webhook_secret": TOKO_RIZKY.webhook_secret,
}
SECRETS = (TOKO_RIZKY.api_key, TOKO_RIZKY.webhook_secret)


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def control(tmp_path):
    """The simulated supplier, and its buttons."""
    with (
        serving(lambda: make_app(folder=tmp_path)) as address,
        override_settings(SUPPLIER_SIMULATOR_URL=address),
    ):
        found = SupplierControl(address, "digiflazz")
        yield found
        found.close()


def page_of(account) -> str:
    return f"{LIST}{account.public_id}/"


def errors_at(response, field) -> list[str]:
    return [str(error) for error in response.context["form"].errors.get(field, [])]


def costless(role=Role.CASHIER):
    browser = browser_of(make_member(role))
    browser.cookies["django_language"] = "en"
    return browser


# --- Connecting -----------------------------------------------------------------------


def test_a_store_without_suppliers_is_offered_some(english):
    words = text_of(english.get(LIST))

    assert "No supplier yet" in words
    assert "Digiflazz" in words


def test_an_account_that_works_is_connected_and_its_keys_are_never_seen_again(
    english, control, jobs
):
    done = english.post(CONNECT, KEYS, follow=True)

    account = SupplierAccount.objects.get()
    assert "Connected. The price list is being read" in text_of(done)
    assert "Rp 1.000.000" in text_of(done)
    lists = ["inventory.sync_prices", "inventory.sync_bills"]
    assert [name for name, _arguments in jobs.waiting] == lists
    pages = (LIST, page_of(account), f"{page_of(account)}kunci/")
    html = done.content.decode() + "".join(
        english.get(page).content.decode() for page in pages
    )
    assert not [secret for secret in SECRETS if secret in html]
    assert account.username in html


@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.code)
def test_each_supplier_can_be_connected_with_what_its_page_shows(
    english, control, jobs, spec
):
    place = f"{LIST}tambah/{spec.code}/"
    keys = spec.demo_keys["toko-rizky"]
    shown = text_of(english.get(place))
    assert all(str(key.label) in shown for key in spec.keys)
    assert all(str(key.hint) in shown for key in spec.keys)

    done = english.post(place, {"mode": "test", **keys}, follow=True)

    account = SupplierAccount.objects.get()
    assert (account.kind, account.deposit) == (spec.code, 1_000_000)
    assert account.username == keys[spec.account_key.name]
    secrets = [keys[key.name] for key in spec.keys if key.is_secret]
    assert not [secret for secret in secrets if secret in done.content.decode()]
    assert bool(jobs.waiting) is spec.tells_prices


def test_where_no_prices_are_told_goods_are_entered_and_changed(english, control, jobs):
    account = account_of(registry.spec_of("apigames"))
    assert "This supplier tells no prices." in text_of(english.get(page_of(account)))
    goods = {"name": "86 Diamonds", "brand": "Mobile Legends", "cost": "18.700"}
    typed = {"sku": "ML86", "is_available": "on", **goods}

    done = english.post(f"{page_of(account)}barang/", typed, follow=True)

    assert "Entered. Tick it to sell it." in text_of(done)
    assert "Rp 18.700" in text_of(done)
    option = SupplierProduct.objects.get()
    place = f"{LIST}barang/{option.public_id}/ubah/"
    english.post(place, {**open_form(english, place), "cost": "19rb"})
    option.refresh_from_db()
    assert (option.cost, option.is_available, option.sku) == (19_000, True, "ML86")


def test_where_a_list_is_read_there_is_nothing_to_enter(english):
    account = make_account()
    option = map_product(None, account)

    for place in (
        f"{page_of(account)}barang/",
        f"{LIST}barang/{option.public_id}/ubah/",
    ):
        assert english.get(place).status_code == 404
        assert english.post(place, {"name": "x", "cost": "1"}).status_code == 404
    assert "barang/ubah" not in english.get(page_of(account)).content.decode()


def test_an_empty_deposit_is_told_at_once(english, control, jobs):
    control.switch(balance={TOKO_RIZKY.username: 0})

    done = english.post(CONNECT, KEYS, follow=True)

    assert "The deposit there is Rp 0" in text_of(done)
    assert SupplierAccount.objects.get().deposit == 0


def test_where_everything_is_simulated_the_page_says_what_to_try(english, settings):
    assert all(secret in english.get(CONNECT).content.decode() for secret in SECRETS)

    settings.IS_SIMULATED = False

    page = english.get(CONNECT).content.decode()
    assert not any(secret in page for secret in SECRETS)


def test_a_wrong_key_is_told_at_its_field_and_not_written_back(english, control):
    typed = {"api_key": "dev-somebody-elses", "webhook_secret": "hook-as-typed"}
    answer = english.post(CONNECT, KEYS | typed)

    assert errors_at(answer, "api_key") == [
        "The supplier does not know this account or key. Copy both again."
    ]
    html = answer.content.decode()
    assert not [secret for secret in typed.values() if secret in html]
    assert not SupplierAccount.objects.exists()


def test_a_key_of_the_other_mode_is_told_at_its_field_without_a_call(english):
    answer = english.post(CONNECT, KEYS | {"api_key": "live-key"})

    assert "test keys are for test mode" in errors_at(answer, "api_key")[0]
    assert not SupplierAccount.objects.exists()


def test_a_refused_address_names_the_one_to_allow(english, control, settings):
    settings.OUTGOING_ADDRESS = "203.0.113.7"
    control.switch(refuses_addresses=True)
    assert "203.0.113.7" in text_of(english.get(CONNECT))

    answer = english.post(CONNECT, KEYS)

    [refusal] = errors_at(answer, "__all__")
    assert "takes no requests from this server" in refusal
    assert not SupplierAccount.objects.exists()


def test_a_silent_supplier_is_not_a_wrong_key(english, settings):
    settings.SUPPLIER_SIMULATOR_URL = "http://127.0.0.1:9"

    answer = english.post(CONNECT, KEYS)

    assert answer.status_code == 200
    assert errors_at(answer, "api_key") == []
    assert len(errors_at(answer, "__all__")) == 1
    assert not SupplierAccount.objects.exists()


def test_an_account_is_connected_once(english, control, jobs):
    english.post(CONNECT, KEYS)

    again = english.post(CONNECT, KEYS)

    assert errors_at(again, "username") == ["This account is connected already."]
    assert SupplierAccount.objects.count() == 1


@pytest.mark.parametrize("code", ["nobody", "tripay", "DIGIFLAZZ"])
def test_a_supplier_that_is_not_offered_has_no_page(english, code):
    assert english.get(f"{LIST}tambah/{code}/").status_code == 404


# --- Keys -----------------------------------------------------------------------------


def test_new_keys_are_used_once_they_work(english, control, jobs):
    english.post(CONNECT, KEYS)
    account = SupplierAccount.objects.get()
    address = f"{page_of(account)}kunci/"

    wrong = english.post(address, {"api_key": "dev-wrong"})
    empty = english.post(address, {"api_key": "", "webhook_secret": ""})
    right = english.post(address, {"api_key": TOKO_RIZKY.api_key}, follow=True)

    assert errors_at(wrong, "api_key") != []
    assert errors_at(empty, "api_key") == ["Enter at least one new key."]
    assert "The new keys work and are in use." in text_of(right)
    account.refresh_from_db()
    # What was left empty stays; a wrong key has replaced nothing.
    assert TOKO_RIZKY.webhook_secret in account.credentials.reveal()
    assert TOKO_RIZKY.api_key in account.credentials.reveal()
    deeds = AuditEntry.objects.filter(action="supplier.keys_changed")
    assert deeds.count() == 1
    assert TOKO_RIZKY.api_key not in str(vars(deeds.get()))


def test_keys_of_another_account_are_not_this_ones(english, control, jobs):
    """Its user name stays: somebody else's key does not open it."""
    english.post(CONNECT, KEYS)
    account = SupplierAccount.objects.get()
    before = account.credentials.reveal()

    answer = english.post(f"{page_of(account)}kunci/", {"api_key": TOKO_DEWI.api_key})

    assert errors_at(answer, "api_key") != []
    account.refresh_from_db()
    assert account.credentials.reveal() == before


# --- Order, switches, deposit ---------------------------------------------------------


def test_the_seller_says_which_is_tried_first_and_which_is_not_used(english, owner):
    first, second = (make_account(buyer) for buyer in (TOKO_RIZKY, TOKO_DEWI))
    SupplierAccount.objects.filter(pk=second.pk).update(position=1)

    english.post(f"{page_of(second)}ubah/", {"do": "first"})
    english.post(f"{page_of(first)}ubah/", {"do": "off"})

    found = SupplierAccount.objects.order_by("position")
    assert [(row.pk, row.is_active) for row in found] == [
        (second.pk, True),
        (first.pk, False),
    ]
    page = text_of(english.get(LIST))
    assert page.index(TOKO_DEWI.username) < page.index(TOKO_RIZKY.username)
    assert "Switch on" in page


def test_the_deposit_is_read_on_request_and_shows_what_is_set_aside(
    english, owner, control, jobs
):
    account = make_account()
    assert "not read yet" in text_of(english.get(page_of(account)))

    read = english.post(f"{page_of(account)}baca/", follow=True)

    assert "The deposit was read just now." in text_of(read)
    assert ("inventory.sync_prices", account.pk) in [
        (name, arguments["account_id"]) for name, arguments in jobs.waiting
    ]
    DepositHold.objects.create(
        account=account, holder=account.public_id, amount=18_500, created_at=NOON
    )
    SupplierAccount.objects.filter(pk=account.pk).update(reserved=18_500)
    assert "Rp 18.500 set aside for orders" in text_of(english.get(page_of(account)))


def test_a_price_list_is_not_asked_for_twice_within_five_minutes(
    english, owner, control, jobs
):
    account = make_account(prices_at=clock.now())
    jobs.waiting.clear()

    english.post(f"{page_of(account)}baca/")

    # Only how long the deposit lasts is looked at.
    assert [name for name, _arguments in jobs.waiting] == ["inventory.check_deposit"]


def test_a_supplier_that_does_not_answer_is_no_deposit_of_zero(
    english, owner, settings
):
    settings.SUPPLIER_SIMULATOR_URL = "http://127.0.0.1:9"
    account = make_account(deposit=5_000, deposit_at=NOON, prices_at=clock.now())

    words = text_of(english.post(f"{page_of(account)}baca/", follow=True))

    assert "The supplier did not say what the deposit is." in words
    account.refresh_from_db()
    assert (account.deposit, account.deposit_at) == (5_000, NOON)


# --- Goods ----------------------------------------------------------------------------


@pytest.fixture
def goods(owner, control, jobs):
    """The simulated supplier's price list, read."""
    account = make_account()
    price_sync.sync_prices(account_id=account.pk, now=clock.now())
    return account


def test_goods_are_found_by_words_brand_and_what_is_sold(english, goods):
    map_product(make_topup(name="Mine", price=20_000), goods, sku="OWN", name="Own")
    page = page_of(goods)

    assert "Mobile Legends 86 Diamonds" in text_of(english.get(page))
    assert "Xl 10.000" not in text_of(english.get(page, {"cari": "diamonds"}))
    found = text_of(english.get(page, {"merek": "FREE FIRE"}))
    assert "Free Fire 70 Diamonds" in found
    assert "172 Diamonds" not in found
    sold = text_of(english.get(page, {"dijual": "ya"}))
    assert "Own" in sold
    assert "86 Diamonds" not in sold
    assert "profit Rp 10.000" in sold
    assert "Nothing found" in text_of(english.get(page, {"cari": "zzz"}))


def test_ticked_goods_are_sold_with_a_margin(english, goods):
    option = SupplierProduct.objects.get(sku="ML86")
    form = {"goods": [option.pk], "percent": "8", "is_visible": "on"}

    done = english.post(f"{page_of(goods)}jual/", form, follow=True)

    assert "1 product is for sale now." in text_of(done)
    product = Product.objects.get()
    option.refresh_from_db()
    assert option.product == product
    # 18.500 and 8 per cent are 19.980, rounded up as the store rounds.
    assert (product.cost, product.price) == (18_500, 20_000)
    assert product.category.code == "ML"
    english.post(f"{page_of(goods)}jual/", form)
    assert Product.objects.count() == 1


@pytest.mark.parametrize("percent", ["", "-1", "501", "eight", "1e9"])
def test_a_margin_that_is_none_sells_nothing(english, goods, percent):
    option = SupplierProduct.objects.get(sku="ML86")
    form = {"goods": [option.pk], "percent": percent}

    told = english.post(f"{page_of(goods)}jual/", form, follow=True)

    assert "The margin is from 0 to 500 per cent." in text_of(told)
    assert not Product.objects.exists()


@pytest.mark.parametrize("ticked", [[], ["x"], ["999999999"]])
def test_nothing_that_is_on_the_list_was_ticked(english, goods, ticked):
    form = {"goods": ticked, "percent": "8"}

    english.post(f"{page_of(goods)}jual/", form, follow=True)

    assert not Product.objects.exists()


def test_a_line_is_mapped_to_a_product_with_its_own_notation(english, goods):
    option = SupplierProduct.objects.get(sku="xld10")
    product = make_topup(name="Pulsa 10", price=12_000)
    address = f"{LIST}barang/{option.public_id}/"
    chosen = open_form(english, address) | {"product": product.pk}

    wrong = english.post(address, chosen | {"destination_format": "{zone}"})
    english.post(address, chosen)

    assert errors_at(wrong, "destination_format")[0].startswith("Use only {")
    option.refresh_from_db()
    assert (option.product, option.destination_format) == (product, "")


def test_codes_are_not_offered_and_not_taken_for_a_line(english, goods):
    option = SupplierProduct.objects.get(sku="xld10")
    code = make_product(name="A code")
    address = f"{LIST}barang/{option.public_id}/"
    tab = open_form(english, address)

    answer = english.post(address, tab | {"product": code.pk})

    assert "A code" not in text_of(english.get(address))
    assert errors_at(answer, "product") != []
    option.refresh_from_db()
    assert option.product is None


# --- Who sees what --------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_whoever_may_not_see_costs_sees_no_supplier(owner, role):
    account = make_account(deposit=123_456, deposit_at=NOON)
    option = map_product(make_topup(), account, cost=17_777)
    browser = costless(role)

    pages = [LIST, page_of(account), f"{LIST}barang/{option.public_id}/", CONNECT]
    answers = [browser.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [403] * 4
    html = "".join(answer.content.decode() for answer in answers)
    assert "17.777" not in html
    assert "123.456" not in html
    home = browser.get("/toko/arcadia/produk/").content.decode()
    assert LIST not in home
    assert "17.777" not in home


def test_an_admin_sees_costs_and_maps_but_changes_no_account(owner):
    account = make_account(deposit=123_456, deposit_at=NOON)
    browser = costless(Role.ADMIN)

    page = text_of(browser.get(LIST))

    assert "Rp 123.456" in page
    assert "Switch off" not in page
    assert browser.post(f"{page_of(account)}ubah/", {"do": "off"}).status_code == 403
    assert browser.get(f"{page_of(account)}kunci/").status_code == 403
    assert SupplierAccount.objects.get().is_active
