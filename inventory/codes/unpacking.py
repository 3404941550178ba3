"""A workbook unpacked by ourselves, within limits, before any other code sees it.

The library that reads workbooks trusts them: a cell at the far corner of an otherwise
empty sheet, or a count that promises billions of texts, makes it ask for terabytes,
and that ends the whole process. So the package is unpacked here with a limit, every
part has to be well-formed XML without definitions of its own, its cells have to lie
inside the sheet we accept, and what is handed on is a new package of these parts alone.
"""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from inventory.codes.table import MAX_COLUMNS, MAX_LINES

MAX_UNPACKED = 32 * 1024 * 1024
MAX_PARTS = 500
MAX_LETTERS = 8 * 1024 * 1024  # of all cells together: one text may be used many times
MAX_COUNT = 1_000_000
WORKBOOK = "xl/workbook.xml"

# What the reader looks at. Everything else stays packed: pictures, macros, charts.
_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/worksheets/[^/]+\.xml"
)
_STRINGS = "xl/sharedStrings.xml"
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NUMBER = re.compile("[0-9]{1,9}")
_COUNTS = ("count", "uniqueCount")


class Damaged(Exception):
    """The package is incomplete, contradicts itself or is none at all."""


class TooLarge(Exception):
    """The package unpacks to more than a list of codes can be."""


class NoWorkbook(Exception):
    """The package is something else: a document, an older or another spreadsheet."""


def unpack(content: bytes) -> bytes:
    """The same workbook as a new package of checked parts."""
    parts = _parts(content)
    if WORKBOOK not in parts:
        raise NoWorkbook
    strings = _Strings()
    strings.read(parts.get(_STRINGS, b"<sst/>"))
    letters = 0
    for part in parts.values():
        sheet = _Sheet(strings.lengths)
        sheet.read(part)
        letters += sheet.letters
    if letters > MAX_LETTERS:
        raise TooLarge
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return packed.getvalue()


def _parts(content: bytes) -> dict[str, bytes]:
    """The parts of the package that matter, unpacked with a limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            infos = package.infolist()
            if len(infos) > MAX_PARTS:
                raise TooLarge
            parts: dict[str, bytes] = {}
            left = MAX_UNPACKED
            for info in infos:
                if not _KEPT.fullmatch(info.filename):
                    continue
                if info.filename in parts or info.flag_bits & 1:
                    raise Damaged
                with package.open(info) as part:
                    # One byte more than allowed: what a package says of its sizes
                    # need not be true.
                    parts[info.filename] = part.read(left + 1)
                left -= len(parts[info.filename])
                if left < 0:
                    raise TooLarge
            return parts
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise Damaged from error


class _Part:
    """Reads one part strictly: well-formed, UTF-8, nothing defined by itself."""

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise Damaged from error

    def _refuse(self, *_declaration: object) -> None:
        raise Damaged

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        for name in _COUNTS:
            if _number(attributes.get(name, "0")) > MAX_COUNT:
                raise Damaged
        self.start(tag.rpartition(":")[2], attributes)

    def _end(self, tag: str) -> None:
        self.end(tag.rpartition(":")[2])

    def _text(self, text: str) -> None:
        """Most parts are only checked."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""


class _Strings(_Part):
    """The lengths of the texts that cells refer to by number."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self.lengths.append(0)

    def _text(self, text: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(text)


class _Sheet(_Part):
    """Cells in order and inside the sheet we accept; how many letters they hold."""

    def __init__(self, lengths: list[int]) -> None:
        self.letters = 0
        self._lengths = lengths
        self._row = self._column = 0
        self._is_shared = self._is_value = False
        self._value: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._go_to_row(attributes.get("r"))
        elif tag == "c":
            self._go_to_cell(attributes.get("r"))
            self._is_shared = attributes.get("t") == "s"
        elif self._row and (self._row > MAX_LINES or self._column > MAX_COLUMNS):
            # Formats may reach to the end of the sheet, content may not.
            raise TooLarge
        elif tag == "v":
            self._is_value, self._value = True, []

    def end(self, tag: str) -> None:
        if tag == "v":
            self._is_value = False
            if self._is_shared:
                self._add_shared("".join(self._value))

    def _text(self, text: str) -> None:
        self.letters += len(text)
        if self._is_value and self._is_shared:
            self._value.append(text)

    def _go_to_row(self, number: str | None) -> None:
        row = self._row + 1
        if number is not None:
            if _number(number) < row:
                raise Damaged
            row = _number(number)
        self._row, self._column = row, 0

    def _go_to_cell(self, place: str | None) -> None:
        column, row = self._column + 1, self._row
        if place is not None:
            found = _CELL.fullmatch(place)
            if found is None or int(found[2]) != row:
                raise Damaged
            if _column(found[1]) < column:
                raise Damaged
            column = _column(found[1])
        self._column = column

    def _add_shared(self, number: str) -> None:
        place = _number(number.strip())
        if place >= len(self._lengths):
            raise Damaged
        self.letters += self._lengths[place]


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Damaged
    return int(text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
