"""Codes in an XLSX workbook: texts as they are, numbers only as far as they are whole.

A spreadsheet keeps fifteen digits of a number and shows long ones in powers of ten. A
code that it took for a number, a date or a yes is gone; such cells are named and never
stored. Zeros in front of a number are gone too, and nothing tells that there were any.
"""

import io
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from inventory.codes import unpacking
from inventory.codes.refusals import NotAList, TooMuchText
from inventory.codes.table import MAX_LINES, Flag, Row, Table

Value = int | float | str | bool | time | date | datetime | timedelta

EXACT_DIGITS = 15
# A general cell shows twelve digits or more in powers of ten, six of them right.
SHOWN_DIGITS, LONG_DIGITS = 6, 12


def read_workbook(content: bytes, *, field: str = "") -> Table:
    """The rows of the first visible sheet that has any.

    Raises NotAList, with the way out, for packages that are no workbook, are damaged or
    have a password, and TooMuchText for what unpacks to more than a list can be.
    """
    try:
        clean = unpacking.unpack(content)
        with CalamineWorkbook.from_filelike(io.BytesIO(clean)) as book:
            return _read_sheets(book)
    except unpacking.TooLarge:
        raise TooMuchText(
            _(
                "The workbook is too large: %(rows)s rows at most, and codes only."
                " Split it, or save the sheet as CSV UTF-8."
            )
            % {"rows": f"{MAX_LINES:,}"},
            field=field,
        ) from None
    except unpacking.NoWorkbook:
        raise NotAList(
            _(
                "This is not an Excel workbook (XLSX). Open it, choose “Save as” and"
                " XLSX or CSV UTF-8, and upload that."
            ),
            field=field,
        ) from None
    except (unpacking.Damaged, CalamineError, PasswordError):
        raise NotAList(
            _(
                "This workbook is damaged or was not written completely. Open it in a"
                " spreadsheet, save it again as XLSX or CSV UTF-8, and upload that."
            ),
            field=field,
        ) from None


def _read_sheets(book: CalamineWorkbook) -> Table:
    hidden: list[str] = []
    visible: list[tuple[str, tuple[Row, ...]]] = []
    for number, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            hidden.append(about.name)
        elif visible and visible[0][1]:
            visible.append((about.name, ()))
        else:
            sheet = book.get_sheet_by_index(number)
            rows = _rows(sheet.to_python(skip_empty_area=False))
            if rows:
                visible.insert(0, (about.name, rows))
    if not visible:
        return Table((), sheet="-", unread_sheets=tuple(hidden))
    (name, rows), *others = visible
    return Table(
        rows, sheet=name, unread_sheets=(*(name for name, _rows in others), *hidden)
    )


def _rows(values: list[list[Value]]) -> tuple[Row, ...]:
    rows = [_row(number, line) for number, line in enumerate(values, start=1)]
    while rows and not any(rows[-1].cells):
        rows.pop()
    used = max((_width(row) for row in rows), default=0)
    return tuple(Row(row.line_no, row.cells[:used], None, row.flags) for row in rows)


def _width(row: Row) -> int:
    return max((place for place, cell in enumerate(row.cells, 1) if cell), default=0)


def _row(number: int, values: list[Value]) -> Row:
    cells: list[str] = []
    flags: dict[int, Flag] = {}
    for column, value in enumerate(values):
        text, flag = _cell(value)
        cells.append(text)
        if flag is not None:
            flags[column] = flag
    return Row(number, tuple(cells), None, flags)


def _cell(value: Value) -> tuple[str, Flag | None]:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip(), None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).upper(), Flag.DESTROYED
    if value != value or value in (float("inf"), float("-inf")):
        return str(value), Flag.DESTROYED
    if value != int(value):
        return repr(value), Flag.DESTROYED
    digits = str(int(value))
    return digits, Flag.DESTROYED if _lost_digits(digits) else Flag.NUMBER


def _lost_digits(digits: str) -> bool:
    """Whether a whole number cannot be what was typed, or need not be."""
    bare = digits.lstrip("-")
    return (
        bare != digits
        or len(bare) > EXACT_DIGITS
        or (len(bare) >= LONG_DIGITS and len(bare.rstrip("0")) <= SHOWN_DIGITS)
    )
