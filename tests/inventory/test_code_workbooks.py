"""Codes in workbooks: texts as they are, nothing guessed, nothing that harms us."""

import io
import struct
import zipfile

import pytest

from inventory.codes import unpacking
from inventory.codes.content import read_file
from inventory.codes.judging import Problem, judge, suggested_column
from inventory.codes.refusals import NotAList, TooMuchText
from tests.inventory import workbooks as xl


def judged(content, column=0):
    """Line, text and problem of every row."""
    return [
        (found.line_no, found.code, found.problem)
        for found in judge(read_file(content), column=column)
        if found.problem is not Problem.BLANK
    ]


def test_texts_are_codes_as_they_stand():
    body = xl.column("GIFT-0001", "007", "line one\nline two", " AA BB ", '"quoted"')

    assert judged(xl.book(body)) == [
        (1, "GIFT-0001", None),
        (2, "007", None),
        (3, "line one\nline two", None),
        (4, "AA BB", None),
        (5, '"quoted"', None),
    ]


def test_a_shared_text_is_read_like_any_other():
    strings = f'<sst xmlns="{xl.MAIN}" count="1"><si><t>SHARED-1</t></si></sst>'
    body = xl.rows('<c r="A1" t="s"><v>0</v></c>')

    assert judged(xl.book(body, more={xl.STRINGS: strings})) == [(1, "SHARED-1", None)]


@pytest.mark.parametrize(
    ("written", "text", "is_destroyed"),
    [
        ("12345", "12345", False),
        ("468712345678", "468712345678", False),
        ("123456789012345", "123456789012345", False),
        ("4.687E+11", "468700000000", True),  # six digits are left of twelve
        ("1234567890123450", "1234567890123450", True),  # sixteen digits
        ("1.23456789012345E+19", "12345678901234500000", True),
        ("1.5", "1.5", True),
        ("-5", "-5", True),
    ],
)
def test_numbers_are_codes_only_while_every_digit_is_known(written, text, is_destroyed):
    [(line_no, found, problem)] = judged(xl.book(xl.rows(xl.number("A1", written))))

    assert line_no == 1
    assert problem == (Problem.DESTROYED if is_destroyed else None)
    assert found == text or is_destroyed


def test_a_number_says_that_it_was_one():
    table = read_file(xl.book(xl.rows(xl.number("A1", "7"), xl.text("A2", "8"))))

    assert [found.is_number for found in judge(table, column=0)] == [True, False]


def test_dates_and_truth_are_destroyed_codes():
    body = xl.rows(xl.number("A1", "45000", style=1), '<c r="A2" t="b"><v>1</v></c>')

    problems = [problem for _line, _text, problem in judged(xl.book(body))]
    assert problems == [Problem.DESTROYED, Problem.DESTROYED]


def test_no_word_brings_a_destroyed_number_back():
    table = read_file(xl.book(xl.rows(xl.number("A1", "4.687E+11"))))

    [found] = judge(table, column=0, included=set(Problem))

    assert found.problem is Problem.DESTROYED


def test_several_columns_are_chosen_by_heading_or_by_a_person():
    named = xl.rows(
        xl.text("A1", "No") + xl.text("B1", "Kode Voucher"),
        xl.number("A2", "1") + xl.text("B2", "AAA"),
    )
    bare = xl.rows(xl.text("A1", "AAA") + xl.text("B1", "BBB"))

    assert suggested_column(read_file(xl.book(named))) == 1
    assert judged(xl.book(named), 1) == [
        (1, "Kode Voucher", Problem.HEADER),
        (2, "AAA", None),
    ]
    assert suggested_column(read_file(xl.book(bare))) is None


def test_the_first_visible_sheet_with_anything_in_it_is_read_and_the_others_named():
    names = ("Empty", "Secret", "Codes", "More")
    more = {
        "xl/workbook.xml": xl.workbook(*names, hidden=("Secret",)),
        "xl/_rels/workbook.xml.rels": xl.links_to(
            *(f"worksheets/sheet{place}.xml" for place in (1, 2, 3, 4))
        ),
        "xl/worksheets/sheet2.xml": xl.sheet(xl.column("HIDDEN")),
        "xl/worksheets/sheet3.xml": xl.sheet(xl.column("AAA")),
        "xl/worksheets/sheet4.xml": xl.sheet(xl.column("BBB")),
    }

    table = read_file(xl.book("", more=more))

    assert [row.cells for row in table.rows] == [("AAA",)]
    assert (table.sheet, table.unread_sheets) == ("Codes", ("More", "Secret"))


def test_a_workbook_with_nothing_in_it_has_no_rows():
    assert read_file(xl.book("")).rows == ()


def test_formats_at_the_far_end_of_a_sheet_do_no_harm():
    body = xl.column("AAA") + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'

    assert judged(xl.book(body)) == [(1, "AAA", None)]


def test_the_name_of_a_file_means_nothing():
    """What is inside decides: a document is no workbook, whatever it is called."""
    document = xl.pack({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
    table = xl.pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})

    for content in (document, table):
        with pytest.raises(NotAList, match="not an Excel workbook"):
            read_file(content)


# --- Hostile packages -----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        xl.column("AAA") + f'<row r="1048576">{xl.text("XFD1048576", "B")}</row>',
        xl.rows(xl.text("A1", "AAA") + xl.text("XFD1", "B")),
        f'<row r="20001">{xl.text("A20001", "B")}</row>',
    ],
)
def test_a_cell_far_away_would_end_the_process_and_is_refused(body):
    with pytest.raises(TooMuchText, match="too large"):
        read_file(xl.book(body))


@pytest.mark.parametrize(
    "body",
    [
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',  # in another row than it says
        '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="2"/><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',  # no such text
        '<row r="99999999999999999999"/>',
        '<row r="1"><c r="A1"><v>1</v></c>',  # not closed
    ],
)
def test_sheets_that_contradict_themselves_are_refused(body):
    with pytest.raises(NotAList, match="damaged"):
        read_file(xl.book(body))


def test_a_promise_of_billions_of_texts_is_not_believed():
    strings = f'<sst xmlns="{xl.MAIN}" uniqueCount="99999999999"/>'

    with pytest.raises(NotAList, match="damaged"):
        read_file(xl.book(xl.column("A"), more={xl.STRINGS: strings}))


def test_definitions_inside_a_part_are_refused():
    laughs = f'<!DOCTYPE x [<!ENTITY a "ha">]>{xl.sheet(xl.column("A"))}'

    with pytest.raises(NotAList, match="damaged"):
        read_file(xl.book("", more={xl.SHEET: laughs}))


def test_one_long_text_used_by_many_cells_is_refused():
    strings = f'<sst xmlns="{xl.MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    body = xl.rows(*(f'<c r="A{n}" t="s"><v>0</v></c>' for n in range(1, 2_000)))

    with pytest.raises(TooMuchText):
        read_file(xl.book(body, more={xl.STRINGS: strings}))


def test_a_bomb_is_not_unpacked(monkeypatch):
    content = xl.book(xl.column("A") + " " * (40 * 1024 * 1024))
    assert len(content) < 100_000

    with pytest.raises(TooMuchText, match="too large"):
        read_file(content)


def test_a_package_that_lies_about_its_sizes_is_refused():
    """The size in the directory says ten bytes; the part unpacks to forty megabytes."""
    content = bytearray(xl.book(xl.column("A") + " " * (40 * 1024 * 1024)))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        size = package.getinfo(xl.SHEET).file_size
    told = content.replace(struct.pack("<I", size), struct.pack("<I", 10))

    with pytest.raises(NotAList, match="damaged"):
        read_file(bytes(told))


@pytest.mark.parametrize("cut", [10, 200, 600, -1, -22, -40])
def test_a_truncated_workbook_is_refused(cut):
    with pytest.raises(NotAList):
        read_file(xl.book(xl.column("AAA", "BBB"))[:cut])


def test_a_package_with_one_part_twice_is_refused():
    packed = io.BytesIO(xl.book(xl.column("AAA")))
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(packed, "a") as archive,
    ):
        archive.writestr(xl.SHEET, xl.sheet(xl.column("OTHER")))

    with pytest.raises(NotAList, match="damaged"):
        read_file(packed.getvalue())


def test_the_library_gets_nothing_but_checked_parts():
    more = {"xl/vbaProject.bin": "macro", "xl/media/image1.png": "png"}

    clean = unpacking.unpack(xl.book(xl.column("AAA"), more=more))

    with zipfile.ZipFile(io.BytesIO(clean)) as package:
        assert set(package.namelist()) == set(xl.parts(""))


def test_twenty_thousand_rows_fit_and_one_more_does_not():
    values = [f"CODE-{number}" for number in range(20_000)]

    table = read_file(xl.book(xl.column(*values)))

    assert len(table.rows) == 20_000
    with pytest.raises(TooMuchText):
        read_file(xl.book(xl.column(*values, "MORE")))
