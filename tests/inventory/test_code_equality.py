"""When two codes are the same one: in a store, whatever they look like as bytes."""

import re
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from inventory import locks, selectors, tasks
from inventory.codes.index import keys_of
from inventory.codes.judging import Problem
from inventory.codes.normal import folded_form, has_marks, masked, normal_form
from inventory.models import StockBatch, StockItem, StockMovement
from inventory.services import imports, reindex, stock
from inventory.services.code_index import Twin
from inventory.states import ItemStatus
from ppob.kit.scope import tenant_scope
from security import crypto
from security.models import AuditEntry
from tests.conftest import NOON
from tests.factories import add_codes, make_member, make_order, make_product
from tests.payments.invariants import violations
from tests.payments.racing import at_once, meeting, outcomes, without_constraint

SAME = [
    "GIFT-\u200b0001",  # zero width space
    "\ufeffGIFT-0001",  # byte order mark
    "GI\u00adFT-0001",  # soft hyphen
    "\u202aGIFT-0001\u202c",  # marks for the direction of writing
    "GIFT-00\u200d01",
    "GIFT\u2060-0001",
    "GIFT-0001\ufe0f",  # variation selector
    "\u00a0GIFT-0001 \t",
    "ＧＩＦＴ－０００１",
    "GIFT\u20110001",  # a hyphen that does not break
    "GIFT–0001",
    "𝐆𝐈𝐅𝐓-0001",
]


def add(product, *codes, **options):
    return stock.add_items(
        product=product, codes=list(codes), actor="test", now=NOON, **options
    )


def stored():
    return [item.code.reveal() for item in StockItem.objects.order_by("pk")]


# --- The normal form ------------------------------------------------------------------


@pytest.mark.parametrize("code", SAME)
def test_what_nobody_can_tell_apart_is_equal(code):
    assert code != "GIFT-0001"
    assert normal_form(code) == "GIFT-0001"


@pytest.mark.parametrize(
    ("one", "two"),
    [("e\u0301", "\u00e9"), ("a\r\nb", "a\nb"), ("a  b", "a\u2003b"), ("ﬁ", "fi")],
)
def test_composition_line_ends_and_blanks_do_not_count(one, two):
    assert normal_form(one) == normal_form(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("GIFT-0001", "gift-0001"),  # many codes tell capitals apart
        ("GIFT-0001", "GIFT-001"),
        ("AB CD", "ABCD"),
        ("O0", "OO"),
        ("a\nb", "b\na"),
    ],
)
def test_different_codes_are_never_equal(one, two):
    assert normal_form(one) != normal_form(two)


@given(st.text(max_size=40))
def test_the_normal_form_of_a_normal_form_is_itself(text):
    normal = normal_form(text)

    assert normal_form(normal) == normal
    assert folded_form(folded_form(normal)) == folded_form(normal)
    assert not has_marks(normal)


@given(st.text(st.sampled_from("ABC-xyz019 _./+="), max_size=40))
def test_ordinary_codes_are_their_own_normal_form(text):
    assert normal_form(text) == re.sub(" +", " ", text).strip()


@given(st.text(max_size=60))
def test_a_mask_shows_at_most_four_characters_and_a_quarter(text):
    shown = masked(text).removeprefix("••••")

    assert len(shown) <= 4
    assert len(shown) * 4 <= len(text)


# --- In a store -----------------------------------------------------------------------


@pytest.mark.parametrize("code", SAME)
def test_a_code_is_found_again_in_every_disguise_and_product(in_arcadia, code):
    one, two = make_product(name="Steam 60"), make_product()
    add(one, "GIFT-0001")

    same, other = add(one, code), add(two, code)

    assert same.twins == {0: Twin(Problem.KNOWN)}
    assert other.twins == {0: Twin(Problem.ELSEWHERE, "Steam 60")}
    assert stored() == ["GIFT-0001"]


def test_the_code_is_kept_and_delivered_as_it_came(in_arcadia):
    add(make_product(), "GIFT-\u200b0001")

    assert stored() == ["GIFT-\u200b0001"]


def test_codes_in_one_list_are_compared_as_well(in_arcadia):
    report = imports.add_codes(
        actor=make_member(),
        product=make_product(),
        text="GIFT-0001\nGIFT-\u200b0001\ngift-0001\nGIFT-0002",
        now=NOON,
    )

    assert stored() == ["GIFT-0001", "GIFT-0002"]
    assert [(found.line_no, found.problem) for found in report.problems] == [
        (2, Problem.DUPLICATE),
        (3, Problem.SIMILAR),
    ]


def test_capital_letters_hold_back_until_somebody_says_that_they_count(in_arcadia):
    one, two = make_product(name="Steam 60"), make_product()
    add(one, "aBc-123")

    asked = add(two, "AbC-123", allowed=())
    answered = add(two, "AbC-123", allowed={Problem.SIMILAR})

    assert asked.twins == {0: Twin(Problem.SIMILAR, "Steam 60")}
    assert asked.added == 0
    assert (answered.added, answered.twins) == (1, {})
    assert stored() == ["aBc-123", "AbC-123"]


def test_what_was_taken_out_may_come_back_when_somebody_says_so(in_arcadia):
    one, two = make_product(name="Steam 60"), make_product()
    add(one, "AAA")
    item = StockItem.objects.get()
    stock.void_items(product=one, item_ids=[item.public_id], actor="test", now=NOON)

    asked = add(two, "AAA", allowed=())
    answered = add(two, "AAA", allowed={Problem.WITHDRAWN})

    assert asked.twins == {0: Twin(Problem.WITHDRAWN, "Steam 60")}
    assert (answered.added, answered.twins) == (1, {})
    assert selectors.available([one.pk, two.pk]) == {one.pk: 0, two.pk: 1}


def test_the_index_of_one_store_says_nothing_about_another(in_arcadia, borealis):
    ours = keys_of(in_arcadia.pk, "AAA")
    theirs = keys_of(borealis.pk, "AAA")

    assert {ours.exact, ours.folded}.isdisjoint({theirs.exact, theirs.folded})
    assert "AAA" not in repr(ours)


# --- At the same moment ---------------------------------------------------------------


def upload(product):
    return add(product, "AAA", "BBB", f"OWN-{product.pk}")


def test_one_code_uploaded_to_two_products_at_once_is_there_once(in_arcadia):
    products = [make_product() for _ in range(4)]

    results = at_once([partial(upload, product) for product in products])

    assert sum(result.added for result in results) == 2 + 4
    assert StockItem.objects.count() == 6
    assert sorted(set(stored())) == sorted(stored())
    for product in products:
        assert selectors.moved(product.pk)["available"] == len(
            StockItem.objects.filter(product=product)
        )


def test_without_the_lock_the_database_refuses_the_second(in_arcadia, monkeypatch):
    """The first control: the constraint alone keeps the promise."""
    meet = meeting(2)
    monkeypatch.setattr(locks, "lock_uploads", meet)
    products = [make_product(), make_product()]
    look = stock.code_index.find_twins

    def look_together(*arguments):
        found = look(*arguments)
        meet()
        return found

    monkeypatch.setattr(stock.code_index, "find_twins", look_together)

    results = outcomes([partial(upload, product) for product in products])

    refused = [result for result in results if isinstance(result, IntegrityError)]
    assert len(refused) == 1
    assert "item_code_once" in str(refused[0])
    assert StockItem.objects.count() == 3


def test_without_lock_and_constraint_the_code_is_sold_twice(
    in_arcadia, monkeypatch, superuser
):
    """The second control: there is a race to lose."""
    meet = meeting(2)
    monkeypatch.setattr(locks, "lock_uploads", lambda: None)
    look = stock.code_index.find_twins

    def look_together(*arguments):
        found = look(*arguments)
        meet()
        return found

    monkeypatch.setattr(stock.code_index, "find_twins", look_together)
    products = [make_product(), make_product()]

    with without_constraint(superuser, "inventory_stockitem", "item_code_once"):
        results = outcomes([partial(upload, product) for product in products])

        assert [result.added for result in results] == [3, 3]
        assert "code_live_once" in violations(superuser)


# --- Codes from before ----------------------------------------------------------------


def make_old(superuser, *items):
    """Turn codes back into what they were before there was a normal form."""
    for item in items:
        raw = crypto.fingerprint(
            f"{item.tenant_id}:{item.code.reveal()}", purpose="stock code"
        )
        superuser.execute(
            "UPDATE inventory_stockitem SET index_version = 0, code_hash = %s,"
            " fold_hash = '', batch_id = NULL WHERE id = %s",
            (raw, item.pk),
        )


def old_item(superuser, product, code, *, status=None):
    """One code as an older version stored it."""
    item = StockItem(product=product, bucket=0, created_at=NOON, index_version=0)
    item.tenant_id, item.code, item.code_hash = product.tenant_id, code, code
    item.save()
    StockMovement.objects.create(
        product=product,
        kind="uploaded",
        available=1,
        on_hand=1,
        actor="old",
        at=NOON,
    )
    make_old(superuser, item)
    return item


def test_older_codes_are_found_as_they_stand_before_they_have_an_index(
    in_arcadia, superuser
):
    one, two = make_product(name="Steam 60"), make_product()
    old_item(superuser, one, "GIFT-0001")
    old_item(superuser, one, "GIFT-\u200b0002")

    result = add(two, "GIFT-\u200b0001", "GIFT-\u200b0002", "GIFT-0003")

    assert result.twins == {
        0: Twin(Problem.ELSEWHERE, "Steam 60"),
        1: Twin(Problem.ELSEWHERE, "Steam 60"),
    }


def test_the_job_gives_older_codes_their_index_and_keeps_the_first_of_twins(
    in_arcadia, borealis, superuser
):
    one, two = make_product(), make_product()
    first = old_item(superuser, one, "GIFT-0001")
    twin = old_item(superuser, two, "GIFT-\u200b0001")
    other = old_item(superuser, two, "GIFT-0002")
    with tenant_scope(borealis.pk):
        theirs = old_item(superuser, make_product(), "GIFT-0001")

    tasks.index_codes()

    for item in (first, twin, other):
        item.refresh_from_db()
    assert (first.status, twin.status, other.status) == ("free", "quarantined", "free")
    assert (
        first.code_hash == twin.code_hash == keys_of(in_arcadia.pk, "GIFT-0001").exact
    )
    assert {first.index_version, twin.index_version, other.index_version} == {1}
    assert twin.aside_reason
    assert selectors.available([one.pk, two.pk]) == {one.pk: 1, two.pk: 1}
    assert selectors.moved(two.pk) == {"available": 1, "on_hand": 1}
    entry = AuditEntry.objects.get(action="stock.quarantined")
    assert (entry.object, entry.data) == (f"product:{two.pk}", {"quarantined": 1})
    with tenant_scope(borealis.pk):
        theirs.refresh_from_db()
        assert (theirs.status, theirs.index_version) == ("free", 1)
    assert violations(superuser) == {}
    assert reindex.index_store(now=NOON) == reindex.Indexed()


def test_a_free_twin_of_a_held_code_is_the_one_that_goes(in_arcadia, superuser):
    one, two = make_product(), make_product()
    free = old_item(superuser, one, "AAA")
    held = old_item(superuser, two, "aaa".upper() + "\u200b")
    make_order(two)

    result = reindex.index_store(now=NOON)

    free.refresh_from_db()
    held.refresh_from_db()
    assert (free.status, held.status) == ("quarantined", "held")
    assert result == reindex.Indexed(done=2, set_aside=1, left=0)
    assert violations(superuser) == {}


def test_twins_that_are_both_held_cannot_be_helped_and_are_told(
    in_arcadia, superuser, caplog
):
    one, two = make_product(), make_product()
    items = [old_item(superuser, one, "AAA"), old_item(superuser, two, "AAA\u200b")]
    make_order(one)
    make_order(two)

    result = reindex.index_store(now=NOON)

    assert result == reindex.Indexed(done=1, set_aside=0, left=1)
    assert "1 codes have no index" in caplog.text
    for item in items:
        item.refresh_from_db()
    assert sorted(item.index_version for item in items) == [0, 1]
    out = StringIO()
    with pytest.raises(CommandError, match="1 codes could not be indexed"):
        call_command("index_codes", stdout=out)
    assert "0 codes indexed, 0 put into quarantine, 1 left" in out.getvalue()


def test_the_command_counts_before_it_writes(in_arcadia, superuser):
    make_old(superuser, *[old_item(superuser, make_product(), "AAA")])
    out = StringIO()

    call_command("index_codes", "--dry-run", stdout=out)
    assert f"store {in_arcadia.pk}: 1 codes to index" in out.getvalue()
    assert StockItem.objects.get().index_version == 0
    call_command("index_codes", stdout=out)
    call_command("index_codes", stdout=out)

    assert StockItem.objects.get().index_version == 1
    assert "Every code has its index." in out.getvalue()


def test_a_code_that_no_key_opens_stays_and_is_told(in_arcadia, superuser, caplog):
    item = old_item(superuser, make_product(), "AAA")
    superuser.execute("UPDATE inventory_stockitem SET code = '\\x6b310001'::bytea")

    assert reindex.index_store(now=NOON) == reindex.Indexed(left=1)
    assert f"{item.pk} cannot be opened" in caplog.text


def test_rows_that_an_older_process_writes_have_no_index_yet(in_arcadia, superuser):
    add_codes(make_product(), 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockitem (tenant_id, public_id, product_id, bucket,"
            " code, code_hash, status, created_at) SELECT tenant_id,"
            " gen_random_uuid(), product_id, 0, code, 'raw', 'free', now()"
            " FROM inventory_stockitem RETURNING index_version, fold_hash, aside_reason"
        )
        assert cursor.fetchone() == (0, "", "")


def test_a_large_list_is_stored_in_reasonable_time(in_arcadia):
    codes = [f"GIFT-{number:06}-ABCD" for number in range(20_000)]
    product = make_product()

    first = add(product, *codes)
    again = add(product, *codes)

    assert (first.added, again.added) == (20_000, 0)
    assert StockBatch.objects.get().added == 20_000
    assert StockItem.objects.filter(status=ItemStatus.FREE).count() == 20_000
