"""PostgreSQL crashes again and again while several processes sell."""

import time
from collections import Counter
from typing import Any

from tests.faults.crowd import Crowd
from tests.faults.ground import POSTGRES, Ground
from tests.faults.shop import open_shop
from tests.faults.verdict import DONE, judge

BREATH_SECS = 1.0  # sales between two crashes
PROCESSES, THREADS = 2, 4
ORDERS_EACH = 45  # more than are sold between two crashes


def restart_postgres(ground: Ground, *, restarts: int) -> dict[str, Any]:
    """Crash PostgreSQL so many times under sales; what was counted and found."""
    crowd = Crowd(
        ground,
        shop=open_shop(buyers=ORDERS_EACH * restarts),
        way="transfer",
        processes=PROCESSES,
        threads=THREADS,
    )
    away = []
    try:
        ground.until(lambda: crowd.finished > 0)
        while len(away) < restarts and not crowd.is_done():
            time.sleep(BREATH_SECS)
            started = time.monotonic()
            ground.crash_server(POSTGRES)
            ground.start_server(POSTGRES)
            away.append(time.monotonic() - started)
            ground.supervise()
        under_load = not crowd.is_done()
        ground.until(crowd.is_done, secs=180)
        ground.until(lambda: crowd.count(*DONE) == crowd.orders)
    finally:
        crowd.stop()
    return {
        "restarts": len(away),
        "under_load_to_the_end": under_load,
        "longest_restart_secs": round(max(away), 1),
        "orders": crowd.orders,
        "unknown": len(crowd.unknown),
        "errors": Counter(crowd.unknown),
        "of_orders": sum(bool(line["unknown"]) for line in crowd.said),
        "slowest_call_secs": round(crowd.slowest, 1),
        "found": judge(crowd),
    }
