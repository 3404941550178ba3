"""PostgreSQL restarts, Valkey forgets everything, the bot is down: 100 running orders.

Sixty seconds after the servers are back every paid order is delivered, every unpaid one
has expired, and the bot has said everything once.
"""

import time
from typing import Any

from tests.faults.crowd import Crowd
from tests.faults.ground import POSTGRES, VALKEY, Ground
from tests.faults.shop import Shop, open_shop, open_tickets
from tests.faults.verdict import (
    DONE,
    count_messages,
    judge,
    judge_messages,
)

LIMIT_SECS = 60.0
UNPAID_EVERY = 10
TICKETS = 20  # the other orders come without Discord
FAULTS = ("postgres", "valkey", "both")


def recover(ground: Ground, *, fault: str, orders: int = 100) -> dict[str, Any]:
    """One fault in the middle of `orders` orders; what was measured and found."""
    ground.stop_process("bot")
    shop = open_shop(buyers=orders)
    open_tickets(shop, TICKETS)
    ground.start_again("bot")
    ground.until(lambda: _have_channels(ground, shop))
    crowd = Crowd(ground, shop=shop, way="gateway", unpaid_every=UNPAID_EVERY)
    try:
        ground.until(lambda: crowd.finished >= orders // 3)
        ground.stop_process("bot")
        in_work = crowd.count("awaiting_payment", "paid", "delivering")
        _strike(ground, fault)
        back_at = time.monotonic()
        ground.until(crowd.is_done)
        _let_time_pass(crowd)
        ground.until(lambda: _have_ended(crowd), secs=LIMIT_SECS)
        ended_secs = time.monotonic() - back_at
        said_before = _count_sent(crowd)
        ground.start_again("bot")
        bot_at = time.monotonic()
        ground.until(lambda: _is_all_said(crowd), secs=2 * LIMIT_SECS)
        said_secs = time.monotonic() - bot_at
    finally:
        crowd.stop()
    return {
        "fault": fault,
        "orders": orders,
        "in_work": in_work,
        "unknown": len(crowd.unknown),
        "slowest_call_secs": round(crowd.slowest, 1),
        "ended_secs": round(ended_secs, 1),
        "messages": count_messages(crowd),
        "of_these_before": said_before,
        "said_secs": round(said_secs, 1),
        "found": {**judge(crowd), **judge_messages(crowd)},
    }


def _strike(ground: Ground, fault: str) -> None:
    if fault in ("valkey", "both"):
        with ground.valkey() as client:
            client.flushall()
        ground.crash_server(VALKEY)
    if fault in ("postgres", "both"):
        ground.crash_server(POSTGRES)
        ground.start_server(POSTGRES)
    if fault in ("valkey", "both"):
        ground.start_server(VALKEY)


def _let_time_pass(crowd: Crowd) -> None:
    """The time of those who never pay is up."""
    unpaid = [line["order"] for line in crowd.said if not line["paid"]]
    for table, key in (
        ("payments_order", "id"),
        ("payments_payment", "order_id"),
    ):
        crowd.ground.execute(
            f"UPDATE {table} SET expires_at = now() WHERE {key} = ANY(%s)", unpaid
        )


def _have_ended(crowd: Crowd) -> bool:
    return crowd.count(*DONE, "expired") == crowd.orders


def _have_channels(ground: Ground, shop: Shop) -> bool:
    channels = ground.asked(
        "SELECT count(channel_id) FROM bot_ticket WHERE product_id = %s", shop.product
    )
    return channels == TICKETS


def _count_sent(crowd: Crowd) -> int | None:
    return crowd.ground.asked(
        "SELECT count(*) FROM bot_outgoingmessage m JOIN bot_ticket t"
        " ON t.id = m.ticket_id WHERE t.product_id = %s AND m.status = 'sent'",
        crowd.shop.product,
    )


def _is_all_said(crowd: Crowd) -> bool:
    waiting = crowd.ground.asked(
        "SELECT count(*) FROM bot_outgoingmessage m JOIN bot_ticket t"
        " ON t.id = m.ticket_id WHERE t.product_id = %s AND m.status = 'queued'",
        crowd.shop.product,
    )
    return waiting == 0
