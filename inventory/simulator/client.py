"""The buttons of a simulated supplier, for tests and demonstrations."""

import time
from typing import Any

import httpx

from inventory.simulator.control import PREFIX
from inventory.simulator.faults import Call, Fault

Content = dict[str, Any]


class SupplierControl:
    """Presses buttons at the simulator of one supplier and reads what it remembers.

    `code` is the supplier's, `base_url` the server's address without a path. Impossible
    wishes raise httpx.HTTPStatusError.
    """

    def __init__(self, base_url: str, code: str) -> None:
        path = PREFIX.format(code=code)
        self._client = httpx.Client(
            base_url=f"{base_url}{path}", timeout=10, trust_env=False
        )

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def list_transactions(self) -> list[Content]:
        """All purchases, oldest first, with `charges` and `deliveries`: the truth."""
        found: list[Content] = self._get("/transactions")["transactions"]
        return found

    def list_requests(self) -> list[str]:
        """The references that were asked for, in order, repeats included."""
        found: list[str] = self._get("/transactions")["requests"]
        return found

    def list_callbacks(self) -> list[Content]:
        """All callbacks, oldest first, with the HTTP statuses they were answered."""
        found: list[Content] = self._get("/callbacks")["callbacks"]
        return found

    def finish(self, ref_id: str, rc: str, *, report: bool = True) -> None:
        """End a pending purchase with this response code."""
        self._post(f"/transactions/{ref_id}/finish", rc=rc, report=report)

    def change_mind(self, ref_id: str, rc: str) -> None:
        """Say the opposite of an outcome."""
        self._post(f"/transactions/{ref_id}/change", rc=rc)

    def report(self, ref_id: str, *, times: int = 1) -> None:
        """Report the present state again."""
        self._post(f"/transactions/{ref_id}/report", times=times)

    def plan(self, *codes: str) -> None:
        """Let the next new orders end like this: `02`, or `03>00` for a while."""
        self._post("/plan", codes=list(codes))

    def fail_next(self, fault: Fault, *, times: int = 1, call: Call = Call.BUY) -> None:
        """Let the next requests of this kind fail."""
        self._post("/faults", fault=fault, times=times, call=call)

    def switch(self, **settings: object) -> None:
        """Set `silent`, `refuses_addresses`, `balance` by username, or `off` SKUs."""
        self._post("/switch", **settings)

    def reset(self) -> None:
        """Forget everything."""
        self._post("/reset")

    def wait_for_callback(self, ref_id: str, *, within_secs: float = 10) -> Content:
        """A callback about this reference once it was accepted.

        Raises TimeoutError when that takes longer than `within_secs` seconds.
        """
        deadline = time.monotonic() + within_secs
        while time.monotonic() < deadline:
            for callback in self.list_callbacks():
                if callback["ref_id"] == ref_id and 200 in callback["answers"]:
                    return callback
            time.sleep(0.05)
        raise TimeoutError(f"No callback about {ref_id} was accepted.")

    def _get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def _post(self, path: str, /, **body: object) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()
