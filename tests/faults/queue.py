"""Workers die and Valkey fails in every way while paid orders come in."""

import signal
import time
from collections.abc import Callable
from typing import Any

import psutil

from tests.faults.crowd import Crowd
from tests.faults.ground import VALKEY, Ground
from tests.faults.shop import open_shop
from tests.faults.verdict import DONE, judge

LIMIT_SECS = 60.0
BUSY_SECS = 0.7  # what a worker gets to do before it dies
PAUSE_MS = 10_000
TINY = 1  # a limit of one byte: everything that writes is refused
AWAY_SECS = 5.0
SPREAD_SECS = 2.5  # between a buyer's end and the next, so that some buy all the time


def kill_workers(
    ground: Ground, *, orders: int, kills: int, terms: int, children: int
) -> dict[str, Any]:
    """End the worker in three ways, again and again; what was measured and found."""
    acts = [_kill] * kills + [_term] * terms + [_kill_child] * children
    # Deterministic, and each kind spread over the whole run.
    acts = [acts[place * 7 % len(acts)] for place in range(len(acts))] if acts else []

    def trouble() -> None:
        for act in acts:
            _wait_for_worker(ground)
            time.sleep(BUSY_SECS)
            act(ground)

    measured = _through(ground, trouble, orders=orders, pause_secs=SPREAD_SECS)
    return {"kills": kills, "terms": terms, "children": children, **measured}


def disturb_valkey(ground: Ground, *, how: str, orders: int) -> dict[str, Any]:
    """One failure of Valkey while orders come in; what was measured and found."""
    return {
        "valkey": how,
        **_through(ground, lambda: DISTURBANCES[how](ground), orders=orders),
    }


def _through(
    ground: Ground,
    trouble: Callable[[], None],
    *,
    orders: int,
    pause_secs: float = 0,
) -> dict[str, Any]:
    shop = open_shop(buyers=orders)
    crowd = Crowd(ground, shop=shop, way="gateway", pause_secs=pause_secs)
    try:
        ground.until(lambda: crowd.finished >= orders // 5)
        before = crowd.finished
        trouble()
        over_at = time.monotonic()
        during = crowd.finished - before
        ground.until(crowd.is_done, secs=180)
        waited = time.monotonic() - over_at
        ground.until(lambda: crowd.count(*DONE) == orders, secs=LIMIT_SECS)
        ended_secs = time.monotonic() - over_at
        ground.until(lambda: _queued(ground) == 0, secs=LIMIT_SECS)
        drained_secs = time.monotonic() - over_at
    finally:
        crowd.stop()
    return {
        "orders": orders,
        "bought_meanwhile": during,
        "buyers_done_secs": round(waited, 1),
        "unknown": len(crowd.unknown),
        "slowest_call_secs": round(crowd.slowest, 1),
        "ended_secs": round(ended_secs, 1),
        "drained_secs": round(drained_secs, 1),
        "found": judge(crowd),
    }


def _queued(ground: Ground) -> int:
    with ground.valkey() as client:
        return int(client.llen("celery"))


# --- The worker -----------------------------------------------------------------------


def _wait_for_worker(ground: Ground) -> None:
    ground.until(lambda: bool(_pool(ground)), secs=30)


def _pool(ground: Ground) -> list[psutil.Process]:
    """The processes that do the worker's jobs."""
    try:
        return psutil.Process(ground.running["worker"].pid).children()
    except psutil.NoSuchProcess:
        return []


def _kill(ground: Ground) -> None:
    ground.kill("worker")
    ground.start_process("worker")


def _term(ground: Ground) -> None:
    process = ground.running["worker"]
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    ground.start_process("worker")


def _kill_child(ground: Ground) -> None:
    pool = _pool(ground)
    if pool:
        pool[0].kill()


# --- Valkey ---------------------------------------------------------------------------


def _crash(ground: Ground) -> None:
    ground.crash_server(VALKEY)
    time.sleep(AWAY_SECS)
    ground.start_server(VALKEY)


def _flush(ground: Ground) -> None:
    with ground.valkey() as client:
        client.flushall()


def _pause(ground: Ground) -> None:
    with ground.valkey() as client:
        client.execute_command("CLIENT", "PAUSE", PAUSE_MS, "ALL")
    time.sleep(PAUSE_MS / 1000)


def _fill(ground: Ground) -> None:
    with ground.valkey() as client:
        client.config_set("maxmemory", TINY)
        time.sleep(AWAY_SECS)
        client.config_set("maxmemory", 0)


def _freeze(ground: Ground) -> None:
    """The server neither answers nor hangs up."""
    server = ground.servers[VALKEY]
    server.send_signal(signal.SIGSTOP)
    time.sleep(PAUSE_MS / 1000)
    server.send_signal(signal.SIGCONT)


DISTURBANCES: dict[str, Callable[[Ground], None]] = {
    "killed": _crash,
    "flushed": _flush,
    "paused": _pause,
    "full": _fill,
    "frozen": _freeze,
}
