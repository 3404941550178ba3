"""Lists of codes: what is in them, and putting them into stock in one go."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.states import ProductKind
from inventory.codes import content
from inventory.codes.index import keys_of
from inventory.codes.judging import (
    DOUBLES,
    HELD_BACK,
    WHOLE_LINE,
    Problem,
    Verdict,
    judge,
    suggested_column,
)
from inventory.codes.table import Table
from inventory.codes.text import read_text
from inventory.services import code_index, stock
from inventory.services.code_index import Twin
from inventory.services.stock import Origin
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import InvalidInput
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

SHOWN_PROBLEMS = 200


@dataclass(frozen=True)
class LineProblem:
    """One refused line, counted from 1. It never carries the code itself."""

    line_no: int
    problem: Problem
    twin: str = ""


@dataclass(frozen=True)
class CodeReport:
    """What a list of codes contains.

    `codes` are the acceptable ones in their order and `line_nos` where they stand.
    `added` counts those that went into stock, as the batch `batch_id`.
    """

    codes: tuple[str, ...] = field(repr=False)
    line_nos: tuple[int, ...]
    problems: tuple[LineProblem, ...]
    added: int = 0
    batch_id: UUID | None = None

    def __repr__(self) -> str:
        return f"<{len(self.codes)} codes, {len(self.problems)} problems>"

    def count(self, problem: Problem) -> int:
        """How many lines have this problem."""
        return sum(found.problem is problem for found in self.problems)

    @property
    def duplicates(self) -> int:
        """How many lines repeat a code of this list or of the store."""
        return sum(found.problem in DOUBLES for found in self.problems)

    @property
    def held_back(self) -> int:
        """How many lines wait for somebody to say that they are codes."""
        return sum(found.problem in HELD_BACK for found in self.problems)

    @property
    def blanks(self) -> int:
        """How many lines are empty."""
        return self.count(Problem.BLANK)

    @property
    def shown_problems(self) -> tuple[LineProblem, ...]:
        """The first problems worth naming by line; blank lines are not."""
        named = [found for found in self.problems if found.problem != Problem.BLANK]
        return tuple(named[:SHOWN_PROBLEMS])


def read_pasted(text: str, *, field: str = "codes") -> Table:
    """The rows of a pasted list.

    Raises TooMuchText above 2 MB or 20,000 lines, BrokenQuotes, or NotAList.
    """
    content.refuse_markup(text, field=field)
    return read_text(text, field=field)


def judge_text(text: str, *, field: str = "codes") -> list[Verdict]:
    """Whether each row of a pasted list is a code, and why not if it isn't.

    One code per line, or per quoted cell; surrounding blanks are dropped. Raises as
    `read_pasted` does.
    """
    table = read_pasted(text, field=field)
    column = suggested_column(table)
    return judge(table, column=WHOLE_LINE if column is None else column)


def add_codes(
    *, actor: Actor, product: Product, text: str, now: datetime
) -> CodeReport:
    """Put the acceptable codes of a text into the product's stock, without a preview.

    Codes that the store has or had are reported and not added again, headings and
    comments are held back. Raises NotAllowed, what `read_pasted` raises, or
    InvalidInput when nothing in the text is a new code.
    """
    require_codes(actor, product)
    verdicts = judge_text(text)
    if all(verdict.problem is not None for verdict in verdicts):
        raise InvalidInput(nothing_found(report_of(verdicts)), field="codes")
    with unit_of_work("inventory.add_codes"):
        return store_codes(
            actor=actor,
            product=product,
            verdicts=verdicts,
            origin=Origin(),
            included=(),
            now=now,
        )


def require_codes(actor: Actor, product: Product) -> None:
    """Raise unless this member may put codes into this product."""
    require(actor, Permission.EDIT_STOCK)
    if product.kind != ProductKind.CODE:
        raise InvalidInput(_("Only products with codes have stock."), field="codes")


def store_codes(
    *,
    actor: Actor,
    product: Product,
    verdicts: list[Verdict],
    origin: Origin,
    included: Collection[Problem],
    now: datetime,
) -> CodeReport:
    """Put what was judged to be codes into stock; the report says what was left out.

    Twins that came into stock since the list was judged are left out as well.
    """
    require_transaction()
    good = [place for place, found in enumerate(verdicts) if found.problem is None]
    result = stock.add_items(
        product=product,
        codes=[verdicts[place].code for place in good],
        actor=actor.name,
        now=now,
        origin=origin,
        allowed=set(included),
    )
    told = {good[position]: twin for position, twin in result.twins.items()}
    report = report_of(_with_twins(verdicts, told))
    audit.record(
        actor=actor.name,
        action="stock.uploaded",
        object=f"product:{product.pk}",
        now=now,
        data={
            "name": product.name,
            "added": result.added,
            "refused": len(report.problems),
        },
    )
    return replace(
        report,
        added=result.added,
        batch_id=result.batch.public_id if result.batch else None,
    )


def compare(
    product: Product, verdicts: list[Verdict], *, included: Collection[Problem]
) -> list[Verdict]:
    """The same verdicts, with what the store has or had already; writes nothing."""
    good = [place for place, found in enumerate(verdicts) if found.problem is None]
    keys = [keys_of(product.tenant_id, verdicts[place].code) for place in good]
    told = {
        good[position]: twin
        for position, twin in code_index.find_twins(product, keys).items()
        if twin.problem not in included
    }
    return _with_twins(verdicts, told)


def report_of(verdicts: list[Verdict]) -> CodeReport:
    """What became of each line, as numbers and names."""
    good = [found for found in verdicts if found.problem is None]
    return CodeReport(
        codes=tuple(found.code for found in good),
        line_nos=tuple(found.line_no for found in good),
        problems=tuple(
            LineProblem(found.line_no, found.problem, found.twin)
            for found in verdicts
            if found.problem is not None
        ),
    )


def nothing_found(report: CodeReport) -> Promise | str:
    """Why a list has no code that could be added."""
    for problem in (Problem.SECRET, Problem.TOO_LONG, Problem.DESTROYED):
        if report.count(problem):
            return _("No code was added: %(reason)s.") % {"reason": problem.label}
    return _("Enter at least one code, one per line.")


def _with_twins(verdicts: list[Verdict], twins: dict[int, Twin]) -> list[Verdict]:
    return [
        replace(found, problem=twins[place].problem, twin=twins[place].product_name)
        if place in twins
        else found
        for place, found in enumerate(verdicts)
    ]
