"""Codes pasted or uploaded as text: read line by line, reported line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.states import ProductKind
from inventory.services import stock
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput
from security.secret_text import is_known_token
from security.services import audit
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 10_000
MAX_CODE_LENGTH = 2_000
SHOWN_PROBLEMS = 200


class Problem(StrEnum):
    """Why a line did not become a code."""

    BLANK = "blank"
    DUPLICATE = "duplicate"
    KNOWN = "known"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    SECRET = "secret"  # noqa: S105 - the name of a problem

    @property
    def label(self) -> Promise:
        """The problem in words."""
        return _LABELS[self]


_LABELS: dict[Problem, Promise] = {
    Problem.BLANK: _("empty line"),
    Problem.DUPLICATE: _("twice in this list"),
    Problem.KNOWN: _("already in stock or sold before"),
    Problem.TOO_LONG: _("longer than 2,000 characters"),
    Problem.UNREADABLE: _("characters that cannot be read"),
    Problem.SECRET: _("looks like a secret token"),
}


@dataclass(frozen=True)
class LineProblem:
    """One refused line, counted from 1. It never carries the code itself."""

    line_no: int
    problem: Problem


@dataclass(frozen=True)
class CodeReport:
    """What a text of codes contains.

    `codes` are the acceptable ones in their order and `line_nos` where they stand.
    `added` counts those that went into stock.
    """

    codes: tuple[str, ...]
    line_nos: tuple[int, ...]
    problems: tuple[LineProblem, ...]
    added: int = 0

    def __repr__(self) -> str:
        return f"<{len(self.codes)} codes, {len(self.problems)} problems>"

    def count(self, problem: Problem) -> int:
        """How many lines have this problem."""
        return sum(found.problem is problem for found in self.problems)

    @property
    def duplicates(self) -> int:
        """How many lines repeat a code of this list or of the stock."""
        return self.count(Problem.DUPLICATE) + self.count(Problem.KNOWN)

    @property
    def blanks(self) -> int:
        """How many lines are empty."""
        return self.count(Problem.BLANK)

    @property
    def shown_problems(self) -> tuple[LineProblem, ...]:
        """The first problems worth naming by line; blank lines are not."""
        named = [found for found in self.problems if found.problem != Problem.BLANK]
        return tuple(named[:SHOWN_PROBLEMS])


class TooMuchText(InvalidInput):
    """The text is longer than one upload may be."""

    code = "TOO_MUCH_TEXT"


def read_codes(text: str, *, field: str = "codes") -> CodeReport:
    """Which lines of the text can be codes, and why the others cannot.

    One code per line; surrounding blanks, quotes of a spreadsheet cell and a byte order
    mark are dropped. Raises TooMuchText above 2 MB or 10,000 lines.
    """
    _check_size(text, field=field)
    codes: dict[str, int] = {}
    problems: list[LineProblem] = []
    for line_no, line in _lines(text):
        problem = _problem_of(line, codes)
        if problem is None:
            codes[line] = line_no
        else:
            problems.append(LineProblem(line_no, problem))
    return CodeReport(tuple(codes), tuple(codes.values()), tuple(problems))


def add_codes(
    *, member: Member, product: Product, text: str, now: datetime
) -> CodeReport:
    """Put the acceptable codes of the text into the product's stock.

    Codes that the product ever had are reported as known and not added again. Raises
    NotAllowed, TooMuchText, or InvalidInput when nothing in the text is a code.
    """
    require(member, Permission.EDIT_STOCK)
    if product.kind != ProductKind.CODE:
        raise InvalidInput(_("Only products with codes have stock."), field="codes")
    report = read_codes(text)
    if not report.codes:
        raise InvalidInput(_nothing_found(report), field="codes")
    with unit_of_work("inventory.add_codes"):
        result = stock.add_items(
            product=product, codes=report.codes, actor=member.actor, now=now
        )
        known = [
            LineProblem(report.line_nos[position], Problem.KNOWN)
            for position in result.duplicates
        ]
        audit.record(
            actor=member.actor,
            action="stock.uploaded",
            object=f"product:{product.pk}",
            now=now,
            data={
                "name": product.name,
                "added": result.added,
                "refused": len(report.problems) + len(known),
            },
        )
    problems = sorted([*report.problems, *known], key=lambda found: found.line_no)
    return replace(report, problems=tuple(problems), added=result.added)


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


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Only real line ends: a code may contain other separators that splitlines() cuts.
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = unified.removesuffix("\n").split("\n")
    for line_no, line in enumerate(lines, start=1):
        yield line_no, _cleaned(line)


def _cleaned(line: str) -> str:
    bare = line.replace("\ufeff", "").replace("\0", "").strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1].replace('""', '"').strip()
    return bare


def _problem_of(line: str, seen: dict[str, int]) -> Problem | None:
    if not line:
        return Problem.BLANK
    if len(line) > MAX_CODE_LENGTH:
        return Problem.TOO_LONG
    if line in seen:
        return Problem.DUPLICATE
    if "\ufffd" in line or any("\ud800" <= letter <= "\udfff" for letter in line):
        return Problem.UNREADABLE
    if is_known_token(line):
        return Problem.SECRET
    return None


def _nothing_found(report: CodeReport) -> Promise | str:
    for problem in (Problem.SECRET, Problem.TOO_LONG):
        if report.count(problem):
            return _("No code was added: %(reason)s.") % {"reason": problem.label}
    return _("Enter at least one code, one per line.")
