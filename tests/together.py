"""The long proofs: their marks, who of them stays in one process, and who begins.

A parallel run ends when its last process does, so the longest work begins first and
short tests fill what is left. `Proof.secs` is what each took on two cores, measured by
`--durations`; only the order matters, so a rough number stays right for long.

pytest-xdist's own groups (`--dist loadgroup`) rename tests to mark them, which this
pytest ignores; choosing the scheduler is its documented hook.
"""

from dataclasses import dataclass

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

LONG_LIMIT_SECS = 400  # starting an installation counts, on a machine that is busy


@dataclass(frozen=True)
class Proof:
    """Tests that take long, by the beginning of their names.

    `group` names what they share: they run in one process, one after the other.
    `mark` lets a person choose them (`pytest -m crash`) or leave them out.
    """

    beginning: str
    mark: str
    secs: int
    group: str = ""


PROOFS = (
    # One process does all crash runs, and starting it takes longest.
    Proof("tests/crash/", "crash", 150, "crash"),
    # An installation whose servers are killed; no other is started meanwhile, because
    # the two would slow each other down.
    Proof("tests/faults/", "faults", 100, "installations"),
    # One installation of real processes, and the queue it uses.
    Proof("tests/processes/", "processes", 100, "installations"),
    Proof("tests/browser/", "browser", 50, "installations"),
    Proof("tests/kit/test_after_commit.py", "", 3, "installations"),
    Proof("tests/deployment/test_slow_sockets.py", "processes", 60, "installations"),
    Proof("tests/deployment/test_huge_pictures.py", "processes", 20, "installations"),
    # They read all that is in Valkey, and one of them leaves a code there.
    Proof("tests/security/test_canary_in_valkey.py", "", 3, "canary"),
    # Each service's settings are read once, its server for jobs started once.
    Proof("tests/deployment/test_compose.py", "", 30, "containers"),
    Proof("tests/deployment/test_services.py", "", 40, "containers"),
    Proof("tests/isolation/test_matrix.py", "isolation", 150),
    Proof("tests/edge/test_odd_requests.py", "", 100),
    # One local Discord with one bot.
    Proof("tests/simulator/", "processes", 60, "simulator"),
    Proof("tests/bot/test_in_discord.py", "", 40, "town"),
    Proof("tests/bot/test_fleet.py", "", 20, "town"),
    Proof("tests/inventory/test_purchase_random.py", "walk", 60),
    Proof("tests/payments/test_random_walk.py", "walk", 20),
    Proof("tests/payments/test_wallet_walk.py", "walk", 5),
    Proof("tests/tenants/test_migrations.py", "", 20),
    Proof("tests/local/test_local_servers.py", "processes", 15),
    Proof("tests/local/test_local_supervisor.py", "processes", 10),
    Proof("tests/dashboard/test_in_browser.py", "", 20),
)
SLOW = {proof.mark for proof in PROOFS if proof.mark}


def proof_of(nodeid: str) -> Proof | None:
    """The long proof that a test belongs to."""
    return next((each for each in PROOFS if nodeid.startswith(each.beginning)), None)


def mark_proofs(items: list[pytest.Item]) -> None:
    """Give the long proofs their marks and the time they may need."""
    for item in items:
        proof = proof_of(item.nodeid)
        if proof and proof.mark:
            item.add_marker(proof.mark)
        is_long = proof or item.get_closest_marker("processes")
        if is_long and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_LIMIT_SECS))


def begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Groups of long proofs first, by what they take together; then everything else.

    Each test process does the same, and the scheduler deals them out in this order.
    """
    together: dict[str, int] = {}
    for proof in PROOFS:
        key = proof.group or proof.beginning
        together[key] = together.get(key, 0) + proof.secs

    def secs(item: pytest.Item) -> int:
        proof = proof_of(item.nodeid)
        return together[proof.group or proof.beginning] if proof else 0

    items.sort(key=secs, reverse=True)


class Scheduler(LoadScopeScheduling):
    """Tests go to whichever process is free; groups go to one process whole."""

    def _split_scope(self, nodeid: str) -> str:
        proof = proof_of(nodeid)
        return proof.group if proof and proof.group else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduler:
    """Use our grouping in every parallel run."""
    # The order is ours; xdist would put whatever has most tests first.
    config.option.loadscopereorder = False
    return Scheduler(config, log)
