"""A supplier's memory on disk, so that a restart forgets no purchase."""

import json
import os
from pathlib import Path
from typing import Any

from inventory.simulator.engine import Engine


class Memory:
    """One file with everything that the engine of this supplier must not forget."""

    def __init__(self, folder: Path, code: str, *, fresh: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{code}.json"
        if fresh:
            self._path.unlink(missing_ok=True)

    def load(self, engine: Engine[Any]) -> None:
        """Give the engine back what was kept."""
        if self._path.exists():
            engine.restore(json.loads(self._path.read_text()))

    def keep(self, engine: Engine[Any]) -> None:
        """Write everything down before the supplier answers."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(engine.kept()))
        # In one step: a process that dies while it writes leaves the file of before.
        os.replace(fresh, self._path)
