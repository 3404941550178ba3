"""Whole rupiah: reading what people type and showing amounts."""

import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import InvalidInput

MAX_AMOUNT = 1_000_000_000  # rupiah; nothing sold here costs more than a billion
MAX_TYPED = 40  # characters; longer ones are not read at all

_SHORT = {"rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
# Every form names its amount in one way only. A group has exactly three digits and a
# grouped number does not begin with 0; what follows it may only be "no sen".
_PLAIN = re.compile(
    r"(?:rp\.?|idr)? ?(?P<digits>[1-9]\d{0,2}(?:(?P<mark>[. ])\d{3})(?:(?P=mark)\d{3})*"
    r"|\d+)(?:,00|[,.]-{1,2})?"
)
# As bank statements print it: 29,834.00. The sen say which mark is which.
_STATEMENT = re.compile(
    r"(?:rp\.?|idr)? ?(?P<digits>[1-9]\d{0,2}(?:,\d{3})+|\d+)\.00"
    r"|(?:rp\.?|idr)? ?(?P<groups>[1-9]\d{0,2}(?:,\d{3}){2,})"
)
_SHORTENED = re.compile(
    r"(?:rp\.?|idr)? ?(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))? ?"
    r"(?P<unit>rb|ribu|k|jt|juta)"
)
_AMBIGUOUS = re.compile(
    r"(?:rp\.?|idr)? ?\d{1,3},\d{3}(?:,-{1,2})?|"
    r"(?:rp\.?|idr)? ?\d+[.,]\d{3} ?(?:rb|ribu|k|jt|juta)"
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
    """Whole rupiah from what a person typed.

    Taken are `19588`, `19.588`, `Rp 19.588`, `Rp19.588,00`, `19.588,-`, `20rb`, `1,5jt`
    and `29,834.00` as bank statements print it, with any kind of space. `19,588` could
    be read as 19 rupiah and is refused: a wrong factor of a thousand is worse than
    typing again. Raises InvalidAmount, naming the forms and the range.
    """
    text = _tidy(typed)
    amount = _read(text)
    if amount is None or not minimum <= amount <= maximum:
        raise InvalidAmount(
            _sentence(text, amount)
            % {
                "minimum": rupiah(minimum),
                "maximum": rupiah(maximum),
                "typed": text,
            },
            field=field,
        )
    return amount


def _tidy(typed: str) -> str:
    """Lower case, one kind of space and of dash; marks that nobody sees are dropped."""
    seen = "".join(
        " " if unicodedata.category(letter) == "Zs" or letter == "\t" else letter
        for letter in typed[: MAX_TYPED * 2].translate(_DASHES)
        if unicodedata.category(letter) != "Cf"
    )
    return re.sub(" +", " ", seen).strip().lower()


def _read(text: str) -> int | None:
    """The amount a tidy text names; None if it names none, or not only one."""
    if len(text) > MAX_TYPED or not text.isascii():
        return None
    shortened = _SHORTENED.fullmatch(text)
    if shortened:
        unit = _SHORT[shortened["unit"]]
        part = (shortened["part"] or "").ljust(2, "0")
        return int(shortened["whole"]) * unit + int(part) * unit // 100
    plain = _PLAIN.fullmatch(text)
    if plain:
        return _digits(plain["digits"])
    statement = _STATEMENT.fullmatch(text)
    if statement:
        return _digits(statement["digits"] or statement["groups"])
    return None


def _digits(text: str) -> int:
    return int(re.sub("[., ]", "", text))


def _sentence(text: str, amount: int | None) -> str | Promise:
    if amount is None and _AMBIGUOUS.fullmatch(text):
        return _(
            "“%(typed)s” can be read in two ways. Write the amount like Rp 19.500 or "
            "19500, from %(minimum)s to %(maximum)s."
        )
    if amount is None and text:
        return _(
            "Enter a whole amount from %(minimum)s to %(maximum)s, for example 19500, "
            "19.500, Rp 19.500,00 or 20rb."
        )
    return _("Enter a whole amount from %(minimum)s to %(maximum)s.")
