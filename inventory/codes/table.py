"""What a file holds: rows of cells, each with the line it stands on."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 20_000
MAX_COLUMNS = 50
MAX_CODE_LENGTH = 2_000


class Flag(StrEnum):
    """What a spreadsheet had made of a cell before it came here."""

    NUMBER = "number"  # exact, but zeros in front of it would be lost
    DESTROYED = "destroyed"  # digits are lost, or it became a date or a decimal


@dataclass(frozen=True)
class Row:
    """One record. `line_no` is where it begins, counted from 1.

    `whole` is the record as one piece of text; None where there is no such thing (a
    row of a workbook).
    """

    line_no: int
    cells: tuple[str, ...] = field(repr=False)
    whole: str | None = field(default=None, repr=False)
    flags: dict[int, Flag] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Everything that was read.

    `encoding` names the encoding where it was not UTF-8 or UTF-16; `sheet` the sheet of
    a workbook that was read, and `unread_sheets` those that were not.
    """

    rows: tuple[Row, ...] = field(repr=False)
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    unread_sheets: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max((len(row.cells) for row in self.rows), default=0)

    @property
    def has_whole_lines(self) -> bool:
        """Whether a code may be a whole line instead of one cell of it."""
        return not self.sheet

    def to_json(self) -> str:
        """Text that `from_json` understands, to be sealed."""
        rows = [[row.line_no, row.cells, row.whole, row.flags] for row in self.rows]
        return json.dumps(
            {
                "rows": rows,
                "delimiter": self.delimiter,
                "encoding": self.encoding,
                "sheet": self.sheet,
                "unread_sheets": self.unread_sheets,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "Table":
        """The table that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        rows = tuple(
            Row(
                line_no,
                tuple(cells),
                whole,
                {int(column): Flag(flag) for column, flag in flags.items()},
            )
            for line_no, cells, whole, flags in data.pop("rows")
        )
        data["unread_sheets"] = tuple(data["unread_sheets"])
        return cls(rows=rows, **data)
