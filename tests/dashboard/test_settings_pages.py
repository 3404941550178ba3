"""The store's own settings and its staff through the browser."""

from datetime import UTC, datetime

import pytest

from payments.models import Order
from security.models import AuditEntry
from tenants.models import Tenant
from tests.dashboard.conftest import text_of
from tests.dashboard.editing import seen_at
from tests.factories import make_order, make_product

SETTINGS = "/toko/arcadia/pengaturan/"
DRAFT = {
    "name": "Arcadia Baru",
    "time_zone": "Asia/Makassar",
    "language": "en",
    "deposit_alert_hours": "6",
}


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def test_the_store_is_renamed_and_its_address_stays(english, owner):
    response = english.post(SETTINGS, DRAFT | seen_at(english, SETTINGS))

    assert response.url == SETTINGS
    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.time_zone, tenant.language, tenant.slug) == (
        "Arcadia Baru",
        "Asia/Makassar",
        "en",
        "arcadia",
    )
    assert tenant.deposit_alert_hours == 6
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("store.changed", owner.name)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "x", "Enter a name of 2 to 80 characters"),
        ("name", "", "This field is required"),
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("language", "xx", "Select a valid choice"),
        ("deposit_alert_hours", "0", "greater than or equal to 1"),
        ("deposit_alert_hours", "73", "less than or equal to 72"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(english, field, value, sentence):
    response = english.post(SETTINGS, DRAFT | {field: value})

    assert sentence in text_of(response)
    assert Tenant.objects.get().name == "Arcadia"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Jakarta", "12:00"), ("Asia/Jayapura", "14:00")]
)
def test_times_are_shown_in_the_stores_zone(english, in_arcadia, zone, shown):
    order = make_order(make_product(codes=1))
    Order.objects.update(created_at=datetime(2026, 3, 14, 5, 0, tzinfo=UTC))
    Tenant.objects.update(time_zone=zone)

    words = text_of(english.get(f"/toko/arcadia/pesanan/{order.public_id}/"))

    assert f"14 Mar, {shown}" in words or f"14 Mar 2026, {shown}" in words


def test_staff_and_roles_are_listed(english, owner):
    words = text_of(english.get("/toko/arcadia/staf/"))

    assert str(owner.user) in words
    assert "Confirm payments" in words
