"""What a supplier's line tops up, told from its brand and category."""

import re
import unicodedata

from catalog.games.table import DATA, KINDS, PULSA, Game

# Other things than a top-up of an account: a code to redeem, a bill, another country.
_OTHER_TRADES = frozenset(
    {
        *("VOUCHER", "VOUCHERS", "REDEEM", "GIFT", "AKTIVASI"),
        *("PASCA", "PASCABAYAR", "POSTPAID", "TAGIHAN"),
        *("INTERNASIONAL", "INTERNATIONAL"),
    }
)
# Any brand there is an operator. E-Money has no word: cards with numbers of their own
# stand in that category, too, so a wallet is known by its brand only.
_CATEGORY_WORDS = (("PULSA", PULSA), ("DATA", DATA))
_SERIES = re.compile(r" [A-Z]$")  # one game, listed several times: "… A", "… B"


def find_kind(brand: str, category: str) -> Game | None:
    """What a supplier's line tops up, by its brand, then by words of its category.

    None for what is not known, and for codes and bills of a known brand.
    """
    name, words = _plain(brand), set(_plain(category).split())
    if _OTHER_TRADES & (words | set(name.split())):
        return None
    for spelled in (name, _SERIES.sub("", name)):
        if spelled.replace(" ", "") in _BY_BRAND:
            return _BY_BRAND[spelled.replace(" ", "")]
    return next((kind for word, kind in _CATEGORY_WORDS if word in words), None)


def _plain(text: str) -> str:
    """Capital words, one blank between them: `Star-Rail` becomes `STAR RAIL`."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return " ".join(re.findall(r"[^\W_]+", plain))


_BY_BRAND = {
    _plain(brand).replace(" ", ""): kind
    for kind in KINDS
    for brand in (kind.name, *kind.brands)
}
