"""Bills at the simulated IAK: asked, paid by their own number, and asked about.

The documented test numbers of `PLNPOSTPAID`, and one that fails after a while:
https://api.iak.id/api/postpaid/core/product/pln/inquiry. Where the documentation says
nothing, this one does what a careless client would pay for: a second payment of the
same inquiry is charged again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from inventory.simulator.engine import Body
from inventory.suppliers.iak.simulator.records import FAILED, PENDING, SUCCESS, BillPaid

if TYPE_CHECKING:
    from inventory.suppliers.iak.simulator.engine import Engine

_JAKARTA = timezone(timedelta(hours=7))
_NOMINAL, _ADMIN, _COMMISSION = 300_000, 2_500, 600  # of one bill, as documented
CODE = "PLNPOSTPAID"
_TIMEOUT, _ALREADY_PAID, _WRONG_NUMBER = "103", "01", "14"
_EXPIRED, _NOT_FOUND, _NO_PRODUCT, _OFF, _LOW = "04", "06", "20", "106", "17"
_NOT_RECEIVED, _DUPLICATE = "42", "11"
_BILLER_ERROR, _PAYMENT_FAILED = "105", "37"

# By number: how many bills, how the question ends, how its payment does, and then.
_NUMBERS = {
    "530000000001": (1, SUCCESS, SUCCESS, ""),
    "530000000002": (8, SUCCESS, SUCCESS, ""),
    "530000000003": (0, _TIMEOUT, "", ""),
    "530000000004": (0, _ALREADY_PAID, "", ""),
    "530000000005": (0, _WRONG_NUMBER, "", ""),
    "530000000006": (1, SUCCESS, _PAYMENT_FAILED, ""),
    "530000000007": (1, SUCCESS, PENDING, SUCCESS),
    "530000000008": (1, SUCCESS, _BILLER_ERROR, ""),
    "530000000009": (1, SUCCESS, PENDING, FAILED),  # our own: pending, then not paid
}
_NO_TRANSACTION = ("04", "06", "17", "20", "106", "108", "109", "110")


@dataclass(kw_only=True)
class Asked:
    """One question about a bill that was answered."""

    username: str
    ref_id: str
    hp: str
    tr_id: int
    asked_at: float
    bills: int

    def present(self) -> dict[str, object]:
        """The `data` of the answer."""
        nominal, admin = _NOMINAL * self.bills, _ADMIN * self.bills
        months = [f"2016{month:02}" for month in range(8, 8 + self.bills)]
        sheet = {
            "nilai_tagihan": str(_NOMINAL),
            "admin": str(_ADMIN),
            "denda": "0",
            "total": _NOMINAL + _ADMIN,
        }
        return {
            "tr_id": self.tr_id,
            "code": CODE,
            "hp": self.hp,
            "tr_name": "SUBCRIBER NAME",
            "period": ",".join(months),
            "nominal": nominal,
            "admin": admin,
            "ref_id": self.ref_id,
            "response_code": SUCCESS,
            "message": "INQUIRY SUCCESS",
            "price": nominal + admin,
            "selling_price": self.cost,
            "desc": {
                "tarif": "R1",
                "daya": 1300,
                "lembar_tagihan": str(self.bills),
                "tagihan": {"detail": [{"periode": each, **sheet} for each in months]},
            },
        }

    @property
    def cost(self) -> int:
        """What paying takes from the deposit."""
        return (_NOMINAL + _ADMIN - _COMMISSION) * self.bills


class Postpaid:
    """The bills of one simulated IAK."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.asked: dict[tuple[str, str], Asked] = {}

    def list_lines(self) -> dict[str, object]:
        """The postpaid list."""
        line = {
            "code": CODE,
            "name": "PLN POSTPAID",
            "status": 4 if CODE in self._engine.off else 1,
            "fee": _ADMIN,
            "komisi": _COMMISSION,
            "type": "pln",
            "category": "postpaid",
        }
        return {"pasca": [line]}

    def ask(self, body: Body) -> dict[str, object]:
        """`inq-pasca`."""
        key = str(body["username"]), str(body["ref_id"])
        if key in self.asked:
            return refusal(_DUPLICATE)
        if body.get("code") != CODE:
            return refusal(_NO_PRODUCT)
        if CODE in self._engine.off:
            return refusal(_OFF)
        bills, rc, _paid, _then = _NUMBERS.get(
            str(body.get("hp", "")), (0, _WRONG_NUMBER, "", "")
        )
        if rc != SUCCESS:
            return refusal(rc)
        made = Asked(
            username=key[0],
            ref_id=key[1],
            hp=str(body["hp"]),
            tr_id=self._engine.next_number(),
            asked_at=self._engine.clock(),
            bills=bills,
        )
        self.asked[key] = made
        return made.present()

    def pay(self, body: Body) -> dict[str, object]:
        """`pay-pasca`, by IAK's own number of the question."""
        engine = self._engine
        known = self._find(str(body["username"]), str(body.get("tr_id", "")))
        if known is None:
            return refusal(_NOT_FOUND)
        if _day(known.asked_at) != _day(engine.clock()):
            return refusal(_EXPIRED)
        planned = engine.plan.popleft() if engine.plan else ""
        rc, _arrow, then = planned.partition(">")
        if rc in _NO_TRANSACTION:
            return refusal(rc)
        if engine.balance_of(known.username) < known.cost:
            return refusal(_LOW)
        if not rc:
            _bills, _asked, rc, then = _NUMBERS[known.hp]
        before = engine.transactions.get((known.username, known.ref_id))
        if before is not None and before.charges:
            before.charges += 1
            engine.balances[known.username] -= known.cost
            return before.present()
        return self._charge(known, rc, then)

    def status(self, body: Body) -> dict[str, object]:
        """`checkstatus`, by the buyer's reference."""
        self._engine.flip_due()  # who asks in time hears the outcome
        key = str(body["username"]), str(body["ref_id"])
        paid = self._engine.transactions.get(key)
        if isinstance(paid, BillPaid):
            return paid.present() | {"status": _STATUSES.get(paid.rc, 2)}
        known = self.asked.get(key)
        if known is None:
            return refusal(_NOT_FOUND)
        return known.present() | {
            "status": 0,
            "response_code": _NOT_RECEIVED,
            "message": "REQUEST PEMBAYARAN BELUM DITERIMA",
        }

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

    def _charge(self, known: Asked, rc: str, then: str) -> dict[str, object]:
        engine, now = self._engine, self._engine.clock()
        digest = hashlib.sha256(known.ref_id.encode()).hexdigest()
        made = BillPaid(
            username=known.username,
            ref_id=known.ref_id,
            code=CODE,
            customer_id=known.hp,
            price=known.cost,
            created_at=now,
            rc="",
            then=then,
            flips_at=now + engine.flip_secs if then else None,
            tr_id=known.tr_id,
            bill=known.present(),
            noref=digest[:32].upper(),
        )
        engine.transactions[made.username, made.ref_id] = made
        engine.charge(made, rc)
        return made.present()

    def _find(self, username: str, tr_id: str) -> Asked | None:
        found = (
            each
            for each in self.asked.values()
            if (each.username, str(each.tr_id)) == (username, tr_id)
        )
        return next(found, None)


_STATUSES = {SUCCESS: 1, PENDING: 3}


def refusal(rc: str) -> dict[str, object]:
    """What is turned away, with as few words as a client has to bear."""
    return {"response_code": rc, "message": _MESSAGES.get(rc, "FAILED")}


_MESSAGES = {
    _ALREADY_PAID: "INVOICE HAS BEEN PAID",
    _EXPIRED: "BILLING ID EXPIRED",
    _NOT_FOUND: "INQUIRY ID NOT FOUND",
    _WRONG_NUMBER: "INCORRECT DESTINATION NUMBER",
    _LOW: "BALANCE NOT ENOUGH",
    _TIMEOUT: "TIMEOUT",
}


def _day(moment: float) -> object:
    return datetime.fromtimestamp(moment, _JAKARTA).date()
