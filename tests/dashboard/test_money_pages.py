"""Orders, transfers and ways to pay through the browser."""

import json
from datetime import timedelta

import pytest
from django.test import override_settings

from inventory import selectors as inventory
from payments.models import MoneyPolicy, Order, Payment, PaymentMethod, Receipt
from payments.services import ledger
from payments.services.incoming import charges
from payments.services.ledger import wallets
from payments.services.orders import expiry
from payments.states import OrderStatus, PaymentStatus
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from ppob.templatetags import show
from security.models import AuditEntry
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import open_form
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
    make_user,
)

ORDERS = "/toko/arcadia/pesanan/"
METHODS = "/toko/arcadia/pembayaran/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def transfer(in_arcadia) -> Payment:
    """An order of Ayu's that waits for a bank transfer."""
    order = make_order(make_product(codes=1, price=29_000), now=clock.now())
    return charges.choose_method(
        order_id=order.pk,
        method_id=make_transfer_method().public_id,
        now=clock.now(),
    )


def test_orders_are_listed_newest_first(english):
    product = make_product(codes=3, name="Netflix")
    orders = [make_order(product, customer=make_customer(f"b{n}")) for n in range(3)]

    response = english.get(ORDERS)

    page = response.content.decode()
    places = [page.index(str(order.public_id)) for order in orders]
    assert places == sorted(places, reverse=True)
    assert "Rp 10.000" in text_of(response)


def test_orders_are_filtered_and_found(english):
    product = make_product(codes=2)
    first = make_order(product, customer=make_customer("ayu"))
    second = make_order(product, customer=make_customer("bima"))

    by_code = text_of(english.get(f"{ORDERS}?cari=%23{first.code.lower()}"))
    by_name = text_of(english.get(f"{ORDERS}?cari=bim"))
    paid = text_of(english.get(f"{ORDERS}?status=paid"))
    nonsense = english.get(f"{ORDERS}?status=nonsense&sebelum=abc")

    assert first.code in by_code
    assert second.code not in by_code
    assert second.code in by_name
    assert first.code not in by_name
    assert "No orders here" in paid
    assert first.code in text_of(nonsense)


def test_orders_are_paged_by_key(english, monkeypatch):
    monkeypatch.setattr("payments.dashboard.orders.PAGE", 2)
    product = make_product(codes=3)
    orders = [make_order(product, customer=make_customer(f"b{n}")) for n in range(3)]

    first = text_of(english.get(ORDERS))
    second = text_of(english.get(f"{ORDERS}?sebelum={orders[1].pk}"))

    assert "Older" in first
    assert orders[0].code not in first
    assert orders[0].code in second
    assert orders[2].code not in second
    assert "Newest" in second


def test_an_order_shows_what_happened(english, transfer):
    words = text_of(english.get(f"{ORDERS}{transfer.order.public_id}/"))

    assert "Rp 29.000" in words
    assert transfer.reference in words
    assert "Awaiting payment" in words
    assert "did exactly" in words


def test_a_confirmed_transfer_pays_the_order(english, transfer):
    response = english.post(f"/toko/arcadia/transfer/{transfer.public_id}/terima/")

    assert response.url == f"{ORDERS}{transfer.order.public_id}/"
    transfer.refresh_from_db()
    assert transfer.status == PaymentStatus.SETTLED
    assert Order.objects.get().status == OrderStatus.PAID


def test_confirming_twice_says_so_and_changes_nothing(english, transfer):
    address = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"
    english.post(address)

    again = english.post(address, follow=True)

    assert "This transfer was confirmed before" in text_of(again)
    assert Payment.objects.count() == 1


def test_a_rejected_transfer_leaves_the_order_unpaid(english, transfer):
    english.post(
        f"/toko/arcadia/transfer/{transfer.public_id}/tolak/", {"reason": "kosong"}
    )

    transfer.refresh_from_db()
    assert transfer.status == PaymentStatus.FAILED
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT


def test_more_than_was_asked_pays_and_the_rest_is_the_buyers(english, transfer):
    address = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"

    done = english.post(
        address, {"received": f"{transfer.amount + 5_000}"}, follow=True
    )

    assert "is paid. The Rp 5.000 too much belong to the buyer" in text_of(done)
    assert Order.objects.get().status == OrderStatus.PAID
    buyer = transfer.order.customer
    assert ledger.wallet_balance(buyer.pk) == 5_000 + transfer.unique_code


@pytest.mark.parametrize(("keeps_balances", "balance"), [(True, 20_000), (False, 0)])
def test_less_than_was_asked_does_not_pay(english, transfer, keeps_balances, balance):
    MoneyPolicy.objects.create(wallet_is_on=keeps_balances)
    address = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"

    done = english.post(address, {"received": "20rb"}, follow=True)

    order = transfer.order
    missing = f"Rp {order.total - 20_000:,}".replace(",", ".")
    assert (
        f"Written down: Rp 20.000. {missing} are missing; {order} is paid as soon as "
        "they come."
    ) in text_of(done)
    assert "Yes, it came in" not in text_of(done)
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    assert ledger.wallet_balance(transfer.order.customer_id) == balance


def test_the_page_of_an_order_names_who_wrote_a_transfer_down(
    english, owner, transfer, in_arcadia
):
    make_member(user=make_user(display_name="Somebody Else"))
    address = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"

    english.post(address, {"received": "20rb"})
    page = text_of(english.get(f"{ORDERS}{transfer.order.public_id}/"))

    receipt = Receipt.objects.get()
    assert receipt.recorded_by == owner.name
    written = show.moment(receipt.received_at)
    assert f"Rp 20.000 {written} · {owner.user}" in page
    assert "Somebody Else" not in page


@pytest.mark.parametrize("typed", ["", "0", "-5", "1,5", "banyak", "9" * 12])
def test_an_amount_that_is_none_changes_nothing(english, transfer, typed):
    address = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"

    refused = english.post(address, {"received": typed}, follow=True)

    assert "Enter a whole amount" in text_of(refused)
    transfer.refresh_from_db()
    assert transfer.status == PaymentStatus.PENDING
    assert ledger.wallet_balance(transfer.order.customer_id) == 0


def test_a_transfer_that_comes_late_can_still_be_confirmed(english, transfer):
    later = transfer.expires_at + timedelta(minutes=1)
    expiry.expire_order(order_id=transfer.order_id, now=later)
    page = f"{ORDERS}{transfer.order.public_id}/"
    assert "It came in after all" in text_of(english.get(page))

    english.post(f"/toko/arcadia/transfer/{transfer.public_id}/terima/")

    assert Order.objects.get().status == OrderStatus.PAID


def test_a_cancelled_order_gives_its_code_back(english, transfer):
    address = f"{ORDERS}{transfer.order.public_id}/batal/"

    done = english.post(address, follow=True)

    assert "was cancelled" in text_of(done)
    order = Order.objects.get()
    assert order.status == OrderStatus.CANCELLED
    product_id = order.lines.get().product_id
    assert inventory.available([product_id]) == {product_id: 1}
    again = english.post(address, follow=True)
    assert "was cancelled" not in text_of(again)
    [entry] = AuditEntry.objects.filter(action="order.cancelled")
    assert entry.object == f"order:{order.public_id}"
    assert Order.objects.get().status == OrderStatus.CANCELLED


@pytest.mark.parametrize("page", ["pesanan", "saldo", "produk"])
def test_a_search_for_what_no_text_can_hold_is_refused(english, page):
    answer = english.get(f"/toko/arcadia/{page}/", {"cari": "a\x00b"})

    assert answer.status_code == 400
    assert "cannot be kept" in text_of(answer)


def test_a_cashier_confirms_and_a_viewer_only_looks(in_arcadia, transfer):
    address = f"{ORDERS}{transfer.order.public_id}/"
    deed = f"/toko/arcadia/transfer/{transfer.public_id}/terima/"
    viewer = browser_of(make_member(Role.VIEWER))
    cashier = browser_of(make_member(Role.CASHIER))

    assert deed not in viewer.get(address).content.decode()
    assert viewer.post(deed).status_code == 403
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    assert deed in cashier.get(address).content.decode()
    cashier.post(deed)
    assert Order.objects.get().status == OrderStatus.PAID


def test_another_stores_payment_cannot_be_confirmed(english, borealis):
    with tenant_scope(borealis.pk):
        order = make_order(make_product(codes=1), now=clock.now())
        payment = charges.choose_method(
            order_id=order.pk,
            method_id=make_transfer_method().public_id,
            now=clock.now(),
        )

    response = english.post(f"/toko/arcadia/transfer/{payment.public_id}/terima/")

    assert response.status_code == 404
    with tenant_scope(borealis.pk):
        assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT


ACCOUNT = {
    "provider": "BCA",
    "account_number": "123-456 7890",
    "account_name": "Rizky Pratama",
    "hold_secs": "3600",
    "instructions": "",
}


def test_a_bank_account_becomes_a_way_to_pay(english):
    response = english.post(f"{METHODS}rekening/", ACCOUNT)

    assert response.url == METHODS
    method = PaymentMethod.objects.get()
    assert method.details["account_number"] == "1234567890"
    assert "1234567890" in text_of(english.get(METHODS))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("account_number", "12ab", "An account number has 6 to 20 digits"),
        ("account_name", "X", "Enter the account holder's name"),
        ("provider", "Bank Mars", "Select a valid choice"),
        ("hold_secs", "5", "Select a valid choice"),
        ("instructions", "x" * 1501, "at most 1500 characters"),
    ],
)
def test_a_wrong_account_is_refused_at_its_field(english, field, value, sentence):
    response = english.post(f"{METHODS}rekening/", ACCOUNT | {field: value})

    assert sentence in text_of(response)
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not PaymentMethod.objects.exists()


GATEWAY = {
    "mode": "test",
    "merchant_code": "T10001",
    "api_key": "DEV-very-secret-key",
    "private_key": "very-private-key",
    "hold_secs": "900",
    "instructions": "",
}


def test_gateway_keys_are_never_shown_again(english):
    response = english.post(f"{METHODS}baru/tripay/", GATEWAY, follow=True)

    assert PaymentMethod.objects.get().is_test
    for page in (response, english.get(METHODS), english.get(f"{METHODS}baru/tripay/")):
        assert "very-secret-key" not in page.content.decode()
        assert "very-private-key" not in page.content.decode()


def test_refused_keys_are_not_sent_back_in_the_form(english):
    response = english.post(f"{METHODS}baru/tripay/", GATEWAY | {"mode": "live"})

    page = response.content.decode()
    assert "do not belong to the chosen mode" in text_of(response)
    assert "very-secret-key" not in page
    assert "very-private-key" not in page
    assert not PaymentMethod.objects.exists()


PLAY_MONEY = f"{METHODS}baru/playmoney/"


def test_play_money_asks_for_no_keys_where_everything_is_simulated(english):
    assert PLAY_MONEY in english.get(METHODS).content.decode()
    page = english.get(PLAY_MONEY)
    assert 'type="password"' not in page.content.decode()
    assert "Real money" not in text_of(page)

    response = english.post(
        PLAY_MONEY, {"mode": "test", "hold_secs": "900"}, follow=True
    )

    assert "Buyers can pay this way now." in text_of(response)
    method = PaymentMethod.objects.get()
    assert (method.gateway, method.channel, method.is_test) == (
        "playmoney",
        "page",
        True,
    )


@override_settings(IS_SIMULATED=False)
def test_play_money_does_not_exist_in_production(english):
    assert PLAY_MONEY not in english.get(METHODS).content.decode()

    answer = english.post(PLAY_MONEY, {"mode": "test", "hold_secs": "900"})

    assert answer.status_code == 404
    assert not PaymentMethod.objects.exists()


def test_a_way_to_pay_is_switched_off_and_on(english):
    method = make_gateway_method()
    address = f"{METHODS}{method.public_id}/saklar/"

    english.post(address, {"do": "off"})
    assert not PaymentMethod.objects.get().is_active

    english.post(address, {"do": "on"})
    assert PaymentMethod.objects.get().is_active


def test_the_balance_is_no_way_to_pay_of_the_sellers(english):
    balance = wallets.balance_method(now=clock.now())

    page = english.get(METHODS)

    assert "Saldo" not in text_of(page)
    assert str(balance.public_id) not in page.content.decode()
    assert english.get(f"{METHODS}{balance.public_id}/").status_code == 404
    off = english.post(f"{METHODS}{balance.public_id}/saklar/", {"do": "off"})
    assert off.status_code == 404
    balance.refresh_from_db()
    assert balance.is_active


CORRECTED = {
    "account_number": "999 888 777",
    "account_name": "Rizky P.",
    "hold_secs": "1800",
    "instructions": "Sebut kode",
}


def test_an_account_is_corrected_and_the_change_is_written_down(english, owner):
    method = make_transfer_method()
    address = f"{METHODS}{method.public_id}/"
    tab = open_form(english, address)
    assert tab["account_number"] == "1234567890"

    assert english.post(address, tab | CORRECTED).url == METHODS

    method.refresh_from_db()
    assert method.details == {
        "provider": "BCA",
        "account_number": "999888777",
        "account_name": "Rizky P.",
    }
    assert (method.hold_secs, method.instructions) == (1800, "Sebut kode")
    entry = AuditEntry.objects.get(action="method.changed")
    assert entry.actor == owner.name
    assert entry.before["account_number"] == "1234567890"
    assert entry.after["account_number"] == "999888777"


@pytest.mark.parametrize(
    ("field", "value"),
    [("account_number", "12ab"), ("account_name", "X"), ("hold_secs", "5")],
)
def test_a_wrong_correction_changes_nothing(english, field, value):
    method = make_transfer_method()

    address = f"{METHODS}{method.public_id}/"
    tab = open_form(english, address)

    response = english.post(address, tab | CORRECTED | {field: value})

    assert f'id="id_{field}_error"' in response.content.decode()
    method.refresh_from_db()
    assert method.details["account_number"] == "1234567890"
    assert not AuditEntry.objects.filter(action="method.changed").exists()


KEYS = {
    "merchant_code": "",
    "api_key": "",
    "private_key": "",
    "hold_secs": "900",
    "instructions": "",
}


def test_a_new_key_replaces_only_itself_and_is_never_shown(english):
    method = make_gateway_method()
    address = f"{METHODS}{method.public_id}/"

    tab = open_form(english, address)
    english.post(address, tab | KEYS | {"private_key": "brand-new-private"})

    stored = json.loads(PaymentMethod.objects.get().credentials.reveal())
    assert stored == {
        "merchant_code": "T10001",
        "api_key": "DEV-key",
        "private_key": "brand-new-private",
    }
    entry = AuditEntry.objects.get(action="method.changed")
    assert entry.data["new_keys"] is True
    for shown in (str(entry.__dict__), english.get(address).content.decode()):
        assert "brand-new-private" not in shown
        assert "DEV-key" not in shown


def test_keys_of_the_other_mode_are_refused_and_not_sent_back(english):
    method = make_gateway_method()

    address = f"{METHODS}{method.public_id}/"
    tab = open_form(english, address)

    refused = english.post(address, tab | KEYS | {"api_key": "live-secret-key"})

    assert "do not belong to the chosen mode" in text_of(refused)
    assert "live-secret-key" not in refused.content.decode()
    stored = json.loads(PaymentMethod.objects.get().credentials.reveal())
    assert stored["api_key"] == "DEV-key"


def test_another_stores_method_cannot_be_changed(english, borealis):
    with tenant_scope(borealis.pk):
        method = make_transfer_method()

    answer = english.post(f"{METHODS}{method.public_id}/", CORRECTED)

    assert answer.status_code == 404
    with tenant_scope(borealis.pk):
        method.refresh_from_db()
        assert method.details["account_number"] == "1234567890"
