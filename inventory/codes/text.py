"""Lists as text: pasted, or from a CSV or text file. One strict reader for all of them.

Quotation marks work as in every CSV file. One at the beginning of a cell opens a quoted
cell: it may hold delimiters and line breaks and ends at the next single one; two in a
row are one. Anywhere else in a cell it is a character like any other, so `AB"12` is a
code. A quoted cell that does not end where a cell ends is refused, with its line: a
reader that guesses would sell one code as two halves.
"""

import csv
import re

from django.utils.translation import gettext_lazy as _

from inventory.codes.normal import INVISIBLE
from inventory.codes.refusals import BrokenQuotes, TooMuchText
from inventory.codes.table import MAX_BYTES, MAX_COLUMNS, MAX_LINES, Row, Table

DELIMITERS = ("\t", ";", ",")
# Only real line ends: a code may contain other separators that splitlines() cuts.
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_PRIVATE = range(0xE000, 0xF8FF)
_UNSEEN = rf"(?:\s|{INVISIBLE.pattern})"
# To people the first two open a quoted cell, to the reader they do not.
_LATE_QUOTE = re.compile(rf"{_UNSEEN}+\"")
_INNER_QUOTE = re.compile(rf"[\t;,]{_UNSEEN}*\"")
COMMENT = re.compile(r"(?:#|//|--)")


def read_text(text: str, *, encoding: str = "", field: str = "") -> Table:
    """The rows of a text. Raises TooMuchText or BrokenQuotes.

    A delimiter is one that cuts every row into the same number of cells, two at least;
    without one a row is one cell. Line breaks inside a cell become `\\n`.
    """
    _check_size(text, field=field)
    lines = _LINE.findall(text.removeprefix("\ufeff"))
    found = [each for each in DELIMITERS if each in text]
    for delimiter in found:
        if rows := _read_columns(lines, delimiter, is_even=True):
            return Table(rows, delimiter=delimiter, encoding=encoding)
    try:
        rows = _read(lines, _unused_letter(text), field=field, is_uncut=True)
    except BrokenQuotes:
        # Quoted cells side by side, and not the same number in every row.
        for delimiter in found:
            if rows := _read_columns(lines, delimiter, is_even=False):
                return Table(rows, delimiter=delimiter, encoding=encoding)
        raise
    return Table(rows, encoding=encoding)


def _check_size(text: str, *, field: str) -> None:
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise TooMuchText(_("The text is too long: 2 MB at most."), field=field)
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    if ends > MAX_LINES or (ends == MAX_LINES and text[-1] not in "\r\n"):
        raise TooMuchText(
            _("Too many lines: %(count)s at most. Split the list.")
            % {"count": f"{MAX_LINES:,}"},
            field=field,
        )


def _unused_letter(text: str) -> str:
    """A delimiter that cuts nothing."""
    return next(chr(number) for number in _PRIVATE if chr(number) not in text)


def _read_columns(
    lines: list[str], delimiter: str, *, is_even: bool
) -> tuple[Row, ...]:
    """The rows if this is what separates their cells, else nothing."""
    try:
        rows = _read(lines, delimiter, field="")
    except (BrokenQuotes, TooMuchText):
        return ()
    widths = {len(row.cells) for row in rows if not _says_nothing(row)}
    if not widths or max(widths) < 2 or max(widths) > MAX_COLUMNS:
        return ()
    return () if is_even and len(widths) > 1 else rows


def _says_nothing(row: Row) -> bool:
    """Blank, or a comment: it need not have as many cells as the others."""
    return not any(row.cells) or (
        len(row.cells) == 1 and COMMENT.match(row.cells[0]) is not None
    )


def _read(
    lines: list[str], delimiter: str, *, field: str, is_uncut: bool = False
) -> tuple[Row, ...]:
    """All rows. `is_uncut` says that this delimiter cuts none of them into cells."""
    rows: list[Row] = []
    taken = 0
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return tuple(rows)
        except csv.Error:
            # Unclosed, closed too early, or longer than any cell may be.
            raise _refusal(lines, taken, reader.line_num, field=field) from None
        whole = "".join(lines[taken : reader.line_num])
        is_late = any(_LATE_QUOTE.match(cell) for cell in cells)
        if is_late or (is_uncut and _goes_on(whole)):
            raise BrokenQuotes(taken + 1, field=field)
        tidy = tuple(_unified(cell).strip() for cell in cells) or ("",)
        rows.append(Row(taken + 1, tidy, _whole(whole, tidy)))
        taken = reader.line_num


def _refusal(
    lines: list[str], start: int, end: int, *, field: str
) -> BrokenQuotes | TooMuchText:
    if '"' in "".join(lines[start:end]):
        return BrokenQuotes(start + 1, field=field)
    return TooMuchText(
        _("Line %(line)s is far too long for a code.") % {"line": start + 1},
        field=field,
    )


def _goes_on(line: str) -> bool:
    """Whether a quoted cell in the middle of this line goes on in the next one.

    The line was not cut into cells, so the reader saw no quoted cell there.
    """
    is_quoted = line.lstrip(" ").startswith('"')
    return (
        not is_quoted
        and line.count('"') % 2 == 1
        and _INNER_QUOTE.search(line) is not None
    )


def _whole(raw: str, cells: tuple[str, ...]) -> str:
    """A record as one piece of text: its only cell, or the line as it stands."""
    return cells[0] if len(cells) == 1 else _unified(raw).strip()


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
