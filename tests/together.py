"""Which tests of a parallel run stay in one process, because they share something big.

pytest-xdist's own groups (`--dist loadgroup`) rename tests to mark them, which this
pytest ignores; choosing the scheduler is its documented hook.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    # One installation of real processes, and the queue it uses.
    "tests/processes/": "processes",
    "tests/browser/": "processes",
    "tests/kit/test_after_commit.py": "processes",
    # One process does all crash runs, and starting it takes longest.
    "tests/crash/": "crash",
    # Another one with servers of its own; the two would slow each other down.
    "tests/faults/": "processes",
    # One local Discord with one bot.
    "tests/bot/test_in_discord.py": "town",
    "tests/bot/test_fleet.py": "town",
    "tests/simulator/": "simulator",
}


class Scheduler(LoadScopeScheduling):
    """Tests go to whichever process is free; groups go to one process whole."""

    def _split_scope(self, nodeid: str) -> str:
        for beginning, group in TOGETHER.items():
            if nodeid.startswith(beginning):
                return group
        return nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduler:
    """Use our grouping in every parallel run."""
    return Scheduler(config, log)
