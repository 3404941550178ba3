"""Where one is signed in, and signing out there."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from ppob.kit import clock
from security import devices
from security.models import AuditEntry, BrowserSession
from security.services import browser_sessions
from tests.conftest import NOON
from tests.dashboard.conftest import text_of
from tests.factories import make_user

SESSIONS = "/accounts/sessions/"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Mobile Safari/537.36"
)
LAPTOP = (
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
)


def sign_in(user, agent: str, address: str = "203.0.113.7") -> Client:
    browser = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def sari(db):
    return make_user("sari")


@pytest.fixture
def phone(sari):
    return sign_in(sari, PHONE)


@pytest.fixture
def laptop(sari):
    browser = sign_in(sari, LAPTOP, "198.51.100.9")
    browser.get("/toko/")
    return browser


def row_of(browser: Client) -> BrowserSession:
    return BrowserSession.objects.get(session_id=browser.session.session_key)


def test_ones_browsers_are_listed_this_one_first(laptop, phone):
    phone.get("/toko/")

    response = phone.get(SESSIONS)

    words = text_of(response)
    assert words.index("Chrome on Android") < words.index("Firefox on Linux")
    assert "203.0.113.7" in words
    assert "198.51.100.9" in words
    assert words.count("this one") == 1
    page = response.content.decode()
    for browser in (laptop, phone):
        assert browser.session.session_key not in page


def test_nobody_sees_anothers_browsers(phone):
    phone.get("/toko/")
    stranger = sign_in(make_user("tono"), LAPTOP, "192.0.2.1")
    stranger.get("/toko/")

    words = text_of(stranger.get(SESSIONS))

    assert "203.0.113.7" not in words
    assert "192.0.2.1" in words


def test_one_browser_is_signed_out_and_the_others_stay(laptop, phone, sari):
    bystander = sign_in(make_user("tono"), LAPTOP)
    bystander.get("/toko/")
    ended = row_of(laptop)

    response = phone.post(f"{SESSIONS}{ended.pk}/end/")

    assert response.url == SESSIONS
    assert laptop.get("/toko/").status_code == 302
    assert not Session.objects.filter(pk=ended.session_id).exists()
    assert not BrowserSession.objects.filter(pk=ended.pk).exists()
    assert phone.get("/toko/").status_code == 200
    assert bystander.get("/toko/").status_code == 200
    entry = AuditEntry.across_tenants.get(action="session.ended")
    assert (entry.actor, entry.tenant_id, entry.data) == (
        f"user:{sari.pk}",
        None,
        {"count": 1},
    )
    assert entry.ip == "203.0.113.7"


def test_every_other_browser_is_signed_out_at_once(laptop, phone, sari):
    third = sign_in(sari, PHONE)
    third.get("/toko/")
    bystander = sign_in(make_user("tono"), LAPTOP)
    bystander.get("/toko/")

    response = phone.post(f"{SESSIONS}others/end/")

    assert "2 other browsers" in text_of(phone.get(response.url))
    assert [each.get("/toko/").status_code for each in (laptop, third)] == [302, 302]
    assert phone.get("/toko/").status_code == 200
    assert bystander.get("/toko/").status_code == 200


def test_anothers_browser_cannot_be_signed_out(laptop):
    stranger = sign_in(make_user("tono"), PHONE)
    target = row_of(laptop)

    for number in (target.pk, 10**9):
        assert stranger.post(f"{SESSIONS}{number}/end/").status_code == 404

    assert laptop.get("/toko/").status_code == 200
    assert not AuditEntry.across_tenants.filter(action="session.ended").exists()


def test_signing_out_ends_the_row_too(laptop):
    assert BrowserSession.objects.count() == 1

    laptop.post("/accounts/logout/")

    assert not BrowserSession.objects.exists()
    assert not Session.objects.filter(expire_date__gt=NOON).exists()


def test_whoever_comes_again_is_noted_every_five_minutes(phone, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    phone.get("/toko/")
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=4))
    phone.get("/toko/")
    assert BrowserSession.objects.get().seen_at == NOON

    cache.clear()  # five minutes later
    phone.get("/toko/")

    row = BrowserSession.objects.get()
    assert (row.created_at, row.seen_at) == (NOON, NOON + timedelta(minutes=4))


def test_a_browser_that_is_known_costs_no_query(phone, django_assert_num_queries):
    phone.get("/livez")
    with django_assert_num_queries(0):
        phone.get("/bahasa/")  # refused; who it is was not even asked

    assert BrowserSession.objects.count() == 1


def test_a_browser_that_signs_out_meanwhile_breaks_nothing(sari):
    """The session ended between the answer and the note."""
    browser_sessions.note_seen(
        user=sari, session_key="gone" * 8, user_agent=PHONE, now=NOON
    )

    assert not BrowserSession.objects.exists()


def test_strangers_leave_no_trace(db):
    visitor = Client(HTTP_USER_AGENT=PHONE)
    visitor.get("/")
    visitor.post("/accounts/discord/login/", {"next": "/toko/"})

    assert not BrowserSession.objects.exists()


def test_what_a_browser_calls_itself_is_cut_and_plain(sari):
    browser = sign_in(sari, "x" * 5_000 + "\x1b[31m")
    browser.get("/toko/")

    assert BrowserSession.objects.get().user_agent == "x" * 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (PHONE, "Chrome on Android"),
        (LAPTOP, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
            " AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like"
            " Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge on Windows",
        ),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_have_names(agent, name):
    assert devices.device_name(agent) == name
