"""Codes that must not be sold: quarantine, taking out, withdrawing a whole upload."""

import threading
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inventory import locks, selectors
from inventory.codes.index import keys_of
from inventory.invariants import INVARIANTS
from inventory.models import Hold, StockBatch, StockItem, StockMovement
from inventory.services import alerts, stock, withdrawals
from inventory.services.withdrawals import (
    AlreadyWithdrawn,
    NotYours,
    Restored,
    Withdrawn,
)
from inventory.states import HoldStatus, ItemStatus
from ppob.kit.errors import InvalidInput, NotAllowed
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_product
from tests.payments.invariants import violations as all_violations
from tests.payments.racing import at_once

LATER = NOON + timedelta(minutes=15)
REASON = "the supplier took them back"


def violations(superuser):
    """Broken rules about stock; that codes are held for orders is others' business."""
    ours = {rule.name for rule in INVARIANTS}
    found = all_violations(superuser)
    return {name: rows for name, rows in found.items() if name in ours}


@pytest.fixture
def seller(in_arcadia):
    return make_member(Role.CASHIER)


@pytest.fixture
def product(in_arcadia):
    """Five codes of one upload, and two of another that nobody touches."""
    product = make_product(codes=5)
    stock.add_items(product=product, codes=["Z-1", "Z-2"], actor="test", now=NOON)
    return product


@pytest.fixture
def bystander(in_arcadia):
    return make_product(codes=3)


def items_of(batch):
    return list(StockItem.objects.filter(batch=batch).order_by("pk"))


def first_batch(product):
    return StockBatch.objects.filter(product=product).earliest("pk")


def hold(product, quantity=1):
    holder = uuid4()
    with transaction.atomic():
        stock.hold_items(
            product=product,
            quantity=quantity,
            holder=holder,
            expires_at=LATER,
            actor="test",
            now=NOON,
        )
    return Hold.objects.get(holder=holder, status=HoldStatus.ACTIVE)


def hold_only(product, items):
    """Hold exactly these codes: the others are away for a moment."""
    others = StockItem.objects.filter(product=product, status="free").exclude(
        pk__in=[item.pk for item in items]
    )
    away = list(others.values_list("pk", flat=True))
    others.update(status="quarantined")
    held = hold(product, len(items))
    StockItem.objects.filter(pk__in=away).update(status="free")
    assert set(StockItem.objects.filter(holder=held.holder)) == set(items)
    return held


def sell(held):
    line = stock.SoldLine(held.tenant_id, held.product_id, held.holder, held.quantity)
    with transaction.atomic():
        return stock.sell_held_items(line, actor="test", now=NOON)


def release(held):
    with transaction.atomic():
        return stock.release_holds([held.holder], actor="test", now=NOON)


def levels(product):
    return {
        "available": selectors.available([product.pk])[product.pk],
        "on_hand": selectors.on_hand([product.pk])[product.pk],
    }


def change(service, seller, product, items, **options):
    return service(
        actor=seller,
        product=product,
        item_ids=[item.public_id for item in items],
        now=NOON,
        **options,
    )


quarantine = partial(change, withdrawals.quarantine_items, reason=REASON)
withdraw = partial(change, withdrawals.withdraw_items, reason=REASON)
restore = partial(change, withdrawals.restore_items)


def withdraw_batch(seller, batch, reason=REASON):
    return withdrawals.withdraw_batch(
        actor=seller, batch=batch, reason=reason, now=NOON
    )


# --- One upload -----------------------------------------------------------------------


def test_an_upload_is_withdrawn_while_unsold_and_the_rest_is_counted(
    seller, product, bystander, superuser
):
    batch = first_batch(product)
    sold, held, *_free = items_of(batch)
    sell(hold_only(product, [sold]))
    hold_only(product, [held])

    result = withdraw_batch(seller, batch)

    assert result == Withdrawn(withdrawn=3, held=1, sold=1)
    assert [item.status for item in items_of(batch)] == [
        "sold",
        "held",
        "void",
        "void",
        "void",
    ]
    assert levels(product) == {"available": 2, "on_hand": 3}
    assert levels(product) == selectors.moved(product.pk)
    assert levels(bystander) == {"available": 3, "on_hand": 3}
    movement = StockMovement.objects.latest("pk")
    assert (movement.kind, movement.available, movement.on_hand) == ("voided", -3, -3)
    assert movement.batch_id == batch.pk
    batch.refresh_from_db()
    assert batch.withdrawn_at == NOON
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.reason) == (
        "stock.batch_withdrawn",
        seller.name,
        REASON,
    )
    assert entry.data == {
        "batch": str(batch.public_id),
        "voided": 3,
        "held": 1,
        "sold": 1,
    }
    assert violations(superuser) == {}


def test_an_upload_is_withdrawn_once(seller, product):
    batch = first_batch(product)

    results = at_once([partial(withdraw_batch, seller, batch)] * 4)

    assert results.count(Withdrawn(5, 0, 0)) == 1
    assert sum(isinstance(result, AlreadyWithdrawn) for result in results) == 3
    assert levels(product) == selectors.moved(product.pk)
    assert levels(product) == {"available": 2, "on_hand": 2}


def test_a_held_code_of_a_withdrawn_upload_is_sold_to_its_buyer(seller, product):
    batch = first_batch(product)
    held = hold_only(product, items_of(batch)[:1])
    withdraw_batch(seller, batch)

    assert len(sell(held)) == 1
    assert levels(product) == selectors.moved(product.pk)


def test_a_held_code_of_a_withdrawn_upload_does_not_come_back_for_sale(
    seller, product, superuser
):
    batch = first_batch(product)
    mixed = hold_only(
        product,
        [items_of(batch)[0], StockItem.objects.filter(product=product).latest("pk")],
    )
    withdraw_batch(seller, batch)

    assert release(mixed) == 1

    gone, kept = StockItem.objects.get(pk=items_of(batch)[0].pk), mixed
    assert (gone.status, gone.holder, gone.aside_at) == ("void", None, NOON)
    assert levels(product) == {"available": 2, "on_hand": 2}
    assert levels(product) == selectors.moved(product.pk)
    assert violations(superuser) == {}
    kept.refresh_from_db()
    assert kept.status == HoldStatus.RELEASED


def test_a_release_and_a_withdrawal_at_once_leave_nothing_for_sale(
    seller, product, superuser
):
    batch = first_batch(product)
    held = [hold_only(product, [item]) for item in items_of(batch)[:4]]

    at_once(
        [partial(withdraw_batch, seller, batch), *[partial(release, h) for h in held]]
    )

    assert {item.status for item in items_of(batch)} == {"void"}
    assert levels(product) == selectors.moved(product.pk)
    assert levels(product) == {"available": 2, "on_hand": 2}
    assert violations(superuser) == {}


def test_without_the_lock_on_the_upload_a_released_code_is_for_sale_again(
    seller, product, monkeypatch
):
    """The control: the release has looked at the upload before it is withdrawn."""
    batch = first_batch(product)
    held = hold_only(product, items_of(batch)[:1])
    monkeypatch.setattr(locks, "_RELEASE", locks._RELEASE.replace("FOR SHARE", ""))
    released, withdrawn = threading.Event(), threading.Event()

    def release_slowly():
        with transaction.atomic():
            count = stock.release_holds([held.holder], actor="test", now=NOON)
            released.set()
            withdrawn.wait(5)
        return count

    def withdraw_meanwhile():
        released.wait(5)
        result = withdraw_batch(seller, batch)
        withdrawn.set()
        return result

    at_once([release_slowly, withdraw_meanwhile])

    assert items_of(batch)[0].status == "free"


def test_a_withdrawn_upload_can_be_uploaded_again_elsewhere(seller, product):
    batch, other = first_batch(product), make_product()
    codes = [item.code.reveal() for item in items_of(batch)]
    withdraw_batch(seller, batch)

    again = stock.add_items(product=other, codes=codes, actor="test", now=NOON)

    assert again.added == 5
    assert levels(other) == {"available": 5, "on_hand": 5}


# --- Single codes ---------------------------------------------------------------------


def test_codes_in_quarantine_are_in_no_level_and_cannot_be_bought(
    seller, product, bystander, superuser
):
    items = list(StockItem.objects.filter(product=product).order_by("pk"))

    assert quarantine(seller, product, items[:6]) == 6

    assert levels(product) == {"available": 1, "on_hand": 1}
    assert levels(product) == selectors.moved(product.pk)
    assert levels(bystander) == {"available": 3, "on_hand": 3}
    hold(product)
    with pytest.raises(stock.OutOfStock):
        hold(product)
    alert = alerts.check_product(product_id=product.pk, now=NOON)
    assert (alert.level, alert.available) == ("empty", 0)
    entry = AuditEntry.objects.filter(action="stock.quarantined").get()
    assert (entry.reason, entry.data["quarantined"]) == (REASON, 6)
    assert violations(superuser) == {}


def test_codes_come_back_from_the_quarantine(seller, product, superuser):
    items = list(StockItem.objects.filter(product=product).order_by("pk"))
    quarantine(seller, product, items)

    assert restore(seller, product, items[:2]) == Restored(2, 0)

    assert levels(product) == {"available": 2, "on_hand": 2}
    assert levels(product) == selectors.moved(product.pk)
    items[0].refresh_from_db()
    assert (items[0].aside_at, items[0].aside_reason) == (None, "")
    assert len(sell(hold(product, 2))) == 2
    assert violations(superuser) == {}


def test_a_code_whose_twin_is_live_stays_in_quarantine(seller, superuser):
    product = make_product(codes=2)
    first, second = StockItem.objects.order_by("pk")
    quarantine(seller, product, [second])
    superuser.execute(
        "UPDATE inventory_stockitem SET code_hash = %s WHERE id = %s",
        (first.code_hash, second.pk),
    )

    assert restore(seller, product, [second]) == Restored(0, 1)

    second.refresh_from_db()
    assert second.status == ItemStatus.QUARANTINED
    with pytest.raises(IntegrityError, match="item_code_once"):
        StockItem.objects.filter(pk=second.pk).update(
            status="free", aside_at=None, aside_reason=""
        )


def test_of_two_twins_in_quarantine_one_comes_back(seller, superuser):
    product = make_product(codes=2)
    first, second = StockItem.objects.order_by("pk")
    quarantine(seller, product, [first, second])
    superuser.execute(
        "UPDATE inventory_stockitem SET code_hash = %s WHERE id = %s",
        (first.code_hash, second.pk),
    )

    assert restore(seller, product, [second, first]) == Restored(1, 1)

    first.refresh_from_db()
    assert first.status == ItemStatus.FREE
    assert levels(product) == selectors.moved(product.pk)


def test_a_code_in_quarantine_is_no_new_code(seller, product):
    stock_item = StockItem.objects.filter(product=product).latest("pk")
    quarantine(seller, product, [stock_item])

    again = stock.add_items(
        product=make_product(), codes=["Z-2"], actor="test", now=NOON
    )

    assert again.added == 0


def test_held_and_sold_codes_stay_whatever_is_asked(seller, product):
    sold = sell(hold(product))
    held = hold(product)
    everything = list(StockItem.objects.filter(product=product))

    assert quarantine(seller, product, everything) == 5
    assert withdraw(seller, product, everything) == 5

    assert StockItem.objects.get(public_id=sold[0]).status == "sold"
    assert StockItem.objects.get(holder=held.holder).status == "held"
    assert levels(product) == {"available": 0, "on_hand": 1}
    assert levels(product) == selectors.moved(product.pk)


def test_what_is_taken_out_for_good_is_written_down(seller, product):
    items = list(StockItem.objects.filter(product=product))

    assert withdraw(seller, product, items[:2]) == 2

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.reason) == (
        "stock.voided",
        seller.name,
        REASON,
    )
    assert entry.data == {"name": product.name, "voided": 2}


def test_codes_of_another_product_are_not_touched(seller, product, bystander):
    theirs = list(StockItem.objects.filter(product=bystander))
    movements = StockMovement.objects.count()

    assert quarantine(seller, product, theirs) == 0
    assert withdraw(seller, product, theirs) == 0
    assert restore(seller, product, theirs) == Restored(0, 0)

    assert levels(bystander) == {"available": 3, "on_hand": 3}
    assert StockMovement.objects.count() == movements
    assert not AuditEntry.objects.exists()


def test_a_code_is_sold_or_set_aside_and_never_both(seller, product):
    items = list(StockItem.objects.filter(product=product))

    at_once(
        [
            partial(quarantine, seller, product, items),
            partial(withdraw, seller, product, items),
            *[partial(hold, product)] * 4,
        ]
    )

    held = StockItem.objects.filter(status="held").count()
    assert held == Hold.objects.count()
    assert levels(product) == {"available": 0, "on_hand": held}
    assert levels(product) == selectors.moved(product.pk)


# --- Rights, reasons, looking at a code -----------------------------------------------


def test_a_viewer_changes_nothing(product):
    viewer = make_member(Role.VIEWER)
    items = list(StockItem.objects.all())

    for attempt in (
        partial(quarantine, viewer, product, items),
        partial(withdraw, viewer, product, items),
        partial(restore, viewer, product, items),
        partial(withdraw_batch, viewer, first_batch(product)),
        partial(reveal, viewer, items[0]),
    ):
        with pytest.raises(NotAllowed):
            attempt()

    assert levels(product) == {"available": 7, "on_hand": 7}
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("reason", ["", "  no  ", "x" * 201])
def test_whoever_takes_codes_away_says_why(seller, product, reason):
    items = list(StockItem.objects.all())

    for attempt in (
        partial(quarantine, seller, product, items, reason=reason),
        partial(withdraw, seller, product, items, reason=reason),
        partial(withdraw_batch, seller, first_batch(product), reason),
        partial(reveal, make_member(), items[0], reason),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == "reason"

    assert levels(product) == {"available": 7, "on_hand": 7}


def reveal(member, item, reason=REASON):
    return withdrawals.reveal_item(actor=member, item=item, reason=reason, now=NOON)


def test_an_unsold_code_is_opened_with_a_trace(product):
    item, owner = StockItem.objects.latest("pk"), make_member()

    assert reveal(owner, item) == "Z-2"

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.reason) == (
        "stock.revealed",
        owner.name,
        REASON,
    )
    assert entry.data == {"item": str(item.public_id)}
    with pytest.raises(NotAllowed):
        reveal(make_member(Role.CASHIER), item)


def test_a_buyers_code_is_not_opened_from_the_stock(product):
    owner = make_member()
    sold = StockItem.objects.get(public_id=sell(hold(product))[0])
    held = StockItem.objects.get(holder=hold(product).holder)

    for item in (sold, held):
        with pytest.raises(NotYours):
            reveal(owner, item)

    assert not AuditEntry.objects.exists()


def test_a_code_is_looked_for_by_what_it_is(product, bystander):
    found = selectors.find_items(keys_of(product.tenant_id, " Z\u200b-2 "))
    similar = selectors.find_items(keys_of(product.tenant_id, "z-2"))

    assert [item.code.reveal() for item in found] == ["Z-2"]
    assert similar == []
