"""A passkey in a real browser: made, and used to prove that it is still you."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from security.freshness import PROOF_KEY
from security.models import Session
from security.session_store import SessionStore
from tests.dashboard.test_in_browser import PHONE, pytestmark, site, window
from tests.payments.racing import own_connection

__all__ = ["pytestmark", "site", "window"]

POLICY = "/toko/arcadia/saldo/batas/"


def elsewhere(work: Callable[[], None]) -> None:
    """Playwright's loop keeps the ORM out of this thread."""

    def run() -> None:
        with own_connection():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def make_stale() -> None:
    for row in Session.objects.filter(user__isnull=False):
        store = SessionStore(row.session_key)
        store[PROOF_KEY] = {**store[PROOF_KEY], "at": "2020-01-01T00:00:00+00:00"}
        store.save()


@pytest.fixture
def phone(window: Page, site) -> Page:
    """The window as a phone with a fingerprint reader, on an address passkeys take."""
    window.set_viewport_size(PHONE)
    home = f"http://localhost:{site.port}"
    cookies = window.context.cookies()
    window.context.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": home} for c in cookies]
    )
    window.home = home
    devtools = window.context.new_cdp_session(window)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return window


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path


def test_a_passkey_is_made_and_used_on_a_phone(phone, settings, pictures):
    settings.SITE_URL = phone.home
    phone.goto(f"{phone.home}/akun/")
    phone.screenshot(path=pictures / "account.png", full_page=True)
    phone.get_by_role("link", name="Passkey").click()
    phone.get_by_label("Name of this passkey").fill("My phone")
    phone.screenshot(path=pictures / "add-passkey.png", full_page=True)
    phone.get_by_role("button", name="Make the passkey").click()
    expect(phone.get_by_role("heading", name="Emergency codes")).to_be_visible()
    expect(phone.locator(".emergency-codes li")).to_have_count(10)
    phone.screenshot(path=pictures / "emergency-codes.png", full_page=True)
    phone.get_by_role("link", name="I have written them down").click()
    expect(phone.get_by_text("My phone")).to_be_visible()

    elsewhere(make_stale)
    phone.goto(f"{phone.home}{POLICY}")
    phone.screenshot(path=pictures / "stale.png", full_page=True)
    phone.get_by_role("link", name="Sign in again before").click()
    expect(phone.get_by_role("heading", name="Is it still you?")).to_be_visible()
    phone.screenshot(path=pictures / "prove.png", full_page=True)
    phone.get_by_role("button", name="Use my passkey").click()

    expect(phone).to_have_url(f"{phone.home}{POLICY}")
    expect(phone.get_by_text("Sign in again before")).to_have_count(0)


def test_an_app_is_offered_with_a_picture_and_a_key(phone, pictures):
    phone.goto(f"{phone.home}/akun/langkah-kedua/aplikasi/")

    expect(phone.get_by_role("img", name="QR code")).to_be_visible()
    size = phone.get_by_role("img", name="QR code").evaluate(
        "image => image.naturalWidth"
    )
    assert size > 0
    phone.screenshot(path=pictures / "add-app.png", full_page=True)
    phone.get_by_text("Type the key by hand").click()
    expect(phone.locator("details code")).to_be_visible()


def test_a_browser_without_passkeys_says_so(phone):
    phone.goto(f"{phone.home}/akun/langkah-kedua/passkey/")
    phone.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new Error()); }"
    )
    phone.get_by_label("Name of this passkey").fill("x")

    phone.get_by_role("button", name="Make the passkey").click()

    expect(phone.get_by_role("alert")).to_be_visible()
