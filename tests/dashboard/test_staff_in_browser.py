"""Inviting somebody and sending them away, in a real browser on a phone."""

import os
import re
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ppob.kit.scope import tenant_scope
from security.models import User
from tenants.models import Member
from tenants.services import members
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of
from tests.dashboard.test_in_browser import PHONE, pytestmark, site, window
from tests.factories import make_member, make_user
from tests.payments.racing import own_connection

__all__ = ["pytestmark", "site", "window"]

STAFF = "/toko/arcadia/staf/"
TWO_FRAMES = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
)
PICTURES = os.environ.get("PPOB_PICTURES", "")


def elsewhere(work: Callable[[], None]) -> None:
    """Playwright's loop keeps the ORM out of this thread."""

    def run() -> None:
        with own_connection():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def picture(page: Page, name: str) -> None:
    """Only when somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def fits(page: Page) -> None:
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) == 0


@pytest.fixture
def partner(in_arcadia) -> Member:
    return make_member(Role.OWNER)


@pytest.fixture
def sari(in_arcadia) -> User:
    return make_user(display_name="Sari")


@pytest.fixture
def cookies_of_sari(sari) -> str:
    member = Member(user=sari)
    return str(browser_of(member).cookies["ppob_session"].value)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_cashier_is_invited_joins_and_is_removed_while_she_looks(
    owner, partner, sari, cookies_of_sari, window, site, until, language
):
    window.set_viewport_size(PHONE)
    speak(window, site, language)
    window.goto(f"{STAFF}undang/")
    fits(window)
    picture(window, f"{language}-1-invite")
    window.locator("input[name=role][value=cashier]").check()
    window.locator("form.form button.button-main").click()
    link = window.locator("#link").input_value()
    assert re.fullmatch(rf"{re.escape(site.url)}/undangan/[\w-]{{43}}/", link)
    fits(window)
    picture(window, f"{language}-2-link")

    hers = window.context.browser.new_context(base_url=site.url, viewport=PHONE)
    page = hers.new_page()
    page.goto(link)
    picture(page, f"{language}-3-sign-in")
    hers.add_cookies(
        [{"name": "ppob_session", "value": cookies_of_sari, "url": site.url}]
    )
    speak(page, site, language)
    page.goto(link)
    fits(page)
    expect(page.locator("h1")).to_contain_text("Arcadia")
    picture(page, f"{language}-4-join")
    page.locator("button.button-main").click()
    page.wait_for_url("**/toko/arcadia/")
    page.goto("/toko/arcadia/pesanan/")
    until(lambda: page.evaluate("performance.now()") > 1_600)  # it has settled

    window.goto(STAFF)
    expect(window.locator("#members")).to_contain_text("Sari")
    row = window.locator("#members tbody tr", has_text="Sari")
    row.locator("summary").first.click()
    fits(window)
    picture(window, f"{language}-5-staff")
    row.locator("summary").first.click()  # what is open is not refreshed
    elsewhere(lambda: _remove(owner, sari))

    expect(page.locator("[data-live-socket]")).to_have_count(0)
    picture(page, f"{language}-6-removed")
    assert page.goto("/toko/arcadia/pesanan/").status == 404
    expect(window.locator("#members")).not_to_contain_text("Sari")
    window.goto("/akun/sesi/")
    fits(window)
    picture(window, f"{language}-7-sessions")


def test_what_arrives_late_does_not_close_a_form_that_was_opened_meanwhile(
    owner, partner, window, until
):
    held = []
    window.set_viewport_size(PHONE)
    window.route(
        f"**{STAFF}",
        lambda route: (
            held.append(route)
            if "hx-request" in route.request.headers
            else route.continue_()
        ),
    )
    window.goto(STAFF)
    until(lambda: window.evaluate("performance.now()") > 300 and held)
    window.locator("#members details.reveal summary").first.click()
    with window.expect_response(f"**{STAFF}"):
        held.pop(0).continue_()
    window.evaluate(TWO_FRAMES)

    expect(window.locator("#members details.reveal[open]")).to_have_count(1)


def speak(page: Page, site, language: str) -> None:
    cookie = {"name": "django_language", "value": language, "url": site.url}
    page.context.add_cookies([cookie])


def _remove(owner: Member, user: User) -> None:
    with tenant_scope(owner.tenant_id):
        target = Member.objects.get(user=user)
        members.remove_member(actor=owner, member_id=target.pk, now=NOON)
