"""The page behind an invitation's link, for everybody who may open it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from httpx import Response

from security.models import User
from tenants.dashboard import invitation as door
from tenants.models import Invitation, Member
from tenants.services import invitations, suspension
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import TOKEN, text_of
from tests.dashboard.test_sign_in import RIZKY
from tests.factories import make_user
from tests.tenants.people import invite, make_crew, picture, roles


@pytest.fixture
def crew(in_arcadia, monkeypatch):
    monkeypatch.setattr("ppob.kit.clock.now", lambda: NOON)
    return make_crew(in_arcadia)


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    return browser


def link(token: str) -> str:
    return f"/undangan/{token}/"


def plain(response, path: str) -> str:
    """The page without its own address and what differs by chance."""
    page = response.content.decode().replace(path, "LINK")
    return re.sub(r'value="\w{64}"|"X-CSRFToken": "\w{64}"', "", page)


def test_a_stranger_reads_the_same_for_every_link(crew):
    right, wrong = link(invite(crew.owner)), link("x" * 43)
    visitor = Client()
    visitor.cookies["django_language"] = "en"

    pages = {path: plain(visitor.get(path), path) for path in (right, wrong)}
    words = {path: text_of(visitor.get(path)) for path in (right, wrong)}

    assert pages[right] == pages[wrong]
    assert words[right] == words[wrong]
    assert "Sign in with Discord" in words[right]
    assert "Arcadia" not in words[right]
    assert visitor.post(right).status_code == 200  # no sign-in, no joining
    assert Invitation.objects.get().status == "open"


def test_a_wrong_link_is_an_address_that_does_not_exist(crew):
    invite(crew.owner)
    browser = signed_in(make_user())

    for send in (browser.get, browser.post):
        response = send(link("x" * 43))

        assert response.status_code == 404
        assert "Arcadia" not in response.content.decode()


def test_the_right_link_shows_store_role_and_rights_and_asks(crew):
    token, sari = invite(crew.owner, Role.CASHIER), make_user()
    before = picture()

    response = signed_in(sari).get(link(token))

    words = text_of(response)
    assert "Work at “Arcadia”?" in words
    assert f"{crew.owner.user} invites you as Cashier" in words
    assert "Confirm payments" in words
    assert "Refund orders" not in words
    assert "no-store" in response.headers["Cache-Control"]
    assert picture() == before  # looking is not joining


def test_saying_yes_lands_in_the_store(crew):
    token, sari = invite(crew.owner), make_user()
    browser = signed_in(sari)

    response = browser.post(link(token))

    assert response.url == "/toko/arcadia/"
    assert roles()[sari.pk] == "cashier"
    assert browser.get("/toko/arcadia/pesanan/").status_code == 200


def test_joining_needs_the_forms_own_token(crew):
    token, sari = invite(crew.owner), make_user()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sari)

    assert strict.post(link(token)).status_code == 403
    assert sari.pk not in roles()


def test_a_second_press_says_that_one_is_in(crew):
    token, sari = invite(crew.owner), make_user()
    browser = signed_in(sari)
    browser.post(link(token))
    before = picture()

    for send in (browser.get, browser.post):
        response = send(link(token))
        assert response.status_code == 409
        assert "You already work in this store" in text_of(response)

    assert picture() == before


def expire(_crew):
    Invitation.objects.update(expires_at=NOON)


def withdraw(crew):
    found = Invitation.objects.get()
    invitations.revoke(actor=crew.owner, invitation=found, now=NOON)


def use(crew):
    invitations.accept(user=make_user(), token=invite(crew.owner), now=NOON)
    used = Invitation.objects.get(status="accepted")
    first = Invitation.objects.get(status="open")
    # The link of the test is the one that was used.
    Member.objects.filter(invitation=used).update(invitation=None)
    token_hash = first.token_hash
    first.delete()
    Invitation.objects.filter(pk=used.pk).update(token_hash=token_hash)


def suspend(crew):
    suspension.suspend_store(tenant_id=crew.store.pk, actor="command:x", now=NOON)


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (expire, "has expired"),
        (withdraw, "was withdrawn"),
        (use, "used already"),
        (suspend, "store is suspended"),
    ],
)
def test_a_link_that_cannot_be_used_says_why_and_no_more(crew, end, sentence):
    token, sari = invite(crew.owner), make_user()
    end(crew)
    before = picture()

    for send in (signed_in(sari).get, signed_in(sari).post):
        response = send(link(token))
        words = text_of(response)
        assert response.status_code == 409
        assert sentence in words
        assert "Arcadia" not in words

    assert picture() == before
    assert sari.pk not in roles()


def test_a_link_for_another_account_says_so_and_names_no_store(crew):
    sari, thief = make_user(), make_user()
    token = invite(crew.owner, account=str(sari.discord_id))
    before = picture()

    response = signed_in(thief).get(link(token))

    assert response.status_code == 403
    words = text_of(response)
    assert "for another Discord account" in words
    assert f"You are signed in as {thief}" in words
    assert "Arcadia" not in words
    assert signed_in(thief).post(link(token)).status_code == 403
    assert picture() == before
    assert signed_in(sari).get(link(token)).status_code == 200


def test_whoever_tries_link_after_link_has_to_wait(crew, monkeypatch):
    monkeypatch.setattr(door, "MOST_TRIES", 5)
    token, browser = invite(crew.owner), signed_in(make_user())

    answers = [browser.get(link("x" * 43)).status_code for _ in range(7)]

    assert answers == [404] * 5 + [429] * 2
    assert browser.post(link(token)).status_code == 429
    assert Invitation.objects.get().status == "open"
    cache.clear()  # ten minutes later
    assert browser.get(link(token)).status_code == 200


def test_the_limit_counts_people_and_addresses(crew, monkeypatch):
    monkeypatch.setattr(door, "MOST_TRIES", 5)

    answers = [signed_in(make_user()).get(link("x" * 43)).status_code for _ in range(7)]

    assert answers == [404] * 5 + [429] * 2  # all from one address


def test_the_link_survives_the_way_through_discord(crew, discord):
    """From the link, over the sign-in, back to the very same link, and in."""
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json=RIZKY))
    path = link(invite(crew.owner, account=RIZKY["id"]))
    visitor = Client()
    visitor.cookies["django_language"] = "en"
    page = visitor.get(path).content.decode()
    assert f'name="next" value="{path}"' in page

    asked = visitor.post("/accounts/discord/login/", {"next": path})
    state = parse_qs(urlsplit(asked.url).query)["state"][0]
    back = visitor.get(
        "/accounts/discord/login/callback/", {"code": "one-time", "state": state}
    )

    assert back.url == path
    assert "Work at “Arcadia”?" in text_of(visitor.get(path))
    assert visitor.post(path).url == "/toko/arcadia/"
    rizky = User.objects.get(discord_id=int(RIZKY["id"]))
    assert roles()[rizky.pk] == "cashier"


def test_a_user_name_is_the_one_that_discord_told_at_the_sign_in(crew, discord):
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json=RIZKY))
    path = link(invite(crew.owner, account="@Rizky"))
    other = link(invite(crew.owner, account="budi"))
    visitor = Client()
    asked = visitor.post("/accounts/discord/login/", {"next": path})
    state = parse_qs(urlsplit(asked.url).query)["state"][0]
    visitor.get("/accounts/discord/login/callback/", {"code": "c", "state": state})

    assert visitor.get(other).status_code == 403
    assert visitor.get(path).status_code == 200
