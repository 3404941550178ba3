"""Simulated suppliers without a network in between, for thousands of purchases.

Our own adapters speak to their engines: same requests, same signatures, same answers.
"""

import json as as_json
from collections.abc import Callable
from typing import Any

from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator.engine import Engine
from ppob.kit import failpoints
from ppob.kit.db import forbid_transaction
from ppob.kit.failpoints import failpoint
from ppob.kit.http import NoAnswer, Response, Unreachable

Content = dict[str, Any]
Answer = Callable[[str, Content], Content]  # to what was sent to a path
Trouble = Callable[[], str]


class Killed(BaseException):
    """The process ends here."""


class Line:
    """Stands in for the HTTP client `name`; `trouble` says what goes wrong.

    "away" does not arrive, "silent" neither and nobody says so, "lost" arrives without
    an answer, and of "broken" a page comes back that nobody can read.
    """

    def __init__(
        self, name: str, answer: Answer, trouble: Trouble = lambda: ""
    ) -> None:
        self.name, self.answer, self.trouble = name, answer, trouble

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Content | None = None,
        data: Content | None = None,
        params: Content | None = None,
    ) -> Response:
        forbid_transaction()
        failpoint(f"{self.name}:before_call")
        trouble = self.trouble()
        if trouble == "away":
            raise Unreachable("ConnectError")
        if trouble == "silent":
            raise NoAnswer("ReadTimeout")
        said = self.answer(path, dict(json or data or params or {}))
        failpoint(f"{self.name}:after_call")
        if trouble == "lost":
            raise NoAnswer("ReadTimeout")
        if trouble == "broken":
            return Response(200, b"<html>Bad gateway</html>", {})
        return Response(200, as_json.dumps(said).encode(), {})


def connect(monkeypatch: Any, engine: Engine, trouble: Trouble = lambda: "") -> Line:
    """Let the adapter of Digiflazz speak to this engine."""

    def answer(path: str, content: Content) -> Content:
        if path == "/cek-saldo":
            return {"data": engine.balance(content)}
        return {"data": engine.transact(content)}

    line = Line("digiflazz", answer, trouble)
    monkeypatch.setattr(digiflazz, "_client", lambda *_limits: line)
    return line


class Deaths:
    """Counts the places that are passed, and kills at the chosen one."""

    def __init__(self, at: int = -1) -> None:
        self.at = at
        self.passed: list[str] = []

    def __enter__(self) -> "Deaths":
        failpoints.install(self._pass)
        return self

    def __exit__(self, *_error: object) -> None:
        failpoints.install(None)

    def _pass(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.at:
            raise Killed(name)
