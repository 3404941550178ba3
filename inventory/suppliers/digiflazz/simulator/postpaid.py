"""Bills at the simulated Digiflazz: asked, paid on the same day, and asked about.

Where its documentation says nothing, this one does what a careless client would pay
for: a second payment under one reference is charged again, and a question about a bill
that was never paid is answered as the bill was.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from inventory.simulator.engine import Body
from inventory.suppliers.digiflazz.simulator import tariffs
from inventory.suppliers.digiflazz.simulator.records import (
    MESSAGES,
    Asked,
    Transaction,
)

if TYPE_CHECKING:
    from inventory.suppliers.digiflazz.simulator.engine import Engine

_JAKARTA = timezone(timedelta(hours=7))
_NOT_FOUND, _NOT_UNIQUE, _PAYLOAD = "50", "49", "40"
_NO_SKU, _NO_STOCK, _LOW_BALANCE = "43", "68", "44"
# Planned, these are answered at once, and nothing is charged or remembered.
_NO_TRANSACTION = ("43", "44", "47", "49", "62", "66", "67", "68", "69", "80", "81")


class Postpaid:
    """The bills of one simulated Digiflazz."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.asked: dict[tuple[str, str], Asked] = {}
        self.plan: list[str] = []  # codes with which the next questions end

    def transact(self, body: Body) -> dict[str, object]:
        """One of the three commands; the sender is known."""
        command = body["commands"]
        if command == "inq-pasca":
            return self._ask(body)
        if command == "pay-pasca":
            return self._pay(body)
        if command == "status-pasca":
            return self._status(body)
        return refusal(body, _PAYLOAD)

    def kept(self) -> list[dict[str, Any]]:
        """What was asked, as JSON takes it."""
        return [asdict(each) for each in self.asked.values()]

    def restore(self, kept: Sequence[dict[str, Any]]) -> None:
        """Go on from what `kept` said."""
        found = [Asked(**content) for content in kept]
        self.asked = {(each.username, each.ref_id): each for each in found}

    def forget(self) -> None:
        """Forget what was asked."""
        self.asked.clear()
        self.plan.clear()

    def _ask(self, body: Body) -> dict[str, object]:
        key = str(body["username"]), str(body["ref_id"])
        sku, number = str(body.get("buyer_sku_code", "")), str(body["customer_no"])
        if key in self.asked or key in self._engine.transactions:
            return refusal(body, _NOT_UNIQUE)
        if not tariffs.has_line(sku):
            return refusal(body, _NO_SKU)
        if sku in self._engine.off:
            return refusal(body, _NO_STOCK)
        if self.plan:
            return refusal(body, self.plan.pop(0))
        owed = tariffs.find_owed(sku, number)
        if owed is None:
            return refusal(body, tariffs.NO_BILL)
        made = Asked(
            username=key[0],
            ref_id=key[1],
            sku=sku,
            customer_no=number,
            asked_at=self._engine.clock(),
            price=owed.price,
            bill=owed.bill,
        )
        self.asked[key] = made
        return made.present()

    def _pay(self, body: Body) -> dict[str, object]:
        engine = self._engine
        known = self._find_asked(body)
        if known is None or _day(known.asked_at) != _day(engine.clock()):
            return refusal(body, _NOT_FOUND)
        planned = engine.plan.popleft() if engine.plan else ""
        rc, _arrow, then = planned.partition(">")
        if rc in _NO_TRANSACTION:
            return refusal(body, rc)
        if engine.balance_of(known.username) < known.price:
            return refusal(body, _LOW_BALANCE)
        owed = tariffs.find_owed(known.sku, known.customer_no)
        if not rc and owed is not None:
            rc, then = owed.rc, owed.then
        paid_before = engine.transactions.get((known.username, known.ref_id))
        if paid_before is not None and paid_before.charges:
            # Nobody says that it is the same payment.
            paid_before.charges += 1
            engine.balances[known.username] -= known.price
            return paid_before.present()
        return self._charge(known, rc, then)

    def _charge(self, known: Asked, rc: str, then: str) -> dict[str, object]:
        engine, now = self._engine, self._engine.clock()
        made = Transaction(
            username=known.username,
            ref_id=known.ref_id,
            sku=known.sku,
            customer_no=known.customer_no,
            price=known.price,
            cb_url="",
            created_at=now,
            rc="",
            then=then,
            flips_at=now + engine.flip_secs if then else None,
            bill=known.bill,
        )
        engine.transactions[made.username, made.ref_id] = made
        engine.charge(made, rc)
        return made.present()

    def _status(self, body: Body) -> dict[str, object]:
        paid = self._engine.transactions.get(
            (str(body["username"]), str(body["ref_id"]))
        )
        if paid is not None:
            return paid.present()
        known = self._find_asked(body)
        return refusal(body, _NOT_FOUND) if known is None else known.present()

    def _find_asked(self, body: Body) -> Asked | None:
        known = self.asked.get((str(body["username"]), str(body["ref_id"])))
        same = body.get("buyer_sku_code"), str(body["customer_no"])
        if known is None or same != (known.sku, known.customer_no):
            return None
        return known


def refusal(body: Body, rc: str) -> dict[str, object]:
    """What is turned away: there is no transaction."""
    return {
        "ref_id": body.get("ref_id", ""),
        "customer_no": body.get("customer_no", ""),
        "buyer_sku_code": body.get("buyer_sku_code", ""),
        "message": MESSAGES.get(rc, "Transaksi Gagal"),
        "status": "Gagal",
        "rc": rc,
        "price": 0,
    }


def _day(moment: float) -> object:
    return datetime.fromtimestamp(moment, _JAKARTA).date()
