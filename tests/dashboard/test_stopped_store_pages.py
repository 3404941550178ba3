"""What staff of a stopped store can do in the browser, and what they are told."""

import pytest

from payments.models import MoneyPolicy, PaymentMethod
from payments.services.incoming.methods import add_gateway
from ppob.kit import clock
from security.models import AuditEntry
from tenants.services import suspension
from tests.conftest import NOON
from tests.dashboard.conftest import text_of
from tests.dashboard.editing import open_form
from tests.dashboard.money import make_delivered, make_transfer, make_unapplied
from tests.factories import (
    gateway_draft,
    make_customer,
    make_gateway_method,
    make_order,
    make_product,
    make_transfer_method,
)

METHODS = "/toko/arcadia/pembayaran/"
TOLD = "This store is suspended, so this cannot be done."


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def stopped(in_arcadia):
    def stop() -> None:
        suspension.suspend_store(tenant_id=in_arcadia.pk, actor="staff", now=NOON)

    return stop


def switch(method: PaymentMethod) -> str:
    return f"{METHODS}{method.public_id}/saklar/"


def test_no_account_that_money_goes_to_is_changed(english, stopped):
    method, off = make_transfer_method(), make_transfer_method(is_active=False)
    address = f"{METHODS}{method.public_id}/"
    tab = open_form(english, address)
    stopped()
    deeds = AuditEntry.objects.count()

    changed = english.post(address, tab | {"account_number": "999888777"})
    added = english.post(
        f"{METHODS}rekening/",
        {
            "provider": "BCA",
            "account_number": "999888777",
            "account_name": "Somebody",
            "hold_secs": "3600",
        },
    )
    switched = english.post(
        f"{METHODS}{off.public_id}/saklar/", {"do": "on"}, follow=True
    )

    for answer in (changed, added, switched):
        assert TOLD in text_of(answer)
    assert PaymentMethod.objects.count() == 2
    method.refresh_from_db()
    off.refresh_from_db()
    assert (method.details["account_number"], off.is_active) == ("1234567890", False)
    assert AuditEntry.objects.count() == deeds


def test_no_limit_is_raised(english, stopped):
    tab = open_form(english, "/toko/arcadia/saldo/batas/")
    stopped()

    answer = english.post("/toko/arcadia/saldo/batas/", tab | {"wallet_limit": "9jt"})

    assert TOLD in text_of(answer)
    assert not MoneyPolicy.objects.exists()


def test_no_code_is_opened_by_staff(english, stopped):
    order = make_delivered()
    stopped()

    answer = english.post(
        f"/toko/arcadia/pesanan/{order.public_id}/kode/",
        {"reason": "the buyer says that it does not work"},
    )

    assert TOLD in text_of(answer)
    assert "CODE-" not in answer.content.decode()
    assert not AuditEntry.objects.filter(action="codes.revealed_by_staff").exists()


def test_money_that_came_is_confirmed_and_given_back(english, stopped):
    payment = make_transfer()
    money = make_unapplied(make_transfer(40_000, customer=make_customer("citra")))
    stopped()

    english.post(f"/toko/arcadia/transfer/{payment.public_id}/terima/")
    english.post(f"/toko/arcadia/uang/{money.public_id}/kembali/", {"note": "BCA 123"})

    payment.refresh_from_db()
    money.refresh_from_db()
    assert (payment.status, money.status) == ("settled", "returned")


# --- Test money in the browser --------------------------------------------------------


def test_a_sandbox_in_a_live_store_says_why_it_is_off(english, owner, settings):
    settings.IS_SIMULATED = False
    draft = gateway_draft()
    method = add_gateway(actor=owner, draft=draft, now=NOON)

    words = text_of(english.get(METHODS))
    refused = english.post(
        f"{METHODS}{method.public_id}/saklar/", {"do": "on"}, follow=True
    )

    assert "Test money is not real: buyers cannot pay this way." in words
    assert "Switch on" not in words
    assert "is in test mode: its money is not real" in text_of(refused)
    method.refresh_from_db()
    assert not method.is_active


def test_a_sandbox_that_is_entered_in_a_live_store_is_kept_switched_off(
    english, settings
):
    settings.IS_SIMULATED = False

    answer = english.post(
        f"{METHODS}baru/tripay/",
        {
            "mode": "test",
            "merchant_code": "T1",
            "api_key": "DEV-key",
            "private_key": "private",
            "hold_secs": "900",
        },
        follow=True,
    )

    assert "Saved, and switched off" in text_of(answer)
    assert not PaymentMethod.objects.get().is_active


def test_an_order_of_test_money_is_marked_and_is_not_in_todays_figures(english):
    method = make_gateway_method()
    order = make_order(
        make_product(price=29_000, codes=1), method=method, now=clock.now()
    )

    words = text_of(english.get("/toko/arcadia/"))

    assert f"{order} " in words
    assert "Awaiting payment Test" in words
    assert "0 Orders today" in words
