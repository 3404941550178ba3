"""Which rows of a list become codes, which are held back, and why."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.codes.normal import folded_form, has_marks, normal_form
from inventory.codes.table import MAX_CODE_LENGTH, Flag, Row, Table
from inventory.codes.text import COMMENT
from security.secret_text import is_known_token

WHOLE_LINE = -1


class Problem(StrEnum):
    """Why a row did not become a code."""

    BLANK = "blank"
    DUPLICATE = "duplicate"
    KNOWN = "known"
    ELSEWHERE = "elsewhere"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    SECRET = "secret"  # noqa: S105 - the name of a problem
    DESTROYED = "destroyed"
    HEADER = "header"
    COMMENT = "comment"
    FOREIGN = "foreign"
    ROUNDED = "rounded"
    SIMILAR = "similar"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Promise:
        """The problem in words."""
        return _LABELS[self]


_LABELS: dict[Problem, Promise] = {
    Problem.BLANK: _("empty line"),
    Problem.DUPLICATE: _("twice in this list"),
    Problem.KNOWN: _("already in stock or sold before"),
    Problem.ELSEWHERE: _("already in another product"),
    Problem.TOO_LONG: _("longer than 2,000 characters"),
    Problem.UNREADABLE: _("characters that cannot be read"),
    Problem.SECRET: _("looks like a secret token"),
    Problem.DESTROYED: _("a number, date or yes/no that the spreadsheet destroyed"),
    Problem.HEADER: _("looks like a heading"),
    Problem.COMMENT: _("looks like a comment"),
    Problem.FOREIGN: _("special characters of an old encoding"),
    Problem.ROUNDED: _("ends in zeros as if a spreadsheet had rounded it"),
    Problem.SIMILAR: _("differs from another code by capital letters only"),
    Problem.WITHDRAWN: _("was taken out of stock before"),
}

# Held back until a person has looked and says that they are codes.
HELD_BACK = frozenset(
    {
        Problem.HEADER,
        Problem.COMMENT,
        Problem.FOREIGN,
        Problem.ROUNDED,
        Problem.SIMILAR,
        Problem.WITHDRAWN,
    }
)
DOUBLES = frozenset({Problem.DUPLICATE, Problem.KNOWN, Problem.ELSEWHERE})

# Written as text: a word after the other is easier to read than a list of them.
_HEADINGS = frozenset(
    """
    akun account activation aktivasi barang batch cd code codes coupon date denom
    email exp expired expiry game gift harga id item jumlah keterangan key keys kode
    kupon license lisensi list login masa berlaku mail nama name no nomor note
    number password pass pin price product produk redeem sandi seri serial sku sn
    status stock stok tanggal tgl the daftar token total type unik user username
    voucher card kartu catatan
    """.split()  # noqa: SIM905
)
_TOTALS = frozenset({"total", "jumlah", "subtotal", "sum"})
_CODE_COLUMNS = frozenset(
    "code codes kode key keys voucher serial token pin sn license lisensi".split()  # noqa: SIM905
)
_WORDS = re.compile(r"[^\W\d_]+|\d+")
# As spreadsheets write long numbers: 4.687E+11, 4,687E+11.
_POWER = re.compile(r"[+-]?\d+(?:[.,]\d+E[+-]|E\+)\d{2,3}", re.IGNORECASE)
_ROUNDED = re.compile(r"\d{15}0+")
_CONTROL = re.compile(
    "[\0-\b\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd\ufffe\uffff]"
)
_FEW = 3


@dataclass(frozen=True)
class Verdict:
    """What one row is: a code, or a problem. `twin` names the product of its twin."""

    line_no: int
    code: str = field(repr=False)
    problem: Problem | None = None
    twin: str = ""
    is_number: bool = False

    @property
    def has_marks(self) -> bool:
        """Whether it holds marks that nobody sees."""
        return has_marks(self.code)


def suggested_column(table: Table) -> int | None:
    """Which column the codes are in: by its heading, or because there is no choice.

    `WHOLE_LINE` where a line is a code as it stands. None where a person has to say.
    """
    if table.width <= 1:
        return 0
    first = next((row for row in table.rows if any(row.cells)), None)
    named = [
        column
        for column, cell in enumerate(first.cells if first else ())
        if _is_heading(cell) and _CODE_COLUMNS & set(_words(cell))
    ]
    if len(named) == 1:
        return named[0]
    return WHOLE_LINE if table.has_whole_lines else None


def judge(
    table: Table, *, column: int, included: Collection[Problem] = ()
) -> list[Verdict]:
    """One verdict for each row; what is of an `included` kind is not held back."""
    rows = [(row, _text_of(row, column)) for row in table.rows]
    heading = _heading_row([text for _row, text in rows], table)
    is_rounded = _all_rounded([text for _row, text in rows])
    judged: list[Verdict] = []
    for place, (row, text) in enumerate(rows):
        problem = _unfit(text) or _destroyed(row, text, column)
        if problem is None:
            kinds = _doubts(
                text,
                is_heading=place == heading or _is_total(text, place == len(rows) - 1),
                is_foreign=bool(table.encoding),
                is_rounded=is_rounded,
            )
            problem = next((kind for kind in kinds if kind not in included), None)
        is_number = row.flags.get(max(column, 0)) is Flag.NUMBER
        judged.append(Verdict(row.line_no, text, problem, is_number=is_number))
    return _without_doubles(judged, included)


def _text_of(row: Row, column: int) -> str:
    if column == WHOLE_LINE:
        return row.whole if row.whole is not None else ""
    return row.cells[column] if column < len(row.cells) else ""


def _unfit(text: str) -> Problem | None:
    if not text or not normal_form(text):
        return Problem.BLANK
    if len(text) > MAX_CODE_LENGTH:
        return Problem.TOO_LONG
    if _CONTROL.search(text):
        return Problem.UNREADABLE
    if is_known_token(text):
        return Problem.SECRET
    return None


def _destroyed(row: Row, text: str, column: int) -> Problem | None:
    if row.flags.get(column) is Flag.DESTROYED or _POWER.fullmatch(text):
        return Problem.DESTROYED
    return None


def _doubts(
    text: str, *, is_heading: bool, is_foreign: bool, is_rounded: bool
) -> list[Problem]:
    found = []
    if is_heading:
        found.append(Problem.HEADER)
    if COMMENT.match(text):
        found.append(Problem.COMMENT)
    if is_foreign and not text.isascii():
        found.append(Problem.FOREIGN)
    if is_rounded and _ROUNDED.fullmatch(text):
        found.append(Problem.ROUNDED)
    return found


def _without_doubles(
    judged: list[Verdict], included: Collection[Problem]
) -> list[Verdict]:
    """The first of equal codes stays; of similar ones too, unless all are wanted."""
    seen: set[str] = set()
    folded: set[str] = set()
    result: list[Verdict] = []
    for verdict in judged:
        problem = verdict.problem
        if problem is None:
            normal = normal_form(verdict.code)
            fold = folded_form(normal)
            if normal in seen:
                problem = Problem.DUPLICATE
            elif fold in folded and Problem.SIMILAR not in included:
                problem = Problem.SIMILAR
            else:
                seen.add(normal)
                folded.add(fold)
        result.append(replace(verdict, problem=problem))
    return result


# --- Headings -------------------------------------------------------------------------


def _heading_row(texts: list[str], table: Table) -> int | None:
    """Which row is a heading: the first with anything in it, if it looks like one."""
    filled = [
        (place, text)
        for place, text in enumerate(texts)
        if text and not COMMENT.match(text)
    ]
    if not filled:
        return None
    place, first = filled[0]
    others = [text for _place, text in filled[1:] if not _is_total(text, True)]
    cells = [cell for cell in table.rows[place].cells if cell]
    if _is_heading(first) or (len(cells) > 1 and all(map(_is_heading, cells))):
        return place
    return place if _stands_out(first, others) else None


def _is_heading(text: str) -> bool:
    words = _words(text)
    return bool(words) and not words[0].isdigit() and set(words) <= _HEADINGS


def _stands_out(first: str, others: list[str]) -> bool:
    """Whether the first differs from all others in what codes of one kind share."""
    if len(others) < _FEW:
        return False
    return any(
        not trait(first) and all(map(trait, others)) for trait in (_has_digit, _is_word)
    )


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _is_word(text: str) -> bool:
    return len(text.split()) == 1


def _is_total(text: str, is_last: bool) -> bool:
    words = _words(text) if is_last else []
    return len(words) > 1 and words[0] in _TOTALS


def _all_rounded(texts: list[str]) -> bool:
    """Whether every long number ends as rounded ones do; one in ten does by chance."""
    long = [text for text in texts if len(text) > 15 and text.isdecimal()]
    return bool(long) and all(_ROUNDED.fullmatch(text) for text in long)


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold()) if len(text) <= 80 else []
