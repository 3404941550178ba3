"""What happens outside the product, and the truth about it."""

import random
from dataclasses import dataclass, field
from typing import Any

from inventory.simulator.faults import Fault as SupplierFault
from payments.simulator.faults import Fault
from tests.crash.clock import SharedClock
from tests.crash.gateway import OutsideGateway
from tests.crash.supplier import FLIP_SECS, OutsideSupplier
from tests.crash.world import UNDO_SECS, Store

Facts = dict[str, Any]

SUPPLIER_FAULTS = (
    SupplierFault.ERROR_BEFORE,
    SupplierFault.ERROR_AFTER,
    SupplierFault.HTML_AFTER,
    SupplierFault.CUT_BEFORE,
    SupplierFault.CUT_AFTER,
    SupplierFault.WRONG_REF,
    SupplierFault.NEW_CODE,
)
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
    changed: list[str] = field(default_factory=list)  # the supplier's second thoughts


class Outside:
    """Everybody who is not the product, as one lane meets them."""

    def __init__(
        self, gateway: OutsideGateway, supplier: OutsideSupplier, clock: SharedClock
    ) -> None:
        self.gateway, self.supplier, self.clock = gateway, supplier, clock
        self.truth = Truth()
        self._letters: dict[str, list[Facts]] = {}
        self.rng = random.Random(0)

    def close(self) -> None:
        """Give the connections back."""
        self.gateway.close()
        self.supplier.close()

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
        self._pay_all(case)

    def _pay_all(self, case: Facts) -> None:
        for charge in self.gateway.charges_of(case["reference"]):
            if charge["state"] in ("UNPAID", "EXPIRED"):
                amount = charge["amount"]
                if "pays_wrongly" in case:
                    amount = max(1, amount + case["too_much"])
                self.gateway.control.pay(charge["reference"], amount=amount)
                letter = self.gateway.callback(charge["reference"])
                self._letters.setdefault(case["reference"], []).append(letter)

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
        told = [each for each in told if each["state"] == "REFUND"] or told
        if told:
            case.update(self.gateway.callback(self.rng.choice(told)["reference"]))

    def find_old_callback(self, store: Store, case: Facts) -> None:
        """News that was on its way for long, and may be overtaken by now."""
        case.pop("body", None)
        letters = self._letters.get(case["reference"])
        if letters:
            case.update(self.rng.choice(letters))

    def transfer(self, store: Store, case: Facts) -> None:
        """The buyer transfers the exact amount to the seller's account."""
        if case["method"] == "manual" or "pays_twice" in case:
            self.truth.transfers.append(case["reference"])
            case["has_transferred"] = True

    def pay_deposit(self, store: Store, case: Facts) -> None:
        """The buyer pays the top-up the way it was asked for."""
        if case["deposit_method"] == "manual":
            self.truth.transfers.append(case["reference"])
            case["has_topped_up"] = True
        else:
            self._pay_all(case)

    def take_back(self, store: Store, case: Facts) -> None:
        """The gateway gives the payer the money back, and says so."""
        if "pays_wrongly" in case or "is_heard_of" not in case:
            return
        for charge in self.gateway.charges_of(case["reference"]):
            if charge["state"] == "PAID":
                self.gateway.control.refund(charge["reference"])

    def order_supplier_fault(self, store: Store, case: Facts) -> None:
        """The supplier's next answer fails, before or after its effect."""
        self.supplier.control.fail_next(self.rng.choice(SUPPLIER_FAULTS))

    def let_supplier_end(self, store: Store, case: Facts) -> None:
        """Pending purchases come to their end."""
        self.clock.advance(2 * FLIP_SECS)

    def write_supplier_news(self, store: Store, case: Facts) -> None:
        """The supplier's callback about this case's purchase, if it knows one."""
        sold = self.supplier.sold_to(case["destination"])
        if sold:
            news = self.supplier.callback(sold[-1]["ref_id"])
            case["supplier_headers"] = news["headers"]
            case["supplier_body"] = news["body"]

    def reverse_at_supplier(self, store: Store, case: Facts) -> None:
        """The supplier changes its mind about something that was over."""
        for each in self.supplier.sold_to(case["destination"]):
            if each["rc"] in ("00", "02"):
                other = "74" if each["rc"] == "00" else "00"
                self.supplier.control.change_mind(each["ref_id"], other)
                self.truth.changed.append(each["ref_id"])

    def look_at_supplier(self, store: Store, case: Facts) -> None:
        """What the owner finds on the supplier's site."""
        sold = self.supplier.sold_to(case["destination"])
        case["sold_refs"] = {each["ref_id"]: each["rc"] for each in sold}

    def let_time_run_out(self, store: Store, case: Facts) -> None:
        """Longer than any order waits."""
        self.clock.advance(TOO_LONG_SECS)

    def let_undo_pass(self, store: Store, case: Facts) -> None:
        """Longer than a buyer may think about a paid top-up."""
        self.clock.advance(UNDO_SECS + 1)

    def let_minutes_pass(self, store: Store, case: Facts) -> None:
        """Seconds to minutes."""
        self.clock.advance(case["secs"])
