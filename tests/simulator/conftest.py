"""A local Discord per module, and a discord.py bot in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.simulator import world
from bot.simulator.client import SimulatedPerson
from bot.simulator.control import SimulatedDiscord
from bot.simulator.running import running

BOT_SCRIPT = Path(__file__).with_name("shop_bot.py")
ROOT = Path(__file__).parents[2]
DEADLINE_SECS = 60.0  # a bot that was cut off waits longer after each try


def until(accept: Callable[[], bool], what: str) -> None:
    """Poll until `accept` says yes, or fail."""
    ends_at = time.monotonic() + DEADLINE_SECS
    while not accept():
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        time.sleep(0.03)


@contextmanager
def shop_bot(url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The test bot, logged in and with its commands registered."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(BOT_SCRIPT), url, world.BOT_TOKEN],
            stdout=output,
            stderr=output,
            cwd=ROOT,
        )
        try:
            with SimulatedDiscord(url) as local:
                local.wait_for_bot(secs=DEADLINE_SECS)
            # Until then the library takes a server it joins for one it was in.
            until(lambda: b"ready" in log.read_bytes(), "the bot to be ready")
            yield process
            # A payload discord.py cannot read ends the bot.
            assert process.poll() is None, log.read_text()[-2000:]
        finally:
            process.kill()
            process.wait(5)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The address of a world that the whole run shares."""
    with running() as address:
        yield address


@pytest.fixture(scope="session")
def bot_process(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[bytes]]:
    with shop_bot(url, tmp_path_factory.mktemp("bot") / "bot.log") as process:
        yield process


@pytest.fixture
def local(url: str) -> Iterator[SimulatedDiscord]:
    """The world, with nothing counted and no fault waiting."""
    with SimulatedDiscord(url) as discord:
        discord.reset()
        yield discord
        discord.reset()
        discord.set_limits(True)


@pytest.fixture
def bot(
    local: SimulatedDiscord, bot_process: subprocess.Popen[bytes]
) -> subprocess.Popen[bytes]:
    """The bot, connected."""
    local.wait_for_bot()
    return bot_process


@pytest.fixture
def ayu(url: str) -> Iterator[SimulatedPerson]:
    with SimulatedPerson(url, world.AYU.id) as person:
        yield person


@pytest.fixture
def bima(url: str) -> Iterator[SimulatedPerson]:
    with SimulatedPerson(url, world.BIMA.id) as person:
        yield person


@pytest.fixture
def citra(url: str) -> Iterator[SimulatedPerson]:
    with SimulatedPerson(url, world.CITRA.id) as person:
        yield person


@pytest.fixture
def rizky(url: str) -> Iterator[SimulatedPerson]:
    with SimulatedPerson(url, world.RIZKY.id) as person:
        yield person


@pytest.fixture
def rest(url: str, local: SimulatedDiscord) -> Iterator[httpx.Client]:
    """The bot API, used directly with the bot's token."""
    with httpx.Client(
        base_url=f"{url}/api/v10",
        headers={"Authorization": f"Bot {world.BOT_TOKEN}"},
        trust_env=False,
    ) as client:
        yield client
