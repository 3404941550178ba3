"""What IAK's postpaid answers mean; pure.

https://api.iak.id/api/postpaid/, as of November 2023. `price` is what the customer has
to pay, `selling_price` is taken from our deposit: the other way round than elsewhere.
"""

import math
from collections.abc import Mapping
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    Bill,
    BillDetail,
    BillFinding,
    BillQuestion,
    FactState,
    OutcomeUnknown,
    PricedProduct,
    ProviderRefused,
    PurchaseFact,
)
from inventory.suppliers.bills import (
    MOST_NAME,
    periods,
    read_details,
    require_amount,
    sheets_of,
)
from inventory.suppliers.cut_offs import ELECTRICITY
from inventory.suppliers.iak.answers import number_of, rupiah

_SUCCESS, _BALANCE_TOO_LOW = "00", "17"
# Turned away before a reference was looked at: signature, command, address, body, path,
# account.
AT_THE_DOOR = ("100", "101", "102", "107", "117", "118")
KEYS, ADDRESS = "100", "102"

_FINDINGS = {
    BillFinding.PAID: "01 34 40",
    BillFinding.NONE: "10",
    BillFinding.WRONG_NUMBER: "14 15 16",
    BillFinding.AT_COUNTER: "30 36 41",
}
_FOUND = {rc: found for found, codes in _FINDINGS.items() for rc in codes.split()}

# As an answer to a payment. What IAK checks by itself, before it asks a biller, forms
# none: the inquiry (04, 06), our deposit, the product, the hour. 103 (time-out) is
# called a failure, and 01, 34 and 40 ("paid already") may be our own payment: a status
# check has to say.
_CODES = {
    FactState.SUCCEEDED: "00",
    FactState.PENDING: "05 39 201",
    FactState.FAILED: "07 08 13 14 15 16 30 31 32 33 35 36 37 38 41 105",
    FactState.NOT_FORMED: "04 06 17 20 106 108 109 110",
    FactState.UNCLEAR: "01 02 03 09 10 11 34 40 42 91 92 93 94 103",
}
_STATES = {rc: state for state, codes in _CODES.items() for rc in codes.split()}

# Of a status check: https://api.iak.id/api/postpaid/core/check-status
_NOT_RECEIVED, _PAID, _FAILED, _IN_PROCESS = 0, 1, 2, 3
_UNPAID = ("02", "42")  # "only reaching inquiry status", "request not received"
_NO_OUTCOME = ("103", "91", "92")  # failures that say nothing about the biller

_MOST_SERIAL = 1_300
_FINES = ("denda", "penalty")
_DETAILS = {
    "lembar_tagihan": BillDetail.SHEETS,
    "jumlah_tagihan": BillDetail.SHEETS,
    "bill_quantity": BillDetail.SHEETS,
    "tarif": BillDetail.TARIFF,
    "kode_tarif": BillDetail.TARIFF,
    "daya": BillDetail.POWER,
    "address": BillDetail.ADDRESS,
    "jumlah_peserta": BillDetail.MEMBERS,
    "nama_cabang": BillDetail.BRANCH,
    "due_date": BillDetail.DUE_DATE,
    "usage": BillDetail.USAGE,
}


def read_bill(data: Mapping[str, Any], question: BillQuestion) -> Bill:
    """What an answer to `question` says.

    Raises ProviderRefused where the supplier cannot say, OutcomeUnknown, or Malformed
    for an answer about something else and for one that cannot be read.
    """
    rc = wire.text(data, "response_code")
    told = wire.text(data, "ref_id")
    # What is refused need not repeat the reference; what is answered does.
    if told != question.ref_id and (told or rc == _SUCCESS):
        raise wire.Malformed("The answer is about another question.")
    if rc in _FOUND:
        return Bill(
            question.ref_id, _FOUND[rc], rc, wire.words(data, "message", most=120)
        )
    if rc != _SUCCESS:
        state = _STATES.get(rc, FactState.UNCLEAR)
        if state in (FactState.PENDING, FactState.UNCLEAR):
            raise OutcomeUnknown(f"The question was answered with {rc[:16]!r}.")
        raise ProviderRefused(wire.words(data, "message", most=200), rc)
    if wire.text(data, "hp") != question.number:
        raise wire.Malformed("The answer is about another number.")
    tr_id = number_of(data)
    if not tr_id:
        raise wire.Malformed("The bill has no number to be paid by.")
    return Bill(
        ref_id=question.ref_id,
        finding=BillFinding.DUE,
        rc=rc,
        customer_name=wire.words(data, "tr_name", most=MOST_NAME).strip(),
        period=periods(wire.words(data, "period", most=80).replace(",", " ").split()),
        billed=_amount(data, "price"),
        cost=_amount(data, "selling_price"),
        admin=rupiah(data, "admin", towards=math.ceil),
        details=_details(data),
        supplier_reference=tr_id,
    )


def read_payment(data: Mapping[str, Any], *, ref_id: str, tr_id: str) -> PurchaseFact:
    """What an answer to the payment of the inquiry `tr_id` says; raises Malformed."""
    rc = wire.text(data, "response_code")
    state = _STATES.get(rc, FactState.UNCLEAR)
    told = number_of(data)
    # A refusal before the payment was looked up need not repeat its number.
    if told != tr_id and (told or state is not FactState.NOT_FORMED):
        raise wire.Malformed("The answer is about another inquiry.")
    if wire.text(data, "ref_id") not in ("", ref_id):
        raise wire.Malformed("The answer is about another reference.")
    return _fact(data, ref_id=ref_id, state=state, rc=rc)


def read_status(data: Mapping[str, Any], *, ref_id: str, tr_id: str) -> PurchaseFact:
    """What a status check says about that payment; raises Malformed.

    Status and code have to agree; what contradicts itself is for a person. That no
    request for the payment was received is said after the question about it, too, so it
    counts as "none formed": believed when it is said twice.
    """
    rc = wire.text(data, "response_code")
    if (wire.text(data, "ref_id"), number_of(data)) != (ref_id, tr_id):
        raise wire.Malformed("The answer is about another inquiry.")
    status = wire.number(data, "status")
    state = FactState.UNCLEAR
    if status == _PAID and rc == _SUCCESS:
        state = FactState.SUCCEEDED
    elif status == _IN_PROCESS and _STATES.get(rc) is FactState.PENDING:
        state = FactState.PENDING
    elif status == _NOT_RECEIVED and rc in _UNPAID:
        state = FactState.NOT_FORMED
    elif status == _FAILED and rc in _STATES and rc not in (_SUCCESS, *_NO_OUTCOME):
        is_failure = _STATES[rc] is not FactState.PENDING
        state = FactState.FAILED if is_failure else FactState.UNCLEAR
    return _fact(data, ref_id=ref_id, state=state, rc=rc)


def read_lines(data: Mapping[str, Any]) -> list[PricedProduct]:
    """The lines of the postpaid list that can be read; raises OutcomeUnknown."""
    listed = data.get("pasca")
    if not isinstance(listed, list):
        raise OutcomeUnknown("The answer holds no price list.")
    return wire.read_lines(listed, _line)


def _fact(
    data: Mapping[str, Any], *, ref_id: str, state: FactState, rc: str
) -> PurchaseFact:
    is_paid = state is FactState.SUCCEEDED
    return PurchaseFact(
        ref_id=ref_id,
        state=state,
        rc=rc[:16],
        message="" if is_paid else wire.words(data, "message", most=120),
        cost=rupiah(data, "selling_price", towards=math.ceil),
        serial_number=_serial_number(data) if is_paid else "",
        # Its number is the question's, and known; prepaid purchases count on their own.
        is_account_trouble=rc == _BALANCE_TOO_LOW,
    )


def _serial_number(data: Mapping[str, Any]) -> str:
    """The biller's reference; with it what is left to pay, which a receipt must say.

    At most four bills at once: https://api.iak.id/api/postpaid/core/product/pln/payment
    """
    number = wire.text(data, "noref", most=_MOST_SERIAL)
    described = data.get("desc")
    told = described if isinstance(described, dict) else {}
    left = wire.number(told, "lembar_tagihan_sisa")
    return " / ".join(filter(None, [number, f"SISA {left} LEMBAR" if left else ""]))


def _line(item: Mapping[str, Any]) -> PricedProduct | None:
    """One line of the postpaid list; None for one that cannot be paid."""
    sku = wire.text(item, "code", most=60)
    if not sku:
        return None
    kind = wire.words(item, "type", most=60)
    # https://api.iak.id/api/postpaid/response-code, 109
    is_electric = kind == "pln"
    return PricedProduct(
        sku=sku,
        name=wire.words(item, "name", most=120),
        cost=0,
        is_available=wire.number(item, "status") == 1,
        closed_from=ELECTRICITY.closed_from if is_electric else None,
        closed_until=ELECTRICITY.closed_until if is_electric else None,
        brand=kind.upper(),
        category=wire.words(item, "category", most=60),
        is_bill=True,
        admin=rupiah(item, "fee", towards=math.ceil),
        commission=rupiah(item, "komisi", towards=math.floor),
    )


def _amount(data: Mapping[str, Any], key: str) -> int:
    return require_amount(rupiah(data, key, towards=math.ceil), key)


def _details(data: Mapping[str, Any]) -> tuple[tuple[BillDetail, str], ...]:
    described = data.get("desc")
    told = described if isinstance(described, dict) else {}
    sheets = sheets_of(told.get("tagihan") or told.get("bill"))
    return read_details(told, _DETAILS, sheets=sheets, fines=_FINES, blank="-")
