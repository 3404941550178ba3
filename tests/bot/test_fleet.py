"""The supervisor against a local Discord: reality follows the rows."""

import asyncio
import threading
import time

import discord.asset
import discord.gateway
import discord.http
import pytest

from bot.cross_tenant.accounts import claim_instances, register_shared
from bot.models import BotInstance, InstanceEvent
from bot.network import point_library
from bot.runtime.fleet import Supervisor
from bot.simulator import world
from bot.simulator.control import SimulatedDiscord
from bot.simulator.running import running
from ppob.kit import clock
from tests.factories import wait_until

ADDRESSES = [
    (discord.http.Route, "BASE"),
    (discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY"),
    (discord.asset.Asset, "BASE"),
]


class Fleet:
    """A supervisor in a thread, as `runbot` runs it."""

    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stopping = asyncio.Event()
        self.thread = threading.Thread(
            target=lambda: self.loop.run_until_complete(Supervisor().run(self.stopping))
        )
        self.thread.start()

    def stop(self) -> float:
        """Ask it to end; how many seconds that took."""
        started = time.monotonic()
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(20)
        assert not self.thread.is_alive()
        self.loop.close()
        return time.monotonic() - started


@pytest.fixture
def local(db, settings, monkeypatch):
    with running() as url:
        settings.DISCORD = {
            **settings.DISCORD,
            "API_BASE": f"{url}/api/v10",
            "GATEWAY_URL": url.replace("http", "ws", 1) + "/gateway",
            "CDN_BASE": f"{url}/cdn",
        }
        for owner, name in ADDRESSES:  # put back afterwards
            monkeypatch.setattr(owner, name, getattr(owner, name))
        point_library()
        monkeypatch.setattr("bot.runtime.fleet.RECONCILE_SECS", 0.3)
        with SimulatedDiscord(url) as control:
            yield control


@pytest.fixture
def fleet(local):
    found = Fleet()
    found.start()
    yield found
    if found.thread.is_alive():
        found.stop()


def observed() -> tuple[str, str]:
    row = BotInstance.across_tenants.get()
    return row.observed, row.observed_reason


def test_a_wanted_bot_comes_online_and_leaves_in_time(local, fleet):
    register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
    wait_until(lambda: observed() == ("online", ""))

    took = fleet.stop()

    assert took < 20  # a gateway that hangs up badly takes 30
    assert observed() == ("stopped", "")
    assert local.stats()["gateway"]["connected"] == 0
    assert len(claim_instances(owner="next", now=clock.now())) == 1


def test_a_stopped_bot_leaves_and_a_restarted_one_logs_in_again(local, fleet):
    register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
    wait_until(lambda: observed() == ("online", ""))

    BotInstance.across_tenants.update(desired="stopped")
    wait_until(lambda: observed() == ("stopped", ""))
    BotInstance.across_tenants.update(desired="running", generation=2)
    wait_until(lambda: observed() == ("online", ""))

    assert local.stats()["gateway"]["identifies"] == 2


def test_a_wrong_token_waits_for_its_owner_without_knocking_again(local, fleet):
    register_shared(application_id=world.BOT_ID, token="wrong-token-of-nobody")
    wait_until(lambda: observed() == ("needs_owner", "token_invalid"))
    asked = local.stats()["routes"].get("GET /applications/@me", 0)

    register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
    wait_until(lambda: observed() == ("online", ""))

    assert asked <= 1


def test_looking_again_for_a_wrong_token_writes_nothing_down(local, monkeypatch):
    monkeypatch.setattr("bot.runtime.fleet._LONGEST_WAIT", 0.1)
    register_shared(application_id=world.BOT_ID, token="wrong-token-of-nobody")
    fleet = Fleet()
    fleet.start()
    try:
        asked = "GET /applications/@me"
        wait_until(lambda: local.stats()["routes"].get(asked, 0) >= 4)
        events = InstanceEvent.across_tenants.order_by("pk")
        before = list(events.values_list("target", flat=True))
        register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
        wait_until(lambda: observed() == ("online", ""))
    finally:
        fleet.stop()

    assert before == ["starting", "needs_owner"]


def identified_with(local) -> list[bool]:
    """Whether each login asked for what messages say."""
    return local.stats()["gateway"]["asked_for_content"]


def test_a_refused_intent_is_left_out_and_the_bot_comes_back(local, fleet):
    local.refuse_identify(code=4014)

    register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
    wait_until(lambda: observed()[0] == "online")

    assert identified_with(local) == [True, False]
    reasons = InstanceEvent.across_tenants.values_list("target", "reason")
    assert ("degraded", "intents_not_enabled") in list(reasons)


def test_a_bot_its_owner_has_to_help_looks_again_later(local, monkeypatch):
    monkeypatch.setattr("bot.runtime.fleet._LONGEST_WAIT", 0.2)
    local.refuse_identify(code=4013, times=2)
    fleet = Fleet()
    fleet.start()
    try:
        register_shared(application_id=world.BOT_ID, token=world.BOT_TOKEN)
        wait_until(lambda: observed()[0] == "online")
    finally:
        fleet.stop()

    events = InstanceEvent.across_tenants.order_by("pk").values_list("target", "reason")
    assert ("needs_owner", "bad_intents") in list(events)
    assert len(identified_with(local)) == 3
