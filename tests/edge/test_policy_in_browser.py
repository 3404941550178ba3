"""The policies in a real browser: what they forbid would be a complaint."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from security.models import User
from tests.dashboard.conftest import owner
from tests.dashboard.test_in_browser import pytestmark, site, window
from tests.factories import make_order, make_user
from tests.signed_in import sign_in_staff

__all__ = ["owner", "pytestmark", "site", "window"]


@pytest.fixture
def staff(db) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def staff_cookie(staff, in_arcadia) -> str:
    """Made before the window opens: Playwright's loop keeps the ORM out."""
    make_order()
    client = Client()
    sign_in_staff(client, staff)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_description_of_the_api_is_drawn_and_opens(window, scheme):
    window.emulate_media(color_scheme=scheme)
    window.goto("/api/docs/")

    operations = window.locator("#swagger-ui .opblock")
    expect(operations.first).to_be_visible()
    assert operations.count() > 8
    operations.first.locator(".opblock-summary-control").click()
    expect(window.locator(".opblock.is-open .parameters").first).to_be_visible()
    assert window.complaints == []


def test_a_request_can_be_tried_out_there(window):
    window.goto("/api/docs/")
    block = window.locator("#swagger-ui .opblock", has_text="/api/v1/orders").first
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_placeholder("X-Store").fill("arcadia")
    block.get_by_role("button", name="Execute").click()

    status = "td.response-col_status:not(.col_header)"
    answer = block.locator(f".live-responses-table {status}")
    expect(answer).to_contain_text("200")


def test_the_admin_works_under_its_policy(staff_cookie, window, site):
    window.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": staff_cookie,
                "url": site.url,
            }
        ]
    )
    for path in ("/admin/", "/admin/payments/order/", "/admin/security/auditentry/"):
        window.goto(path)
        window.wait_for_function("window.Alpine !== undefined")
        # Alpine evaluates what stands in the page: what is closed is hidden by it.
        assert window.evaluate(
            "[...document.querySelectorAll('[x-show]')].some((part) =>"
            " part.style.display === 'none')"
        )
    window.goto("/admin/payments/order/")
    window.locator("#result_list tbody tr a").first.click()
    window.wait_for_url("**/change/")

    assert window.complaints == []


def test_a_script_that_somebody_smuggled_in_does_not_run(staff_cookie, window, site):
    """The control: complaints are heard, in the admin too."""
    window.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": staff_cookie,
                "url": site.url,
            }
        ]
    )
    for path in ("/toko/", "/admin/"):
        window.goto(path)
        window.evaluate(
            "() => { const script = document.createElement('script');"
            " script.textContent = 'window.smuggled = true';"
            " document.body.append(script); }"
        )
        assert window.evaluate("window.smuggled === undefined")
        assert any("Content Security Policy" in said for said in window.complaints)
        window.complaints.clear()
