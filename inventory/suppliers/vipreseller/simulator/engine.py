"""What happens at the simulated VIP Reseller: its answers, words and rules.

It keeps no reference of its buyers: whoever orders twice has bought twice.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from inventory.simulator import engine
from inventory.simulator.engine import Body, Callback, NotPossible
from inventory.suppliers.vipreseller.simulator import records
from inventory.suppliers.vipreseller.simulator.records import (
    ERROR,
    PENDING,
    REFUSALS,
    SUCCESS,
    WAITING,
    Transaction,
)
from inventory.suppliers.vipreseller.simulator.world import (
    BUYERS,
    GAMES,
    GOODS,
    PLAYERS,
    START_BALANCE,
    Buyer,
    Good,
    find_buyer,
    find_good,
    is_elsewhere,
)

Content = dict[str, Any]

# Endings by the last digits of the account; others wait and succeed, as most do there.
_ENDINGS = {
    "1230": (SUCCESS, ""),
    "1232": (ERROR, ""),
    "1233": (WAITING, SUCCESS),
    "1234": (WAITING, ERROR),
}


class Engine(engine.Engine[Transaction]):
    """VIP Reseller's inner life. `webhooks` are the addresses that buyers entered."""

    order_type = Transaction
    # No intervals are documented, so nothing may depend on these.
    retry_secs = (1, 3, 10)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.webhooks: dict[str, str] = {}

    def answer(self, family: str, body: Body) -> Content:
        """What a POST to `/<family>` is answered, effects included."""
        buyer = find_buyer(str(body.get("key", "")))
        refused = self._check_sender(buyer, body)
        if buyer is None or refused:
            return refusal(refused)
        if family == "profile":
            shown = {"username": buyer.api_id, "balance": self.balance_of(buyer.api_id)}
            return granted({**shown, "level": buyer.level}, "Success.")
        deeds: dict[str, Callable[[Buyer, str, Body], Content]] = {
            "order": self._order,
            "status": self._status,
            "services": self._services,
        }
        if family == GAMES:
            deeds |= {"service-stock": self._stock, "get-nickname": self._name}
        deed = deeds.get(str(body.get("type", "")))
        return deed(buyer, family, body) if deed else refusal("Request not detected.")

    def balance_of(self, api_id: str) -> int:
        """What is left of a buyer's deposit, in rupiah."""
        return self.balances.setdefault(api_id, START_BALANCE)

    def finish(self, transaction: Transaction, rc: str, *, report: bool = True) -> None:
        """Give an order under way its outcome. Raises NotPossible for others."""
        if transaction.rc not in PENDING:
            raise NotPossible(f"The order is {transaction.rc}.")
        transaction.flips_at = None
        self._enter(transaction, rc)
        if report:
            self.report(transaction)

    def change_mind(self, transaction: Transaction, rc: str) -> None:
        """Say the opposite of an outcome."""
        if (transaction.rc, rc) not in ((SUCCESS, ERROR), (ERROR, SUCCESS)):
            raise NotPossible(f"The order is {transaction.rc}.")
        self._enter(transaction, rc)
        self.report(transaction)

    def report(self, transaction: Transaction, *, times: int = 1) -> None:
        """Send the present state to the buyer's address, unless there is none."""
        url = self.webhooks.get(transaction.username, "")
        if self.is_silent or not url:
            return
        [buyer] = (each for each in BUYERS if each.api_id == transaction.username)
        for _turn in range(times):
            self.callbacks.append(
                Callback(
                    url=url,
                    body=json.dumps({"data": transaction.present()}),
                    headers={"X-Client-Signature": sign_of(buyer)},
                    ref_id=transaction.ref_id,
                    retries_left=len(self.retry_secs),
                    due_at=self.clock(),
                )
            )

    def switch(self, body: Body) -> None:
        """As for every supplier, and `webhooks`: an address by API ID."""
        super().switch(body)
        self.webhooks |= body.get("webhooks", {})

    def forget(self) -> None:
        """Forget everything, switches included."""
        super().forget()
        self.webhooks.clear()

    def kept(self) -> dict[str, object]:
        """What must not be forgotten by a restart, as JSON takes it."""
        return {**super().kept(), "webhooks": self.webhooks}

    def restore(self, kept: Body) -> None:
        """Go on from what `kept` said."""
        super().restore(kept)
        self.webhooks = kept["webhooks"]

    def _check_sender(self, buyer: Buyer | None, body: Body) -> str:
        if buyer is None:
            return records.STRANGER
        sign = str(body.get("sign", "")).encode()
        if not hmac.compare_digest(sign_of(buyer).encode(), sign):
            return records.BAD_SIGN
        return records.BAD_ADDRESS if self.refuses_addresses else ""

    def _order(self, buyer: Buyer, family: str, body: Body) -> Content:
        planned = self.plan.popleft() if self.plan else ""
        good = find_good(family, str(body.get("service", "")))
        refused = planned if planned in REFUSALS else self._refuse(buyer, good, body)
        if good is None or refused:
            self.requests.append((self.clock(), "refused"))
            return refusal(REFUSALS[refused])
        data = str(body["data_no"])
        zone = str(body.get("data_zone") or "") if family == GAMES else ""
        rc, _arrow, then = planned.partition(">")
        if not rc:
            rc, then = _ENDINGS.get(data[-4:], (WAITING, _end(data, zone)))
        now = self.clock()
        made = Transaction(
            username=buyer.api_id,
            ref_id=f"VP{len(self.transactions) + 1:07}",
            price=good.price_for(buyer.level),
            created_at=now,
            rc="",
            then=then,
            flips_at=now + self.flip_secs if then else None,
            family=family,
            code=good.code,
            service=good.service,
            data=data,
            zone=zone,
        )
        self.requests.append((now, made.ref_id))
        self.transactions[made.username, made.ref_id] = made
        self._enter(made, rc)
        balance = {"balance": self.balance_of(made.username)}
        return granted(made.present() | balance, records.ORDERED)

    def _refuse(self, buyer: Buyer, good: Good | None, body: Body) -> str:
        """Which of the refusals it is, empty for none. No order is made."""
        if not body.get("service") or not body.get("data_no"):
            return "parameter"
        if good is None or good.code in self.off:
            return "service"
        is_poor = self.balance_of(buyer.api_id) < good.price_for(buyer.level)
        return "balance" if is_poor else ""

    def _status(self, buyer: Buyer, family: str, body: Body) -> Content:
        self.flip_due()  # who asks in time hears the outcome
        trxid = str(body.get("trxid", ""))
        self.requests.append((self.clock(), trxid or "limit"))
        newest_first = reversed(self.transactions.values())
        found = [
            each.present()
            for each in newest_first
            if (each.username, each.family) == (buyer.api_id, family)
            and trxid in ("", each.ref_id)
        ]
        if not found:
            return refusal(records.NOT_SHOWN)
        return granted(found[: int(body.get("limit") or len(found))], records.SHOWN)

    def _services(self, buyer: Buyer, family: str, body: Body) -> Content:
        wanted = body.get("filter_status")
        lines = [self._line(good) for good in GOODS if good.family == family]
        found = [line for line in lines if wanted in (None, "", line["status"])]
        if not found:
            return refusal(records.NOT_LISTED)
        return granted(found, records.LISTED)

    def _line(self, good: Good) -> Content:
        line: Content = {
            "code": good.code,
            "name": good.name,
            "price": good.prices,
            "status": "empty" if good.code in self.off else "available",
        }
        if good.family == GAMES:
            return line | {"game": good.brand, "server": good.server}
        return line | {"brand": good.brand, "type": good.kind, "note": "-"}

    def _stock(self, buyer: Buyer, family: str, body: Body) -> Content:
        good = find_good(family, str(body.get("service", "")))
        if good is None:
            return refusal(records.NOT_LISTED)
        line = self._line(good)
        is_on = good.code not in self.off
        shown = {key: line[key] for key in ("code", "name", "price", "status")}
        more = {"description": "-", "stock": 100 if is_on else 0, "server": good.server}
        said = records.IN_STOCK if is_on else records.OUT_OF_STOCK
        return granted(shown | more, said)

    def _name(self, buyer: Buyer, family: str, body: Body) -> Content:
        code, target, zone = (
            str(body.get(key) or "") for key in ("code", "target", "additional_target")
        )
        if code not in {each for each, _target, _zone in PLAYERS}:
            return refusal(records.NO_GAME)
        name = PLAYERS.get((code, target, zone))
        if name is not None:
            return granted(name, "Success.")
        is_near = is_elsewhere(code, target, zone)
        return refusal(records.WRONG_ZONE if is_near else records.NO_PLAYER)

    def _enter(self, transaction: Transaction, rc: str) -> None:
        transaction.rc = rc
        step = int(rc != ERROR) - transaction.charges
        self.balances[transaction.username] = (
            self.balance_of(transaction.username) - step * transaction.price
        )
        transaction.charges += step
        if rc == SUCCESS:
            transaction.deliveries += 1
        transaction.note = _note(transaction)


def sign_of(buyer: Buyer) -> str:
    """The `sign` of every call, and the `X-Client-Signature` of every callback."""
    signed = f"{buyer.api_id}{buyer.api_key}".encode()
    return hashlib.md5(signed, usedforsecurity=False).hexdigest()


def granted(data: object, message: str) -> Content:
    """The envelope of a yes."""
    return {"result": True, "data": data, "message": message}


def refusal(message: str) -> Content:
    """The envelope of a no."""
    return {"result": False, "data": None, "message": message}


def _end(data: str, zone: str) -> str:
    """How an order that waits will end: a player in another zone gets nothing."""
    return ERROR if zone and is_elsewhere("mobile-legends", data, zone) else SUCCESS


def _note(transaction: Transaction) -> str:
    if transaction.rc == ERROR:
        is_game = transaction.family == GAMES
        return records.WRONG_ZONE if is_game else records.WRONG_NUMBER
    # Games show no serial number, as in the documentation's examples.
    if transaction.rc != SUCCESS or transaction.family == GAMES:
        return ""
    digest = hashlib.sha256(transaction.ref_id.encode()).hexdigest()
    return str(int(digest[:12], 16) % 10**10).zfill(10)
