"""An upload is looked at before it is kept, and what is kept is what was shown."""

from datetime import timedelta
from functools import partial

import pytest

from inventory import selectors, tasks
from inventory.codes.judging import WHOLE_LINE, Problem
from inventory.codes.refusals import BrokenQuotes, NotAList
from inventory.models import StockBatch, StockDraft, StockItem, StockMovement
from inventory.services import drafts, stock
from inventory.services.drafts import DraftGone, LookAgain, Upload
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_product
from tests.inventory import workbooks as xl
from tests.payments.racing import at_once

LIST = "kode\n# batch 7\nAAA\n\nBBB\nAAA\n"


@pytest.fixture
def seller(in_arcadia):
    return make_member()


@pytest.fixture
def product(in_arcadia):
    return make_product(name="Steam 60")


def prepare(seller, product, text=LIST, **options):
    upload = Upload(text=text, **options)
    return drafts.prepare(actor=seller, product=product, upload=upload, now=NOON)


def keep(seller, draft, *, revision=None, now=NOON):
    return drafts.keep(
        actor=seller,
        public_id=draft.public_id,
        revision=draft.revision if revision is None else revision,
        now=now,
    )


def stored():
    return [item.code.reveal() for item in StockItem.objects.order_by("pk")]


def nothing_is_stored():
    return not (
        StockItem.objects.exists()
        or StockBatch.objects.exists()
        or StockMovement.objects.exists()
        or AuditEntry.objects.exists()
    )


def test_looking_stores_nothing_and_counts_everything(seller, product):
    preview = drafts.look(prepare(seller, product))

    assert [found.code for found in preview.first] == ["AAA", "BBB"]
    assert (len(preview.new), preview.duplicates) == (2, 1)
    assert (preview.held_back, preview.invalid, preview.blank) == (2, 0, 1)
    assert [(group.problem, group.count) for group in preview.held] == [
        (Problem.HEADER, 1),
        (Problem.COMMENT, 1),
    ]
    assert [found.code for found in preview.held[0].lines] == ["kode"]
    assert nothing_is_stored()


def test_what_was_shown_is_kept_as_one_batch(seller, product):
    draft = prepare(seller, product, file_name="")

    report = keep(seller, draft)

    batch = StockBatch.objects.get()
    assert stored() == ["AAA", "BBB"]
    assert (report.added, report.batch_id, batch.added) == (2, batch.public_id, 2)
    assert (batch.source, batch.actor, batch.created_at) == (
        "pasted",
        seller.name,
        NOON,
    )
    assert set(StockItem.objects.values_list("batch", flat=True)) == {batch.pk}
    movement = StockMovement.objects.get()
    assert (movement.kind, movement.available, movement.batch_id) == (
        "uploaded",
        2,
        batch.pk,
    )
    assert not StockDraft.objects.exists()
    entry = AuditEntry.objects.get()
    assert entry.data == {"name": "Steam 60", "added": 2, "refused": 4}


def test_held_lines_are_kept_when_somebody_says_so(seller, product):
    draft = prepare(seller, product)

    drafts.choose(
        actor=seller,
        public_id=draft.public_id,
        column=None,
        included=[Problem.COMMENT, Problem.DUPLICATE],  # the second is none of them
        now=NOON,
    )
    draft.refresh_from_db()
    preview = drafts.look(draft)
    keep(seller, draft)

    assert draft.included == ["comment"]
    assert [(group.problem, group.is_included) for group in preview.held] == [
        (Problem.HEADER, False),
        (Problem.COMMENT, True),
    ]
    assert stored() == ["# batch 7", "AAA", "BBB"]


def test_a_choice_in_another_window_asks_for_another_look(seller, product):
    draft = prepare(seller, product, "AAA,1\nBBB,2\n")
    drafts.choose(
        actor=seller, public_id=draft.public_id, column=0, included=[], now=NOON
    )

    with pytest.raises(LookAgain):
        keep(seller, draft, revision=1)

    assert nothing_is_stored()
    keep(seller, draft, revision=2)
    assert stored() == ["AAA", "BBB"]


def test_a_workbook_of_several_columns_waits_for_a_choice(seller, product):
    body = xl.rows(
        xl.text("A1", "AAA") + xl.text("B1", "x"),
        xl.text("A2", "BBB") + xl.text("B2", "y"),
    )
    draft = prepare(seller, product, "", content=xl.book(body), file_name="a.xlsx")

    assert drafts.look(draft).column is None
    with pytest.raises(LookAgain):
        keep(seller, draft)
    for column in (WHOLE_LINE, 2, -5):
        with pytest.raises(InvalidInput):
            drafts.choose(
                actor=seller,
                public_id=draft.public_id,
                column=column,
                included=[],
                now=NOON,
            )
    assert nothing_is_stored()
    drafts.choose(
        actor=seller, public_id=draft.public_id, column=0, included=[], now=NOON
    )
    keep(seller, draft, revision=2)

    assert stored() == ["AAA", "BBB"]
    batch = StockBatch.objects.get()
    assert (batch.source, batch.file_name) == ("workbook", "a.xlsx")


def test_twins_that_came_meanwhile_are_left_out_and_told(seller, product):
    other = make_product(name="Steam 120")
    draft = prepare(seller, product)
    stock.add_items(product=other, codes=["AAA\u200b"], actor="test", now=NOON)

    report = keep(seller, draft)

    assert report.added == 1
    assert (3, Problem.ELSEWHERE, "Steam 120") in [
        (found.line_no, found.problem, found.twin) for found in report.problems
    ]
    assert stored() == ["AAA\u200b", "BBB"]


def test_a_draft_without_a_new_code_stays_and_stores_nothing(seller, product):
    draft = prepare(seller, product, "AAA")
    stock.add_items(product=product, codes=["AAA"], actor="test", now=NOON)
    entries = AuditEntry.objects.count()

    with pytest.raises(InvalidInput):
        keep(seller, draft)

    assert StockDraft.objects.filter(pk=draft.pk).exists()
    assert StockItem.objects.count() == 1
    assert AuditEntry.objects.count() == entries


def test_a_double_click_keeps_once(seller, product):
    draft = prepare(seller, product)

    results = at_once([partial(keep, seller, draft)] * 4)

    assert sum(isinstance(result, DraftGone) for result in results) == 3
    assert stored() == ["AAA", "BBB"]
    assert StockBatch.objects.count() == 1


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.CASHIER])
def test_a_draft_is_its_uploaders_alone(seller, product, borealis, role):
    draft = prepare(seller, product)
    colleague = make_member(role)

    assert drafts.find_draft(colleague, draft.public_id, now=NOON) is None
    with pytest.raises(DraftGone):
        keep(colleague, draft)
    drafts.discard(actor=colleague, public_id=draft.public_id)
    with tenant_scope(borealis.pk):
        there = make_member(user=seller.user)
        assert drafts.find_draft(there, draft.public_id, now=NOON) is None

    assert drafts.find_draft(seller, draft.public_id, now=NOON) == draft
    assert nothing_is_stored()


def test_whoever_lost_the_right_keeps_nothing(seller, product):
    draft = prepare(seller, product)
    seller.role = Role.VIEWER

    with pytest.raises(NotAllowed):
        keep(seller, draft)
    with pytest.raises(NotAllowed):
        prepare(seller, product)

    assert nothing_is_stored()


def test_a_draft_ends_after_half_an_hour_and_is_thrown_away(
    seller, product, monkeypatch
):
    old, young = prepare(seller, product), prepare(seller, make_product())
    StockDraft.objects.filter(pk=young.pk).update(expires_at=NOON + timedelta(hours=1))
    late = NOON + timedelta(minutes=30)

    with pytest.raises(DraftGone):
        keep(seller, old, now=late)
    monkeypatch.setattr("ppob.kit.clock.now", lambda: late)
    tasks.delete_drafts()

    assert list(StockDraft.objects.all()) == [young]
    assert nothing_is_stored()


def test_a_draft_that_is_not_old_is_not_thrown_away(seller, product):
    draft = prepare(seller, product)
    ends = draft.expires_at

    before = ends - timedelta(microseconds=1)
    assert not drafts.delete_expired(draft_id=draft.pk, now=before)
    assert StockDraft.objects.count() == 1
    assert drafts.delete_expired(draft_id=draft.pk, now=ends)
    assert not StockDraft.objects.exists()


def test_a_new_upload_takes_the_place_of_the_one_before(seller, product):
    other = prepare(seller, make_product())
    first = prepare(seller, product)

    second = prepare(seller, product, "CCC")

    assert set(StockDraft.objects.values_list("pk", flat=True)) == {
        other.pk,
        second.pk,
    }
    with pytest.raises(DraftGone):
        keep(seller, first)


def test_one_person_cannot_fill_the_table_with_drafts(seller):
    colleague = make_member()
    theirs = prepare(colleague, make_product())
    for _ in range(drafts.MOST_DRAFTS + 2):
        newest = prepare(seller, make_product())

    mine = StockDraft.objects.filter(actor=seller.name)
    assert mine.count() == drafts.MOST_DRAFTS
    assert mine.filter(pk=newest.pk).exists()
    assert StockDraft.objects.filter(pk=theirs.pk).exists()


def test_a_draft_is_sealed(seller, product, superuser):
    prepare(seller, product, "CANARY-1\nCANARY-2")

    [(row,)] = superuser.execute("SELECT t::text FROM inventory_stockdraft t")
    assert "CANARY" not in row
    assert b"CANARY".hex() not in row


@pytest.mark.parametrize(
    ("upload", "refusal"),
    [
        (Upload(text='AAA\n"BBB'), BrokenQuotes),
        (Upload(content=b"%PDF-1.7"), NotAList),
        (Upload(content=xl.book("")), InvalidInput),
        (Upload(text="AAA", content=b"BBB"), InvalidInput),
        (Upload(text=" \n \n"), InvalidInput),
    ],
)
def test_what_cannot_be_read_leaves_no_draft(seller, product, upload, refusal):
    with pytest.raises(refusal):
        drafts.prepare(actor=seller, product=product, upload=upload, now=NOON)

    assert not StockDraft.objects.exists()
    assert nothing_is_stored()


def test_the_name_of_a_file_is_kept_short_and_never_a_secret(seller, product):
    token = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Gabcde.abcdefghijklmnopqrstuvwxyz0123"

    long = prepare(seller, product, "", content=b"AAA", file_name="x" * 300)
    secret = prepare(seller, make_product(), "", content=b"B", file_name=token)

    assert (len(long.file_name), secret.file_name) == (80, "")
    assert [
        found.pk
        for found in selectors.list_drafts(product, actor=seller.name, now=NOON)
    ] == [long.pk]
