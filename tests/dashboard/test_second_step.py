"""The second step, page by page: staff has to, sellers may."""

import json
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from httpx import Response

from ppob.kit import clock
from security import app_codes
from security.discord import sessions
from security.models import AuditEntry, Session
from security.services import second_factor
from tests.dashboard.conftest import TOKEN, text_of
from tests.dashboard.test_every_page import check_markup
from tests.dashboard.test_fresh_sign_in import person
from tests.factories import make_user
from tests.security.passkey_device import PasskeyDevice
from tests.signed_in import age_sign_in

RIGHT = "correct horse battery"
STEP, ADD_APP = "/akun/langkah-kedua/", "/akun/langkah-kedua/aplikasi/"
ADD_PASSKEY = "/akun/langkah-kedua/passkey/"


class Moments:
    """A clock that a test can move, so that the next code is there at once."""

    def __init__(self, monkeypatch):
        self.secs = 0.0
        start = clock.now()
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=self.secs))

    def next_code(self, secret: str) -> str:
        self.secs += 60
        return app_codes.code_at(secret, int(clock.now().timestamp()) // 30)


@pytest.fixture
def moments(monkeypatch):
    return Moments(monkeypatch)


@pytest.fixture
def staff(db):
    cache.clear()
    user = make_user("staff", is_staff=True, is_superuser=True, language="en")
    user.set_password(RIGHT)
    user.save()
    return user


@pytest.fixture
def visitor():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def enter_password(client: Client, password: str = RIGHT):
    return client.post(
        "/admin/login/?next=/admin/security/user/",
        {"username": "staff", "password": password},
    )


def secret_on(page) -> str:
    return re.search(r"<code>([A-Z2-7 ]+)</code>", page.content.decode())[1].replace(
        " ", ""
    )


def options_on(page) -> dict:
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    return json.loads(unescape(found[1]))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def actions() -> list[str]:
    rows = AuditEntry.across_tenants.order_by("pk")
    return list(rows.values_list("action", flat=True))


# --- Platform staff -------------------------------------------------------------------


def test_on_a_fresh_machine_staff_sets_one_up_and_is_in(visitor, staff, moments):
    assert enter_password(visitor).url == STEP
    assert not is_signed_in(visitor)
    assert visitor.get(STEP).url == ADD_APP
    page = visitor.get(ADD_APP)
    check_markup(page)
    secret = secret_on(page)

    shown = visitor.post(ADD_APP, {"code": moments.next_code(secret)})

    check_markup(shown)
    assert (
        len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", shown.content.decode()))
        == 10
    )
    assert 'href="/admin/security/user/"' in shown.content.decode()
    assert visitor.get("/admin/security/user/").status_code == 200
    assert Session.objects.get(user=staff).kind == "staff"
    assert actions() == ["second_factor.added", "sign_in.succeeded"]
    assert AuditEntry.across_tenants.latest("pk").data == {
        "door": "staff",
        "factor": "totp",
    }


def test_the_password_alone_opens_nothing(visitor, staff):
    enter_password(visitor)

    assert visitor.get("/admin/").url.startswith("/admin/login/")
    assert visitor.get("/toko/").status_code == 302
    assert visitor.get("/akun/").status_code == 302
    assert visitor.get("/api/v1/products").status_code in (401, 403)


def test_with_a_second_factor_the_password_asks_for_it(visitor, staff, moments):
    secret = app_codes.new_secret()
    second_factor.add_app(
        staff, secret=secret, code=moments.next_code(secret), now=clock.now()
    )
    enter_password(visitor)
    page = visitor.get(STEP)
    check_markup(page)
    assert not is_signed_in(visitor)
    wrong = visitor.post(STEP, {"code": "000000"})
    assert "not right" in text_of(wrong)
    assert not is_signed_in(visitor)

    response = visitor.post(STEP, {"code": moments.next_code(secret)})

    assert response.url == "/admin/security/user/"
    assert visitor.get("/admin/").status_code == 200
    assert actions()[1:] == [
        "second_factor.failed",
        "second_factor.used",
        "sign_in.succeeded",
    ]


def test_a_thief_of_the_password_cannot_add_a_second_factor(visitor, staff, moments):
    secret = app_codes.new_secret()
    second_factor.add_app(
        staff, secret=secret, code=moments.next_code(secret), now=clock.now()
    )
    enter_password(visitor)

    for page in (ADD_APP, ADD_PASSKEY):
        assert visitor.get(page).url == STEP
        assert (
            visitor.post(page, {"code": "1", "name": "x", "answer": "{}"}).url == STEP
        )

    assert len(second_factor.list_factors(staff)) == 1


def test_the_first_step_counts_for_ten_minutes(visitor, staff, moments):
    enter_password(visitor)
    moments.secs += 10 * 60

    assert visitor.get(ADD_APP).url == "/"


def test_the_key_of_the_session_changes_at_each_step(visitor, staff, moments):
    visitor.get("/admin/login/")
    keys = [visitor.session.session_key]
    enter_password(visitor)
    keys.append(visitor.session.session_key)
    secret = secret_on(visitor.get(ADD_APP))
    visitor.post(ADD_APP, {"code": moments.next_code(secret)})
    keys.append(visitor.session.session_key)

    assert len(set(keys)) == 3
    assert Session.objects.count() == 1


def test_who_lost_the_right_meanwhile_stays_out(visitor, staff, moments):
    enter_password(visitor)
    secret = secret_on(visitor.get(ADD_APP))
    staff.is_staff = False
    staff.save()

    response = visitor.post(ADD_APP, {"code": moments.next_code(secret)})

    assert response.url == "/"
    assert not is_signed_in(visitor)


def test_staff_who_came_with_discord_has_no_admin(staff):
    client = Client()
    client.force_login(staff)  # as the seller they may be, too

    assert client.get("/admin/").url.startswith("/admin/login/")


def test_staff_sets_up_a_passkey_as_well(visitor, staff, settings):
    settings.SITE_URL = "http://localhost:8000"
    enter_password(visitor)
    page = visitor.get(ADD_PASSKEY)
    check_markup(page)
    device = PasskeyDevice()
    answer = json.dumps(device.create(options_on(page)))

    visitor.post(ADD_PASSKEY, {"name": "Laptop", "answer": answer})

    assert visitor.get("/admin/").status_code == 200
    visitor.post("/admin/logout/")
    assert actions()[-1] == "sign_in.ended"
    enter_password(visitor)
    answer = json.dumps(device.get(options_on(visitor.get(STEP))))
    assert visitor.post(STEP, {"answer": answer}).url == "/admin/security/user/"


def test_a_browser_is_known_after_a_complete_sign_in_only(visitor, staff, moments):
    enter_password(visitor)
    assert "ppob_device" not in visitor.cookies
    secret = secret_on(visitor.get(ADD_APP))

    visitor.post(ADD_APP, {"code": moments.next_code(secret)})

    cookie = visitor.cookies["ppob_device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "staff" not in cookie.value


# --- Sellers --------------------------------------------------------------------------


def with_discord(client: Client, discord, user):
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json=person(user)))
    away = client.post("/accounts/discord/login/", {"next": "/toko/arcadia/"})
    state = parse_qs(urlsplit(away.url).query)["state"][0]
    return client.get(
        "/accounts/discord/login/callback/", {"code": "one-time", "state": state}
    )


def give_app(user, moments) -> str:
    secret = app_codes.new_secret()
    second_factor.add_app(
        user, secret=secret, code=moments.next_code(secret), now=clock.now()
    )
    return secret


def test_a_seller_without_one_is_asked_for_nothing_more(visitor, owner, discord):
    assert with_discord(visitor, discord, owner.user).url == "/toko/arcadia/"
    assert actions()[-1] == "sign_in.succeeded"


def test_a_seller_with_one_is_asked_after_discord(visitor, owner, discord, moments):
    secret = give_app(owner.user, moments)

    assert with_discord(visitor, discord, owner.user).url == STEP
    assert not is_signed_in(visitor)
    assert TOKEN["access_token"] not in str(dict(visitor.session))
    response = visitor.post(STEP, {"code": moments.next_code(secret)})

    assert response.url == "/toko/arcadia/"
    assert int(visitor.session["_auth_user_id"]) == owner.user.pk
    assert sessions.TOKEN_KEY in visitor.session
    assert Session.objects.get(user=owner.user).kind == "seller"


def test_the_account_page_offers_one_and_tells_the_last_sign_ins(
    browser, owner, discord
):
    owner.user.language = "en"
    owner.user.save()
    with_discord(browser, discord, owner.user)

    page = browser.get("/akun/")

    check_markup(page)
    assert "Authenticator app" in text_of(page)
    assert "Signed in" in text_of(page)


def test_nobody_reads_another_persons_sign_ins(browser, owner, discord, db):
    other = make_user("other")
    with_discord(Client(), discord, other)

    page = browser.get("/akun/")

    assert page.context["entries"] == []


def test_a_seller_adds_an_app_and_takes_it_away(browser, owner, moments):
    secret = secret_on(browser.get(ADD_APP))
    browser.post(ADD_APP, {"code": moments.next_code(secret)})
    [factor] = second_factor.list_factors(owner.user)
    check_markup(browser.get("/akun/"))

    response = browser.post(f"/akun/langkah-kedua/{factor.pk}/hapus/")

    assert response.url == "/akun/"
    assert not second_factor.has_one(owner.user)
    assert actions() == ["second_factor.added", "second_factor.removed"]


def test_the_same_secret_is_shown_until_it_works(browser):
    first = secret_on(browser.get(ADD_APP))

    assert secret_on(browser.post(ADD_APP, {"code": "000000"})) == first
    assert first not in str(dict(browser.session))


@pytest.mark.parametrize(
    "path",
    [
        ADD_APP,
        ADD_PASSKEY,
        "/akun/langkah-kedua/kode-darurat/",
        "/akun/langkah-kedua/1/hapus/",
    ],
)
def test_an_old_sign_in_changes_no_factor(browser, owner, moments, path):
    give_app(owner.user, moments)
    age_sign_in(browser)

    response = browser.post(path, {"code": "1"})

    assert response.url.startswith("/akun/masuk-lagi/")
    assert len(second_factor.list_factors(owner.user)) == 1


def test_whoever_has_one_proves_it_with_that(browser, owner, moments):
    secret = give_app(owner.user, moments)
    age_sign_in(browser)
    old_key = browser.session.session_key
    page = browser.get("/akun/masuk-lagi/", {"next": "/toko/arcadia/saldo/batas/"})
    check_markup(page)
    assert "/accounts/discord/login/" not in page.content.decode()

    response = browser.post(
        "/akun/masuk-lagi/",
        {"code": moments.next_code(secret), "next": "/toko/arcadia/saldo/batas/"},
    )

    assert response.url == "/toko/arcadia/saldo/batas/"
    assert browser.session.session_key != old_key
    assert not browser.session.exists(old_key)
    assert actions()[-1] == "sign_in.proved_again"
    assert browser.get("/akun/masuk-lagi/", {"next": "/toko/"}).url == "/toko/"


def test_new_emergency_codes_are_shown_once(browser, owner, moments):
    give_app(owner.user, moments)

    shown = browser.post("/akun/langkah-kedua/kode-darurat/")

    check_markup(shown)
    assert len(shown.context["codes"]) == 10
    assert shown.context["codes"][0] not in browser.get("/akun/").content.decode()
    assert "no-store" in shown.headers["Cache-Control"]


def test_no_secret_is_ever_written_down(visitor, staff, moments):
    enter_password(visitor, "wrong-password-1")
    enter_password(visitor)
    secret = secret_on(visitor.get(ADD_APP))
    visitor.post(ADD_APP, {"code": "123456"})
    code = moments.next_code(secret)
    shown = visitor.post(ADD_APP, {"code": code})

    trail = str(list(AuditEntry.across_tenants.values()))
    for hidden in (RIGHT, "wrong-password-1", secret, code, "123456"):
        assert hidden not in trail
    assert not any(code in trail for code in shown.context["codes"])
