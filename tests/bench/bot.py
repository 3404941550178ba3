"""Interactions per second through the real bot process, and its memory."""

import tempfile
import threading
import time
from pathlib import Path

import psutil

from bot.simulator import world
from tests.processes.installation import Installation
from tests.processes.journey import Buyer, Json, pick

PEOPLE = (world.AYU, world.BIMA, world.CITRA, world.RIZKY)
WORKERS = (1, 8)


def measure(*, secs: float) -> None:
    """Press a panel's Payment button again and again; print answers per second."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        try:
            installation.start()
            panel = Buyer(installation, world.AYU).panel()
            print("\nInteractions through the bot (press, defer, read, answer)")
            print("at once  answers/s   p50 ms   p95 ms   p99 ms")
            for workers in WORKERS:
                _press(installation, panel, workers, secs)
            memory = psutil.Process(installation.running["bot"].pid).memory_info()
            print(f"\nMemory of the bot process: {memory.rss / 1e6:.0f} MB (RSS)")
        finally:
            installation.stop()


def _press(installation: Installation, panel: Json, workers: int, secs: float) -> None:
    took: list[float] = []
    deadline = time.monotonic() + secs

    def press_again_and_again(who: world.Person) -> None:
        person = installation.person(who)
        button = pick(panel, "methods")
        while time.monotonic() < deadline:
            started = time.monotonic()
            person.click(panel, button)
            took.append(time.monotonic() - started)

    threads = [
        threading.Thread(
            target=press_again_and_again, args=(PEOPLE[number % len(PEOPLE)],)
        )
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took.sort()
    shown = "".join(
        f"{took[int(len(took) * share)] * 1000:9.0f}" for share in (0.5, 0.95, 0.99)
    )
    print(f"{workers:7}{len(took) / secs:12.0f}{shown}")
