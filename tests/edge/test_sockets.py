"""Sockets: which pages may open one, how many are open, what they may say."""

import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisAway

from ppob.asgi import application
from ppob.browser_rules import as_sockets, socket_origins
from ppob.kit import slots
from ppob.local import paths, stack
from security import origin
from tenants import consumers
from tenants.consumers import LONGEST_SAID, MOST_SAID, NOT_HERE, TALKS, TOO_MANY
from tests.dashboard.sockets import PageSocket
from tests.dashboard.test_live import socket_of, tell
from tests.factories import make_member
from tests.threads import in_thread

ARCADIA = "/ws/toko/arcadia/"
SHORT_SECS = 0.3


@pytest.fixture(autouse=True)
def _no_slots(db):
    cache.clear()


@pytest.fixture
def owner(in_arcadia):
    return make_member()


@pytest.fixture
def site(settings):
    settings.SOCKET_ORIGINS = ["https://toko.example.com", "http://[::1]:8000"]


async def opens(origins: list[str], path: str = ARCADIA) -> bool:
    """Whether the handshake is let in; who it is comes afterwards."""
    headers = [(b"origin", each.encode("latin-1")) for each in origins]
    socket = PageSocket(application, path, headers=headers)
    said = await socket.connect()
    return said["type"] == "websocket.accept"


@pytest.mark.parametrize("address", ["https://toko.example.com", "http://[::1]:8000"])
async def test_our_own_pages_may_open_a_socket(site, arcadia, address):
    assert await opens([address])


@pytest.mark.parametrize(
    "origins",
    [
        [],
        [""],
        ["null"],
        ["https://toko.example.com:8443"],  # another program of the same host
        ["http://toko.example.com"],
        ["https://toko.example.com.evil.example"],
        ["https://eviltoko.example.com"],
        ["https://sub.toko.example.com"],
        ["https://toko.example.com/"],
        ["https://toko.example.com@evil.example"],
        ["https://toko.example.com", "https://evil.example"],
        ["https://toko.example.com", "https://toko.example.com"],
        ["http://[::1"],
        ["https://toko.example.com:99999999"],
        ["\xff\xfe"],
        ["https://" + "x" * 5_000],
    ],
)
async def test_nobody_else_may(site, arcadia, origins):
    assert not await opens(origins)


async def test_an_address_that_nobody_listens_to_is_refused_like_a_strangers(
    site, arcadia, caplog
):
    for path in ("/ws/", "/ws/toko/", "/ws/toko/%00/", "/ws/toko/a b/", "/nix/"):
        assert not await opens(["https://toko.example.com"], path)

    assert caplog.records == []


def test_origins_are_those_of_the_site_and_what_is_trusted_beside_it():
    found = socket_origins(
        site="https://Toko.example.com/",
        trusted=[
            "https://Toko.example.com/",
            "https://b.example:444",
            "https://*.c.id",
        ],
        local_hosts=["localhost", "[::1]", "*"],
        port=8000,
    )

    assert found == [
        "https://Toko.example.com/",
        "https://b.example:444",
        "http://localhost:8000",
        "http://[::1]:8000",
    ]
    assert as_sockets(found)[:2] == ["wss://Toko.example.com", "wss://b.example:444"]


async def test_a_browsers_eleventh_page_is_told_so_and_the_first_ten_stay(
    owner, in_arcadia
):
    sockets = [socket_of(owner.user) for _ in range(consumers.PER_SESSION)]
    for socket in sockets:
        assert (await socket.connect())["type"] == "websocket.accept"
    one_more = socket_of(owner.user)
    await one_more.connect()

    assert await one_more.closing_code() == TOO_MANY
    await tell(in_arcadia.pk)
    for socket in sockets:
        assert (await socket.hear())["topic"] == "orders"
        await socket.leave()


async def test_a_page_that_is_closed_makes_room(owner, in_arcadia, monkeypatch):
    monkeypatch.setattr(consumers, "PER_SESSION", 1)
    first, second = socket_of(owner.user), socket_of(owner.user)
    await first.connect()
    await first.leave()

    await second.connect()
    await tell(in_arcadia.pk)

    assert (await second.hear())["topic"] == "orders"
    await second.leave()


async def test_a_store_has_so_many_open_pages_whoever_opens_them(
    owner, in_arcadia, monkeypatch
):
    monkeypatch.setattr(consumers, "PER_STORE", 2)
    others = [await in_thread(make_member)() for _ in range(2)]
    sockets = [socket_of(member.user) for member in (owner, others[0])]
    for socket in sockets:
        await socket.connect()
    late = socket_of(others[1].user)
    await late.connect()

    assert await late.closing_code() == TOO_MANY
    for socket in sockets:
        await socket.leave()


def test_two_processes_cannot_both_take_the_last_slot():
    """In one step on the server: looking and taking apart would let both in."""
    limits = {"store:1": 50}
    script = (
        "import django; django.setup()\n"
        "from ppob.kit import slots\n"
        f"limits = {limits}\n"
        "print(sum(slots.take(f'{NAME}-{n}', limits) is None for n in range(40)))"
    )

    processes = [
        subprocess.Popen(
            [sys.executable, "-c", f"NAME = {name!r}\n{script}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=paths.ROOT,
        )
        for name in ("one", "two")
    ]
    taken = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert sum(taken) == 50


def test_the_slots_of_a_process_that_died_are_free_when_their_lease_ends(until):
    limits = {"session:x": 4, "store:1": 300}
    slots.take("alive", limits, lease_secs=60)
    script = (
        "import django, os; django.setup()\n"
        "from ppob.kit import slots\n"
        f"for n in range(3): slots.take(str(n), {limits}, lease_secs={SHORT_SECS})\n"
        "os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", script], cwd=paths.ROOT, check=False)
    assert died.returncode == -9

    until(lambda: slots.take("mine", limits, lease_secs=60) is None)

    assert slots.take("mine", limits, lease_secs=60) is None  # renewed, not counted
    for name in ("two", "three"):
        assert slots.take(name, limits, lease_secs=60) is None
    assert slots.take("four", limits, lease_secs=60) == "session:x"


def test_a_lease_that_is_renewed_does_not_end(until):
    limits = {"store:1": 1}
    assert slots.take("mine", limits, lease_secs=SHORT_SECS) is None
    assert slots.take("mine", limits, lease_secs=60) is None
    passed = {"probe": 1}
    slots.take("short", passed, lease_secs=SHORT_SECS)
    until(lambda: slots.take("next", passed, lease_secs=60) is None)

    assert slots.take("other", limits, lease_secs=60) == "store:1"


def test_all_slots_are_taken_or_none():
    slots.take("a", {"store:1": 1}, lease_secs=60)

    assert slots.take("b", {"session:b": 1, "store:1": 1}, lease_secs=60) == "store:1"
    assert slots.take("c", {"session:b": 1}, lease_secs=60) is None


def test_given_back_slots_are_free():
    limits = {"session:b": 1, "store:1": 1}
    slots.take("a", limits, lease_secs=60)

    slots.give_back("a", limits)

    assert slots.take("b", limits, lease_secs=60) is None


async def test_a_page_keeps_its_slot_while_it_is_open(owner, monkeypatch):
    renewed = []
    monkeypatch.setattr(consumers, "CHECK_EVERY_SECS", 0.02)
    monkeypatch.setattr(consumers, "RENEW_EVERY_SECS", 0)

    async def take(holder, limits):
        renewed.append(holder)
        return "store:1" if len(renewed) > 3 else None

    monkeypatch.setattr(consumers, "_take", take)
    socket = socket_of(owner.user)
    await socket.connect()

    assert await socket.closing_code() == TOO_MANY  # it was lost, and others are in
    assert len(renewed) == 4
    assert len(set(renewed)) == 1


async def test_without_valkey_nobody_is_counted_and_nobody_turned_away(
    owner, monkeypatch, caplog
):
    async def take(holder, limits):
        raise RedisAway

    monkeypatch.setattr(consumers, "_take", take)
    socket = socket_of(owner.user)

    assert (await socket.connect())["type"] == "websocket.accept"
    assert "not counted" in caplog.text
    await socket.leave()


def test_a_lease_outlives_two_renewals_that_fail():
    assert consumers.RENEW_EVERY_SECS * 2 + consumers.CHECK_EVERY_SECS < (
        slots.LEASE_SECS
    )


async def test_no_key_of_a_session_stands_in_valkey(owner):
    session = type("Session", (), {"session_key": "k" * 32})()
    consumer = consumers.StoreConsumer()
    consumer.scope = {"session": session, "user": owner.user}

    names = " ".join(consumer._limits(1))

    assert "k" * 8 not in names
    assert "store:1" in names


async def test_a_page_that_talks_on_is_cut_off(owner):
    socket = socket_of(owner.user)
    await socket.connect()

    for _ in range(MOST_SAID):
        await socket.say("hello")
    assert await socket.receive_nothing(timeout=0.1)
    await socket.say("hello")

    assert await socket.closing_code() == TALKS


async def test_a_long_message_cuts_off_at_once(owner):
    socket = socket_of(owner.user)
    await socket.connect()

    await socket.say("x" * (LONGEST_SAID + 1))

    assert await socket.closing_code() == TALKS


def test_the_page_knows_what_each_end_means():
    script = (paths.ROOT / "templates/static/js/live.js").read_text()

    assert f"const SENT_AWAY = {NOT_HERE};" in script
    assert f"const TOO_MANY = {TOO_MANY};" in script


def test_servers_of_sockets_take_no_long_message():
    """The consumer counts what it gets; the server must not gather megabytes first."""
    compose = (paths.ROOT / "compose.yaml").read_text()
    assert "--ws-max-size 4096" in stack.WEB
    assert "--ws-max-size=4096" in compose


async def test_a_socket_has_its_clients_address(settings, monkeypatch):
    settings.PROXY_HOPS = 1
    seen = []

    async def page(scope, receive, send):
        seen.append(origin.find_ip())

    scope = {
        "client": ("10.0.0.1", 5),
        "headers": [
            (b"x-forwarded-for", b"1.1.1.1"),
            (b"x-forwarded-for", b"203.0.113.9"),
        ],
    }
    await origin.SocketOriginMiddleware(page)(scope, None, None)

    assert (seen, origin.find_ip()) == (["203.0.113.9"], None)


def test_the_sites_own_address_is_among_the_origins():
    assert configured.SITE_URL in configured.SOCKET_ORIGINS
