"""Who holds what, whom the store blocks, and what nobody can use."""

from datetime import timedelta

import pytest

from inventory.models import SupplierAccount
from payments.dashboard import buyers
from payments.models import Order, PaymentMethod
from payments.services.orders import checkout
from ppob.kit import clock
from security.models import AuditEntry
from tenants.models import Customer
from tenants.services import customers
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.inventory.suppliers import make_account
from tests.payments.acts import pending

HOLDS = "/toko/arcadia/pesanan/ditahan/"
BLOCKED = "/toko/arcadia/pembeli/diblokir/"
QUEUE = "/toko/arcadia/uang/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


@pytest.fixture
def bima(in_arcadia):
    return make_customer("bima")


@pytest.fixture
def product(in_arcadia):
    return make_product(name="Steam Wallet", codes=30)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_unpaid_orders_are_shown_by_buyer_with_what_they_hold(
    english, ayu, bima, product
):
    first = make_order(product, customer=ayu, quantity=3)
    second = make_order(product, customer=ayu)
    other = make_order(product, customer=bima)
    ended = make_order(product, customer=bima)
    checkout.cancel_order(order_id=ended.pk, actor="discord:1", now=NOON)
    pending(second, method=make_transfer_method(name="BNI"))

    words = text_of(english.get(HOLDS))

    mine, theirs = words.split("@ayu")[1].split("@bima")
    assert "2 unpaid orders, 4 in stock held" in mine
    assert "1 unpaid order, 1 in stock held" in theirs
    assert first.code in mine
    assert "3 × Steam Wallet" in mine
    assert "not chosen yet" in mine
    assert "BNI" in mine
    assert other.code in theirs
    assert ended.code not in words


def test_the_list_is_searched_and_paged_by_key(
    english, ayu, bima, product, monkeypatch
):
    monkeypatch.setattr(buyers, "PAGE", 2)
    mine = [make_order(product, customer=ayu) for _ in range(2)]
    theirs = [make_order(product, customer=bima) for _ in range(2)]

    page = english.get(HOLDS)
    after = f"{ayu.pk}-{mine[0].pk}"
    rest = english.get(HOLDS, {"sesudah": after})
    found = english.get(HOLDS, {"cari": "bim"})

    assert [order.code in text_of(page) for order in mine + theirs] == [
        True,
        True,
        False,
        False,
    ]
    assert f"sesudah={after}" in page.content.decode()
    assert [order.code in text_of(rest) for order in mine + theirs] == [
        False,
        False,
        True,
        True,
    ]
    assert "@ayu" not in text_of(found)
    assert "@bima" in text_of(found)


@pytest.mark.parametrize("key", ["x", "1", "1-2-3", "１-1", "9" * 30 + "-1", "-1", "-"])
def test_an_odd_key_is_the_first_page(english, ayu, product, key):
    order = make_order(product, customer=ayu)

    page = english.get(HOLDS, {"sesudah": key})

    assert page.status_code == 200
    assert order.code in text_of(page)


def test_nobody_holds_anything(english, in_arcadia):
    assert "Nobody holds anything" in text_of(english.get(HOLDS))


def test_a_seller_blocks_and_unblocks_a_buyer(english, ayu, bima, product):
    make_order(product, customer=ayu)
    page = english.get(HOLDS).content.decode()
    address = f"/toko/arcadia/pembeli/{ayu.public_id}/blokir/"
    assert f'action="{address}"' in page

    answer = english.post(address, {"reason": "  never   pays "}, follow=True)

    words = text_of(answer)
    assert "ayu is blocked." in words
    assert "Blocked since" in words
    assert "never pays" in words
    assert fresh(ayu).blocked_reason == "never pays"
    assert fresh(bima).blocked_at is None
    listed = text_of(english.get(BLOCKED))
    assert "@ayu" in listed
    assert "@bima" not in listed
    assert "Blocked" in text_of(english.get(HOLDS))

    undo = f"/toko/arcadia/pembeli/{ayu.public_id}/buka/"
    words = text_of(english.post(undo, follow=True))

    assert "ayu may order again." in words
    assert fresh(ayu).blocked_at is None
    assert "Nobody is blocked" in text_of(english.get(BLOCKED))
    done = list(AuditEntry.objects.order_by("pk").values_list("action", "reason"))
    assert done == [("customer.blocked", "never pays"), ("customer.unblocked", "")]
    history = text_of(english.get("/toko/arcadia/pengaturan/riwayat/"))
    assert "Buyer blocked" in history


def test_a_cashier_sees_holds_and_has_no_button_to_block(in_arcadia, ayu, product):
    order = make_order(product, customer=ayu)
    cashier = browser_of(make_member(Role.CASHIER))

    page = cashier.get(HOLDS).content.decode()
    answer = cashier.post(f"/toko/arcadia/pembeli/{ayu.public_id}/blokir/")

    assert order.code in page
    assert "blokir/" not in page.replace("diblokir/", "")
    assert answer.status_code == 403
    assert fresh(ayu).blocked_at is None


def test_a_hold_is_ended_from_the_list(english, ayu, bima, product):
    mine, theirs = make_order(product, customer=ayu), make_order(product, customer=bima)
    address = f"/toko/arcadia/pesanan/{mine.public_id}/batal/"
    assert f'action="{address}"' in english.get(HOLDS).content.decode()

    english.post(address)

    assert (fresh(mine).status, fresh(theirs).status) == (
        "cancelled",
        "awaiting_payment",
    )


def test_blocked_buyers_are_paged(english, in_arcadia, owner, monkeypatch):
    monkeypatch.setattr(buyers, "PAGE", 2)
    made = [make_customer(f"buyer{number}") for number in range(3)]
    for buyer in made:
        customers.block(actor=owner, customer=buyer, reason="", now=NOON)

    first = english.get(BLOCKED)
    second = english.get(BLOCKED, {"sebelum": made[1].pk})

    assert "@buyer2" in text_of(first)
    assert "@buyer0" not in text_of(first)
    assert f"sebelum={made[1].pk}" in first.content.decode()
    assert "@buyer0" in text_of(second)
    assert "@buyer2" not in text_of(second)


# --- Providers that need a person ---


def mark(row, trouble, *, at=None):
    type(row).objects.filter(pk=row.pk).update(
        trouble=trouble, trouble_at=at or clock.now()
    )


def test_troubled_ways_to_pay_wait_in_the_queue_until_somebody_looked(
    english, in_arcadia
):
    odd, locked = make_gateway_method(), make_gateway_method()
    fine = make_transfer_method(name="BNI")
    mark(odd, "odd")
    mark(locked, "keys", at=clock.now() - timedelta(hours=25))

    words = text_of(english.get(QUEUE))
    listed = text_of(english.get("/toko/arcadia/pembayaran/"))

    assert "Sent messages that cannot be used" in words
    assert "The keys do not work" in words
    assert "Overdue" in words
    assert "BNI" not in words
    assert "The keys do not work" in listed

    for method in (odd, locked, fine):
        english.post(f"/toko/arcadia/pembayaran/{method.public_id}/dilihat/")

    assert dict(PaymentMethod.objects.values_list("pk", "trouble")) == {
        odd.pk: "",
        locked.pk: "keys",  # looking does not mend keys
        fine.pk: "",
    }
    assert AuditEntry.objects.filter(action="method.seen").count() == 1


def test_a_troubled_supplier_waits_in_the_queue_until_somebody_looked(
    english, in_arcadia
):
    account = make_account()
    mark(account, "odd")
    assert account.username in text_of(english.get(QUEUE))

    english.post(f"/toko/arcadia/pemasok/{account.public_id}/dilihat/")

    assert SupplierAccount.objects.get().trouble == ""
    assert account.username not in text_of(english.get(QUEUE))


def test_orders_link_to_who_holds_what_and_to_their_buyer(english, ayu, product):
    order = make_order(product, customer=ayu)

    orders = english.get("/toko/arcadia/pesanan/").content.decode()
    page = english.get(f"/toko/arcadia/pesanan/{order.public_id}/").content.decode()

    assert f'href="{HOLDS}"' in orders
    assert f'href="/toko/arcadia/saldo/{ayu.public_id}/"' in page
    assert Customer.objects.count() == Order.objects.count() == 1
