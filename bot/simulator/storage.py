"""Keep the world across restarts: a snapshot on disk, at most a second behind."""

import asyncio
import io
import logging
import os
import pickle
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.simulator.backend import LocalBackend
from bot.simulator.oauth_grants import OAuthGrants

logger = logging.getLogger(__name__)

FORMAT = 1
SNAPSHOT_SECS = 0.5
_BUILTINS = {"set", "frozenset", "tuple", "list", "dict"}


class Storage:
    """Writes a snapshot when something changed; without a folder it does nothing."""

    def __init__(
        self, folder: Path | None, backend: LocalBackend, oauth: OAuthGrants
    ) -> None:
        self._path = folder / "discord.state" if folder is not None else None
        self._backend = backend
        self._oauth = oauth
        self._dirty = False
        self._pause_secs = SNAPSHOT_SECS

    def load(self) -> bool:
        """Take over the last snapshot; False when there is none that fits."""
        if self._path is None or not self._path.exists():
            return False
        try:
            saved = _OwnTypes(io.BytesIO(self._path.read_bytes())).load()
        except (pickle.UnpicklingError, EOFError, AttributeError, ValueError) as error:
            logger.warning("The saved local Discord is unreadable: %s", error)
            return False
        if saved.get("made_by") != _made_by():
            logger.warning(
                "The saved local Discord is of another version; starting anew"
            )
            return False
        self._backend.import_state(saved["backend"])
        self._oauth.import_state(saved["oauth"])
        return True

    def touch(self) -> None:
        """Something changed that has to be saved."""
        self._dirty = True

    def on_event(self, _event: str, _payload: Mapping[str, Any]) -> None:
        """Every event is a change."""
        self._dirty = True

    async def run(self) -> None:
        """Save again and again until cancelled."""
        while True:
            await asyncio.sleep(self._pause_secs)
            if self._dirty:
                self.save()

    def save(self) -> None:
        """Write the snapshot now: a new file, then its name, so none is ever half."""
        self._dirty = False
        if self._path is None:
            return
        started = time.monotonic()
        state = {
            "made_by": _made_by(),
            "backend": self._backend.export_state(),
            "oauth": self._oauth.export_state(),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            pickle.dump(state, file, protocol=pickle.HIGHEST_PROTOCOL)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        # A large world must not spend its time on saving itself.
        self._pause_secs = max(SNAPSHOT_SECS, 5 * (time.monotonic() - started))


class _OwnTypes(pickle.Unpickler):
    """Reads only the data classes a snapshot is made of."""

    def find_class(self, module: str, name: str) -> Any:
        """Allow our own and SimCord's models, dates and plain containers."""
        own = module.startswith(("simcord.", "bot.simulator."))
        plain = module == "builtins" and name in _BUILTINS
        if own or plain or module in ("datetime", "collections"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a snapshot")


def _made_by() -> tuple[int, str]:
    return FORMAT, version("simcord")
