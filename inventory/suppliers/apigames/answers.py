"""What Apigames' answers mean; pure. Amounts are rupiah.

https://docs.apigames.id/docs/v2/pendahuluan (the statuses) and …/docs/v2/transaksi/.
The outer `status` is only the envelope's: 1 holds an answer, 0 a text that says no.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import FactState, OutcomeUnknown, PurchaseFact
from inventory.suppliers.worded import BALANCE, Answer, admitted

# "Validasi Provider": the game's own shop gave no answer that could be understood yet.
# "Sukses Sebagian" (one part of a bundle came, another did not) is left out on purpose:
# neither delivered nor failed, it is for a person, like every word that is new.
_STATES = {
    "pending": FactState.PENDING,
    "proses": FactState.PENDING,
    "validasi provider": FactState.PENDING,
    "sukses": FactState.SUCCEEDED,
    "gagal": FactState.FAILED,
}
MOST_OF_A_NAME = 80
_MOST_SERIAL = 4_000  # characters
_MOST_TRX_ID = 64

# Refusals are texts without codes, and the first one alone is documented for purchases.
# The others are believed because each says by itself that nothing was bought. Whatever
# else it says, a transaction may exist.
AT_THE_DOOR = (
    (r"(invalid signature|signature (not valid|invalid|tidak valid|salah))", "SIGN"),
    (r"merchant (id )?(not found|tidak (di)?temukan)", "KEY"),
    (r"(your |alamat )?ip( address)? .*\b(not allow(ed)?|tidak diizinkan)", "IP"),
)
NOT_ORDERED = (
    (r"(kode )?(produk|product)( code)? (tidak (di)?temukan|not found)", "product"),
    (r"saldo( anda| merchant)? (tidak cukup|tidak mencukupi|kurang)", BALANCE),
)


def read_answer(body: bytes) -> Answer:
    """What the envelope in `body` holds: its `data`, or a refusal.

    Raises ProviderRefused for what was turned away at the door, OutcomeUnknown for
    anything else.
    """
    with wire.reading():
        content = wire.read_object(body)
        status = wire.number(content, "status")
    data = content.get("data")
    if status == 1 and isinstance(data, dict):
        return Answer(data)
    refusal = wire.words(content, "error_msg", most=200)
    # A refusal with something beside it is none that can be taken by its words.
    if status == 0 and refusal and not data:
        return admitted(Answer(None, refusal), AT_THE_DOOR)
    raise OutcomeUnknown("The answer is neither a yes nor a no.")


def read_fact(data: Mapping[str, Any], *, ref_id: str) -> PurchaseFact:
    """What a transaction as it is shown says about the purchase `ref_id`.

    Raises Malformed for one about another reference, and for one that cannot be read.
    """
    if wire.text(data, "ref_id") != ref_id:
        raise wire.Malformed("The answer is about another reference.")
    said = wire.text(data, "status").strip()
    state = _STATES.get(said.lower(), FactState.UNCLEAR)
    return PurchaseFact(
        ref_id=ref_id,
        state=state,
        rc=said[:16],
        # Of a failure, `sn` is the reason ("error_require_login"). In every other state
        # it may be the code that the buyer pays for, and messages are not sealed.
        message=wire.words(data, "sn", most=120) if state is FactState.FAILED else "",
        cost=_cost(data),
        serial_number=_serial(data) if state is FactState.SUCCEEDED else "",
        supplier_reference=wire.text(data, "trx_id", most=_MOST_TRX_ID).strip(),
    )


def first_word(fact: PurchaseFact) -> PurchaseFact:
    """The same fact as the answer to a purchase, which never is its end.

    Documented: a transaction is pending at first, and only the status check and reports
    are to be believed. An end that stands in the first answer is asked for again.
    """
    if fact.state not in (FactState.SUCCEEDED, FactState.FAILED):
        return fact
    return replace(fact, state=FactState.PENDING, message="", serial_number="")


def read_balance(data: Mapping[str, Any]) -> int:
    """The deposit, from the account's own page; raises OutcomeUnknown or Malformed."""
    balance = wire.number(data, "saldo")
    if balance is None:
        raise OutcomeUnknown("The answer names no balance.")
    return balance


def read_name(data: Mapping[str, Any]) -> str | None:
    """The player's name, None where there is no such player; raises OutcomeUnknown."""
    if data.get("is_valid") is False:
        return None
    name = " ".join(wire.words(data, "username", most=200).split())
    if data.get("is_valid") is not True or not name:
        raise OutcomeUnknown("The answer names no player.")
    return name[:MOST_OF_A_NAME].strip()


def _cost(data: Mapping[str, Any]) -> int | None:
    """What the goods cost. The fee that it adds, also to failures, it does not tell."""
    detail = data.get("product_detail")
    return wire.number(detail, "price_rp") if isinstance(detail, dict) else None


def _serial(data: Mapping[str, Any]) -> str:
    return wire.code(data, "sn", most=_MOST_SERIAL).strip()
