"""The bot ends in its time, whatever its threads are waiting for."""

import os
import signal
import subprocess
import sys
import time

from bot.management.commands.runbot import STOP_WITHIN_SECS
from ppob.local.processes import Program

# A service that waits for somebody else's answer cannot be interrupted.
WAITING = """
import asyncio, signal, time
import django
django.setup()
from bot import bridge
from bot.management.commands import runbot

async def work():
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, runbot._stop, stopping)
    waiting = [asyncio.create_task(bridge.across(time.sleep, 60)) for _ in range(8)]
    await asyncio.sleep(0)
    print("working", flush=True)
    await stopping.wait()
    await asyncio.gather(*waiting)

asyncio.run(work())
"""


def test_the_bot_stops_in_its_time_while_services_wait():
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ppob.settings"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"

    asked_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    code = process.wait(20)

    assert code == 0
    assert time.monotonic() - asked_at < STOP_WITHIN_SECS + 2  # a slow machine's


def test_whoever_waits_for_the_bot_waits_longer_than_it_takes():
    assert Program(name="bot", command=("true",)).grace_secs > STOP_WITHIN_SECS
