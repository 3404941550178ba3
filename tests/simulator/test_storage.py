"""The world survives a restart, also a violent one."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.simulator import world
from bot.simulator.client import ActionFailed, SimulatedPerson
from bot.simulator.running import free_port, running
from tests.simulator.conftest import ROOT, shop_bot, until

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(port: int, tmp_path: Path) -> Iterator[Start]:
    """Start the simulator as a process of its own, again and again on one folder."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bot.simulator", "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--data-dir", str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE
        )
        processes.append(process)
        until(lambda: answers(port), "the simulator")
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait(5)
        process.stderr.close()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def holds(snapshot: Path, text: bytes) -> bool:
    return snapshot.exists() and text in snapshot.read_bytes()


@pytest.mark.processes
def test_a_killed_simulator_comes_back_and_the_bot_with_it(
    start: Start, port: int, tmp_path: Path
):
    url = f"http://127.0.0.1:{port}"
    saved = tmp_path / "discord.state"
    first = start()
    with shop_bot(url, tmp_path / "bot.log"), SimulatedPerson(url, world.AYU.id) as ayu:
        panel = ayu.slash(world.RIZKY_GENERAL_ID, "panel")["message"]
        ayu.send(world.RIZKY_GENERAL_ID, "bukti", files=[("a.txt", b"isi")])
        ayu.send(world.RIZKY_GENERAL_ID, "terakhir")
        until(lambda: holds(saved, b"terakhir"), "the snapshot")
        first.send_signal(signal.SIGKILL)
        first.wait(5)

        start()
        history = ayu.messages(world.RIZKY_GENERAL_ID)
        [file] = history[1]["attachments"]
        until(lambda: ayu.home()["bot"]["online"], "the bot")
        downloaded = httpx.get(file["url"]).content
        again = ayu.select(panel, ["1"])

    assert [message["content"] for message in history] == ["", "bukti", "terakhir"]
    assert downloaded == b"isi"
    assert int(again["id"]) > int(history[-1]["id"])


def test_a_clean_stop_saves_everything_and_fresh_forgets_it(tmp_path: Path):
    with (
        running(data_dir=tmp_path) as url,
        SimulatedPerson(url, world.AYU.id) as ayu,
    ):
        sent = ayu.send(world.RIZKY_GENERAL_ID, "halo", files=[("a.txt", b"isi")])
        ayu.set_dm_open(False)

    with (
        running(data_dir=tmp_path) as url,
        SimulatedPerson(url, world.AYU.id) as ayu,
    ):
        [kept] = ayu.messages(world.RIZKY_GENERAL_ID)
        path = kept["attachments"][0]["url"].split("/cdn/", 1)[1]
        content = httpx.get(f"{url}/cdn/{path}").content
        later = ayu.send(world.RIZKY_GENERAL_ID, "lagi")
        closed = not ayu.home()["dm_open"]

    assert kept["content"] == "halo"
    assert content == b"isi"
    assert closed
    assert int(later["id"]) > int(sent["id"])


def test_an_unreadable_snapshot_starts_the_world_anew(tmp_path: Path):
    (tmp_path / "discord.state").write_bytes(b"not a snapshot")

    with (
        running(data_dir=tmp_path) as url,
        SimulatedPerson(url, world.RIZKY.id) as rizky,
    ):
        names = [guild["name"] for guild in rizky.guilds()]

    assert names == ["Toko Rizky", "Server Baru"]


def test_two_worlds_do_not_know_each_other():
    with (
        running() as here,
        running() as there,
        SimulatedPerson(here, world.AYU.id) as ayu,
        SimulatedPerson(there, world.AYU.id) as other,
    ):
        ayu.send(world.RIZKY_GENERAL_ID, "di sini")

        assert other.messages(world.RIZKY_GENERAL_ID) == []
        with pytest.raises(ActionFailed):
            ayu.send(world.RIZKY_LOG_ID, "rahasia")
