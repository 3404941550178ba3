"""Lists as text: a code is a whole cell or a whole line of them, or nothing is."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.codes.content import read_file
from inventory.codes.judging import (
    WHOLE_LINE,
    Problem,
    judge,
    suggested_column,
)
from inventory.codes.refusals import BrokenQuotes, NotAList, TooMuchText
from inventory.codes.table import Table
from inventory.codes.text import read_text
from ppob.kit.errors import InvalidInput


def codes_in(table, column=None):
    """The codes with the lines they begin on."""
    column = suggested_column(table) if column is None else column
    return [
        (found.line_no, found.code)
        for found in judge(table, column=column)
        if found.problem is None
    ]


def problems_in(table, column=None):
    column = suggested_column(table) if column is None else column
    return [
        (found.line_no, found.problem)
        for found in judge(table, column=column)
        if found.problem is not None
    ]


# --- Quotation marks ------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_cell_with_a_line_break_is_one_code(end):
    text = end.join(['"mail: a@x.id', 'pin: 1234"', "BBB"])

    assert codes_in(read_text(text)) == [(1, "mail: a@x.id\npin: 1234"), (3, "BBB")]


@pytest.mark.parametrize(
    ("text", "line_no"),
    [
        ('"never closed', 1),
        ('AAA\n"never\nclosed\n', 2),
        ('AAA\nBBB\n"x"y\n', 3),  # closed too early
        ('A1\n"one\ntwo"three\n', 2),
        # To people these open a quoted cell; the reader would sell two halves.
        ('\u200b"one\ntwo"', 1),
        ('A\n\u00a0"one\ntwo"', 2),
        ('note,"one\ntwo\n', 1),
        ('A\nkode; "one\ntwo\n', 2),
        ('"' + "x" * 140_000 + '"', 1),  # longer than any cell may be
    ],
)
def test_quotes_that_do_not_close_are_refused_with_their_line(text, line_no):
    with pytest.raises(BrokenQuotes, match=f"Line {line_no} ") as refused:
        read_text(text, field="codes")

    assert (refused.value.line_no, refused.value.field) == (line_no, "codes")


def test_a_quotation_mark_inside_a_code_is_a_character_like_any_other():
    assert codes_in(read_text('AB"12\nCD""34\nuser:pa"ss')) == [
        (1, 'AB"12'),
        (2, 'CD""34'),
        (3, 'user:pa"ss'),
    ]


def test_a_code_that_begins_with_a_quotation_mark_is_written_as_in_csv():
    assert codes_in(read_text('"""AB"\n"CD""EF"')) == [(1, '"AB'), (2, 'CD"EF')]


def test_a_quoted_cell_may_hold_whatever_opens_one_elsewhere():
    assert codes_in(read_text('";"""\nAAA')) == [(1, ';"'), (2, "AAA")]


def test_blanks_before_a_quoted_cell_do_not_cut_it():
    assert codes_in(read_text('  "one\ntwo"\nBBB')) == [(1, "one\ntwo"), (3, "BBB")]


# --- Columns --------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_column_with_the_heading_is_taken(delimiter):
    text = '\ufeffno,kode,harga\r\n1,AAA,500\r\n2,"B\r\nB",500\r\n'

    table = read_text(text.replace(",", delimiter))

    assert (table.delimiter, suggested_column(table)) == (delimiter, 1)
    assert codes_in(table) == [(2, "AAA"), (3, "B\nB")]
    assert problems_in(table) == [(1, Problem.HEADER)]


def test_columns_without_a_heading_stay_whole_lines_until_somebody_chooses():
    table = read_text("a@x.id,secret1\nb@x.id,secret2\n")

    assert suggested_column(table) == WHOLE_LINE
    assert codes_in(table) == [(1, "a@x.id,secret1"), (2, "b@x.id,secret2")]
    assert codes_in(table, column=1) == [(1, "secret1"), (2, "secret2")]


def test_rows_of_different_lengths_are_no_columns():
    table = read_text("A,1\nB\nC,2,3\n")

    assert table.delimiter == ""
    assert codes_in(table) == [(1, "A,1"), (2, "B"), (3, "C,2,3")]


def test_quoted_cells_side_by_side_are_cells_even_in_ragged_rows():
    table = read_text('AAA,"one\ntwo"\nBBB\n')

    assert codes_in(table, column=0) == [(1, "AAA"), (3, "BBB")]
    assert codes_in(table, column=1) == [(1, "one\ntwo")]


def test_a_table_comes_back_from_its_text_form_as_it_was():
    table = read_text('no;kode\n1;"A\nB"\n', encoding="cp1252")

    assert Table.from_json(table.to_json()) == table


def test_a_table_never_prints_its_codes():
    table = read_text("SECRET-1\nSECRET-2")

    assert "SECRET" not in repr(table)
    assert "SECRET" not in repr(table.rows)
    assert "SECRET" not in repr(judge(table, column=0))


# --- Headings, comments, numbers that a spreadsheet destroyed -------------------------


@pytest.mark.parametrize(
    "heading", ["kode", "Kode Voucher", "SERIAL NUMBER", "code", "no. seri", "email"]
)
def test_a_heading_is_held_back(heading):
    table = read_text(f"{heading}\nAAA-1\nAAA-2\n")

    assert problems_in(table) == [(1, Problem.HEADER)]
    assert len(codes_in(table)) == 2


@pytest.mark.parametrize("title", ["Steam Wallet 60rb", "VOUCHER-STEAM-ENAM-PULUH"])
def test_a_first_line_unlike_all_others_is_held_back(title):
    table = read_text(f"{title}\nAA1\nBB2\nCC3\nTotal: 3\n")

    assert problems_in(table) == [(1, Problem.HEADER), (5, Problem.HEADER)]


@pytest.mark.parametrize("first", ["AAA-1", "KODEX", "12345"])
def test_a_first_code_like_the_others_is_no_heading(first):
    assert problems_in(read_text(f"{first}\nAAA-2\nBBBBB\n12346\n")) == []


def test_comments_are_held_back_and_stored_only_on_request():
    table = read_text("# batch 7\nAAA\n// old\n--\nBBB")

    assert problems_in(table) == [
        (1, Problem.COMMENT),
        (3, Problem.COMMENT),
        (4, Problem.COMMENT),
    ]
    judged = judge(table, column=0, included={Problem.COMMENT})
    assert [found.code for found in judged if found.problem is None] == [
        "# batch 7",
        "AAA",
        "// old",
        "--",
        "BBB",
    ]


@pytest.mark.parametrize("text", ["4.687E+11", "4,687E+11", "1E+15", "-1.5e-07"])
def test_powers_of_ten_are_destroyed_and_no_word_brings_them_back(text):
    table = read_text(text)

    judged = judge(table, column=suggested_column(table), included=set(Problem))

    assert [found.problem for found in judged] == [Problem.DESTROYED]


def test_long_numbers_that_all_end_in_zeros_were_rounded():
    rounded = read_text("1234567890123450\n9876543210987600\nAAA")
    chance = read_text("1234567890123450\n9876543210987654\nAAA")

    assert problems_in(rounded) == [(1, Problem.ROUNDED), (2, Problem.ROUNDED)]
    assert problems_in(chance) == []


# --- Encodings and other kinds of files -----------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32"]
)
def test_unicode_is_read_whatever_wrote_it(encoding):
    mark = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}.get(encoding, b"")

    table = read_file(mark + 'Kode-é\r\n"B\r\nB"\r\n'.encode(encoding))

    assert table.encoding == ""
    assert [row.cells for row in table.rows] == [("Kode-é",), ("B\nB",)]


def test_windows_text_is_said_and_its_special_letters_held_back():
    table = read_file("AAA\nS\xe9rie-1\n".encode("cp1252"))

    assert table.encoding == "cp1252"
    assert codes_in(table) == [(1, "AAA")]
    assert problems_in(table) == [(2, Problem.FOREIGN)]
    judged = judge(table, column=0, included={Problem.FOREIGN})
    assert judged[1].code == "Série-1"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfAAA\xff",  # promised UTF-8
        b"\xff\xfeA",  # half a letter of UTF-16
        b"AAA\x81BBB",  # in no encoding we know
        b"AAA\0BBB",
        "AAA\nBBB".encode("utf-16-le"),  # without its mark
        bytes(range(256)),
        b"%PDF-1.7 AAA",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff\xe0",
        b"Rar!\x1a\x07",
        b"\x1f\x8b\x08",
        b"{\\rtf1 AAA}",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        b"<html><table><tr><td>AAA</table>",
        b"<?xml version='1.0'?><Workbook/>",
        b'[{"code": "AAA"}]',
        b'{"codes": ["AAA"]}',
    ],
)
def test_whatever_is_no_list_is_refused_with_a_way_out(content):
    with pytest.raises(NotAList, match=r"UTF-8|XLSX") as refused:
        read_file(content, field="file")

    assert refused.value.field == "file"


def test_a_workbook_with_a_password_is_told_from_an_old_one():
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

    with pytest.raises(NotAList, match="password"):
        read_file(start + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(NotAList, match="old Excel"):
        read_file(start + "Workbook".encode("utf-16-le"))


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(TooMuchText, match="2 MB"):
        read_file(b"A" * (2 * 1024 * 1024 + 1))


# --- Properties -----------------------------------------------------------------------

CELLS = st.text(
    st.sampled_from(list("AB1 -\"',;\n\r\té#")), min_size=1, max_size=12
).filter(lambda cell: cell.strip() and not cell.strip().startswith('"'))
TEXTS = st.text(st.sampled_from(list("AB1 \"',;\n\r\t\u200b")), max_size=60)


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8
        )
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_back_cell_by_cell(rows, delimiter, end):
    written = io.StringIO(newline="")
    csv.writer(
        written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL
    ).writerows(rows)

    table = read_text(written.getvalue())

    tidy = [tuple(map(unified, row)) for row in rows]
    assert [row.cells for row in table.rows] == tidy


def unified(cell):
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


@given(TEXTS, st.integers(-1, 3))
def test_a_code_is_always_a_whole_cell_or_a_whole_line(text, column):
    try:
        table = read_text(text)
    except InvalidInput:
        return

    whole = re.sub("\r\n|\r", "\n", text)
    for found in judge(table, column=column, included=set(Problem)):
        if found.problem is None:
            assert is_whole(found.code, whole), (found.code, table)


def is_whole(code, text):
    """Whether the code stands in the text between two ends of cells or lines."""
    blank = r"[\s\u200b]*"
    start, end = rf'(?:^|\n|[,;\t]){blank}"?\s*', rf'\s*"?{blank}(?:$|\n|[,;\t])'
    spellings = {code, code.replace('"', '""')}
    return any(
        re.search(f"{start}{re.escape(spelling)}{end}", text) for spelling in spellings
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    try:
        table = read_file(content)
    except InvalidInput:
        return

    assert all("\0" not in cell for row in table.rows for cell in row.cells)
