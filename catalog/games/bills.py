"""What kinds of bills stores sort their shelves by, told from a supplier's words.

A customer number has no form that companies publish, so none of them has fields of its
own: whether a number exists is the company's to say.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class BillKind:
    """A shelf for bills; `words` are what suppliers call it, in capitals."""

    code: str
    name: str
    emoji: str
    words: frozenset[str] = frozenset()


_KINDS = (
    BillKind("BILLPLN", "Tagihan PLN", "💡", frozenset({"PLN"})),
    BillKind("BILLPDAM", "Tagihan PDAM", "🚰", frozenset({"PDAM"})),
    BillKind("BILLBPJS", "BPJS", "🏥", frozenset({"BPJS", "BPJSTK", "BPJSTKPU"})),
    BillKind(
        "BILLINTERNET",
        "Internet & TV",
        "🌐",
        frozenset({"INTERNET", "TELKOM", "TELKOMPSTN", "INDIHOME", "SPEEDY", "TV"}),
    ),
    BillKind("BILLGAS", "Tagihan Gas", "🔥", frozenset({"GAS", "PGAS", "PGN"})),
    BillKind("BILLHP", "HP Pascabayar", "📱", frozenset({"HP", "HALO", "KARTUHALO"})),
    BillKind(
        "BILLTAX",
        "Pajak",
        "🏛️",
        frozenset({"PBB", "PAJAK", "SAMSAT", "PDL", "CIMAHI"}),
    ),
    BillKind(
        "BILLFINANCE",
        "Angsuran",
        "🏦",
        frozenset({"MULTIFINANCE", "FINANCE", "ASURANSI"}),
    ),
)
_OTHER = BillKind("BILL", "Tagihan lain", "🧾")


def find_bill(*texts: str) -> BillKind:
    """The kind of bill that these words of a supplier name; the last one for others."""
    words = {word for text in texts for word in re.findall(r"[A-Z]+", text.upper())}
    return next((kind for kind in _KINDS if kind.words & words), _OTHER)
