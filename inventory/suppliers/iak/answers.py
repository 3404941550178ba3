"""What IAK's prepaid answers mean; pure.

Codes: https://api.iak.id/api/prepaid/response-code, as of November 2023. Which of the
failures had a transaction is not documented. Where there is one, answers carry its
number (`tr_id`), so that decides; a failure without one is believed only in answer to
the purchase itself, because a status check may be refused for its own sake.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    PricedProduct,
    ProviderRefused,
    PurchaseFact,
)
from ppob.kit import foreign

# The failures below `NOT_FORMED` are IAK's own checks of a request: limits per number,
# the number or player itself, our deposit, the product. Those below `FAILED` are what
# an operator or a game answered. 06 knows no such reference, which may still come.
_CODES = {
    FactState.SUCCEEDED: "00",
    FactState.PENDING: "39 201",
    FactState.FAILED: "07 12 121 131",
    FactState.NOT_FORMED: "10 13 14 16 17 20 106 110 141 142 202 203 206 207",
    FactState.UNCLEAR: "06",
}
_STATES = {rc: state for state, codes in _CODES.items() for rc in codes.split()}
# Turned away before a reference was looked at: address, body, path, account, signature.
AT_THE_DOOR = ("102", "107", "117", "118", "204", "205")
_NOT_FOUND = "06"
_BALANCE_TOO_LOW = "17"
_NO_SUCH_ACCOUNT = ("14", "141", "142")
_NO_SUCH_TYPE = ("06", "20")
_INQUIRY_NOT_NEEDED = "143"  # the games' codes that are vouchers

_SUCCESS, _FAILED = 1, 2
_STATUSES = {FactState.SUCCEEDED: _SUCCESS, FactState.PENDING: 0}

# All of them are what the buyer paid for. `pin` comes with some vouchers, the last one
# with an eSIM: https://api.iak.id/api/prepaid/callback
_GOODS = {"sn": "{}", "pin": "PIN {}", "activation_code": "{}"}
_MOST_OF_EACH = 1_300  # characters; together with their words they stay below 4,000
_MOST_OF_A_NAME = 80


def read_fact(
    data: Mapping[str, Any], *, ref_id: str, is_question: bool
) -> PurchaseFact:
    """What an answer says about the purchase `ref_id`.

    `is_question` tells a status check from the purchase itself. Raises Malformed for an
    answer about another reference, and for one that cannot be read.
    """
    rc = wire.text(data, "rc")
    tr_id = number_of(data)
    state = _state(data, rc, has_transaction=bool(tr_id), is_question=is_question)
    told = wire.text(data, "ref_id")
    # What was refused before it was looked up may not be repeated in the refusal.
    is_bare = not told and (state is FactState.NOT_FORMED or rc == _NOT_FOUND)
    if told != ref_id and not is_bare:
        raise wire.Malformed("The answer is about another reference.")
    is_bought = state is FactState.SUCCEEDED
    return PurchaseFact(
        ref_id=ref_id,
        state=state,
        rc=rc[:16],
        # What comes with a success may repeat the serial number.
        message="" if is_bought else wire.words(data, "message", most=120),
        cost=rupiah(data, "price", towards=math.ceil),
        serial_number=_goods(data) if is_bought else "",
        # Neither the product nor the destination is at fault: its owner fills it up.
        is_account_trouble=rc == _BALANCE_TOO_LOW,
        supplier_reference=tr_id,
    )


def read_balance(data: Mapping[str, Any]) -> int:
    """The deposit in whole rupiah; raises like `require_success`, or Malformed."""
    require_success(data)
    balance = rupiah(data, "balance", towards=math.floor)
    if balance is None:
        raise OutcomeUnknown("The answer names no balance.")
    return balance


def read_name(data: Mapping[str, Any]) -> str | None:
    """The player's name, None where there is no such player; raises likewise."""
    if wire.text(data, "rc") in _NO_SUCH_ACCOUNT:
        return None
    require_success(data)
    name = wire.words(data, "username", most=_MOST_OF_A_NAME).strip()
    if not name or wire.number(data, "status") != _SUCCESS:
        raise OutcomeUnknown("The answer names no player.")
    return name


def read_meter(data: Mapping[str, Any], *, number: str) -> str | None:
    """Whose meter it is, None where there is no such meter; raises likewise.

    Its number is documented as `customer_id` and as `hp`, by version.
    """
    if wire.text(data, "rc") in _NO_SUCH_ACCOUNT:
        return None
    require_success(data)
    told = wire.text(data, "customer_id") or wire.text(data, "hp")
    name = wire.words(data, "name", most=_MOST_OF_A_NAME).strip()
    if told not in ("", number):
        raise wire.Malformed("The answer is about another meter.")
    if not name or wire.number(data, "status") != _SUCCESS:
        raise OutcomeUnknown("The answer names nobody.")
    return name


def read_prices(data: Mapping[str, Any] | list[Any]) -> list[PricedProduct]:
    """The lines of a price list that can be read.

    Documented is a bare list; clients in use read it from `pricelist`. A type of goods
    that an account is not offered has no lines.
    """
    if isinstance(data, list):
        lines = data
    elif isinstance(data.get("pricelist"), list):
        lines = data["pricelist"]
    elif wire.text(data, "rc") in _NO_SUCH_TYPE:
        return []
    else:
        require_success(data)
        raise OutcomeUnknown("The answer holds no price list.")
    return wire.read_lines(lines, _priced)


def require_success(data: Mapping[str, Any]) -> None:
    """Raise ProviderRefused for a documented failure, OutcomeUnknown for anything else.

    For questions only: what a code means for a purchase, `read_fact` says.
    """
    rc = wire.text(data, "rc")
    state = _STATES.get(rc)
    if state is FactState.SUCCEEDED:
        return
    if (state and state is not FactState.PENDING) or rc == _INQUIRY_NOT_NEEDED:
        raise ProviderRefused(wire.words(data, "message", most=200), rc)
    raise OutcomeUnknown("The answer's code is not known.")


def number_of(data: Mapping[str, Any]) -> str:
    """IAK's own number of a transaction or inquiry, empty for none."""
    told = wire.code(data, "tr_id", most=64)
    return "" if told == "0" else told


def rupiah(
    data: Mapping[str, Any], key: str, *, towards: Callable[[float], int]
) -> int | None:
    """Amounts are documented as doubles; fractions go `towards` the careful side."""
    value = data.get(key)
    if type(value) is float and math.isfinite(value):
        return foreign.check_range(towards(value), key, least=0)
    return wire.number(data, key)


def _state(
    data: Mapping[str, Any], rc: str, *, has_transaction: bool, is_question: bool
) -> FactState:
    state = _STATES.get(rc, FactState.UNCLEAR)
    # Code and status have to agree; what contradicts itself is for a person.
    if wire.number(data, "status") != _STATUSES.get(state, _FAILED):
        return FactState.UNCLEAR
    if state not in (FactState.FAILED, FactState.NOT_FORMED):
        return state
    if has_transaction:
        return FactState.FAILED
    # "Under maintenance" in answer to a question says nothing about the purchase.
    return FactState.UNCLEAR if is_question else state


def _goods(data: Mapping[str, Any]) -> str:
    codes = {key: wire.code(data, key, most=_MOST_OF_EACH) for key in _GOODS}
    return " / ".join(_GOODS[key].format(code) for key, code in codes.items() if code)


def _priced(line: Mapping[str, Any]) -> PricedProduct | None:
    """One line of the price list; None for one that cannot be bought."""
    # A longer code would not be the same any more after it was kept.
    sku = wire.text(line, "product_code", most=60)
    cost = rupiah(line, "product_price", towards=math.ceil)
    if not sku or cost is None:
        return None
    brand = wire.words(line, "product_description", most=60)
    nominal = wire.words(line, "product_nominal", most=120)
    category = wire.words(line, "product_category", most=60)
    is_named = set(brand.split()) <= set(nominal.split())
    return PricedProduct(
        sku=sku,
        name=(nominal if is_named else f"{brand} {nominal}")[:120],
        cost=cost,
        is_available=wire.text(line, "status") == "active",
        # It documents no times at which it takes no orders.
        closed_from=None,
        closed_until=None,
        brand=brand,
        category=category or wire.words(line, "product_type", most=60),
    )
