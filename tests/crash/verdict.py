"""Is anything lost or doubled? Our rules, and our rows beside the outside truth."""

from collections import Counter
from datetime import datetime
from typing import Any

import psycopg

from inventory.states import ItemStatus
from tests.crash.discord import OutsideDiscord
from tests.crash.world import Store, read_codes
from tests.payments.invariants import violations

Found = dict[str, list[Any]]

# What came in by each of our references, as the books have it. An entry counts once,
# however many rows of unmatched money its payment has.
_BOOKED = """
    WITH of_payment AS (
        SELECT DISTINCT p.id AS payment_id, e.id AS entry_id
        FROM payments_payment p
        LEFT JOIN payments_unmatchedmoney u ON u.payment_id = p.id
        JOIN payments_ledgerentry e ON e.tenant_id = p.tenant_id AND (
            e.kind = 'unmatched' AND e.source = u.public_id::text
            OR e.source = p.reference
        )
    )
    SELECT p.reference, m.gateway, coalesce(sum(g.amount), 0)
    FROM payments_payment p
    JOIN payments_paymentmethod m ON m.id = p.method_id
    LEFT JOIN of_payment o ON o.payment_id = p.id
    LEFT JOIN (
        SELECT g.entry_id, g.amount FROM payments_ledgerposting g
        JOIN payments_ledgeraccount a ON a.id = g.account_id
        WHERE a.kind = 'clearing' AND g.amount > 0
    ) g ON g.entry_id = o.entry_id
    GROUP BY p.reference, m.gateway
"""

_REVERSED = """
    SELECT p.reference FROM payments_payment p
    WHERE EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.id)
        OR EXISTS (SELECT FROM payments_discrepancy d WHERE d.payment_id = p.id)
"""

_ATTEMPTS = """
    SELECT a.ref_id, a.status, p.id, p.status, o.status
    FROM inventory_purchaseattempt a
    JOIN inventory_purchase p ON p.id = a.purchase_id
    LEFT JOIN payments_orderline l ON l.public_id = p.holder
    LEFT JOIN payments_order o ON o.id = l.order_id
"""

_MESSAGES = """
    SELECT o.id, o.kind, o.status, o.payload::text, o.ticket_id, o.recipient_id,
        coalesce(o.recipient_id, o.channel_id, t.channel_id)
    FROM bot_outgoingmessage o LEFT JOIN bot_ticket t ON t.id = o.ticket_id
"""

_STUCK = {
    "callbacks": """
        SELECT id, status FROM security_inboxevent WHERE status = 'received'
    """,
    "orders": """
        SELECT o.id, o.status, p.status, p.due_at, a.status, a.ref_id, a.due_at
        FROM payments_order o
        JOIN payments_orderline l ON l.order_id = o.id
        LEFT JOIN inventory_purchase p ON p.holder = l.public_id
        LEFT JOIN inventory_purchaseattempt a ON a.purchase_id = p.id
        WHERE o.status IN ('awaiting_payment', 'paid', 'delivering')
    """,
    "payments": """
        SELECT id, status FROM payments_payment WHERE status IN ('created', 'pending')
    """,
    "holds": "SELECT id FROM inventory_hold WHERE status = 'active'",
    "messages": "SELECT id, kind FROM bot_outgoingmessage WHERE status = 'queued'",
}

_ALWAYS_SHOWN = ("payment_received", "order_ready", "order_expired")

_SAID_ONCE = (*_ALWAYS_SHOWN, "order_completed", "payment_instructions")

_UNASKED = """
    SELECT id, request_key FROM payments_order
    WHERE request_key !~ '^click:[^:]+:[^:]+:[0-9]+$'
"""

_UNTOLD = """
    SELECT o.id, o.status FROM payments_order o
    JOIN bot_ticket t ON t.order_id = o.id
    WHERE o.status IN ('delivered', 'completed') AND NOT EXISTS (
        SELECT FROM bot_outgoingmessage m WHERE m.kind = 'order_ready'
            AND m.status IN ('sent', 'failed') AND (
                m.ticket_id = t.id OR (m.payload ->> 'order')::bigint = o.id
            )
    )
"""


class Judge:
    """Compares the rows with the rules and with what is known from outside."""

    def __init__(self, connection: psycopg.Connection[Any], *, now: datetime) -> None:
        self._connection, self._now = connection, now

    def rules(self) -> Found:
        """The product's own invariants, deadlines included."""
        return violations(self._connection, now=self._now)

    def nothing_waits(self) -> Found:
        """Work that nobody will ever do."""
        found = {
            f"{name} wait for ever": self._ask(sql) for name, sql in _STUCK.items()
        }
        return {
            **found,
            "buyers were not told of their codes": self._ask(_UNTOLD),
            "orders come from no click": self._ask(_UNASKED),
        }

    def money(self, captured: list[dict[str, Any]], transfers: list[str]) -> Found:
        """Every rupiah that was taken in is booked once under our reference."""
        came: Counter[str] = Counter()
        for payment in captured:
            came[payment["merchant_ref"]] += payment["amount"]
        gone = {each["merchant_ref"] for each in captured if each["is_back"]}
        booked = {ref: (gateway, amount) for ref, gateway, amount in self._ask(_BOOKED)}
        by_gateway = [
            (reference, came[reference], amount)
            for reference, (gateway, amount) in booked.items()
            if gateway == "tripay" and came[reference] != amount
            if not (reference in gone and amount == 0)
        ]
        reversed_here = {row[0] for row in self._ask(_REVERSED)}
        by_hand = [
            (reference, amount)
            for reference, (gateway, amount) in booked.items()
            if gateway == "manual" and (amount > 0) != (reference in set(transfers))
        ]
        return {
            "the gateway's money is not what we booked": by_gateway,
            "the gateway took money back that we still have": [
                reference
                for reference in gone
                if reference in booked
                and booked[reference][1]
                and reference not in reversed_here
            ],
            "the gateway's money is unknown to us": [
                (reference, amount)
                for reference, amount in came.items()
                if reference not in booked
            ],
            "the bank's money is not what we booked": by_hand,
        }

    def charges(self, asked: list[str]) -> Found:
        """A payment is asked for once, however often the answer was lost."""
        return {
            "the gateway was asked twice for one payment": [
                (reference, count)
                for reference, count in Counter(asked).items()
                if count > 1
            ]
        }

    def purchases(self, sold: list[dict[str, Any]], changed: set[str]) -> Found:
        """What the supplier sold is what we bought, and nothing was bought twice."""
        ours = {row[0]: row for row in self._ask(_ATTEMPTS)}
        bought = {
            each["ref_id"]
            for each in sold
            if each["charges"] and each["ref_id"] not in changed
        }
        succeeded = {
            ref_id
            for ref_id, row in ours.items()
            if row[1] == "succeeded" and ref_id not in changed
        }
        units = Counter(ours[ref_id][2] for ref_id in bought if ref_id in ours)
        return {
            "the supplier sold what we do not know": sorted(bought - set(ours)),
            "the supplier sold, and we think it did not": sorted(
                (bought & set(ours)) - succeeded
            ),
            "we think it was bought, and it was not": sorted(succeeded - bought),
            "a unit was bought twice": [
                unit for unit, count in units.items() if count > 1
            ],
            "a reference was sold twice": [
                each["ref_id"]
                for each in sold
                if each["deliveries"] > 1 and each["ref_id"] not in changed
            ],
            "it was bought, and its buyer does not have it": [
                ours[ref_id]
                for ref_id in succeeded
                if ours[ref_id][4] not in ("delivered", "completed")
            ],
        }

    def codes(self, stores: list[Store], added: set[str], seen: Found) -> Found:
        """Every code that was put in is there once; a buyer saw only their own."""
        items = [item for store in stores for item in read_codes(store)]
        texts = Counter(item.code.reveal() for item in items)
        first = {
            code for store in stores for codes in store.codes.values() for code in codes
        }
        sold = {item.code.reveal() for item in items if item.status == ItemStatus.SOLD}
        readers: dict[str, set[int]] = {}
        for order_id, code in seen["seen"]:
            readers.setdefault(code, set()).add(order_id)
        return {
            "codes are missing or doubled": [
                (code, texts[code]) for code in first | added if texts[code] != 1
            ],
            "codes came from nowhere": sorted(set(texts) - first - added),
            "a code was read in two orders": [
                (code, sorted(orders))
                for code, orders in readers.items()
                if len(orders) > 1
            ],
            "a code was read that is not sold": sorted(
                set(readers) - sold - set(seen["serial numbers"])
            ),
        }

    def messages(self, outside: OutsideDiscord) -> Found:
        """Every message is shown once, in its own place, and none is invented."""
        rows = self._ask(_MESSAGES)
        place = {f"outgoing{row[0]}": row[6] for row in rows}
        status = {f"outgoing{row[0]}": row[2] for row in rows}
        shown = outside.shown()
        nonces = {nonce for _channel, nonce in shown}
        said = Counter(
            row[1:2] + row[3:6]
            for row in rows
            if f"outgoing{row[0]}" in nonces and row[1] in _SAID_ONCE
        )
        return {
            "messages are said to be sent and are not shown": [
                row
                for row in rows
                if row[1] in _ALWAYS_SHOWN and row[2] == "sent"
                if f"outgoing{row[0]}" not in nonces
            ],
            "messages without a row": [
                message for message in shown if message[1] not in place
            ],
            "messages in a wrong place": [
                (channel, nonce)
                for channel, nonce in shown
                if place.get(nonce, channel) != channel
            ],
            "messages shown that are not known to be sent": [
                # One that arrived before its place was gone may count as failed.
                message
                for message in shown
                if status.get(message[1]) not in ("sent", "failed")
            ],
            "the same message twice": [key for key, count in said.items() if count > 1],
        }

    def _ask(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()
