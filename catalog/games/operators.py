"""Whose telephone number one is, by its prefix; and whose goods, by their name."""

import re

# by.U first: it lives inside of Telkomsel. 0811 and 0889 exist, but the table that
# suppliers publish does not name their operator, so they have none here.
_PREFIXES = {
    "by.U": ("085154", "085155", "085156", "085157", "085158"),
    "Indosat": ("0814", "0815", "0816", "0855", "0856", "0857", "0858"),
    "XL": ("0817", "0818", "0819", "0859", "0877", "0878"),
    "Axis": ("0831", "0832", "0837", "0838"),
    "Telkomsel": ("0812", "0813", "0821", "0822", "0823", "0851", "0852", "0853"),
    "Smartfren": ("0881", "0882", "0883", "0884", "0885", "0886", "0887", "0888"),
    "Three": ("0895", "0896", "0897", "0898", "0899"),
}


def operator_of(number: str) -> str | None:
    """The operator of a number written `08…`; None where the prefix tells none.

    A hint for the buyer: whether a number can be filled is the supplier's to say.
    """
    return next(
        (
            operator
            for operator, prefixes in _PREFIXES.items()
            if number.startswith(prefixes)
        ),
        None,
    )


# How suppliers and sellers write them; by.U again before the name it is written with.
_NAMES = {
    "by.U": ("BY.U", "BYU", "BY U"),
    "Indosat": ("INDOSAT", "IM3", "OOREDOO"),
    "XL": ("XL",),
    "Axis": ("AXIS",),
    "Telkomsel": ("TELKOMSEL", "TSEL", "SIMPATI"),
    "Smartfren": ("SMARTFREN",),
    "Three": ("THREE", "TRI"),
}


def operator_named(*texts: str) -> str | None:
    """The one operator that these names are about; None for none, or for several."""
    whole = " ".join(texts).upper()
    found = {
        operator
        for operator, names in _NAMES.items()
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", whole) for name in names)
    }
    return found.pop() if len(found) == 1 else None
