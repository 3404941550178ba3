"""The pages' scripts and styles in a real browser, on a phone and on a computer."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from catalog.models import Product
from ppob.asgi import application
from ppob.kit.scope import tenant_scope
from tests.dashboard.test_every_page import LISTS, address
from tests.factories import add_codes, make_product
from tests.payments.racing import own_connection

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PHONE = {"width": 390, "height": 844}
COMPUTER = {"width": 1280, "height": 800}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="no chromium here"),
]


class Site:
    """The product's web process, in a thread; it can be stopped and started again."""

    def __init__(self) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            application,
            host="127.0.0.1",
            port=self.port,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


@pytest.fixture
def site(db, settings) -> Iterator[Site]:
    settings.WHITENOISE_USE_FINDERS = True
    settings.CONTENT_SECURITY_POLICY = policy_for_any_port(settings)
    running = Site()
    settings.SOCKET_ORIGINS = [running.url, f"http://localhost:{running.port}"]
    running.start()
    yield running
    running.stop()


def policy_for_any_port(settings) -> dict:
    """The real policy, whose address of sockets is that of the usual port."""
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"] | {"connect-src": ["'self'", "ws:"]}
    return policy | {"DIRECTIVES": directives}


@pytest.fixture
def window(owner, site) -> Iterator[Page]:
    """A signed-in window; any complaint of the browser fails the test."""
    session = Client()
    session.force_login(owner.user)
    cookie = session.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(base_url=site.url, viewport=COMPUTER)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": site.url}
                for name, value in (
                    (settings.SESSION_COOKIE_NAME, cookie),
                    (settings.LANGUAGE_COOKIE_NAME, "en"),
                )
            ]
        )
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda line: _listen(page, line))
        yield page
        chromium.close()
    assert page.complaints == []


def _listen(page: Page, line) -> None:
    # While the server is away both the browser and htmx say so; that is tested.
    is_away = "ERR_CONNECTION" in line.text or line.text.startswith("htmx:")
    if line.type == "error" and not is_away:
        page.complaints.append(line.text)


@pytest.fixture
def product(in_arcadia) -> Product:
    """Made before the window opens: Playwright's loop keeps the ORM out."""
    return make_product(name="Netflix 1 Bulan Premium 4K", codes=2, minimum_stock=0)


def upload(product: Product, count: int) -> None:
    """Add codes as another process would."""

    def run() -> None:
        with own_connection(), tenant_scope(product.tenant_id):
            add_codes(product, count)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_no_page_is_wider_than_the_phone(product, with_bot, window):
    with_bot()
    window.set_viewport_size(PHONE)

    for name in LISTS:
        window.goto(address(name))
        wide = window.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert (name, wide) == (name, 0)


def test_stock_changes_show_by_themselves_and_ticks_stay(product, window):
    window.goto(address("inventory:product-list"))
    expect(window.locator("[data-live-state][data-state=on]")).to_have_count(1)
    box = window.get_by_label(product.name)
    box.check()

    with window.expect_request("**/produk/*") as asked:
        upload(product, 5)

    expect(window.locator(".product-list-row b")).to_have_text("7")
    # The form's own token has no business in an address.
    assert "?" not in asked.value.url
    expect(box).to_be_checked()


def test_after_the_server_was_away_the_page_catches_up(product, window, site):
    window.goto(address("inventory:product-list"))
    expect(window.locator("[data-live-state][data-state=on]")).to_have_count(1)

    site.stop()
    expect(window.locator("[data-live-state][data-state=off]")).to_have_count(1)
    upload(product, 3)
    site.start()

    expect(window.locator("[data-live-state][data-state=on]")).to_have_count(
        1, timeout=20_000
    )
    expect(window.locator(".product-list-row b")).to_have_text("5")


def test_the_preview_follows_what_is_typed(product, with_bot, window):
    with_bot()
    window.goto(address("bot:add-panel"))

    window.get_by_label("Title", exact=True).fill("Toko Malam")
    window.get_by_label("Text of the Buy button").fill("Ambil")

    preview = window.locator("#preview")
    expect(preview.locator(".dc-title")).to_have_text("Toko Malam")
    expect(preview.locator(".dc-button").first).to_have_text("Ambil")


def test_pasted_codes_are_counted_while_typing(product, window):
    window.goto(f"/toko/arcadia/produk/{product.public_id}/stok/")

    window.locator("#id_codes").fill("A\nB\nB\n\nC\n")

    counter = window.locator("[data-codes-count]")
    expect(counter).to_have_text("3 codes · 1 twice · 1 blank")


def test_the_second_of_two_tabs_is_asked_on_a_phone_and_keeps_both_changes(
    product, window
):
    edit = f"/toko/arcadia/produk/{product.public_id}/"
    window.set_viewport_size(PHONE)
    other = window.context.new_page()
    for tab in (window, other):
        tab.goto(edit)
    other.fill("[name=price]", "Rp 29.000")
    other.click("button:has-text('Save')")

    window.fill("[name=description]", "One line\nand another")
    window.click("button:has-text('Save')")
    asked = window.locator("[data-clash=price]")
    expect(asked).to_contain_text("Rp 29.000")
    expect(asked.locator("[value=newer]")).to_be_checked()
    expect(window.locator("[data-clash=description]")).to_have_count(0)
    assert window.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    window.click("button:has-text('Save')")

    other.goto(edit)
    expect(other.locator("[name=price]")).to_have_value("29000")
    expect(other.locator("[name=description]")).to_have_value("One line\nand another")
