"""Suppliers that say no in words, without codes.

A refusal is believed as far as its words are known: at the door, or because no order
was taken. Whatever else it says, a transaction may exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    AddressRefused,
    FactState,
    KeysRefused,
    ProviderRefused,
    PurchaseFact,
)

Patterns = Sequence[tuple[str, str]]

# Our words for what is said at the door, and for a deposit that is too low.
TURNED_AWAY: dict[str, type[ProviderRefused]] = {
    "IP": AddressRefused,
    "KEY": KeysRefused,
    "SIGN": KeysRefused,
}
BALANCE = "balance"


@dataclass(frozen=True)
class Answer:
    """What came back: its content, or the words of a refusal."""

    content: dict[str, Any] | None = field(repr=False)
    refusal: str = ""


def admitted(answer: Answer, at_the_door: Patterns) -> Answer:
    """The answer, unless it was turned away before it was looked at."""
    code = wire.meaning(answer.refusal, at_the_door)
    if code:
        raise TURNED_AWAY[code](answer.refusal, code)
    return answer


def granted(answer: Answer) -> dict[str, Any]:
    """The answer to a question, which changes nothing: a no is a refusal."""
    if answer.content is None:
        raise ProviderRefused(answer.refusal, "REFUSED")
    return answer.content


def refused(answer: Answer, not_ordered: Patterns, *, ref_id: str) -> PurchaseFact:
    """What it means for a purchase that it was answered with this refusal."""
    reason = wire.meaning(answer.refusal, not_ordered)
    return PurchaseFact(
        ref_id=ref_id,
        state=FactState.NOT_FORMED if reason else FactState.UNCLEAR,
        rc=reason,
        message=answer.refusal[:120],
        # Neither the product nor the destination is at fault: its owner fills it up.
        is_account_trouble=reason == BALANCE,
    )


def not_shown(answer: Answer, *, ref_id: str) -> PurchaseFact:
    """A status check without a transaction; its words are not documented.

    Whatever they are, the purchase may still be on its way.
    """
    return PurchaseFact(ref_id, FactState.UNCLEAR, "", answer.refusal[:120])
