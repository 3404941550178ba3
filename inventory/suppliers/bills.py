"""Postpaid bills in our words: what a number owes, asked before it is paid.

A bill is paid under the reference of the question about it, and only on the day of that
question. So the question has a reference of ours, too, and is written down before the
supplier hears of it.

Amounts are whole rupiah.
"""

from dataclasses import dataclass

from inventory.states import BillDetail, BillFinding, BillInput

__all__ = [
    "Bill",
    "BillDetail",
    "BillFinding",
    "BillInput",
    "BillQuestion",
    "periods",
]

MOST_PERIOD = 80  # characters


@dataclass(frozen=True)
class BillQuestion:
    """What a number owes for this SKU, asked under our own reference.

    `number` is written as the supplier wants it.
    """

    ref_id: str
    sku: str
    number: str


@dataclass(frozen=True)
class Bill:
    """What a supplier says about a number, at one moment.

    Only where something is `DUE` there is more than `rc` and `message`: `billed` is
    what the customer has to pay, `cost` what paying takes from our deposit, `admin`
    what of `billed` are fees of others, if told. `details` are more lines for people.
    `supplier_reference` is the supplier's own word for the question, if it has one.
    """

    ref_id: str
    finding: BillFinding
    rc: str
    message: str = ""
    customer_name: str = ""
    period: str = ""
    billed: int = 0
    cost: int = 0
    admin: int | None = None
    details: tuple[tuple[BillDetail, str], ...] = ()
    supplier_reference: str = ""


def periods(found: list[str]) -> str:
    """The periods of a bill's sheets as one text, each once, in their order."""
    return ", ".join(dict.fromkeys(each for each in found if each))[:MOST_PERIOD]
