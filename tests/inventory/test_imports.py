import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import selectors
from inventory.codes.judging import Problem
from inventory.codes.refusals import BrokenQuotes, TooMuchText
from inventory.models import StockItem, StockMovement
from inventory.services import imports
from inventory.services.imports import CodeReport, LineProblem
from ppob.kit.errors import InvalidInput, NotAllowed
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_product

BOT_TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Gabcde.abcdefghijklmnopqrstuvwxyz0123"


def read_codes(text: str) -> CodeReport:
    return imports.report_of(imports.judge_text(text))


def problems(report) -> list[tuple[int, Problem]]:
    return [(found.line_no, found.problem) for found in report.problems]


def test_every_line_is_a_code_or_a_named_problem():
    text = f"AAA\n\n  BBB  \nAAA\n{'x' * 2001}\n{BOT_TOKEN}\nCCC"

    report = read_codes(text)

    assert report.codes == ("AAA", "BBB", "CCC")
    assert report.line_nos == (1, 3, 7)
    assert problems(report) == [
        (2, Problem.BLANK),
        (4, Problem.DUPLICATE),
        (5, Problem.TOO_LONG),
        (6, Problem.SECRET),
    ]
    assert (report.duplicates, report.blanks) == (1, 1)


def test_excel_noise_is_dropped():
    report = read_codes('\ufeff"AAA"\r\n"with ""quotes"""\r\nuser:pass word\r\n')

    assert report.codes == ("AAA", 'with "quotes"', "user:pass word")
    assert report.problems == ()


def test_long_random_codes_are_codes():
    key = "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3k0123456789abcdef"

    assert read_codes(key).codes == (key,)


@pytest.mark.parametrize("noise", ["\ufffd", "a" + chr(0xD800)])
def test_unreadable_characters_are_a_problem(noise):
    assert problems(read_codes(f"OK\n{noise}")) == [(2, Problem.UNREADABLE)]


def test_twenty_thousand_lines_fit_and_one_more_does_not():
    lines = "\n".join(str(number) for number in range(20_000))

    assert len(read_codes(lines + "\n").codes) == 20_000
    with pytest.raises(TooMuchText, match="Too many lines"):
        read_codes(lines + "\nmore")


@pytest.mark.parametrize("text", ["x" * 5_000_000, "é" * 1_100_000, "\n" * 5_000_000])
def test_a_huge_text_is_refused_with_a_sentence(text):
    with pytest.raises(TooMuchText) as refused:
        read_codes(text)

    assert refused.value.field == "codes"


@given(st.lists(st.text(max_size=30), max_size=50))
def test_nothing_is_lost_and_the_order_stays(pieces):
    text = "\n".join(line.replace('"', "'") for line in pieces)

    report = read_codes(text)

    seen = [*report.line_nos, *(found.line_no for found in report.problems)]
    ends = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    lines = ends.count("\n") + 1 if text else 0
    assert sorted(seen) == list(range(1, lines + 1))
    assert list(report.line_nos) == sorted(report.line_nos)
    assert len(set(report.codes)) == len(report.codes)


def test_a_report_never_prints_its_codes():
    assert "AAA" not in repr(read_codes("AAA"))


def test_codes_go_into_stock_once(in_arcadia):
    member = make_member(Role.CASHIER)
    product = make_product()
    imports.add_codes(actor=member, product=product, text="AAA\nBBB", now=NOON)

    report = imports.add_codes(
        actor=member, product=product, text="CCC\n\nBBB\nCCC", now=NOON
    )

    assert report.added == 1
    assert problems(report) == [
        (2, Problem.BLANK),
        (3, Problem.KNOWN),
        (4, Problem.DUPLICATE),
    ]
    assert selectors.available([product.pk]) == {product.pk: 3}
    revealed = [item.code.reveal() for item in StockItem.objects.order_by("pk")]
    assert revealed == ["AAA", "BBB", "CCC"]
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry.data == {"name": product.name, "added": 1, "refused": 3}


def test_a_code_of_another_product_is_named_with_it(in_arcadia):
    member = make_member()
    one, two = make_product(name="Steam 60"), make_product()

    imports.add_codes(actor=member, product=one, text="AAA", now=NOON)
    report = imports.add_codes(actor=member, product=two, text="AAA\nBBB", now=NOON)

    assert report.added == 1
    assert report.problems == (LineProblem(1, Problem.ELSEWHERE, "Steam 60"),)
    assert selectors.available([one.pk, two.pk]) == {one.pk: 1, two.pk: 1}


def test_an_open_quote_stores_nothing(in_arcadia):
    product = make_product()

    with pytest.raises(BrokenQuotes, match="Line 2") as refused:
        imports.add_codes(
            actor=make_member(), product=product, text='AAA\n"BBB\nCCC', now=NOON
        )

    assert (refused.value.line_no, refused.value.field) == (2, "codes")
    assert not StockItem.objects.exists()
    assert not StockMovement.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one code"),
        ("\n \n", "at least one code"),
        (BOT_TOKEN, "secret token"),
        ("x" * 3000, "2,000"),
    ],
)
def test_a_text_without_codes_is_refused(in_arcadia, text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        imports.add_codes(
            actor=make_member(), product=make_product(), text=text, now=NOON
        )

    assert not StockMovement.objects.exists()


def test_a_viewer_adds_no_codes(in_arcadia):
    with pytest.raises(NotAllowed):
        imports.add_codes(
            actor=make_member(Role.VIEWER),
            product=make_product(),
            text="AAA",
            now=NOON,
        )

    assert not StockItem.objects.exists()


def test_a_topup_has_no_codes(in_arcadia):
    with pytest.raises(InvalidInput, match="Only products with codes"):
        imports.add_codes(
            actor=make_member(),
            product=make_product(kind="topup"),
            text="AAA",
            now=NOON,
        )
