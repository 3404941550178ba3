"""What must be so when everything has come to rest."""

from collections import Counter
from typing import Any

import psycopg

from bot.simulator import world
from ppob.local import paths
from tests.faults.crowd import Crowd
from tests.faults.ground import Ground
from tests.payments.invariants import violations
from tests.processes.installation import DATABASE

DONE = ("delivered", "completed")
# Said by a bot that died before it noted it; the next one found the order paid, and
# nothing to say any more.
_OVERTAKEN = "payment_instructions"
_MESSAGES = 100  # more than a ticket ever holds

_ENDS = """
SELECT o.id, o.status, o.total, count(DISTINCT d.id),
    count(DISTINCT e.id) FILTER (WHERE e.kind = 'sale')
FROM payments_order o JOIN payments_orderline l ON l.order_id = o.id
LEFT JOIN payments_delivery d ON d.line_id = l.id
LEFT JOIN payments_ledgerentry e ON e.order_id = o.id
WHERE l.product_id = %s GROUP BY o.id ORDER BY o.id
"""
_CODES = """
SELECT i.status, count(*) FROM inventory_stockitem i
WHERE i.product_id = %s GROUP BY i.status
"""
_OUTGOING = """
SELECT m.id, m.kind, m.status, m.discord_id, t.channel_id FROM bot_outgoingmessage m
JOIN bot_ticket t ON t.id = m.ticket_id WHERE t.product_id = %s ORDER BY m.id
"""


def broken_rules() -> dict[str, list[Any]]:
    """The product's own rules, with the rows that break them."""
    with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
        return violations(connection)


def judge(crowd: Crowd) -> dict[str, Any]:
    """What is wrong with the crowd's orders; empty when nothing is."""
    paid = {line["order"] for line in crowd.said if line["paid"]}
    rows = crowd.ground.query(_ENDS, crowd.shop.product)
    codes = Counter(dict(crowd.ground.query(_CODES, crowd.shop.product)))
    found = {
        "orders that nobody knows": [
            row for row in rows if row[0] not in {line["order"] for line in crowd.said}
        ],
        "orders too few": crowd.orders - len(rows),
        "paid orders that were not delivered once": [
            row
            for row in rows
            if row[0] in paid and (row[1] not in DONE or row[3] != 1 or row[4] != 1)
        ],
        "unpaid orders that did not expire": [
            row
            for row in rows
            if row[0] not in paid and (row[1] != "expired" or row[3] or row[4])
        ],
        "codes sold and not paid": codes["sold"] - len(paid),
        "codes still held": codes["held"],
        **broken_rules(),
    }
    return {what: rows for what, rows in found.items() if rows}


def judge_messages(crowd: Crowd) -> dict[str, Any]:
    """Messages to tickets that Discord shows never, twice or without our knowing."""
    rows = crowd.ground.query(_OUTGOING, crowd.shop.product)
    known: dict[int, Counter[int]] = {}
    nameless: Counter[int] = Counter()
    for _pk, kind, _status, discord_id, channel_id in rows:
        known.setdefault(channel_id, Counter())
        if discord_id is not None:
            known[channel_id][discord_id] += 1
        elif kind == _OVERTAKEN:
            nameless[channel_id] += 1
    found: dict[str, list[Any]] = {
        "messages that were not sent": [row for row in rows if row[2] != "sent"],
        "messages that are not there": [],
        "messages too many": [],
    }
    for channel_id, ids in known.items():
        shown = Counter(_shown(crowd.ground, channel_id))
        found["messages that are not there"] += list(ids - shown)
        if (shown - ids).total() > nameless[channel_id]:
            found["messages too many"].append((channel_id, sorted(shown - ids)))
    return {what: rows for what, rows in found.items() if rows}


def count_messages(crowd: Crowd) -> int:
    """How many messages went to the crowd's tickets."""
    return len(crowd.ground.query(_OUTGOING, crowd.shop.product))


def _shown(ground: Ground, channel_id: int) -> list[int]:
    messages = ground.person(world.RIZKY).messages(channel_id, limit=_MESSAGES)
    return [
        int(message["id"])
        for message in messages
        if int(message["author"]["id"]) == world.BOT_ID
    ]
