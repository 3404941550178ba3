"""What TokoVoucher's answers mean; pure. Amounts are rupiah.

https://docs.tokovoucher.net/transaksi/post, …/cek-status/post and …/produk/full. A
transaction has words for its `status`; everything else has a number, 1 for an answer
and 0 for a text that says no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    PricedProduct,
    PurchaseFact,
)
from inventory.suppliers.worded import BALANCE, Answer, admitted

_STATES = {
    "pending": FactState.PENDING,
    "sukses": FactState.SUCCEEDED,
    "gagal": FactState.FAILED,
}
_MOST_SERIAL = 4_000  # characters
_MOST_TRX_ID = 64
_MOST_SKU = 60

# Refusals are texts without codes. Documented are those about address, signature,
# member and product; a deposit that is too low is not. They are believed because each
# says by itself that nothing was bought. Whatever else it says, a transaction may
# exist.
_UNKNOWN_PRODUCT = (r"(kode )?produk tidak (di)?temukan", "product")
AT_THE_DOOR = (
    (r"(your |alamat )?ip( address)?( \S+)? not allow(ed)?", "IP"),
    (r"signature (invalid|not valid|tidak valid)", "SIGN"),
    (r"member( code)? tidak (di)?temukan", "KEY"),
)
NOT_ORDERED = (
    _UNKNOWN_PRODUCT,
    (r"saldo( anda| member)? (tidak cukup|tidak mencukupi|kurang)", BALANCE),
)


@dataclass(frozen=True)
class Groups:
    """What the lines of a list stand below, each by its number."""

    categories: Mapping[int, Mapping[str, Any]]
    operators: Mapping[int, Mapping[str, Any]]
    kinds: Mapping[int, Mapping[str, Any]]


def read_answer(body: bytes) -> Answer:
    """What is in `body`: the whole of it, or a refusal.

    Raises ProviderRefused for what was turned away at the door, OutcomeUnknown for
    neither a yes nor a no.
    """
    with wire.reading():
        content = wire.read_object(body)
        # A transaction's status is text, "0" and "1" included; the rest is a number.
        status = content.get("status")
        number = None if isinstance(status, str) else wire.number(content, "status")
    if isinstance(status, str) or number == 1:
        return Answer(content)
    refusal = wire.words(content, "error_msg", most=200)
    # A refusal with something beside it is none that can be taken by its words.
    has_more = any(content.get(key) for key in ("data", "trx_id", "sn"))
    if number == 0 and refusal and not has_more:
        return admitted(Answer(None, refusal), AT_THE_DOOR)
    raise OutcomeUnknown("The answer is neither a yes nor a no.")


def read_fact(content: Mapping[str, Any], *, ref_id: str) -> PurchaseFact:
    """What a transaction as it is shown says about the purchase `ref_id`.

    Raises Malformed for one about another reference, and for one that cannot be read.
    """
    if wire.text(content, "ref_id") != ref_id:
        raise wire.Malformed("The answer is about another reference.")
    said = wire.text(content, "status").strip()
    state = _STATES.get(said.lower(), FactState.UNCLEAR)
    return PurchaseFact(
        ref_id=ref_id,
        state=state,
        rc=said[:16],
        # In every other state the words may repeat the code that the buyer pays for.
        message=_reason(content) if state is FactState.FAILED else "",
        cost=wire.number(content, "price"),
        serial_number=_serial(content) if state is FactState.SUCCEEDED else "",
        supplier_reference=wire.text(content, "trx_id", most=_MOST_TRX_ID).strip(),
    )


def is_no_product(refusal: str) -> bool:
    """Whether a search says that nothing has such a code."""
    return bool(wire.meaning(refusal, (_UNKNOWN_PRODUCT,)))


def why_not(content: Mapping[str, Any], *, sku: str, ceiling: int) -> str:
    """Why the product of a search is not wanted now, empty if it is.

    Raises OutcomeUnknown or Malformed for a search that cannot be read.
    """
    listed = content.get("data")
    if not isinstance(listed, list):
        raise OutcomeUnknown("The answer is no list of products.")
    # It also finds what only begins with the code.
    named = [item for item in listed if isinstance(item, dict)]
    found = [item for item in named if item.get("code") == sku]
    if not found:
        return "product"
    price = wire.number(found[0], "price")
    if price is None:
        raise OutcomeUnknown("The price cannot be read.")
    if wire.number(found[0], "status") != 1:
        return "off"
    return "price" if price > ceiling else ""


def read_balance(content: Mapping[str, Any]) -> int:
    """The deposit; raises OutcomeUnknown or Malformed."""
    data = content.get("data")
    balance = wire.number(data, "saldo") if isinstance(data, dict) else None
    if balance is None:
        raise OutcomeUnknown("The answer names no balance.")
    return balance


def read_prices(content: Mapping[str, Any]) -> list[PricedProduct]:
    """The lines of the whole list that can be read; raises OutcomeUnknown."""
    data = content.get("data")
    products = data.get("produk") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(products, list):
        raise OutcomeUnknown("The answer holds no price list.")
    groups = Groups(*(_by_id(data, key) for key in ("category", "operator", "jenis")))
    return wire.read_lines(products, partial(_priced, groups=groups))


def _by_id(data: Mapping[str, Any], key: str) -> dict[int, Mapping[str, Any]]:
    listed = data.get(key)
    rows = listed if isinstance(listed, list) else []
    return {
        row["id"]: row
        for row in rows
        if isinstance(row, dict) and type(row.get("id")) is int
    }


def _priced(line: Mapping[str, Any], *, groups: Groups) -> PricedProduct | None:
    """One line of the price list; None for one that cannot be bought."""
    # A code that was cut would be another product.
    sku = wire.text(line, "kode_produk", most=_MOST_SKU)
    # Documented: the price of the level that the member has.
    cost = wire.number(line, "price")
    if not sku or cost is None:
        return None
    operator = _above(groups.operators, line, "operator_id")
    kind = _above(groups.kinds, line, "jenis_id")
    # What stands below something that is switched off cannot be had either.
    switches = [row for row in (line, operator, kind) if row]
    return PricedProduct(
        sku=sku,
        name=wire.words(line, "nama", most=120) or sku,
        cost=cost,
        is_available=all(wire.number(row, "status") == 1 for row in switches),
        # It documents no times at which it takes no orders.
        closed_from=None,
        closed_until=None,
        brand=wire.words(operator, "nama", most=60),
        category=wire.words(
            _above(groups.categories, line, "kategori_id"), "nama", most=60
        ),
    )


def _above(
    rows: Mapping[int, Mapping[str, Any]], line: Mapping[str, Any], key: str
) -> Mapping[str, Any]:
    number = wire.number(line, key)
    return rows.get(number, {}) if number is not None else {}


def _reason(content: Mapping[str, Any]) -> str:
    """Why it failed: mostly in `sn` ("Nomor Tujuan Salah"), else in the message."""
    reason = wire.words(content, "sn", most=120).strip()
    return reason or wire.words(content, "message", most=120)


def _serial(content: Mapping[str, Any]) -> str:
    return wire.code(content, "sn", most=_MOST_SERIAL).strip()
