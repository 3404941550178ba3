"""What happened on the wire, for tests, and the faults they ask for."""

import fnmatch
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.limits import template_of


@dataclass
class Fault:
    """One way to make the next matching requests go wrong.

    `kind`: "status" answers with an error and does nothing; "hang" waits `delay_secs`
    and cuts the line, nothing done; "lost_reply" does it and cuts the line, so that the
    caller cannot know; "error_after" does it and answers with the error; "slow" waits
    `delay_secs` and does it. With `field` the error names that field of the body.
    """

    method: str = "*"
    path: str = "*"
    kind: str = "status"
    status: int = 500
    code: int = 0
    message: str = "Internal Server Error"
    field: str = ""
    retry_after: float = 1.0
    delay_secs: float = 0.0
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is one of those meant."""
        return self.method in ("*", method) and fnmatch.fnmatch(path, self.path)


@dataclass
class Stats:
    """Counters and the latest requests since the start or the last reset."""

    routes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    limited: list[dict[str, Any]] = field(default_factory=list)
    edits: Counter[str] = field(default_factory=Counter)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    faults: list[Fault] = field(default_factory=list)

    def record(self, method: str, path: str, body: Any, status: int) -> None:
        """Count one answered request."""
        template = template_of(path)
        self.routes[f"{method} {template}"] += 1
        self.statuses[status] += 1
        if method == "PATCH" and "/messages/" in path and status == 200:
            self.edits[path.rsplit("/", 1)[1]] += 1
        self.requests.append(
            {
                "method": method,
                "path": path,
                "route": template,
                "body": body,
                "status": status,
                "at": time.time(),
            }
        )

    def record_limited(self, method: str, path: str, retry_after: float) -> None:
        """Note a 429."""
        self.limited.append(
            {"method": method, "path": path, "retry_after": retry_after}
        )

    def next_fault(self, method: str, path: str) -> Fault | None:
        """The fault this request must meet, if any; each counts down."""
        for fault in self.faults:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def reset(self) -> None:
        """Forget everything counted and every fault."""
        self.routes.clear()
        self.statuses.clear()
        self.limited.clear()
        self.edits.clear()
        self.requests.clear()
        self.faults.clear()

    def as_json(self) -> dict[str, Any]:
        """The counters; `requests` are a list of their own."""
        return {
            "routes": dict(self.routes),
            "statuses": {str(key): count for key, count in self.statuses.items()},
            "limited": list(self.limited),
            "edits": dict(self.edits),
            "faults": len(self.faults),
        }
