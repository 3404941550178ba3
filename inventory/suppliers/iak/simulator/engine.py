"""What happens at the simulated IAK: its answers, codes and rules.

A purchase is in process first, whatever becomes of it. For how long IAK remembers a
reference is not documented; this one forgets none. How often it repeats a report is not
either, so nothing may depend on that.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from inventory.simulator import engine
from inventory.simulator.engine import Body, Callback, NotPossible
from inventory.suppliers.iak.simulator import inquiries, postpaid
from inventory.suppliers.iak.simulator.postpaid import Postpaid
from inventory.suppliers.iak.simulator.records import (
    FAILED,
    FAILED_STATUS,
    PENDING,
    SUCCEEDED_STATUS,
    SUCCESS,
    BillPaid,
    Transaction,
    message,
    status,
)
from inventory.suppliers.iak.simulator.world import (
    GOODS,
    START_BALANCE,
    Buyer,
    Good,
    find_buyer,
    find_good,
)

# Planned, these are answered at once, and nothing is remembered.
_NO_TRANSACTION = ("10", "13", "16", "17", "20", "106", "110", "202", "203", "206")
# A bill's commands: what of the body is signed (or the word itself), and what follows.
_BILL_COMMANDS: dict[str, tuple[str, Callable[[Postpaid, Body], dict[str, object]]]] = {
    "inq-pasca": ("ref_id", Postpaid.ask),
    "pay-pasca": ("tr_id", Postpaid.pay),
    "checkstatus": ("cs", Postpaid.status),
    "pricelist-pasca": ("pl", lambda bills, _body: bills.list_lines()),
}
_ICON = "https://cdn.mobileproduct.net/img/product/operator_list/simulation.png"


class Engine(engine.Engine[Transaction]):
    """IAK's inner life. `callback_urls` are what buyers entered on its pages."""

    order_type = Transaction
    retry_secs = (1, 3, 10)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.callback_urls: dict[str, str] = {}
        self.postpaid = Postpaid(self)

    def bill(self, body: Body) -> dict[str, object]:
        """`/api/v1/bill/check`: whatever its `commands` say."""
        command = str(body.get("commands", ""))
        if command not in _BILL_COMMANDS:
            return postpaid.refusal("101")
        suffix, act = _BILL_COMMANDS[command]
        if command == "pay-pasca" or command == "checkstatus":
            self.requests.append((self.clock(), str(body.get("ref_id", ""))))
        refused = self._check_sender(body, suffix=str(body.get(suffix, suffix)))
        if refused:
            return postpaid.refusal({"204": "100"}.get(refused, refused))
        return act(self.postpaid, body)

    def top_up(self, body: Body) -> dict[str, object]:
        """`/api/top-up`: buy, or the present state of this reference."""
        refused = self._check_purchase(body)
        if not refused and not (body.get("customer_id") and body.get("product_code")):
            refused = "107"
        if refused:
            return _refusal(refused, body)
        known = self._find_known(body)
        return known.present() if known else self._order(body)

    def check_status(self, body: Body) -> dict[str, object]:
        """`/api/check-status`: the present state, and never a purchase."""
        refused = self._check_purchase(body)
        if refused:
            return _refusal(refused, body)
        known = self._find_known(body)
        return known.present() if known else _refusal("06", body)

    def balance(self, body: Body) -> dict[str, object]:
        """`/api/check-balance`."""
        refused = self._check_sender(body, suffix="bl")
        if refused:
            return _refusal(refused, {})
        left = self.balance_of(str(body["username"]))
        return {"balance": left, "message": message(SUCCESS), "rc": SUCCESS}

    def price_list(
        self, body: Body, *, kind: str = "", operator: str = ""
    ) -> dict[str, object]:
        """`/api/pricelist[/<kind>[/<operator>]]`."""
        refused = self._check_sender(body, suffix="pl")
        if refused:
            return _refusal(refused, {})
        wanted = body.get("status", "all")
        lines = [
            self._line(good)
            for good in GOODS
            if kind in ("", good.kind) and operator in ("", good.operator)
        ]
        shown = [line for line in lines if wanted in ("all", line["status"])]
        return {"pricelist": shown, "message": message(SUCCESS), "rc": SUCCESS}

    def inquire(self, body: Body, about: inquiries.Inquiry) -> dict[str, object]:
        """The inquiries about games, signed with the game's code."""
        game_code = str(body.get("game_code", ""))
        refused = self._check_sender(body, suffix=game_code)
        rc, found = (refused, {}) if refused else about(game_code, body)
        end = SUCCEEDED_STATUS if rc == SUCCESS else FAILED_STATUS
        return {**found, "status": end, "message": message(rc), "rc": rc}

    def inquire_meter(self, body: Body) -> dict[str, object]:
        """`/api/inquiry-pln`, signed with the number."""
        number = str(body.get("customer_id", ""))
        refused = self._check_sender(body, suffix=number)
        rc, found = (refused, {}) if refused else inquiries.find_meter(number)
        end = SUCCEEDED_STATUS if rc == SUCCESS else FAILED_STATUS
        return {**found, "status": end, "message": message(rc), "rc": rc}

    def balance_of(self, username: str) -> int:
        """What is left of a buyer's deposit, in rupiah."""
        return self.balances.setdefault(username, START_BALANCE)

    def finish(self, transaction: Transaction, rc: str, *, report: bool = True) -> None:
        """Give a pending order its outcome. Raises NotPossible for others."""
        if status(transaction.rc) in (SUCCEEDED_STATUS, FAILED_STATUS):
            raise NotPossible(f"The transaction is {transaction.rc}.")
        transaction.flips_at = None
        self._enter(transaction, rc)
        if report:
            self.report(transaction)

    def change_mind(self, transaction: Transaction, rc: str) -> None:
        """Say the opposite of an outcome: 07 after a success, 00 after a failure."""
        opposites = {(SUCCEEDED_STATUS, FAILED), (FAILED_STATUS, SUCCESS)}
        if (status(transaction.rc), rc) not in opposites:
            raise NotPossible(f"The transaction is {transaction.rc}.")
        self._enter(transaction, rc)
        self.report(transaction)

    def report(self, transaction: Transaction, *, times: int = 1) -> None:
        """Send an outcome to the buyer's server; nothing before there is one."""
        buyer = find_buyer(transaction.username)
        url = self.callback_urls.get(transaction.username, "")
        if buyer is None or self.is_silent or not url or not status(transaction.rc):
            return
        signed = transaction.report(sign(buyer, transaction.ref_id))
        for _turn in range(times):
            self.callbacks.append(
                Callback(
                    url=url,
                    body=json.dumps({"data": signed}),
                    headers={},
                    ref_id=transaction.ref_id,
                    retries_left=len(self.retry_secs),
                    due_at=self.clock(),
                )
            )

    def switch(self, body: Body) -> None:
        """Also set `callback_urls`, where the reports of each buyer go."""
        super().switch(body)
        self.callback_urls.update(body.get("callback_urls", {}))

    def forget(self) -> None:
        """Forget everything, switches included."""
        super().forget()
        self.callback_urls.clear()
        self.postpaid.forget()

    def kept(self) -> dict[str, object]:
        """Also where reports go, and what was asked about bills."""
        more = {"callback_urls": self.callback_urls, "asked": self.postpaid.kept()}
        return super().kept() | more

    def restore(self, kept: Body) -> None:
        """Go on from what `kept` said."""
        orders = kept["transactions"]
        bills = [BillPaid(**content) for content in orders if "bill" in content]
        rest = [content for content in orders if "bill" not in content]
        super().restore({**kept, "transactions": rest})
        self.transactions |= {(each.username, each.ref_id): each for each in bills}
        self.callback_urls = kept["callback_urls"]
        self.postpaid.restore(kept.get("asked", []))

    def charge(self, transaction: Transaction, rc: str) -> None:
        """Give a new payment its first state; its price is taken unless it failed."""
        self._enter(transaction, rc)

    def next_number(self) -> int:
        """IAK's own number for something new."""
        asked = [each.tr_id for each in self.postpaid.asked.values()]
        return max([self._next_number(), *(tr_id + 1 for tr_id in asked)])

    def _check_purchase(self, body: Body) -> str:
        ref_id = str(body.get("ref_id", ""))
        self.requests.append((self.clock(), ref_id))
        refused = self._check_sender(body, suffix=ref_id)
        return refused or ("" if ref_id else "107")

    def _check_sender(self, body: Body, *, suffix: str) -> str:
        buyer = find_buyer(str(body.get("username", "")))
        if self.refuses_addresses:
            return "102"
        if buyer is None:
            return "204"
        expected, told = sign(buyer, suffix), str(body.get("sign", ""))
        is_right = hmac.compare_digest(expected.encode(), told.encode())
        return "" if is_right else "204"

    def _find_known(self, body: Body) -> Transaction | None:
        self.flip_due()  # who asks in time hears the outcome
        return self.transactions.get((str(body["username"]), str(body["ref_id"])))

    def _order(self, body: Body) -> dict[str, object]:
        good = find_good(str(body["product_code"]))
        if good is None:
            return _refusal("20", body)
        planned = self.plan.popleft() if self.plan else SUCCESS
        first, _arrow, then = planned.partition(">")
        username = str(body["username"])
        if first in _NO_TRANSACTION:
            return _refusal(first, body)
        if good.code in self.off:
            return _refusal("106", body)
        if self.balance_of(username) < good.price:
            return _refusal("17", body)
        # In process first, also where an outcome is planned straight away.
        is_pending = not status(first)
        then = then if is_pending else first
        made = self._make(body, good, then=then)
        self._enter(made, first if is_pending else PENDING)
        return made.present()

    def _make(self, body: Body, good: Good, *, then: str) -> Transaction:
        now = self.clock()
        made = Transaction(
            username=str(body["username"]),
            ref_id=str(body["ref_id"]),
            code=good.code,
            customer_id=str(body["customer_id"]),
            price=good.price,
            created_at=now,
            rc="",
            then=then,
            flips_at=now + self.flip_secs if then else None,
            tr_id=self._next_number(),
        )
        self.transactions[made.username, made.ref_id] = made
        return made

    def _next_number(self) -> int:
        # From the time, so that not even one that forgot everything gives it twice.
        known = [each.tr_id for each in self.transactions.values()]
        return max([int(self.clock() * 1000), *(tr_id + 1 for tr_id in known)])

    def _enter(self, transaction: Transaction, rc: str) -> None:
        transaction.rc = rc
        # The deposit is charged from the first answer on.
        is_paid = status(rc) != FAILED_STATUS
        step = int(is_paid) - transaction.charges
        left = self.balance_of(transaction.username) - step * transaction.price
        self.balances[transaction.username] = left
        transaction.charges = int(is_paid)
        if rc == SUCCESS:
            transaction.deliveries += 1
            if not isinstance(transaction, BillPaid):
                _hand_over(transaction)
        transaction.balance = left

    def _line(self, good: Good) -> dict[str, object]:
        return {
            "product_code": good.code,
            "product_description": good.brand,
            "product_nominal": good.nominal,
            "product_details": "-",
            "product_price": good.price,
            "product_type": good.kind,
            "active_period": "0",
            "status": "non active" if good.code in self.off else "active",
            "icon_url": _ICON,
            "product_category": good.kind,
        }


def sign(buyer: Buyer, suffix: str) -> str:
    """How requests and reports are signed."""
    signed = f"{buyer.username}{buyer.api_key}{suffix}".encode()
    return hashlib.md5(signed, usedforsecurity=False).hexdigest()


def _hand_over(transaction: Transaction) -> None:
    """Serial numbers as docs/prepaid/sn-format.md shows them."""
    digest = hashlib.sha256(transaction.ref_id.encode()).hexdigest()
    number = str(int(digest[:20], 16) % 10**20).zfill(20)
    good = find_good(transaction.code)
    if good is not None and good.kind == "pln":
        token = "-".join(number[at : at + 4] for at in range(0, 20, 4))
        transaction.sn = f"{token}/PT SIMULASI/R1 /000001300/13.2"
    elif good is not None and good.kind == "game":
        letters = digest[:16].upper()
        transaction.sn = "-".join(letters[at : at + 4] for at in range(0, 16, 4))
        transaction.pin = number[:9] if good.has_pin else ""
    else:
        transaction.sn = number[:10]


def _refusal(rc: str, body: Body) -> dict[str, object]:
    """A failure without a transaction: it has no number."""
    told = {
        key: body[key]
        for key in ("ref_id", "product_code", "customer_id")
        if key in body
    }
    return {**told, "status": FAILED_STATUS, "message": message(rc), "rc": rc}
