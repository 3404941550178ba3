"""What happens at the simulated Digiflazz: its answers, codes and rules.

References are remembered for 90 days, as Digiflazz does it; after that one buys again.
"""

import hashlib
import hmac
import json
from typing import Any

from inventory.simulator import engine
from inventory.simulator.engine import Body, Callback, NotPossible
from inventory.suppliers.digiflazz.simulator.postpaid import Postpaid, refusal
from inventory.suppliers.digiflazz.simulator.records import (
    FAILED,
    MESSAGES,
    PENDING,
    REFUNDED,
    SUCCESS,
    Transaction,
    word,
)
from inventory.suppliers.digiflazz.simulator.tariffs import (
    has_serial_number,
    postpaid_list,
)
from inventory.suppliers.digiflazz.simulator.world import (
    GOODS,
    METERS,
    START_BALANCE,
    Buyer,
    find_buyer,
    find_good,
)

MEMORY_SECS = 90 * 24 * 3600
LIST_EVERY_SECS = 300

# The documented test numbers; other numbers succeed at once.
_ENDINGS = {
    "1230": (SUCCESS, ""),
    "1232": (FAILED, ""),
    "1233": (PENDING, SUCCESS),
    "1234": (PENDING, FAILED),
}
_NO_TRANSACTION = ("43", "44", "47", "49", "62", "66", "67", "68", "69", "80", "81")


class Engine(engine.Engine[Transaction]):
    """Digiflazz's inner life."""

    order_type = Transaction
    # Digiflazz documents no intervals, so nothing may depend on these.
    retry_secs = (1, 3, 10)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._listed_at: dict[str, float] = {}
        self.postpaid = Postpaid(self)

    def transact(self, body: Body) -> dict[str, object]:
        """`/transaction`: buy, or the present state of this reference; bills, too."""
        ref_id = str(body.get("ref_id", ""))
        self.requests.append((self.clock(), ref_id))
        refused = self._check_sender(body, suffix=ref_id)
        if not refused and not (ref_id and body.get("customer_no")):
            refused = "40"
        if refused:
            return refusal(body, refused)
        self._forget_old()
        self.flip_due()  # who asks in time hears the outcome
        if "commands" in body:
            return self.postpaid.transact(body)
        known = self.transactions.get((str(body["username"]), ref_id))
        if known is None:
            return self._order(body)
        same = (body.get("buyer_sku_code"), str(body["customer_no"]))
        if same != (known.sku, known.customer_no):
            return refusal(body, "49")
        return known.present()

    def balance(self, body: Body) -> dict[str, object]:
        """`/cek-saldo`."""
        refused = self._check_sender(body, suffix="depo")
        if refused:
            return refusal(body, refused)
        return {"deposit": float(self.balance_of(str(body["username"])))}

    def inquire_meter(self, body: Body) -> dict[str, object]:
        """`/inquiry-pln`: whose prepaid meter a number is."""
        number = str(body.get("customer_no", ""))
        refused = self._check_sender(body, suffix=number)
        owner = METERS.get(number)
        if refused or owner is None:
            return refusal(body, refused or "54")
        meter_no, name = owner
        return {
            "message": MESSAGES[SUCCESS],
            "status": word(SUCCESS),
            "rc": SUCCESS,
            "customer_no": number,
            "meter_no": meter_no,
            "subscriber_id": meter_no,
            "name": name,
            "segment_power": "R1 /000001300",
        }

    def price_list(self, body: Body) -> dict[str, object] | list[dict[str, object]]:
        """`/price-list`, once in five minutes, whichever list it is."""
        refused = self._check_sender(body, suffix="pricelist")
        username = str(body.get("username"))
        last = self._listed_at.get(username)
        if not refused and last is not None and self.clock() - last < LIST_EVERY_SECS:
            refused = "83"
        if refused:
            return refusal(body, refused)
        self._listed_at[username] = self.clock()
        if body.get("cmd") == "pasca":
            return postpaid_list(self.off)
        return [
            {
                "product_name": good.name,
                "category": good.category,
                "brand": good.brand,
                "type": "Umum",
                "seller_name": "SIMULASI",
                "price": good.price,
                "buyer_sku_code": good.sku,
                "buyer_product_status": True,
                "seller_product_status": good.sku not in self.off,
                "unlimited_stock": True,
                "stock": 0,
                "multi": good.multi,
                "start_cut_off": good.start_cut_off,
                "end_cut_off": good.end_cut_off,
                "desc": "-",
            }
            for good in GOODS
        ]

    def balance_of(self, username: str) -> int:
        """What is left of a buyer's deposit, in rupiah."""
        return self.balances.setdefault(username, START_BALANCE)

    def finish(self, transaction: Transaction, rc: str, *, report: bool = True) -> None:
        """Give a pending order its outcome. Raises NotPossible for others."""
        if word(transaction.rc) != "Pending":
            raise NotPossible(f"The transaction is {transaction.rc}.")
        transaction.flips_at = None
        self._enter(transaction, rc)
        if report:
            self.report(transaction)

    def change_mind(self, transaction: Transaction, rc: str) -> None:
        """Say the opposite of an outcome: 74 after a success, 00 after a failure."""
        if (word(transaction.rc), rc) not in (("Sukses", REFUNDED), ("Gagal", SUCCESS)):
            raise NotPossible(f"The transaction is {transaction.rc}.")
        self._enter(transaction, rc)
        self.report(transaction)

    def report(self, transaction: Transaction, *, times: int = 1) -> None:
        """Send the present state to the buyer's server, unless the engine is silent."""
        buyer = find_buyer(transaction.username)
        if buyer is None or self.is_silent or not transaction.cb_url:
            return
        body = json.dumps({"data": transaction.present()})
        for _turn in range(times):
            self.callbacks.append(
                Callback(
                    url=transaction.cb_url,
                    body=body,
                    headers={
                        "User-Agent": "Digiflazz-Hookshot",
                        "X-Digiflazz-Event": "update",
                        "X-Hub-Signature": sign_callback(buyer, body),
                    },
                    ref_id=transaction.ref_id,
                    retries_left=len(self.retry_secs),
                    due_at=self.clock(),
                )
            )

    def forget(self) -> None:
        """Forget everything, switches included."""
        super().forget()
        self._listed_at.clear()
        self.postpaid.forget()

    def kept(self) -> dict[str, object]:
        """Also what was asked about bills: they are paid by it."""
        return super().kept() | {"asked": self.postpaid.kept()}

    def restore(self, kept: Body) -> None:
        """Go on from what `kept` said."""
        super().restore(kept)
        self.postpaid.restore(kept.get("asked", []))

    def charge(self, transaction: Transaction, rc: str) -> None:
        """Give a new payment its first state; its price is taken unless it failed."""
        self._enter(transaction, rc)

    def _check_sender(self, body: Body, *, suffix: str) -> str:
        buyer = find_buyer(str(body.get("username", "")))
        if buyer is None:
            return "42"
        if self.refuses_addresses:
            return "45"
        signed = f"{buyer.username}{buyer.api_key}{suffix}".encode()
        expected = hashlib.md5(signed, usedforsecurity=False).hexdigest()
        same = hmac.compare_digest(
            expected.encode(), str(body.get("sign", "")).encode()
        )
        return "" if same else "41"

    def _order(self, body: Body) -> dict[str, object]:
        good = find_good(str(body.get("buyer_sku_code", "")))
        if good is None:
            return refusal(body, "43")
        planned = self.plan.popleft() if self.plan else ""
        rc, _arrow, then = planned.partition(">")
        username = str(body["username"])
        ceiling = body.get("max_price")
        # Nothing is remembered: no transaction was formed, so the same reference may
        # buy later.
        if rc in _NO_TRANSACTION:
            return refusal(body, rc)
        if good.sku in self.off:
            return refusal(body, "68")
        if ceiling is not None and good.price > int(ceiling):
            return refusal(body, "69")
        if self.balance_of(username) < good.price:
            return refusal(body, "44")
        customer_no = str(body["customer_no"])
        if not rc:
            rc, then = _ENDINGS.get(customer_no[-4:], (SUCCESS, ""))
        now = self.clock()
        made = Transaction(
            username=username,
            ref_id=str(body["ref_id"]),
            sku=good.sku,
            customer_no=customer_no,
            price=good.price,
            cb_url=str(body.get("cb_url") or ""),
            created_at=now,
            rc="",
            then=then,
            flips_at=now + self.flip_secs if then else None,
        )
        self.transactions[username, made.ref_id] = made
        self._enter(made, rc)
        return made.present()

    def _enter(self, transaction: Transaction, rc: str) -> None:
        transaction.rc = rc
        # Pending is charged already, as the documented test numbers show it.
        is_paid = word(rc) != "Gagal"
        step = int(is_paid) - transaction.charges
        self.balances[transaction.username] = (
            self.balance_of(transaction.username) - step * transaction.price
        )
        transaction.charges = int(is_paid)
        if rc == SUCCESS:
            transaction.deliveries += 1
            transaction.sn = _serial_number_of(transaction)
        transaction.balance = self.balance_of(transaction.username)

    def _forget_old(self) -> None:
        limit = self.clock() - MEMORY_SECS
        old = [
            key for key, each in self.transactions.items() if each.created_at < limit
        ]
        for key in old:
            self.forgotten.append(self.transactions.pop(key))


def _serial_number_of(transaction: Transaction) -> str:
    digest = hashlib.sha256(transaction.ref_id.encode()).hexdigest()
    if not transaction.bill:
        return str(int(digest[:12], 16) % 10**10).zfill(10)
    return f"S{digest[:10]}N" if has_serial_number(transaction.sku) else ""


def sign_callback(buyer: Buyer, body: str) -> str:
    """What Digiflazz puts into `X-Hub-Signature`."""
    digest = hmac.new(buyer.webhook_secret.encode(), body.encode(), hashlib.sha1)
    return f"sha1={digest.hexdigest()}"
