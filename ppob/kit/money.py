"""Whole rupiah: reading what people type and showing amounts."""

import re

from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import InvalidInput

MAX_AMOUNT = 1_000_000_000  # rupiah; nothing sold here costs more than a billion
_SHORT = {"rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_TYPED = re.compile(
    r"(?:rp\.?\s*)?(?P<digits>\d{1,3}(?:[.,]\d{3})+|\d+)\s*(?P<unit>rb|ribu|k|jt|juta)?",
    re.ASCII,
)


class InvalidAmount(InvalidInput):
    """What was typed is not a positive amount of whole rupiah in the allowed range."""

    code = "INVALID_AMOUNT"


def rupiah(amount: int) -> str:
    """`19500` as `Rp 19.500`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp {abs(amount):,}".replace(",", ".")


def read_amount(
    typed: str, *, minimum: int = 1, maximum: int = MAX_AMOUNT, field: str = ""
) -> int:
    """Whole rupiah from what a person typed: `19500`, `Rp 19.500`, `20rb`.

    Raises InvalidAmount, naming the allowed range, for anything else.
    """
    match = _TYPED.fullmatch(typed.strip().lower())
    amount = -1
    if match and len(match["digits"]) <= 15:
        digits = re.sub(r"[.,]", "", match["digits"])
        amount = int(digits) * _SHORT.get(match["unit"] or "", 1)
    if not minimum <= amount <= maximum:
        raise InvalidAmount(
            _("Enter a whole amount from %(minimum)s to %(maximum)s.")
            % {"minimum": rupiah(minimum), "maximum": rupiah(maximum)},
            field=field,
        )
    return amount
