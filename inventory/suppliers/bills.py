"""Postpaid bills in our words: what a number owes, asked before it is paid.

A bill is paid under the reference of the question about it, and only on the day of that
question. So the question has a reference of ours, too, and is written down before the
supplier hears of it.

Amounts are whole rupiah.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inventory.states import BillDetail, BillFinding, BillInput
from inventory.suppliers import wire
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.numbers import read_number

__all__ = [
    "Bill",
    "BillDetail",
    "BillFinding",
    "BillInput",
    "BillQuestion",
    "periods",
    "read_details",
    "require_amount",
    "sheets_of",
]

MOST_NAME = 80  # characters
MOST_PERIOD = 80
_MOST_DETAIL = 120
_MOST_SHEETS = 48  # read of one answer


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


def require_amount(amount: int | None, key: str) -> int:
    """`amount` if something that can be owed; raises Malformed, naming its `key`."""
    if amount is None or not 1 <= amount <= MAX_AMOUNT:
        raise wire.Malformed(f"The bill has no {key}.")
    return amount


def sheets_of(holder: object) -> Sequence[Mapping[str, Any]]:
    """A bill's sheets (one for each period), from the `detail` of what holds them."""
    listed = holder.get("detail") if isinstance(holder, dict) else None
    if not isinstance(listed, list):
        return []
    return [sheet for sheet in listed if isinstance(sheet, dict)][:_MOST_SHEETS]


def read_details(
    described: object,
    names: Mapping[str, BillDetail],
    *,
    sheets: Sequence[Mapping[str, Any]],
    fines: Sequence[str],
    blank: str = "",
) -> tuple[tuple[BillDetail, str], ...]:
    """The lines of a bill's description, and the fines of all its sheets as one.

    `names` and `fines` are the supplier's words for them, `blank` is the sign that it
    writes where it has nothing to say.
    """
    if not isinstance(described, dict):
        return ()
    told = ((detail, _words(described, key)) for key, detail in names.items())
    found = [(detail, said) for detail, said in told if said.strip(blank)]
    owed = [_words(sheet, key) for sheet in sheets for key in fines]
    fine = sum(read_number(each) or 0 for each in owed)
    return (*found, (BillDetail.FINE, str(fine))) if fine else tuple(found)


def _words(data: Mapping[str, Any], key: str) -> str:
    """A detail for people: some come as text, some as numbers."""
    value = data.get(key)
    told = {key: str(value)} if type(value) is int else data
    return wire.words(told, key, most=_MOST_DETAIL).strip()
