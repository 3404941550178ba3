"""The gateway's memory, kept in a journal so that even `kill -9` forgets nothing."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from payments.simulator.records import (
    Answer,
    Delivery,
    Item,
    Merchant,
    Order,
    State,
    Transaction,
    qr_text_for,
)

FILE_NAME = "gateway.jsonl"
REMEMBERED = 5_000  # transactions, and as many deliveries, over a restart
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Memory:
    """All transactions and deliveries; every change is on disk when it is made."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.transactions: dict[str, Transaction] = {}
        self.deliveries: dict[int, Delivery] = {}
        self.unpaid: dict[str, Transaction] = {}
        self.pending: dict[int, Delivery] = {}  # with something left to try
        self._path = folder / FILE_NAME
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            self._path.unlink(missing_ok=True)
        self._read()
        self._last_number = max(self.deliveries, default=0)
        self._journal = self._rewrite()

    def add_transaction(
        self,
        merchant: Merchant,
        order: Order,
        *,
        gateway: str,
        now: float,
        has_qr: bool = True,
    ) -> Transaction:
        """Remember a new, unpaid transaction under a fresh reference."""
        number = len(self.transactions) + 1
        tail = "".join(secrets.choice(_LETTERS) for _ in range(5))
        reference = f"DEV-{merchant.code}{int(now) % 10**8:08d}{number:05d}{tail}"
        qr_text = qr_text_for(merchant, reference, order.amount) if has_qr else ""
        made = Transaction(
            gateway=gateway,
            reference=reference,
            merchant_code=merchant.code,
            merchant_name=merchant.name,
            order=order,
            qr_text=qr_text,
            created_at=int(now),
        )
        self.keep(made)
        return made

    def next_number(self) -> int:
        """The number of the next delivery; each call gives another."""
        self._last_number += 1
        return self._last_number

    def keep(self, record: Transaction | Delivery) -> None:
        """Write down a new or changed record."""
        self._remember(record)
        self._journal.write(_line(record))
        self._journal.flush()

    def deliveries_of(self, reference: str) -> list[Delivery]:
        """The callbacks of one transaction, oldest first."""
        found = [d for d in self.deliveries.values() if d.reference == reference]
        return sorted(found, key=lambda delivery: delivery.number)

    def forget(self) -> None:
        """Forget everything."""
        self.transactions.clear()
        self.deliveries.clear()
        self.unpaid.clear()
        self.pending.clear()
        self._journal.close()
        self._journal = self._rewrite()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _read(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_text().splitlines():
            try:
                content = json.loads(line)
            except ValueError:
                continue  # the process was killed while it wrote this line
            if "gateway" not in content["record"]:
                continue  # from before there was more than one
            is_transaction = content["kind"] == "transaction"
            read = _transaction if is_transaction else _delivery
            self._remember(read(content["record"]))

    def _remember(self, record: Transaction | Delivery) -> None:
        if isinstance(record, Transaction):
            self.transactions[record.reference] = record
            self.unpaid.pop(record.reference, None)
            if record.state is State.UNPAID:
                self.unpaid[record.reference] = record
        else:
            self.deliveries[record.number] = record
            self.pending.pop(record.number, None)
            if record.due_at is not None:
                self.pending[record.number] = record

    def _rewrite(self) -> TextIO:
        kept = [*self.transactions.values()][-REMEMBERED:]
        sent = [*self.deliveries.values()][-REMEMBERED:]
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join([*map(_line, kept), *map(_line, sent)]))
        os.replace(fresh, self._path)
        return self._path.open("a")


def _line(record: Transaction | Delivery) -> str:
    kind = "transaction" if isinstance(record, Transaction) else "delivery"
    return json.dumps({"kind": kind, "record": asdict(record)}) + "\n"


def _transaction(content: dict[str, Any]) -> Transaction:
    order = content["order"]
    order["items"] = [Item(**item) for item in order["items"]]
    state = State(content["state"])
    return Transaction(**content | {"order": Order(**order), "state": state})


def _delivery(content: dict[str, Any]) -> Delivery:
    answers = [Answer(**answer) for answer in content["answers"]]
    return Delivery(**content | {"answers": answers})
