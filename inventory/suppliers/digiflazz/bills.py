"""What Digiflazz's postpaid answers mean; pure.

https://developer.digiflazz.com/api/buyer/cek-tagihan/, …/bayar-tagihan/ (under the same
reference, on the same date), …/cek-status/.
`price` is taken from our deposit, `selling_price` is what the customer is billed.
"""

from collections.abc import Mapping, Sequence
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
from ppob.kit.numbers import read_number

_SUCCESS, PENDING = "00", "03"
# What an answer to a question says about the number. 60 ("bill not available") is said
# of paid bills and of those that are not there yet.
_FINDINGS = {
    "54": BillFinding.WRONG_NUMBER,
    "57": BillFinding.WRONG_NUMBER,
    "60": BillFinding.NONE,
}
# Nobody can say: time-outs, and what is under way. A question is never pending by the
# documentation; if it is, it has no answer.
_NO_ANSWER = ("01", "03", "50", "70", "99")

# As for prepaid goods, but for the time-outs 01 and 70: they are called failures, and
# say nothing about what the biller did with the money.
_CODES = {
    FactState.SUCCEEDED: "00",
    FactState.PENDING: "03 99",
    FactState.FAILED: "02 51 52 53 54 55 57 58 59 60 71 72 73 84 85 86",
    FactState.NOT_FORMED: "43 44 56 62 63 64 65 66 67 68 69 80 81 87",
    FactState.REFUNDED: "74",
    FactState.UNCLEAR: "01 47 49 50 70",
}
_STATES = {rc: state for state, codes in _CODES.items() for rc in codes.split()}
_WORDS = {FactState.SUCCEEDED: "sukses", FactState.PENDING: "pending"}
_BALANCE_TOO_LOW = "44"
_MOST_SERIAL = 4_000  # characters, as of prepaid goods

_DETAILS = {
    "lembar_tagihan": BillDetail.SHEETS,
    "tarif": BillDetail.TARIFF,
    "daya": BillDetail.POWER,
    "alamat": BillDetail.ADDRESS,
    "jumlah_peserta": BillDetail.MEMBERS,
    "kantor_cabang": BillDetail.BRANCH,
    "jatuh_tempo": BillDetail.DUE_DATE,
    "item_name": BillDetail.ITEM,
    "no_pol": BillDetail.PLATE,
    "nomor_polisi": BillDetail.PLATE,
    "tenor": BillDetail.INSTALMENT,
    "tahun_pajak": BillDetail.TAX_YEAR,
}


def read_bill(data: Mapping[str, Any], question: BillQuestion) -> Bill:
    """What an answer to `question` says.

    Raises ProviderRefused where the supplier cannot say, OutcomeUnknown, or Malformed
    for an answer about something else and for one that cannot be read.
    """
    rc = wire.text(data, "rc")
    _require_same(data, question)
    if rc in _FINDINGS:
        words = wire.words(data, "message", most=120)
        return Bill(question.ref_id, _FINDINGS[rc], rc, words)
    if rc != _SUCCESS:
        if rc in _NO_ANSWER or rc not in _STATES:
            raise OutcomeUnknown(f"The question was answered with {rc[:16]!r}.")
        raise ProviderRefused(wire.words(data, "message", most=200), rc)
    if wire.text(data, "status").lower() != _WORDS[FactState.SUCCEEDED]:
        raise wire.Malformed("Code and status disagree.")
    described = data.get("desc")
    sheets = sheets_of(described)
    told = [wire.words(sheet, "periode", most=40) for sheet in sheets]
    whole = wire.words(data, "periode", most=40)
    period = periods([whole] if whole else told)
    details = read_details(described, _DETAILS, sheets=sheets, fines=("denda",))
    # …/cek-tagihan/, BPJS Kesehatan: there it is no month, but how many of them.
    months = read_number(period, most=99)
    if months and any(detail is BillDetail.MEMBERS for detail, _text in details):
        details, period = (*details, (BillDetail.MONTHS, str(months))), ""
    return Bill(
        ref_id=question.ref_id,
        finding=BillFinding.DUE,
        rc=rc,
        customer_name=wire.words(data, "customer_name", most=MOST_NAME).strip(),
        period=period,
        billed=_amount(data, "selling_price"),
        cost=_amount(data, "price"),
        admin=wire.number(data, "admin"),
        details=details,
    )


def read_payment(
    data: Mapping[str, Any],
    *,
    ref_id: str,
    is_question: bool,
    was_pending: bool = False,
) -> PurchaseFact:
    """What an answer says about the payment of the bill `ref_id`.

    `is_question` tells a status check from the payment itself. Raises Malformed.

    What a status check says of a bill that was asked about and never paid is not
    documented. The answer to the question of before says `Sukses`, too, and has no
    serial number: so a status check proves a payment by its serial number, where ours
    may never have arrived. One that `was_pending` (03) the last time is there, since a
    question never is: then `Sukses` is about the payment, which may have no serial
    number (BPJS TK, …/test-case/).
    """
    rc = wire.text(data, "rc")
    state = _STATES.get(rc, FactState.UNCLEAR)
    # Code and word have to agree; what contradicts itself is for a person.
    if wire.text(data, "status").lower() != _WORDS.get(state, "gagal"):
        state = FactState.UNCLEAR
    serial_number = wire.text(data, "sn", most=_MOST_SERIAL)
    is_proof = bool(serial_number) or was_pending or not is_question
    if state is FactState.SUCCEEDED and not is_proof:
        state = FactState.UNCLEAR
    if wire.text(data, "ref_id") != ref_id:
        raise wire.Malformed("The answer is about another reference.")
    is_paid = state is FactState.SUCCEEDED
    return PurchaseFact(
        ref_id=ref_id,
        state=state,
        rc=rc[:16],
        message="" if is_paid else wire.words(data, "message", most=120),
        cost=wire.number(data, "price"),
        serial_number=serial_number if is_paid else "",
        is_account_trouble=rc == _BALANCE_TOO_LOW,
    )


def read_meter(data: Mapping[str, Any], *, number: str) -> str | None:
    """Whose prepaid meter it is, None where there is no such meter.

    Raises ProviderRefused (86: asked too often), OutcomeUnknown, or Malformed for an
    answer about another number.
    """
    rc = wire.text(data, "rc")
    if _FINDINGS.get(rc) is BillFinding.WRONG_NUMBER:
        return None
    if rc != _SUCCESS:
        if rc in _NO_ANSWER or rc not in _STATES:
            raise OutcomeUnknown(f"The question was answered with {rc[:16]!r}.")
        raise ProviderRefused(wire.words(data, "message", most=200), rc)
    if wire.text(data, "customer_no") != number:
        raise wire.Malformed("The answer is about another meter.")
    name = wire.words(data, "name", most=MOST_NAME).strip()
    if not name:
        raise OutcomeUnknown("The answer names nobody.")
    return name


def read_lines(listed: Sequence[Any]) -> list[PricedProduct]:
    """The lines of the postpaid list that can be read."""
    return wire.read_lines(listed, _line)


def _line(item: Mapping[str, Any]) -> PricedProduct | None:
    """One line of the postpaid list; None for one that cannot be paid."""
    sku = wire.text(item, "buyer_sku_code", most=60)
    if not sku:
        return None
    brand = wire.words(item, "brand", most=60)
    # The list tells no times. Elsewhere it is documented that PLN takes nothing at
    # night, whoever passes it on: the safe side is to ask nobody then.
    is_electric = "PLN" in brand.upper().split()
    return PricedProduct(
        sku=sku,
        name=wire.words(item, "product_name", most=120),
        cost=0,
        is_available=item.get("buyer_product_status") is True
        and item.get("seller_product_status") is True,
        closed_from=ELECTRICITY.closed_from if is_electric else None,
        closed_until=ELECTRICITY.closed_until if is_electric else None,
        brand=brand,
        category=wire.words(item, "category", most=60),
        is_bill=True,
        admin=wire.number(item, "admin"),
        commission=wire.number(item, "commission"),
    )


def _require_same(data: Mapping[str, Any], question: BillQuestion) -> None:
    told = wire.text(data, "ref_id"), wire.text(data, "customer_no")
    if told != (question.ref_id, question.number):
        raise wire.Malformed("The answer is about another question.")


def _amount(data: Mapping[str, Any], key: str) -> int:
    return require_amount(wire.number(data, key), key)
