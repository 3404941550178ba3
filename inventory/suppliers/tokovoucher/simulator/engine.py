"""What happens at the simulated TokoVoucher: its answers, statuses and rules.

What a purchase that is repeated under the same reference does is not documented: this
one buys again, so that nobody depends on anything better. How often it repeats a report
is not documented either.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from inventory.simulator import engine
from inventory.simulator.engine import Body, Callback, NotPossible
from inventory.suppliers.tokovoucher.simulator import records
from inventory.suppliers.tokovoucher.simulator.records import (
    FAILED,
    PENDING,
    REFUSALS,
    SUCCESS,
    Transaction,
)
from inventory.suppliers.tokovoucher.simulator.world import (
    GOODS,
    START_BALANCE,
    Good,
    Member,
    find_good,
    find_member,
)

Content = dict[str, Any]

# Endings by the last digits of the account; others wait and succeed.
_ENDINGS = {
    "1230": (SUCCESS, ""),
    "1232": (FAILED, ""),
    "1233": (PENDING, SUCCESS),
    "1234": (PENDING, FAILED),
}


class Engine(engine.Engine[Transaction]):
    """TokoVoucher's inner life. `webhooks` are the addresses that members entered."""

    order_type = Transaction
    retry_secs = (1, 3, 10)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.webhooks: dict[str, str] = {}

    def transact(self, body: Body) -> Content:
        """`/v1/transaksi`: buy, also once more under the same reference."""
        refused = self._check_purchase(body)
        if refused:
            return refusal(refused)
        known = self.transactions.get((str(body["member_code"]), str(body["ref_id"])))
        if known is None:
            return self._order(body)
        known.times += 1
        self._enter(known, known.rc)
        return known.present()

    def check_status(self, body: Body) -> Content:
        """`/v1/transaksi/status`: the present state, and never a purchase."""
        refused = self._check_purchase(body)
        if refused:
            return refusal(refused)
        self.flip_due()  # who asks in time hears the outcome
        known = self.transactions.get((str(body["member_code"]), str(body["ref_id"])))
        return known.present() if known else refusal(records.NOT_SHOWN)

    def show_member(self, params: Body) -> Content:
        """`/member`: the account, with its deposit."""
        refused = self._check_sender(params)
        if refused:
            return refusal(refused)
        code = str(params["member_code"])
        shown = {"saldo": self.balance_of(code), "nama": "Toko Simulasi"}
        return granted({**shown, "member_code": code}, "Detail member")

    def search(self, params: Body) -> Content:
        """`/produk/code`: the products whose codes begin like this."""
        refused = self._check_sender(params)
        wanted = str(params.get("kode", ""))
        found = [good for good in GOODS if good.code.startswith(wanted)]
        if refused or not found:
            return refusal(refused or REFUSALS["product"])
        return granted([self._found(good) for good in found], "Data Found")

    def list_all(self, params: Body) -> Content:
        """`/member/produk/full`: every product, and what they stand below."""
        refused = self._check_sender(params)
        if refused:
            return refusal(refused)
        categories = _numbered(good.category for good in GOODS)
        operators = _numbered(good.operator for good in GOODS)
        kinds = _numbered(good.kind for good in GOODS)
        products = [
            {
                "id": place,
                "kode_produk": good.code,
                "nama": good.name,
                "deskripsi": good.name,
                "price": good.price,
                "status": int(good.code not in self.off),
                "kategori_id": categories[good.category],
                "operator_id": operators[good.operator],
                "jenis_id": kinds[good.kind],
                "price_gold": good.price,
                "price_vip": good.price - 10,
                "price_vvip": good.price - 20,
            }
            for place, good in enumerate(GOODS, 1)
        ]
        groups = {
            "category": [{"id": n, "nama": name} for name, n in categories.items()],
            "operator": _switched_on(operators),
            "jenis": _switched_on(kinds),
        }
        return granted({**groups, "produk": products}, "Data Found")

    def balance_of(self, member_code: str) -> int:
        """What is left of a member's deposit, in rupiah."""
        return self.balances.setdefault(member_code, START_BALANCE)

    def finish(self, transaction: Transaction, rc: str, *, report: bool = True) -> None:
        """Give a pending order its outcome. Raises NotPossible for others."""
        if transaction.rc != PENDING or rc not in (SUCCESS, FAILED):
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
        """Send an outcome to the member's address; nothing before there is one."""
        member = find_member(transaction.username)
        url = self.webhooks.get(transaction.username, "")
        if member is None or self.is_silent or not url or transaction.rc == PENDING:
            return
        for _turn in range(times):
            self.callbacks.append(
                Callback(
                    url=url,
                    body=json.dumps(transaction.present()),
                    headers={
                        "X-TokoVoucher-Authorization": sign(member, transaction.ref_id)
                    },
                    ref_id=transaction.ref_id,
                    retries_left=len(self.retry_secs),
                    due_at=self.clock(),
                )
            )

    def switch(self, body: Body) -> None:
        """As for every supplier, and `webhooks`: an address by member."""
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
        return self._check_sender(body, ref_id)

    def _check_sender(self, body: Body, *more: str) -> str:
        """Why it is turned away, empty if it is not."""
        member = find_member(str(body.get("member_code", "")))
        if member is None:
            return records.STRANGER
        told = str(body.get("signature", "")).encode()
        if not hmac.compare_digest(sign(member, *more).encode(), told):
            return records.BAD_SIGN
        return records.BAD_ADDRESS if self.refuses_addresses else ""

    def _order(self, body: Body) -> Content:
        planned = self.plan.popleft() if self.plan else ""
        good = find_good(str(body.get("produk", "")))
        refused = planned if planned in REFUSALS else self._refuse(good, body)
        if good is None or refused:
            return refusal(REFUSALS[refused])
        first, _arrow, then = planned.partition(">")
        if not first:
            account = str(body.get("tujuan", ""))
            first, then = _ENDINGS.get(account[-4:], (PENDING, SUCCESS))
        made = self._make(body, good, then=then)
        self._enter(made, first)
        return made.present()

    def _refuse(self, good: Good | None, body: Body) -> str:
        """Which of the refusals it is, empty for none."""
        if good is None or good.code in self.off:
            return "product"
        left = self.balance_of(str(body["member_code"]))
        return "balance" if left < good.price else ""

    def _make(self, body: Body, good: Good, *, then: str) -> Transaction:
        now = self.clock()
        account, server = str(body.get("tujuan", "")), str(body.get("server_id", ""))
        made = Transaction(
            username=str(body["member_code"]),
            ref_id=str(body["ref_id"]),
            price=good.price,
            created_at=now,
            rc="",
            then=then,
            flips_at=now + self.flip_secs if then else None,
            # From the time, so that not even one that forgot everything repeats it.
            trx_id=f"T{datetime.fromtimestamp(now, UTC):%y%m%d%H%M%S%f}"
            f"{len(self.transactions):05}",
            code=good.code,
            destination=f"{account}|{server}" if server else account,
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

    def _found(self, good: Good) -> Content:
        return {
            "id": GOODS.index(good) + 1,
            "code": good.code,
            "category_name": good.category,
            "operator_produk": good.operator,
            "jenis_name": good.kind,
            "nama_produk": good.name,
            "deskripsi": good.name,
            "price": good.price,
            "status": int(good.code not in self.off),
        }


def sign(member: Member, *more: str) -> str:
    """How requests and reports are signed."""
    parts = (member.member_code, member.secret_key, *more)
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def granted(data: object, message: str) -> Content:
    """The envelope of an answer that is no transaction."""
    return {"status": 1, "rc": 200, "message": message, "data": data}


def refusal(message: str) -> Content:
    """The envelope of a no."""
    return {"status": 0, "error_msg": message}


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names), 1)}


def _switched_on(names: dict[str, int]) -> list[Content]:
    return [{"id": n, "nama": name, "status": 1} for name, n in names.items()]


def _note(transaction: Transaction) -> str:
    """The code of a success, and the reason of a failure, both in the same place."""
    if transaction.rc == FAILED:
        return records.FAILURE
    if transaction.rc != SUCCESS:
        return ""
    digest = hashlib.sha256(transaction.ref_id.encode()).hexdigest()
    return f"{int(digest[:16], 16) % 10**20:020}"
