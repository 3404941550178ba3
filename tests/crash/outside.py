"""What happens outside the product, and the truth about it."""

import random
from dataclasses import dataclass, field
from typing import Any

from payments.simulator.faults import Fault
from tests.crash.clock import SharedClock
from tests.crash.gateway import OutsideGateway
from tests.crash.world import Store

Facts = dict[str, Any]

FAULTS = (
    Fault.ERROR_500,
    Fault.ERROR_500_AFTER,
    Fault.CUT_AFTER,
    Fault.HTML,
    Fault.TOO_MANY,
)
TOO_LONG_SECS = 2_400
PATHS = ("transaction/create", "merchant/transactions", "transaction/detail")


@dataclass
class Truth:
    """What was really paid, put on the shelf and seen."""

    transfers: list[str] = field(default_factory=list)  # our references
    codes: list[tuple[int, str]] = field(default_factory=list)  # product, code
    seen: list[tuple[int, str]] = field(default_factory=list)  # order, code


class Outside:
    """Everybody who is not the product, as one lane meets them."""

    def __init__(self, gateway: OutsideGateway, clock: SharedClock) -> None:
        self.gateway, self.clock = gateway, clock
        self.truth = Truth()
        self.rng = random.Random(0)

    def order_fault(self, store: Store, case: Facts) -> None:
        """The gateway's next answer fails, before or after its effect."""
        fault, path = self.rng.choice(FAULTS), self.rng.choice(PATHS)
        self.gateway.control.fail_next(fault, path=path)

    def note_codes(self, store: Store, case: Facts) -> None:
        """The seller has these codes in hand."""
        self.truth.codes += [(case["product"], code) for code in case["fresh_codes"]]

    def pay(self, store: Store, case: Facts) -> None:
        """The buyer pays what the gateway asks for; everything it asks for."""
        if case["method"] != "tripay" and "pays_twice" not in case:
            return
        for charge in self.gateway.charges_of(case["reference"]):
            if charge["state"] in ("UNPAID", "EXPIRED"):
                amount = charge["amount"]
                if "pays_wrongly" in case:
                    amount += case["too_much"]
                self.gateway.control.pay(charge["reference"], amount=amount)

    def expire(self, store: Store, case: Facts) -> None:
        """The gateway stops waiting."""
        for charge in self.gateway.charges_of(case["reference"]):
            if charge["state"] == "UNPAID":
                self.gateway.control.expire(charge["reference"])

    def write_callback(self, store: Store, case: Facts) -> None:
        """The gateway's news of this payment, signed; none if it knows nothing."""
        case.pop("body", None)
        charges = self.gateway.charges_of(case["reference"])
        told = [charge for charge in charges if charge["state"] != "UNPAID"]
        if told:
            case.update(self.gateway.callback(self.rng.choice(told)["reference"]))

    def transfer(self, store: Store, case: Facts) -> None:
        """The buyer transfers the exact amount to the seller's account."""
        if case["method"] == "manual" or "pays_twice" in case:
            self.truth.transfers.append(case["reference"])
            case["transferred"] = True

    def let_time_run_out(self, store: Store, case: Facts) -> None:
        """Longer than any order waits."""
        self.clock.advance(TOO_LONG_SECS)

    def let_minutes_pass(self, store: Store, case: Facts) -> None:
        """Seconds to minutes."""
        self.clock.advance(case["secs"])
