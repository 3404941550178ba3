"""The simulated supplier without a network in between, for thousands of purchases.

Our own adapter speaks to its engine: same requests, same signatures, same answers.
"""

import json
from collections.abc import Callable
from typing import Any

from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator.engine import Engine
from ppob.kit import failpoints
from ppob.kit.db import forbid_transaction
from ppob.kit.failpoints import failpoint
from ppob.kit.http import NoAnswer, Response, Unreachable

Trouble = Callable[[], str]


class Killed(BaseException):
    """The process ends here."""


class Line:
    """Stands in for the HTTP client; `trouble` says what goes wrong with a request.

    "away" does not arrive, "lost" arrives without an answer, "silent" neither.
    """

    def __init__(self, engine: Engine, trouble: Trouble = lambda: "") -> None:
        self.engine, self.trouble = engine, trouble

    def request(self, method: str, path: str, *, json: dict[str, Any]) -> Response:
        forbid_transaction()
        failpoint("digiflazz:before_call")
        trouble = self.trouble()
        if trouble == "away":
            raise Unreachable("ConnectError")
        if trouble == "silent":
            raise NoAnswer("ReadTimeout")
        data = self.engine.transact(json)
        failpoint("digiflazz:after_call")
        if trouble == "lost":
            raise NoAnswer("ReadTimeout")
        return Response(200, _body(data), {})


def connect(monkeypatch: Any, engine: Engine, trouble: Trouble = lambda: "") -> Line:
    """Let the adapter speak to this engine."""
    line = Line(engine, trouble)
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


def _body(data: dict[str, object]) -> bytes:
    return json.dumps({"data": data}).encode()
