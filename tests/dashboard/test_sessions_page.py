"""Where one is signed in, and signing out there."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from security import devices
from security.models import AuditEntry, Session
from tests.dashboard.conftest import text_of
from tests.factories import make_user

SESSIONS = "/akun/sesi/"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Mobile Safari/537.36"
)
LAPTOP = (
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
)


def sign_in(user, agent: str, address: str = "203.0.113.7") -> Client:
    """A browser whose session carries where it comes from, as after any sign-in."""
    browser = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    key = browser.session.session_key
    Session.objects.filter(session_key=key).update(agent=agent, ip=address)
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


def row_of(browser: Client) -> Session:
    return Session.objects.get(session_key=browser.session.session_key)


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

    response = phone.post(f"{SESSIONS}{ended.pk}/akhiri/")

    assert response.url == SESSIONS
    assert laptop.get("/toko/").status_code == 302
    assert not Session.objects.filter(pk=ended.pk).exists()
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

    response = phone.post(f"{SESSIONS}lainnya/akhiri/")

    assert "2 other browsers" in text_of(phone.get(response.url))
    assert [each.get("/toko/").status_code for each in (laptop, third)] == [302, 302]
    assert phone.get("/toko/").status_code == 200
    assert bystander.get("/toko/").status_code == 200


def test_anothers_browser_cannot_be_signed_out(laptop):
    stranger = sign_in(make_user("tono"), PHONE)
    target = row_of(laptop)

    for number in (target.pk, 10**9):
        assert stranger.post(f"{SESSIONS}{number}/akhiri/").status_code == 404

    assert laptop.get("/toko/").status_code == 200
    assert not AuditEntry.across_tenants.filter(action="session.ended").exists()


def test_a_browser_that_was_signed_out_cannot_write_itself_back(laptop, phone):
    """A request of it that was under way stores its session when it ends."""
    late = laptop.session
    late["cart"] = "something"
    phone.post(f"{SESSIONS}{row_of(laptop).pk}/akhiri/")

    with pytest.raises(UpdateError):
        late.save()

    assert laptop.get("/toko/").status_code == 302


def test_ones_own_account_leads_here(phone):
    assert SESSIONS in phone.get("/akun/").content.decode()


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
