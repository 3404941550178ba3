"""What needs a sign-in of the last minutes, and how one gets it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from httpx import Response

from payments.models import MoneyPolicy, PaymentMethod
from security.models import AuditEntry
from tenants.permissions import Permission
from tests.dashboard.conftest import TOKEN, browser_of, text_of
from tests.dashboard.test_every_page import PAGES, RIGHTS, address
from tests.factories import make_member, make_transfer_method
from tests.signed_in import age_sign_in

GUARDED = {
    Permission.EDIT_PAYMENTS,
    Permission.EDIT_MEMBERS,
    Permission.REVEAL_CODES,
}
# Saying that a warning was read changes no account, key or limit.
READING = {"payments:method-seen", "payments:supplier-seen"}
SENSITIVE = [
    *(name for name in PAGES if RIGHTS.get(name) in GUARDED and name not in READING),
    "bot:server-settings",
]
ACCOUNT = {
    "provider": "BCA",
    "account_number": "9876543210",
    "account_name": "Rizky",
    "hold_secs": "3600",
}
ADD = "/toko/arcadia/pembayaran/rekening/"


@pytest.fixture
def stale(browser: Client) -> Client:
    age_sign_in(browser)
    return browser


def way_back(response) -> str:
    where = urlsplit(response.url)
    assert where.path == "/akun/masuk-lagi/"
    return parse_qs(where.query)["next"][0]


@pytest.mark.parametrize("name", SENSITIVE)
def test_every_sensitive_action_asks_again_after_a_while(stale, guild, name):
    page = address(name)

    response = stale.post(page)

    assert response.status_code == 302
    assert way_back(response) == page
    assert not AuditEntry.objects.filter(actor__startswith="user:").exists()


def test_an_old_sign_in_changes_no_account(stale, in_arcadia):
    method = make_transfer_method()

    response = stale.post(
        address("payments:change-method", public_id=method.public_id), ACCOUNT
    )

    assert response.status_code == 302
    method.refresh_from_db()
    assert method.details["account_number"] == "1234567890"


def test_one_second_before_its_end_a_sign_in_still_counts(
    browser, in_arcadia, settings
):
    age_sign_in(browser, secs=settings.FRESH_SIGN_IN_SECS - 5)

    browser.post(address("payments:add-account"), ACCOUNT)

    assert PaymentMethod.objects.get().details["account_number"] == "9876543210"


def test_an_old_sign_in_adds_nothing_and_a_new_one_does(stale, owner, in_arcadia):
    stale.post(address("payments:add-account"), ACCOUNT)
    assert not PaymentMethod.objects.exists()

    stale.force_login(owner.user)
    stale.post(address("payments:add-account"), ACCOUNT)

    assert PaymentMethod.objects.get().details["account_number"] == "9876543210"


def test_looking_is_allowed_and_the_page_says_what_comes(stale, browser):
    page = stale.get(address("payments:policy"))

    assert page.status_code == 200
    assert page.context["request"].asks_to_sign_in
    assert "Masuk lagi" in text_of(page)


def test_a_fresh_page_says_nothing_about_it(browser):
    page = browser.get(address("payments:policy"))

    assert not page.context["request"].asks_to_sign_in
    assert "/akun/masuk-lagi/" not in page.content.decode()


def test_without_the_right_nobody_is_asked_to_sign_in_again(in_arcadia):
    from_viewer = browser_of(make_member("viewer"))
    age_sign_in(from_viewer)

    assert from_viewer.post(address("payments:policy")).status_code == 403
    assert not MoneyPolicy.objects.exists()


def test_a_form_without_a_page_leads_back_to_where_it_stood(stale, in_arcadia):
    method = make_transfer_method()
    listed = address("payments:methods")

    response = stale.post(
        address("payments:switch-method", public_id=method.public_id),
        {"do": "off"},
        headers={"Referer": f"http://testserver{listed}?x=1"},
    )

    assert way_back(response) == f"{listed}?x=1"
    method.refresh_from_db()
    assert method.is_active


def test_the_way_back_is_never_another_site(stale):
    response = stale.post(
        address("payments:policy"), headers={"Referer": "https://evil.example/toko/"}
    )

    assert way_back(response) == address("payments:policy")


def test_a_script_is_told_to_open_the_page(stale):
    response = stale.post(
        address("payments:policy"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/toko/"},
    )

    assert response.status_code == 403
    assert response.headers["HX-Redirect"] == "/akun/masuk-lagi/?next=%2Ftoko%2F"


def test_a_program_gets_a_problem_body(stale):
    response = stale.post(
        address("payments:policy"), headers={"Accept": "application/json"}
    )

    assert response.status_code == 403
    assert response.json()["code"] == "FRESH_SIGN_IN_NEEDED"


# --- The page that asks ---------------------------------------------------------------


def test_the_page_offers_discord_and_remembers_the_way(stale):
    page = stale.get("/akun/masuk-lagi/", {"next": "/toko/arcadia/saldo/batas/"})

    assert page.status_code == 200
    markup = page.content.decode()
    assert 'name="next" value="/toko/arcadia/saldo/batas/"' in markup
    assert 'name="prove" value="1"' in markup


def test_whoever_is_fresh_goes_straight_back(browser):
    response = browser.get("/akun/masuk-lagi/", {"next": "/toko/arcadia/"})

    assert response.url == "/toko/arcadia/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_the_page_never_leads_off_the_site(browser, target):
    assert browser.get("/akun/masuk-lagi/", {"next": target}).url == "/toko/"


def test_strangers_are_sent_to_the_start(db):
    assert Client().get("/akun/masuk-lagi/").url == "/"


# --- Through Discord ------------------------------------------------------------------


def person(user) -> dict:
    return {
        "id": str(user.discord_id),
        "username": user.username,
        "global_name": "Rizky",
        "avatar": None,
        "locale": "id",
    }


def prove(browser, discord, profile):
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json=profile))
    away = browser.post(
        "/accounts/discord/login/", {"prove": "1", "next": "/toko/arcadia/"}
    )
    asked = parse_qs(urlsplit(away.url).query)
    assert asked["prompt"] == ["consent"]
    return browser.get(
        "/accounts/discord/login/callback/",
        {"code": "one-time", "state": asked["state"][0]},
    )


def test_signing_in_with_discord_again_makes_it_fresh(stale, owner, discord):
    old_key = stale.session.session_key

    response = prove(stale, discord, person(owner.user))

    assert response.url == "/toko/arcadia/"
    assert stale.get("/akun/masuk-lagi/", {"next": "/toko/"}).url == "/toko/"
    # A cookie that was taken along before does not become fresh with it.
    assert stale.session.session_key != old_key
    assert not stale.session.exists(old_key)


def test_another_discord_account_proves_nothing(stale, owner, discord):
    other = make_member("cashier").user

    response = prove(stale, discord, person(other))

    assert response.url.startswith("/akun/masuk-lagi/?next=%2Ftoko%2Farcadia%2F")
    page = stale.get(response.url)
    assert page.status_code == 200
    assert "akun Discord lain" in text_of(page)
    assert int(stale.session["_auth_user_id"]) == owner.user.pk
    entry = AuditEntry.across_tenants.get()
    assert (entry.action, entry.object) == (
        "sign_in.other_account",
        f"user:{owner.user.pk}",
    )


def test_an_ordinary_sign_in_asks_discord_for_no_prompt(db, discord):
    away = Client().post("/accounts/discord/login/", {"prove": "1"})

    assert "prompt" not in away.url
