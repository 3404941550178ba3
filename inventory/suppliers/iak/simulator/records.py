"""What the simulated supplier remembers of a purchase, and its words for outcomes."""

from dataclasses import dataclass, field
from typing import Any

from inventory.simulator.engine import Order

SUCCESS, FAILED, PENDING = "00", "07", "39"
_PENDING = (PENDING, "201")

MESSAGES = {
    "00": "SUCCESS",
    "06": "TRANSACTION NOT FOUND",
    "07": "FAILED",
    "10": "REACH TOP UP LIMIT USING SAME DESTINATION NUMBER IN 1 DAY",
    "13": "CUSTOMER NUMBER BLOCKED",
    "14": "INCORRECT DESTINATION NUMBER",
    "16": "NUMBER NOT MATCH WITH OPERATOR",
    "17": "INSUFFICIENT DEPOSIT",
    "20": "CODE NOT FOUND",
    "39": "PROCESS",
    "102": "INVALID IP ADDRESS",
    "106": "PRODUCT IS TEMPORARILY OUT OF SERVICE",
    "107": "ERROR IN XML FORMAT",
    "110": "SYSTEM UNDER MAINTENANCE",
    "141": "INVALID USER ID / ZONE ID / SERVER ID / ROLENAME",
    "142": "INVALID USER ID",
    "143": "INQUIRY NOT NEEDED",
    "201": "UNDEFINED RESPONSE CODE",
    "202": "MAXIMUM 1 NUMBER 1 TIME IN 1 DAY",
    "204": "WRONG AUTHENTICATION",
}
SUCCEEDED_STATUS, FAILED_STATUS = 1, 2


def status(rc: str) -> int:
    """The status that goes with a response code: 0 in process, 1 success, 2 failed."""
    if rc == SUCCESS:
        return SUCCEEDED_STATUS
    return 0 if rc in _PENDING else FAILED_STATUS


def message(rc: str) -> str:
    """What IAK says about a response code."""
    return MESSAGES.get(rc, MESSAGES[FAILED])


@dataclass(kw_only=True)
class Transaction(Order):
    """One purchase, with what IAK shows of it."""

    code: str
    customer_id: str
    tr_id: int
    sn: str = ""
    pin: str = ""
    balance: int = 0

    def present(self) -> dict[str, object]:
        """The `data` of an answer."""
        shown: dict[str, object] = {
            "ref_id": self.ref_id,
            "status": status(self.rc),
            "product_code": self.code,
            "customer_id": self.customer_id,
            "price": self.price,
            "message": message(self.rc),
            "balance": self.balance,
            "tr_id": self.tr_id,
            "rc": self.rc,
        }
        goods = {"sn": self.sn, "pin": self.pin} if self.rc == SUCCESS else {}
        return shown | {key: value for key, value in goods.items() if value}

    def report(self, sign: str) -> dict[str, str]:
        """The `data` of a callback: the same, all of it text, and signed."""
        texts = {key: str(value) for key, value in self.present().items()}
        return texts | {"sign": sign}


@dataclass(kw_only=True)
class BillPaid(Transaction):
    """One payment of a bill, with what was answered about it before."""

    bill: dict[str, Any] = field(default_factory=dict)
    noref: str = ""

    def present(self) -> dict[str, object]:
        """The `data` of an answer; what a bill says of its payment comes last."""
        ends = {SUCCESS: "PAYMENT SUCCESS", PENDING: "PENDING"}
        shown = {
            **self.bill,
            "response_code": self.rc,
            "message": ends.get(self.rc, "PEMBAYARAN GAGAL"),
            "balance": self.balance,
        }
        is_paid = self.rc == SUCCESS
        return shown | {"noref": self.noref} if is_paid else shown
