"""The supplier's memory on disk, so that a restart forgets no purchase."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from inventory.suppliers.digiflazz.simulator.engine import Engine
from inventory.suppliers.digiflazz.simulator.records import Transaction

FILE_NAME = "digiflazz.json"


class Memory:
    """One file with everything that an engine must not forget."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        if fresh:
            self._path.unlink(missing_ok=True)

    def load(self, engine: Engine) -> None:
        """Give the engine back what was kept."""
        if not self._path.exists():
            return
        kept = json.loads(self._path.read_text())
        engine.balances = kept["balances"]
        for content in kept["transactions"]:
            transaction = Transaction(**content)
            key = transaction.username, transaction.ref_id
            engine.transactions[key] = transaction

    def keep(self, engine: Engine) -> None:
        """Write everything down before the supplier answers."""
        content = {
            "balances": engine.balances,
            "transactions": [asdict(each) for each in engine.transactions.values()],
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(content))
        # In one step: a process that dies while it writes leaves the file of before.
        os.replace(fresh, self._path)
