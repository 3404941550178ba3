"""Uploads that are looked at before they are kept.

What was read lies sealed in the database, for the person who uploaded it and for half
an hour: neither forms nor sessions nor logs carry a code. What is kept is the draft as
it was shown last; a choice made in another tab asks for another look.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from inventory import locks, selectors
from inventory.codes.content import read_file
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
from inventory.models import StockDraft
from inventory.services import imports
from inventory.services.imports import CodeReport
from inventory.services.stock import Origin
from inventory.states import BatchSource
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from security.secret_text import is_known_token
from tenants.actors import Actor
from tenants.permissions import Permission

KEPT_FOR = timedelta(minutes=30)
MOST_DRAFTS = 20  # of one person in one store
FIRST_LINES = 12
SHOWN_HELD = 50


class DraftGone(Conflict):
    """The upload was kept already, thrown away, or is too old."""

    code = "DRAFT_GONE"
    default = _(
        "This upload was already put into stock, thrown away, or is older than half an"
        " hour. Look at the stock, and upload it again if it is missing."
    )


class LookAgain(Conflict):
    """Something else was chosen since this page was shown; nothing was stored."""

    code = "LOOK_AGAIN"
    default = _(
        "Something else was chosen in another window. Nothing was stored: look again."
    )


@dataclass(frozen=True)
class Upload:
    """What came in: pasted text, or a file with its name."""

    text: str = field(default="", repr=False)
    content: bytes | None = field(default=None, repr=False)
    file_name: str = ""


@dataclass(frozen=True)
class Held:
    """Lines of one kind that are held back until somebody says that they are codes."""

    problem: Problem
    count: int
    lines: tuple[Verdict, ...]
    is_included: bool


@dataclass(frozen=True)
class Preview:
    """What would be kept of a draft, and what would not."""

    table: Table = field(repr=False)
    column: int | None
    verdicts: tuple[Verdict, ...] = field(repr=False)
    held: tuple[Held, ...]

    @property
    def new(self) -> list[Verdict]:
        """The lines that would become codes."""
        return [found for found in self.verdicts if found.problem is None]

    @property
    def first(self) -> list[Verdict]:
        """The first of them."""
        return self.new[:FIRST_LINES]

    @property
    def duplicates(self) -> int:
        """How many lines repeat a code of this list or of the store."""
        return sum(found.problem in DOUBLES for found in self.verdicts)

    @property
    def held_back(self) -> int:
        """How many lines wait for a word."""
        return sum(found.problem in HELD_BACK for found in self.verdicts)

    @property
    def invalid(self) -> int:
        """How many lines can never become codes; blank ones are not counted."""
        return (
            len(self.verdicts)
            - len(self.new)
            - (self.duplicates + self.held_back + self.blank)
        )

    @property
    def blank(self) -> int:
        """How many lines are empty."""
        return sum(found.problem is Problem.BLANK for found in self.verdicts)

    @property
    def left_out(self) -> list[Verdict]:
        """The first lines that will not be kept whatever is chosen."""
        return [
            found
            for found in self.verdicts
            if found.problem is not None
            and found.problem not in HELD_BACK
            and found.problem is not Problem.BLANK
        ][: imports.SHOWN_PROBLEMS]

    @property
    def several_lines(self) -> int:
        """How many codes have more than one line."""
        return sum("\n" in found.code for found in self.new)

    @property
    def with_marks(self) -> int:
        """How many codes hold marks that nobody sees."""
        return sum(found.has_marks for found in self.new)

    @property
    def numbers(self) -> int:
        """How many codes a spreadsheet kept as numbers."""
        return sum(found.is_number for found in self.new)


def prepare(
    *, actor: Actor, product: Product, upload: Upload, now: datetime
) -> StockDraft:
    """Read an upload and lay it aside, sealed, for its uploader to look at.

    It takes the place of this person's draft for this product. Raises NotAllowed,
    InvalidInput when there is nothing in it, or why it cannot be read at all.
    """
    imports.require_codes(actor, product)
    table, source = _read(upload)
    if not any(any(row.cells) for row in table.rows):
        raise InvalidInput(
            _("Enter at least one code, one per line."), field=_field(upload)
        )
    with unit_of_work("inventory.prepare_draft"):
        mine = StockDraft.objects.filter(actor=actor.name)
        mine.filter(product=product).delete()
        spare = list(mine.order_by("-pk").values_list("pk", flat=True))
        # Room for the new one: nobody fills the table by uploading again and again.
        mine.filter(pk__in=spare[MOST_DRAFTS - 1 :]).delete()
        draft: StockDraft = StockDraft(
            tenant_id=product.tenant_id,  # the seal names the store
            product=product,
            actor=actor.name,
            source=source,
            file_name=_plain_name(upload.file_name),
            code_column=suggested_column(table),
            created_at=now,
            expires_at=now + KEPT_FOR,
        )
        draft.table = table.to_json()
        draft.save()
    return draft


def find_draft(actor: Actor, public_id: UUID, *, now: datetime) -> StockDraft | None:
    """The member's own draft; for anybody else it does not exist."""
    if not actor.may(Permission.EDIT_STOCK):
        return None
    return selectors.find_draft(public_id, actor=actor.name, now=now)


def look(draft: StockDraft) -> Preview:
    """What would be kept of the draft now, and what would not."""
    table = Table.from_json(draft.table.reveal())
    column: int | None = draft.code_column
    included = _included(draft)
    if column is None:
        return Preview(table, None, (), ())
    verdicts = imports.compare(
        draft.product, judge(table, column=column, included=included), included=included
    )
    return Preview(table, column, tuple(verdicts), _held(draft, table, verdicts))


def choose(
    *,
    actor: Actor,
    public_id: UUID,
    column: int | None,
    included: Collection[Problem],
    now: datetime,
) -> StockDraft:
    """Choose where the codes stand and which lines are codes after all."""
    with unit_of_work("inventory.choose_in_draft"):
        draft = locks.lock_draft(public_id, actor=actor.name, now=now)
        if draft is None:
            raise DraftGone
        imports.require_codes(actor, draft.product)
        table = Table.from_json(draft.table.reveal())
        is_whole = column == WHOLE_LINE and table.has_whole_lines
        if column is not None and not is_whole and not 0 <= column < table.width:
            raise InvalidInput(_("Choose one of the columns."), field="column")
        draft.code_column = draft.code_column if column is None else column
        draft.included = sorted(HELD_BACK & set(included))
        # What was shown before is another preview now and must not be kept.
        draft.revision += 1
        draft.save(update_fields=["code_column", "included", "revision"])
    return draft


def keep(*, actor: Actor, public_id: UUID, revision: int, now: datetime) -> CodeReport:
    """Put the codes of a draft into stock exactly as `revision` showed them.

    What has come into stock since is left out and reported. Raises NotAllowed,
    DraftGone, LookAgain, or InvalidInput when no line is a new code.
    """
    with unit_of_work("inventory.keep_draft"):
        draft = locks.lock_draft(public_id, actor=actor.name, now=now)
        if draft is None:
            raise DraftGone
        # Asked again: the right may be gone since the upload.
        imports.require_codes(actor, draft.product)
        if draft.revision != revision or draft.code_column is None:
            raise LookAgain
        included = _included(draft)
        report = imports.store_codes(
            actor=actor,
            product=draft.product,
            verdicts=judge(
                Table.from_json(draft.table.reveal()),
                column=draft.code_column,
                included=included,
            ),
            origin=Origin(BatchSource(draft.source), draft.file_name),
            included=included,
            now=now,
        )
        # Undoes all of it: the draft stays, and something else can be chosen.
        if not report.added:
            raise InvalidInput(imports.nothing_found(report), field="codes")
        # With the codes in one transaction: a double click finds no draft any more.
        draft.delete()
    return report


def discard(*, actor: Actor, public_id: UUID) -> None:
    """Throw a draft of this person away; it does not matter whether it is there."""
    with unit_of_work("inventory.discard_draft"):
        StockDraft.objects.filter(public_id=public_id, actor=actor.name).delete()


def delete_expired(*, draft_id: int, now: datetime) -> bool:
    """Throw a draft away that is too old; False if it is not."""
    with unit_of_work("inventory.delete_draft"):
        gone, _tables = StockDraft.objects.filter(
            pk=draft_id, expires_at__lte=now
        ).delete()
    return bool(gone)


def _read(upload: Upload) -> tuple[Table, BatchSource]:
    if upload.content is None:
        return imports.read_pasted(upload.text), BatchSource.PASTED
    if upload.text.strip():
        raise InvalidInput(
            _("Paste a list or choose a file, not both at once."), field="file"
        )
    table = read_file(upload.content, field="file")
    return table, BatchSource.WORKBOOK if table.sheet else BatchSource.TEXT


def _field(upload: Upload) -> str:
    return "codes" if upload.content is None else "file"


def _plain_name(name: str) -> str:
    """A file's name for people: short, and never a secret that somebody put there."""
    words = " ".join(name.replace("\0", "").split())[:80]
    return "" if is_known_token(words) else words


def _included(draft: StockDraft) -> frozenset[Problem]:
    known = {problem.value for problem in HELD_BACK}
    return frozenset(Problem(name) for name in draft.included if name in known)


def _held(draft: StockDraft, table: Table, verdicts: list[Verdict]) -> tuple[Held, ...]:
    """Each kind that is held back or was, but for a word, with its first lines."""
    included = _included(draft)
    held = [found for found in verdicts if found.problem in HELD_BACK]
    if included:
        # As it would be if nothing were included.
        column = draft.code_column or 0
        bare = imports.compare(draft.product, judge(table, column=column), included=())
        held += [found for found in bare if found.problem in included]
    counts = Counter(found.problem for found in held)
    return tuple(
        Held(
            problem,
            counts[problem],
            tuple(found for found in held if found.problem is problem)[:SHOWN_HELD],
            problem in included,
        )
        for problem in Problem
        if counts[problem]
    )
