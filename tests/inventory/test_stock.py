"""Codes: taken once, given back, counted by movements, guarded by the database."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from inventory import selectors
from inventory.codes.judging import Problem
from inventory.models import BUCKETS, Hold, StockItem, StockMovement
from inventory.services import holds, stock
from inventory.services.code_index import Twin
from inventory.states import HoldStatus, ItemStatus, MovementKind
from payments.models import Delivery, OrderLine
from ppob.kit.db import OutsideTransaction
from ppob.kit.scope import tenant_scope
from tests.conftest import NOON
from tests.factories import add_codes, make_order, make_product

LATER = NOON + timedelta(minutes=15)


def run(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.rowcount


def hold(product, quantity=1, *, holder=None, expires_at=LATER):
    holder = holder or uuid4()
    with transaction.atomic():
        stock.hold_items(
            product=product,
            quantity=quantity,
            holder=holder,
            expires_at=expires_at,
            actor="test",
            now=NOON,
        )
    return Hold.objects.get(holder=holder, status=HoldStatus.ACTIVE)


def sell(held):
    line = stock.SoldLine(held.tenant_id, held.product_id, held.holder, held.quantity)
    with transaction.atomic():
        return stock.sell_held_items(line, actor="test", now=NOON)


def release(held):
    with transaction.atomic():
        return stock.release_holds([held.holder], actor="test", now=NOON)


def counted(product):
    """What the rows say, in the words of the movements."""
    return {
        "available": selectors.available([product.pk])[product.pk],
        "on_hand": selectors.on_hand([product.pk])[product.pk],
    }


def test_held_codes_cannot_be_bought_and_are_still_there(in_arcadia):
    product = make_product(codes=5)

    held = hold(product, 2)

    assert counted(product) == selectors.moved(product.pk)
    assert counted(product) == {"available": 3, "on_hand": 5}
    assert StockItem.objects.filter(holder=held.holder).count() == 2


def test_sold_codes_are_gone(in_arcadia):
    product = make_product(codes=5)

    sold = sell(hold(product, 2))

    assert len(set(sold)) == 2
    assert counted(product) == selectors.moved(product.pk)
    assert counted(product) == {"available": 3, "on_hand": 3}


def test_released_codes_can_be_bought_again(in_arcadia):
    product = make_product(codes=2)
    held = hold(product, 2)

    assert release(held) == 1
    assert release(held) == 0

    assert counted(product) == {"available": 2, "on_hand": 2}
    assert counted(product) == selectors.moved(product.pk)
    assert Hold.objects.get().status == HoldStatus.RELEASED


def test_too_few_codes_are_not_taken_at_all(in_arcadia):
    product = make_product(codes=3)

    with pytest.raises(stock.OutOfStock):
        hold(product, 4)

    assert counted(product) == {"available": 3, "on_hand": 3}
    assert not Hold.objects.exists()
    assert StockMovement.objects.count() == 1


def test_the_last_codes_are_found_in_whichever_bucket_they_are(in_arcadia):
    product = make_product(codes=BUCKETS + 2)

    for _ in range(BUCKETS + 2):
        hold(product)

    assert counted(product)["available"] == 0
    with pytest.raises(stock.OutOfStock):
        hold(product)


def test_nothing_is_held_outside_a_transaction(in_arcadia):
    with pytest.raises(OutsideTransaction):
        stock.hold_items(
            product=make_product(codes=1),
            quantity=1,
            holder=uuid4(),
            expires_at=LATER,
            actor="test",
            now=NOON,
        )


def test_a_hold_that_ended_cannot_be_sold(in_arcadia):
    product = make_product(codes=1)
    held = hold(product)
    release(held)

    with pytest.raises(stock.HoldLost):
        sell(held)

    assert counted(product) == {"available": 1, "on_hand": 1}


def test_a_hold_is_sold_once(in_arcadia):
    product = make_product(codes=2)
    held = hold(product)
    sell(held)

    with pytest.raises(stock.HoldLost):
        sell(held)
    assert release(held) == 0
    assert counted(product) == {"available": 1, "on_hand": 1}


def test_a_hold_with_fewer_codes_than_ordered_sells_nothing(in_arcadia, superuser):
    product = make_product(codes=2)
    held = hold(product, 2)
    superuser.execute(
        "UPDATE inventory_stockitem SET status = 'free', holder = NULL WHERE id ="
        " (SELECT min(id) FROM inventory_stockitem)"
    )

    with pytest.raises(stock.HoldLost):
        sell(held)

    assert not StockItem.objects.filter(status=ItemStatus.SOLD).exists()


def test_a_hold_grows_and_never_shrinks(in_arcadia):
    product = make_product(codes=1)
    held = hold(product)

    for expires_at in (LATER + timedelta(hours=1), NOON):
        with transaction.atomic():
            assert stock.extend_holds([held.holder], expires_at=expires_at) == 1

    held.refresh_from_db()
    assert held.expires_at == LATER + timedelta(hours=1)


def test_a_code_is_in_a_product_once(in_arcadia):
    product = make_product()
    first = stock.add_items(
        product=product, codes=["A", "B", "A"], actor="test", now=NOON
    )
    second = stock.add_items(product=product, codes=["C", "B"], actor="test", now=NOON)

    assert (first.added, first.duplicates) == (2, [2])
    assert (second.added, second.duplicates) == (1, [1])
    assert counted(product) == selectors.moved(product.pk)
    assert counted(product)["available"] == 3


def test_a_code_is_in_a_store_once_and_other_stores_have_their_own(
    in_arcadia, borealis
):
    first, second = make_product(name="Steam 60"), make_product()
    stock.add_items(product=first, codes=["A"], actor="test", now=NOON)

    again = stock.add_items(product=second, codes=["A", "B"], actor="test", now=NOON)

    assert again.twins == {0: Twin(Problem.ELSEWHERE, "Steam 60")}
    assert again.added == 1
    assert counted(first) == {"available": 1, "on_hand": 1}
    assert counted(second) == {"available": 1, "on_hand": 1}
    ours = set(StockItem.objects.values_list("code_hash", flat=True))
    with tenant_scope(borealis.pk):
        stock.add_items(product=make_product(), codes=["A"], actor="test", now=NOON)
        theirs = StockItem.objects.get().code_hash
    assert theirs not in ours


def test_a_sold_code_cannot_come_back_by_an_upload(in_arcadia):
    product = make_product()
    add_codes(product, 0)
    stock.add_items(product=product, codes=["A"], actor="test", now=NOON)
    sell(hold(product))

    again = stock.add_items(product=product, codes=["A"], actor="test", now=NOON)

    assert (again.added, again.duplicates) == (0, [0])


def test_only_free_codes_can_be_taken_out(in_arcadia):
    product = make_product(codes=3)
    held = hold(product)
    everything = list(StockItem.objects.values_list("public_id", flat=True))

    voided = stock.void_items(
        product=product, item_ids=everything, actor="test", now=NOON
    )

    assert voided == 2
    assert counted(product) == {"available": 0, "on_hand": 1}
    assert counted(product) == selectors.moved(product.pk)
    assert len(sell(held)) == 1


def test_an_overdue_hold_is_released_after_its_grace_only(in_arcadia):
    product = make_product(codes=1)
    held = hold(product)

    assert not holds.release_expired(hold_id=held.pk, now=LATER)
    overdue = LATER + holds.GRACE
    assert holds.release_expired(hold_id=held.pk, now=overdue)
    assert not holds.release_expired(hold_id=held.pk, now=overdue)

    assert counted(product) == {"available": 1, "on_hand": 1}


class TestGuards:
    """What the database refuses by itself."""

    def test_the_same_code_twice(self, in_arcadia):
        product = make_product(codes=1)
        item = StockItem.objects.get()

        with pytest.raises(IntegrityError, match="item_code_once"):
            StockItem.objects.create(
                product=product,
                bucket=0,
                code="x",
                code_hash=item.code_hash,
                created_at=NOON,
            )

    @pytest.mark.parametrize("status", ["held", "sold"])
    def test_a_held_or_sold_code_without_a_holder(self, in_arcadia, status):
        make_product(codes=1)

        with pytest.raises(IntegrityError, match="item_holder_fits_status"):
            run("UPDATE inventory_stockitem SET status = %s", status)

    @pytest.mark.parametrize("status", ["free", "void"])
    def test_a_free_code_with_a_holder(self, in_arcadia, status):
        hold(make_product(codes=1))

        with pytest.raises(IntegrityError, match="item_holder_fits_status"):
            run("UPDATE inventory_stockitem SET status = %s", status)

    def test_two_holds_for_one_line(self, in_arcadia):
        product = make_product(codes=5)
        held = hold(product)

        with pytest.raises(IntegrityError, match="hold_once_per_line"):
            hold(product, holder=held.holder)
        sell(held)
        with pytest.raises(IntegrityError, match="hold_once_per_line"):
            hold(product, holder=held.holder)

        assert counted(product) == {"available": 4, "on_hand": 4}

    def test_a_hold_of_nothing(self, in_arcadia):
        with pytest.raises(IntegrityError, match="hold_quantity_positive"):
            hold(make_product(codes=1), 0)

    def test_one_line_sold_twice(self, in_arcadia):
        product = make_product(codes=1)
        sell(hold(product))
        sold = StockMovement.objects.get(kind=MovementKind.SOLD)

        with pytest.raises(IntegrityError, match="movement_sold_once_per_line"):
            StockMovement.objects.create(
                product=product,
                kind=MovementKind.SOLD,
                available=0,
                on_hand=-1,
                holder=sold.holder,
                actor="test",
                at=NOON,
            )

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE inventory_stockmovement SET on_hand = 0",
            "DELETE FROM inventory_stockmovement",
            "TRUNCATE inventory_stockmovement",
        ],
    )
    def test_a_movement_that_changes(self, in_arcadia, statement):
        product = make_product(codes=2)

        with pytest.raises(DatabaseError, match=r"append-only|permission denied"):
            run(statement)

        assert selectors.moved(product.pk) == {"available": 2, "on_hand": 2}

    def test_one_item_delivered_twice(self, in_arcadia):
        make_order()
        line, item = OrderLine.objects.get(), StockItem.objects.get()
        deliver(line, item, unit_no=1)

        with pytest.raises(IntegrityError, match="delivery_once_per_item"):
            deliver(line, item, unit_no=2)

    def test_one_unit_delivered_twice(self, in_arcadia):
        make_order(make_product(codes=2))
        line, items = OrderLine.objects.get(), list(StockItem.objects.all())
        deliver(line, items[0], unit_no=1)

        with pytest.raises(IntegrityError, match="delivery_once_per_unit"):
            deliver(line, items[1], unit_no=1)


def deliver(line, item, *, unit_no):
    with transaction.atomic():
        Delivery.objects.create(
            line=line, unit_no=unit_no, item=item.public_id, delivered_at=NOON
        )
