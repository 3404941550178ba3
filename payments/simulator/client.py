"""The buttons of the simulated gateway, for tests and demonstrations."""

import time
from typing import Any

import httpx

from payments.simulator.control import PREFIX
from payments.simulator.faults import Fault

Transaction = dict[str, Any]


class GatewayControl:
    """Presses buttons at a running simulator and reads what it remembers.

    `base_url` is the server's address without a path. Transactions come back as the
    control API shows them, with their `callbacks`. Impossible wishes raise
    httpx.HTTPStatusError.
    """

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(
            base_url=f"{base_url}{PREFIX}", timeout=10, trust_env=False
        )

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def list_transactions(self, *, merchant_ref: str = "") -> list[Transaction]:
        """All transactions, newest first; with `merchant_ref`, only those."""
        params = {"merchant_ref": merchant_ref} if merchant_ref else {}
        answer = self._client.get("/transactions", params=params)
        listed: list[Transaction] = answer.raise_for_status().json()["transactions"]
        return listed

    def get(self, reference: str) -> Transaction:
        """One transaction by the gateway's reference."""
        answer = self._client.get(f"/transactions/{reference}")
        found: Transaction = answer.raise_for_status().json()
        return found

    def pay(
        self,
        reference: str,
        *,
        amount: int | None = None,
        late: bool = False,
        times: int = 1,
        parallel: bool = False,
    ) -> Transaction:
        """Pay, by default the right amount of rupiah, and report it `times` times.

        `late` lets the payment expire first.
        """
        return self._act(
            reference, "pay", amount=amount, late=late, times=times, parallel=parallel
        )

    def expire(self, reference: str) -> Transaction:
        """End the time to pay now."""
        return self._act(reference, "expire")

    def fail(self, reference: str) -> Transaction:
        """Let the payment fail."""
        return self._act(reference, "fail")

    def refund(self, reference: str) -> Transaction:
        """Send the money back."""
        return self._act(reference, "refund")

    def resend(
        self, reference: str, *, times: int = 1, parallel: bool = False
    ) -> Transaction:
        """Report the present state again."""
        return self._act(reference, "resend", times=times, parallel=parallel)

    def forge(self, reference: str) -> Transaction:
        """Claim with a wrong signature that the payment was made."""
        return self._act(reference, "forge")

    def silence(self, *, on: bool = True) -> None:
        """Drop all callbacks from now on, or stop doing so."""
        self._post("/silence", on=on)

    def fail_next(
        self, fault: Fault, *, path: str = "transaction/create", times: int = 1
    ) -> None:
        """Let the next requests to an API path fail."""
        self._post("/faults", path=path, fault=fault, times=times)

    def reset(self) -> None:
        """Forget everything."""
        self._post("/reset")

    def wait_for_callbacks(
        self, reference: str, *, count: int = 1, within_secs: float = 10
    ) -> Transaction:
        """The transaction once the merchant accepted `count` of its callbacks.

        Raises TimeoutError when that takes longer than `within_secs` seconds.
        """
        deadline = time.monotonic() + within_secs
        while time.monotonic() < deadline:
            found = self.get(reference)
            if _accepted(found) >= count:
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{_accepted(self.get(reference))} of {count} accepted.")

    def _act(self, reference: str, action: str, /, **body: object) -> Transaction:
        done: Transaction = self._post(f"/transactions/{reference}/{action}", **body)
        return done

    def _post(self, path: str, /, **body: object) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()


def _accepted(transaction: Transaction) -> int:
    return sum(
        answer["accepted"]
        for callback in transaction["callbacks"]
        for answer in callback["answers"]
    )
