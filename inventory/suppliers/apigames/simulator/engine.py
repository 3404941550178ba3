"""What happens at the simulated Apigames: its answers, statuses and rules.

A purchase is pending first, whatever becomes of it. One that is ordered again under the
same reference is bought again, as the documentation warns of it; what it answers then
is not documented, and nothing may depend on that. How often it repeats a report is not
either. Its fee is left out.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from inventory.simulator import engine
from inventory.simulator.engine import Body, Callback, NotPossible
from inventory.suppliers.apigames.simulator import records
from inventory.suppliers.apigames.simulator.records import (
    FAILED,
    PARTIAL,
    PENDING,
    REFUSALS,
    SUCCESS,
    UNDER_WAY,
    Transaction,
)
from inventory.suppliers.apigames.simulator.world import (
    GAMES,
    PLAYERS,
    START_BALANCE,
    Good,
    Merchant,
    find_good,
    find_merchant,
)

Content = dict[str, Any]

_ENDS = (SUCCESS, PARTIAL, FAILED)
# Endings by the last digits of the account; all others succeed after a while.
_FAILING = ("1232", "1234")


class Engine(engine.Engine[Transaction]):
    """Apigames' inner life. `webhooks` are the addresses that merchants entered."""

    order_type = Transaction
    retry_secs = (1, 3, 10)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.webhooks: dict[str, str] = {}

    def transact(self, body: Body) -> Content:
        """`/v2/transaksi`: buy, also once more under the same reference."""
        refused = self._check_purchase(body)
        if refused:
            return refusal(refused)
        known = self.transactions.get((str(body["merchant_id"]), str(body["ref_id"])))
        if known is not None:
            known.times += 1
            self._enter(known, known.rc)
            return granted(known.present())
        return self._order(body)

    def check_status(self, body: Body) -> Content:
        """`/v2/transaksi/status`: the present state, and never a purchase."""
        refused = self._check_purchase(body)
        if refused:
            return refusal(refused)
        self.flip_due()  # who asks in time hears the outcome
        known = self.transactions.get((str(body["merchant_id"]), str(body["ref_id"])))
        return granted(known.present()) if known else refusal(records.NOT_SHOWN)

    def show_account(self, merchant_id: str, params: Body) -> Content:
        """`/merchant/<id>`: the account, with its deposit."""
        refused = self._check_sender(merchant_id, params, ":")
        if refused:
            return refusal(refused)
        shown = {"id": 1, "merchant_id": merchant_id, "nama": "Toko Simulasi"}
        return granted({**shown, "saldo": self.balance_of(merchant_id)})

    def find_player(self, merchant_id: str, game: str, params: Body) -> Content:
        """`/merchant/<id>/cek-username/<game>`: whose account it is."""
        refused = self._check_sender(merchant_id, params, "")
        if refused or game not in GAMES:
            return refusal(refused or records.NO_GAME)
        name = PLAYERS.get((game, str(params.get("user_id", ""))), "")
        return granted({"is_valid": bool(name), "username": name})

    def balance_of(self, merchant_id: str) -> int:
        """What is left of a merchant's deposit, in rupiah."""
        return self.balances.setdefault(merchant_id, START_BALANCE)

    def finish(self, transaction: Transaction, rc: str, *, report: bool = True) -> None:
        """Move an order that is under way on. Raises NotPossible for others."""
        if transaction.rc not in UNDER_WAY or rc not in (*_ENDS, *UNDER_WAY):
            raise NotPossible(f"The transaction is {transaction.rc}.")
        transaction.flips_at = None
        self._enter(transaction, rc)
        if report:
            self.report(transaction)

    def change_mind(self, transaction: Transaction, rc: str) -> None:
        """Say the opposite of an outcome."""
        if (transaction.rc, rc) not in ((SUCCESS, FAILED), (FAILED, SUCCESS)):
            raise NotPossible(f"The transaction is {transaction.rc}.")
        self._enter(transaction, rc)
        self.report(transaction)

    def report(self, transaction: Transaction, *, times: int = 1) -> None:
        """Send the present state to the merchant's address, unless there is none."""
        merchant = find_merchant(transaction.username)
        url = self.webhooks.get(transaction.username, "")
        if merchant is None or self.is_silent or not url:
            return
        signature = sign(merchant, ":", transaction.ref_id)
        for _turn in range(times):
            self.callbacks.append(
                Callback(
                    url=url,
                    body=json.dumps(transaction.present()),
                    headers={"X-Apigames-Authorization": signature},
                    ref_id=transaction.ref_id,
                    retries_left=len(self.retry_secs),
                    due_at=self.clock(),
                )
            )

    def switch(self, body: Body) -> None:
        """As for every supplier, and `webhooks`: an address by merchant."""
        super().switch(body)
        self.webhooks |= body.get("webhooks", {})

    def forget(self) -> None:
        """Forget everything, switches included."""
        super().forget()
        self.webhooks.clear()

    def kept(self) -> dict[str, object]:
        """Also where reports go."""
        return {**super().kept(), "webhooks": self.webhooks}

    def restore(self, kept: Body) -> None:
        """Go on from what `kept` said."""
        super().restore(kept)
        self.webhooks = kept["webhooks"]

    def _check_purchase(self, body: Body) -> str:
        ref_id = str(body.get("ref_id", ""))
        self.requests.append((self.clock(), ref_id))
        return self._check_sender(str(body.get("merchant_id", "")), body, ":", ref_id)

    def _check_sender(
        self, merchant_id: str, body: Body, between: str, *more: str
    ) -> str:
        """Why it is turned away, empty if it is not."""
        merchant = find_merchant(merchant_id)
        if merchant is None:
            return records.STRANGER
        told = str(body.get("signature", "")).encode()
        if not hmac.compare_digest(sign(merchant, between, *more).encode(), told):
            return records.BAD_SIGN
        return records.BAD_ADDRESS if self.refuses_addresses else ""

    def _order(self, body: Body) -> Content:
        planned = self.plan.popleft() if self.plan else ""
        good = find_good(str(body.get("produk", "")))
        refused = planned if planned in REFUSALS else self._refuse(good, body)
        if good is None or refused:
            return refusal(REFUSALS[refused])
        first, _arrow, then = planned.partition(">")
        made = self._make(body, good, then=then)
        if not planned:
            account = str(body.get("tujuan", ""))
            made.then = FAILED if account.endswith(_FAILING) else SUCCESS
        elif first in _ENDS:
            # Pending first, also where an outcome is planned straight away.
            made.then = first
        made.flips_at = made.created_at + self.flip_secs if made.then else None
        self._enter(made, first if first in UNDER_WAY else PENDING)
        return granted(made.present())

    def _refuse(self, good: Good | None, body: Body) -> str:
        """Which of the refusals it is, empty for none."""
        if good is None or good.code in self.off:
            return "product"
        left = self.balance_of(str(body["merchant_id"]))
        return "balance" if left < good.price else ""

    def _make(self, body: Body, good: Good, *, then: str) -> Transaction:
        now = self.clock()
        account, server = str(body.get("tujuan", "")), str(body.get("server_id", ""))
        made = Transaction(
            username=str(body["merchant_id"]),
            ref_id=str(body["ref_id"]),
            price=good.price,
            created_at=now,
            rc="",
            then=then,
            # From the time, so that not even one that forgot everything repeats it.
            trx_id=f"T{datetime.fromtimestamp(now, UTC):%y%m%d%H%M%S%f}"
            f"{len(self.transactions):05}",
            code=good.code,
            name=good.name,
            destination=f"{account}({server})" if server else account,
        )
        self.transactions[made.username, made.ref_id] = made
        return made

    def _enter(self, transaction: Transaction, rc: str) -> None:
        transaction.rc = rc
        # The deposit is charged from the first answer on, and given back for a failure.
        due = 0 if rc == FAILED else transaction.times
        step = due - transaction.charges
        left = self.balance_of(transaction.username) - step * transaction.price
        self.balances[transaction.username] = left
        transaction.charges, transaction.balance = due, left
        if rc == SUCCESS:
            transaction.deliveries = transaction.times
        transaction.sn = _note(transaction)


def sign(merchant: Merchant, between: str, *more: str) -> str:
    """How requests and reports are signed."""
    parts = (merchant.merchant_id, merchant.secret_key, *more)
    digest = hashlib.md5(between.join(parts).encode(), usedforsecurity=False)
    return digest.hexdigest()


def granted(data: Content | dict[str, object]) -> Content:
    """The envelope of an answer."""
    return {"status": 1, "data": data}


def refusal(message: str) -> Content:
    """The envelope of a no."""
    return {"status": 0, "error_msg": message}


def _note(transaction: Transaction) -> str:
    """The code of a success, and the reason of a failure, both in the same place."""
    if transaction.rc == FAILED:
        return records.FAILURE
    if transaction.rc not in (SUCCESS, PARTIAL):
        return ""
    digest = hashlib.sha256(transaction.ref_id.encode()).hexdigest()
    return f"BSK.AFULP. RefId : {int(digest[:15], 16) % 10**15:015}"
