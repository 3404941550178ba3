"""The REST front: authentication, errors, limits, nonces, faults."""

import json
from collections.abc import Iterator

import httpx
import pytest

from bot.simulator import world
from bot.simulator.control import SimulatedDiscord
from bot.simulator.running import running
from tests.simulator import referee

GENERAL = f"/channels/{world.DEWI_GENERAL_ID}"
MESSAGES = f"{GENERAL}/messages"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A world without a bot that listens."""
    with running() as address:
        yield address


@pytest.fixture(autouse=True)
def _no_limits(local: SimulatedDiscord) -> None:
    local.set_limits(False)


def test_a_wrong_token_is_unauthorized(url: str):
    answer = httpx.get(
        f"{url}/api/v10/users/@me", headers={"Authorization": "Bot wrong"}
    )

    assert answer.status_code == 401
    assert answer.json() == {"code": 0, "message": "401: Unauthorized"}


def test_answers_carry_what_discord_py_insists_on(rest: httpx.Client):
    answer = rest.get("/users/@me")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Via"]
    assert answer.headers["X-RateLimit-Bucket"]
    assert answer.json()["id"] == str(world.BOT_ID)


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({"content": "x" * 2001}, 50035, "content"),
        ({"content": ""}, 50006, ""),
        (
            {"embeds": [{"title": "t", "fields": [{"name": "n", "value": ""}]}]},
            50035,
            "embeds",
        ),
        ({"embeds": [{"description": "x" * 3500}] * 2}, 50035, "_errors"),
        (
            {
                "flags": 1 << 15,
                "components": [{"type": 10, "content": "a"} for _ in range(41)],
            },
            50035,
            "_errors",
        ),
        (
            {
                "flags": 1 << 15,
                "components": [{"type": 10, "content": "a" * 2001} for _ in range(2)],
            },
            50035,
            "_errors",
        ),
    ],
    ids=["content", "empty", "field", "embed-total", "components", "text-total"],
)
def test_bodies_discord_refuses_are_refused_and_leave_nothing(
    rest: httpx.Client, body: dict, code: int, where: str
):
    before = rest.get(MESSAGES).json()

    answer = rest.post(MESSAGES, json=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert where in json.dumps(answer.json().get("errors", {}))
    assert rest.get(MESSAGES).json() == before


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/channels/1", 10003),
        ("GET", f"{MESSAGES}/1", 10008),
        ("GET", "/users/1", 10013),
        ("GET", f"/guilds/{world.NEW_GUILD_ID}", 10004),
        ("GET", f"/guilds/{world.DEWI_GUILD_ID}/members/1", 10007),
        ("DELETE", f"/guilds/{world.DEWI_GUILD_ID}/roles/1", 10011),
        ("POST", "/interactions/1/none/callback", 10062),
        ("PATCH", "/webhooks/1/none/messages/@original", 10015),
    ],
)
def test_what_is_not_there_has_its_own_code(
    rest: httpx.Client, method: str, path: str, code: int
):
    answer = rest.request(method, path, json={"type": 4} if method == "POST" else None)

    assert answer.status_code == 404
    assert answer.json()["code"] == code


def test_answers_are_what_discord_documents(rest: httpx.Client):
    message = rest.post(MESSAGES, json={"content": "hai", "embeds": [{"title": "t"}]})
    channel = rest.patch(GENERAL, json={"topic": "Selamat datang"})
    made = rest.post(
        f"/guilds/{world.DEWI_GUILD_ID}/channels", json={"name": "baru", "nsfw": True}
    )
    dm = rest.post("/users/@me/channels", json={"recipient_id": world.EKO.id})

    routes = {
        "POST /channels/{channel_id}/messages": message,
        "PATCH /channels/{channel_id}": channel,
        "POST /guilds/{guild_id}/channels": made,
        "POST /users/@me/channels": dm,
    }
    assert {
        route: referee.answer_problems(route, answer.status_code, answer.json())
        for route, answer in routes.items()
    } == {route: [] for route in routes}
    assert made.status_code == 201


def test_the_same_nonce_sends_once(rest: httpx.Client):
    body = {"content": "sekali", "nonce": "row-1", "enforce_nonce": True}

    first = rest.post(MESSAGES, json=body).json()
    second = rest.post(MESSAGES, json=body).json()

    assert second["id"] == first["id"]
    history = [message["content"] for message in rest.get(MESSAGES).json()]
    assert history.count("sekali") == 1


def test_the_nonce_of_a_deleted_message_sends_nothing(rest: httpx.Client):
    body = {"content": "hilang", "nonce": "row-2", "enforce_nonce": True}
    first = rest.post(MESSAGES, json=body).json()
    rest.delete(f"{MESSAGES}/{first['id']}")

    answer = rest.post(MESSAGES, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, 10008)


def test_six_messages_in_a_row_meet_the_channels_limit(
    rest: httpx.Client, local: SimulatedDiscord
):
    local.set_limits(True)
    path = f"/channels/{world.DEWI_LOG_ID}/messages"

    answers = [rest.post(path, json={"content": str(n)}) for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[4].headers["X-RateLimit-Remaining"] == "0"
    refusal = answers[5]
    assert 0 < refusal.json()["retry_after"] <= 5
    assert refusal.json()["global"] is False
    assert refusal.headers["Via"]
    assert len(local.stats()["limited"]) == 1


def test_edits_of_an_old_message_have_a_limit_of_their_own(
    rest: httpx.Client, local: SimulatedDiscord
):
    message = rest.post(MESSAGES, json={"content": "0"}).json()
    path = f"{MESSAGES}/{message['id']}"
    local.set_limits(True)
    local.make_older(message["id"], 3601)

    answers = [rest.patch(path, json={"content": str(n)}) for n in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == 30046
    assert local.stats()["edits"] == {message["id"]: 3}


def test_a_channel_is_renamed_twice_in_ten_minutes(
    rest: httpx.Client, local: SimulatedDiscord
):
    local.set_limits(True)
    path = f"/channels/{world.DEWI_PRODUCTS_ID}"

    answers = [rest.patch(path, json={"topic": f"t{n}"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 500 < answers[2].json()["retry_after"] <= 600


def test_a_lost_reply_is_done_but_not_answered(
    rest: httpx.Client, local: SimulatedDiscord
):
    local.inject(method="POST", path=MESSAGES, kind="lost_reply")

    with pytest.raises(httpx.RemoteProtocolError):
        rest.post(MESSAGES, json={"content": "terkirim diam-diam"})

    assert rest.get(MESSAGES).json()[0]["content"] == "terkirim diam-diam"


def test_an_injected_error_does_nothing_and_counts_down(
    rest: httpx.Client, local: SimulatedDiscord
):
    local.inject(path=MESSAGES, method="POST", status=500)

    first = rest.post(MESSAGES, json={"content": "gagal"})
    second = rest.post(MESSAGES, json={"content": "berhasil"})

    assert (first.status_code, second.status_code) == (500, 200)
    assert rest.get(MESSAGES).json()[0]["content"] == "berhasil"
    assert "gagal" not in rest.get(MESSAGES).text


def test_a_bot_that_left_is_not_in_the_server(
    rest: httpx.Client, local: SimulatedDiscord
):
    local.invite_bot(world.NEW_GUILD_ID, ["view_channel"])
    inside = rest.get(f"/guilds/{world.NEW_GUILD_ID}").status_code

    left = rest.delete(f"/users/@me/guilds/{world.NEW_GUILD_ID}")

    assert (inside, left.status_code) == (200, 204)
    assert rest.get(f"/guilds/{world.NEW_GUILD_ID}").status_code == 404
    names = [guild["name"] for guild in rest.get("/users/@me/guilds").json()]
    assert names == ["Toko Rizky", "Toko Dewi"]
