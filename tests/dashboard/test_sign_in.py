"""Signing in against a Discord that answers as documented."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings
from django.test import Client, override_settings
from httpx import ConnectError, Response

from security.discord import sessions
from security.models import AuditEntry, User
from tests.dashboard.conftest import TOKEN, text_of
from tests.factories import make_user

RIZKY = {
    "id": "1190000000000000101",
    "username": "rizky",
    "global_name": "Rizky",
    "avatar": "abc",
    "locale": "en-US",
    "email": "rizky@example.com",
    "verified": True,
}


@pytest.fixture
def visitor():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def start(visitor: Client) -> dict[str, list[str]]:
    response = visitor.post("/accounts/discord/login/", {"next": "/toko/"})
    assert response.status_code == 302
    assert response.url.startswith(settings.DISCORD["AUTHORIZE_URL"] + "?")
    return parse_qs(urlsplit(response.url).query)


def come_back(visitor: Client, **query: str):
    return visitor.get("/accounts/discord/login/callback/", query)


@pytest.fixture
def discord_knows_rizky(discord):
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json=RIZKY))
    return discord


def sign_in(visitor: Client):
    state = start(visitor)["state"][0]
    return come_back(visitor, code="one-time", state=state)


def test_the_way_to_discord_carries_state_pkce_and_two_scopes(visitor):
    asked = start(visitor)

    assert set(asked["scope"][0].split()) == {"identify", "guilds"}
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"] == [
        "http://testserver/accounts/discord/login/callback/"
    ]


def test_the_address_bar_cannot_ask_discord_for_more(visitor):
    response = visitor.post(
        "/accounts/discord/login/?scope=email,bot&auth_params=prompt%3Dnone"
    )

    assert "email" not in response.url
    assert "prompt" not in response.url


def test_a_new_person_gets_an_account_without_password_or_address(
    visitor, discord_knows_rizky
):
    response = sign_in(visitor)

    assert response.status_code == 302
    assert response.url == "/toko/"
    user = User.objects.get(discord_id=1190000000000000101)
    assert (user.display_name, user.language, user.email) == ("Rizky", "en", "")
    assert user.avatar_url.endswith("/avatars/1190000000000000101/abc.png?size=128")
    assert not user.has_usable_password()
    assert int(visitor.session["_auth_user_id"]) == user.pk


def test_the_code_is_traded_with_its_verifier(visitor, discord_knows_rizky):
    sign_in(visitor)

    sent = parse_qs(discord_knows_rizky.calls[0].request.content.decode())
    assert sent["code"] == ["one-time"]
    assert len(sent["code_verifier"][0]) >= 43
    assert sent["redirect_uri"] == [
        "http://testserver/accounts/discord/login/callback/"
    ]


def test_the_token_is_nowhere_but_sealed_in_the_session(visitor, discord_knows_rizky):
    sign_in(visitor)

    kept = str(dict(visitor.session))
    assert TOKEN["access_token"] not in kept
    assert TOKEN["refresh_token"] not in kept
    assert sessions.TOKEN_KEY in visitor.session
    assert not SocialToken.objects.exists()
    extra = SocialAccount.objects.get().extra_data
    assert set(extra) == {"id", "username", "global_name", "avatar", "locale"}


def test_signing_out_drops_the_token(visitor, discord_knows_rizky):
    sign_in(visitor)

    response = visitor.post("/accounts/logout/")

    assert response.url == "/"
    assert sessions.TOKEN_KEY not in visitor.session
    assert "_auth_user_id" not in visitor.session


def test_signing_out_by_a_link_is_refused(visitor, discord_knows_rizky):
    sign_in(visitor)

    assert visitor.get("/accounts/logout/").status_code == 405
    assert "_auth_user_id" in visitor.session


def test_an_account_made_beforehand_is_found_by_its_discord_id(
    visitor, discord_knows_rizky
):
    known = make_user("owner", discord_id=1190000000000000101, language="id")

    sign_in(visitor)

    known.refresh_from_db()
    assert User.objects.count() == 1
    assert known.display_name == "Rizky"
    assert known.language == "id"


def test_an_account_with_the_same_address_is_not_taken_over(
    visitor, discord_knows_rizky
):
    victim = make_user("staff", email="rizky@example.com", is_staff=True)

    sign_in(visitor)

    assert int(visitor.session["_auth_user_id"]) != victim.pk
    assert User.objects.count() == 2


def test_coming_back_twice_brings_the_same_account(visitor, discord_knows_rizky):
    sign_in(visitor)
    sign_in(Client())

    assert User.objects.count() == 1
    assert SocialAccount.objects.count() == 1


@override_settings(LANGUAGE_CODE="id")
def test_cancelling_speaks_indonesian_first(discord):
    visitor = Client()
    state = start(visitor)["state"][0]

    come_back(visitor, error="access_denied", state=state)

    assert "Kamu membatalkan izin" in text_of(visitor.get("/"))


def test_cancelling_stores_nothing_and_says_so(visitor, discord):
    state = start(visitor)["state"][0]

    response = come_back(visitor, error="access_denied", state=state)

    assert response.url == "/"
    assert "Nothing was saved" in text_of(visitor.get("/"))
    assert not User.objects.exists()


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_nobody_asked_for_is_refused(visitor, discord, state):
    start(visitor)

    response = come_back(visitor, code="stolen", state=state)

    assert response.url == "/"
    assert not discord.calls
    assert not User.objects.exists()


def test_an_answer_counts_once(visitor, discord_knows_rizky):
    state = start(visitor)["state"][0]
    come_back(visitor, code="one-time", state=state)
    visitor.post("/accounts/logout/")

    come_back(visitor, code="one-time", state=state)

    assert "_auth_user_id" not in visitor.session


def test_another_persons_browser_cannot_use_the_answer(visitor, discord):
    state = start(visitor)["state"][0]
    other = Client()

    come_back(other, code="one-time", state=state)

    assert not discord.calls
    assert "_auth_user_id" not in other.session


@pytest.mark.parametrize(
    "answer",
    [
        Response(400, json={"error": "invalid_grant"}),
        Response(200, json={"unexpected": True}),
        Response(200, text="not json"),
        Response(503),
        ConnectError("away"),
    ],
)
def test_a_discord_in_trouble_ends_at_the_start(visitor, discord, answer):
    route = discord.post("/oauth2/token")
    route.side_effect = answer if isinstance(answer, Exception) else [answer]

    response = sign_in(visitor)

    assert response.url == "/"
    assert "Signing in did not work" in text_of(visitor.get("/"))
    assert not User.objects.exists()


def test_a_profile_without_an_id_ends_at_the_start(visitor, discord):
    discord.post("/oauth2/token").mock(Response(200, json=TOKEN))
    discord.get("/users/@me").mock(Response(200, json={"username": "ghost"}))

    assert sign_in(visitor).url == "/"
    assert not User.objects.exists()


def test_a_switched_off_account_stays_out(visitor, discord_knows_rizky):
    make_user("gone", discord_id=1190000000000000101, is_active=False)

    response = sign_in(visitor)

    assert response.url == "/accounts/inactive/"
    assert "_auth_user_id" not in visitor.session
    assert AuditEntry.across_tenants.get().action == "sign_in.refused"


def test_the_way_back_never_leaves_the_site(visitor, discord_knows_rizky):
    asked = visitor.post("/accounts/discord/login/", {"next": "https://evil.example/"})
    state = parse_qs(urlsplit(asked.url).query)["state"][0]

    assert come_back(visitor, code="one-time", state=state).url == "/toko/"
