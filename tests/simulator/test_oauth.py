"""OAuth2 as an application sees it, by HTTP."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.simulator import world
from bot.simulator.control import SimulatedDiscord
from bot.simulator.running import running
from bot.simulator.seed import BOT_PERMISSIONS

REDIRECT = "http://127.0.0.1:8000/accounts/discord/login/callback/"
VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-43-characters"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A world without a bot that listens."""
    with running() as address:
        yield address


@pytest.fixture
def browser(url: str, local: SimulatedDiscord) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def asked(**changes: str) -> dict[str, str]:
    return {
        "client_id": world.CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "identify guilds",
        "state": "s-1",
        **changes,
    }


def agree(
    browser: httpx.Client, query: dict[str, str], **form: object
) -> dict[str, str]:
    answer = browser.post(
        "/oauth2/authorize",
        params=query,
        data={"person": str(world.RIZKY.id), "decision": "authorize", **form},
    )
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(REDIRECT)
    return {key: values[0] for key, values in parse_qs(target.query).items()}


def exchange(browser: httpx.Client, code: str, **changes: str) -> httpx.Response:
    body = {
        "client_id": world.CLIENT_ID,
        "client_secret": world.CLIENT_SECRET,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code": code,
        **changes,
    }
    return browser.post("/api/oauth2/token", data=body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_person_signs_in(browser: httpx.Client):
    back = agree(browser, asked())
    tokens = exchange(browser, back["code"]).json()

    me = browser.get("/api/users/@me", headers=bearer(tokens["access_token"])).json()
    guilds = browser.get(
        "/api/v10/users/@me/guilds", headers=bearer(tokens["access_token"])
    ).json()

    assert back["state"] == "s-1"
    assert (me["id"], me["username"]) == (str(world.RIZKY.id), "rizky")
    assert "email" not in me
    assert [(guild["name"], guild["owner"]) for guild in guilds] == [
        ("Toko Rizky", True),
        ("Server Baru", True),
    ]
    assert tokens["scope"] == "identify guilds"


def test_a_code_works_once_and_for_its_own_address(browser: httpx.Client):
    code = agree(browser, asked())["code"]

    assert exchange(browser, code).status_code == 200
    again = exchange(browser, code)
    other = agree(browser, asked())["code"]
    elsewhere = exchange(browser, other, redirect_uri="http://127.0.0.1:8000/evil/")

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert elsewhere.json()["error"] == "invalid_grant"


def test_pkce_wants_the_verifier(browser: httpx.Client):
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    query = asked(code_challenge=challenge, code_challenge_method="S256")

    without = exchange(browser, agree(browser, query)["code"])
    wrong = exchange(browser, agree(browser, query)["code"], code_verifier="guess")
    right = exchange(browser, agree(browser, query)["code"], code_verifier=VERIFIER)

    assert [without.status_code, wrong.status_code, right.status_code] == [
        400,
        400,
        200,
    ]


def test_a_wrong_secret_gets_nothing(browser: httpx.Client):
    code = agree(browser, asked())["code"]

    answer = exchange(browser, code, client_secret="guess")

    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client"}


def test_a_refresh_token_is_spent_by_its_use(browser: httpx.Client):
    tokens = exchange(browser, agree(browser, asked())["code"]).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    first = exchange(browser, "", **refresh)
    second = exchange(browser, "", **refresh)

    assert first.status_code == 200
    assert second.json()["error"] == "invalid_grant"


def test_cancelling_goes_back_with_access_denied(browser: httpx.Client):
    back = agree(browser, asked(), decision="cancel")

    assert back["error"] == "access_denied"
    assert back["state"] == "s-1"
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "1"},
        {"scope": "identify everything"},
        {"response_type": "token"},
    ],
)
def test_a_bad_request_stays_on_the_page(browser: httpx.Client, change: dict[str, str]):
    answer = browser.get("/oauth2/authorize", params=asked(**change))

    assert answer.status_code == 400
    assert "Tidak bisa dilanjutkan" in answer.text


def test_the_page_asks_who_one_is_and_then_for_consent(browser: httpx.Client):
    who = browser.get("/oauth2/authorize", params=asked())
    consent = browser.get("/oauth2/authorize", params=asked(person=str(world.AYU.id)))

    assert who.text.count("data-person=") == len(world.PEOPLE)
    assert f'data-signed-in="{world.AYU.id}"' in consent.text
    assert 'data-action="authorize"' in consent.text


def test_the_bot_joins_the_chosen_server_with_the_ticked_permissions(
    browser: httpx.Client, local: SimulatedDiscord
):
    query = asked(
        scope="identify guilds bot applications.commands",
        permissions=str(BOT_PERMISSIONS),
        guild_id=str(world.NEW_GUILD_ID),
        disable_guild_select="true",
    )
    back = agree(browser, query, permission=["1024", "2048"])
    tokens = exchange(browser, back["code"]).json()
    me = browser.get(
        f"/api/v10/guilds/{world.NEW_GUILD_ID}/members/{world.BOT_ID}",
        headers={"Authorization": f"Bot {world.BOT_TOKEN}"},
    ).json()
    roles = {role["id"]: role for role in tokens["guild"]["roles"]}
    local.remove(world.NEW_GUILD_ID, world.BOT_ID)

    assert back["guild_id"] == str(world.NEW_GUILD_ID)
    assert tokens["guild"]["id"] == str(world.NEW_GUILD_ID)
    assert [roles[role]["permissions"] for role in me["roles"]] == ["3072"]


def test_nobody_adds_the_bot_to_a_server_of_others(browser: httpx.Client):
    answer = browser.post(
        "/oauth2/authorize",
        params=asked(scope="identify bot", guild_id=str(world.DEWI_GUILD_ID)),
        data={
            "person": str(world.RIZKY.id),
            "decision": "authorize",
            "guild_id": str(world.DEWI_GUILD_ID),
        },
    )

    assert answer.status_code == 400


def test_a_token_reads_only_what_was_allowed(browser: httpx.Client):
    tokens = exchange(browser, agree(browser, asked(scope="identify"))["code"]).json()
    headers = bearer(tokens["access_token"])

    guilds = browser.get("/api/v10/users/@me/guilds", headers=headers)
    about = browser.get("/api/v10/oauth2/@me", headers=headers).json()
    revoked = browser.post(
        "/api/oauth2/token/revoke",
        data={
            "client_id": world.CLIENT_ID,
            "client_secret": world.CLIENT_SECRET,
            "token": tokens["access_token"],
        },
    )

    assert guilds.status_code == 403
    assert about["user"]["username"] == "rizky"
    assert revoked.status_code == 200
    assert browser.get("/api/users/@me", headers=headers).status_code == 401
