"""Buying units at suppliers: what each answer leads to."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from inventory.models import (
    Purchase,
    PurchaseAttempt,
    PurchaseEvent,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import purchases
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
)
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from inventory.tasks import sweep_purchases
from ppob.kit import clock
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.inventory.suppliers import (
    SUCCEEDS,
    attempt_of,
    check,
    make_account,
    map_product,
    send,
    state_of,
    submit,
)

MINUTE = timedelta(minutes=1)


def test_submitting_writes_the_purchase_and_its_first_attempt(product, account, jobs):
    holder = uuid4()

    purchase = submit(product, holder=holder, unit_no=2)

    attempt = attempt_of(purchase)
    assert (purchase.holder, purchase.unit_no, purchase.status) == (holder, 2, "open")
    assert purchase.due_at == NOON + timedelta(minutes=30)
    assert (attempt.account, attempt.sku, attempt.status) == (
        account,
        "xld10",
        "queued",
    )
    assert attempt.ref_id == f"T{product.tenant_id}-{purchase.public_id.hex[-12:]}-1"
    assert jobs.waiting == [
        (
            "inventory.advance_attempt",
            {"tenant_id": product.tenant_id, "attempt_id": attempt.pk},
        )
    ]


def test_submitting_the_same_unit_again_gives_the_same_purchase(product):
    holder = uuid4()

    first = submit(product, holder=holder)
    again = submit(product, holder=holder, now=NOON + MINUTE)

    assert first == again
    assert PurchaseAttempt.objects.count() == 1


def test_a_unit_cannot_be_asked_for_with_another_destination(product):
    holder = uuid4()
    submit(product, holder=holder)

    with pytest.raises(purchases.PurchaseDiffers):
        submit(product, "087800009999", holder=holder)

    assert Purchase.objects.get().destination == SUCCEEDS


def test_submitting_belongs_to_a_transaction(product):
    with pytest.raises(OutsideTransaction):
        purchases.submit(
            holder=uuid4(),
            unit_no=1,
            product=product,
            destination=SUCCEEDS,
            ceiling=1,
            now=NOON,
        )


def test_a_success_settles_the_purchase_with_its_serial_number(
    product, supplier, settled
):
    purchase = submit(product)

    assert send(purchase) == ("succeeded", "succeeded")

    attempt = attempt_of(purchase)
    assert purchase.serial_number.reveal() == f"SN-{attempt.ref_id}"
    assert (purchase.cost, attempt.cost, purchase.settled_at) == (10_000, 10_000, NOON)
    assert settled == [(purchase.pk, "succeeded", f"SN-{attempt.ref_id}")]
    moves = PurchaseEvent.objects.order_by("pk").values_list("source", "target")
    assert list(moves) == [
        ("", "open"),
        ("", "queued"),
        ("queued", "sending"),
        ("sending", "succeeded"),
        ("open", "succeeded"),
    ]


def test_the_serial_number_is_sealed(product, supplier, superuser):
    send(submit(product))

    rows = superuser.execute(
        "SELECT p.serial_number, a.serial_number FROM inventory_purchase p"
        " JOIN inventory_purchaseattempt a ON a.purchase_id = p.id"
    ).fetchone()
    assert all(rows)
    assert not any(b"SN-" in bytes(sealed) for sealed in rows)


def test_a_sent_attempt_is_not_sent_again(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.PENDING]

    send(purchase)
    send(purchase, now=NOON + timedelta(hours=1))

    assert len(supplier.asked) == 1


def test_an_attempt_left_in_the_middle_of_a_call_is_asked_about(product, supplier):
    purchase = submit(product)
    supplier.answers = [lambda request: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        send(purchase)

    assert state_of(purchase) == ("open", "sending")
    check(purchase, now=NOON + timedelta(seconds=119))
    assert len(supplier.asked) == 1
    assert check(purchase, now=NOON + 2 * MINUTE) == ("succeeded", "succeeded")


@pytest.mark.parametrize("age", [timedelta(hours=24), timedelta(days=91)])
def test_an_old_reference_is_not_sent_by_itself(product, supplier, age):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    send(purchase)

    assert check(purchase, now=NOON + age) == ("needs_owner", "unknown")
    check(purchase, now=NOON + age + MINUTE)

    assert len(supplier.asked) == 1
    assert attempt_of(purchase).due_at is None


def test_until_a_day_has_passed_it_is_asked_about(product, supplier):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    send(purchase)

    assert check(purchase, now=NOON + timedelta(hours=23)) == ("succeeded", "succeeded")


def test_giving_up_fences_what_was_not_sent(product, supplier, settled):
    purchase = submit(product)

    for _turn in range(2):
        purchases.give_up(
            purchase_id=purchase.pk, actor="user:1", reason="refund", now=NOON
        )
    purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    purchases.check(attempt_id=attempt_of(purchase).pk, now=NOON + MINUTE)

    assert state_of(purchase) == ("failed", "failed")
    assert (attempt_of(purchase).fenced_at, supplier.asked) == (NOON, [])
    assert len(settled) == 1


def test_what_was_bought_cannot_be_given_up(product, supplier):
    purchase = submit(product)
    send(purchase)

    with pytest.raises(purchases.AlreadyBought):
        purchases.give_up(purchase_id=purchase.pk, actor="x", reason="", now=NOON)


def test_sweeping_sends_asks_routes_and_hands_over(
    product, account, supplier, jobs, monkeypatch
):
    SupplierAccount.objects.filter(pk=account.pk).update(is_active=False)
    waiting = submit(product)
    assert not PurchaseAttempt.objects.exists()
    SupplierAccount.objects.filter(pk=account.pk).update(is_active=True)
    supplier.answers = [OutcomeUnknown("time-out"), FactState.PENDING]

    seen = []
    for seconds in (5, 6, 30, 29 * 60, 30 * 60):
        moment = NOON + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        with no_tenant_scope():
            sweep_purchases()
            jobs.run()
        seen.append(state_of(waiting))

    assert seen == [
        ("open", "unknown"),
        ("open", "unknown"),
        ("open", "unknown"),
        ("succeeded", "succeeded"),
        ("succeeded", "succeeded"),
    ]


def test_what_is_open_for_too_long_needs_its_owner(product, supplier):
    purchase = submit(product)
    late = NOON + timedelta(minutes=30)

    purchases.hand_to_owner(purchase_id=purchase.pk, now=late - timedelta(seconds=1))
    assert state_of(purchase)[0] == "open"
    purchases.hand_to_owner(purchase_id=purchase.pk, now=late)

    assert state_of(purchase) == ("needs_owner", "queued")
    assert purchase.due_at == late + timedelta(hours=24)
    send(purchase, now=late)
    assert supplier.asked == []


def test_the_database_keeps_a_second_attempt_and_a_second_use_away(product, account):
    purchase = submit(product)
    attempt = attempt_of(purchase)
    other = submit(product)

    with pytest.raises(IntegrityError, match="attempt_one_not_failed"):
        _copy(attempt_of(purchase), ref_id="T-other")
    with pytest.raises(IntegrityError, match="attempt_ref_once"):
        _copy(attempt_of(other), ref_id=attempt.ref_id, status="failed", fenced_at=NOON)
    with pytest.raises(IntegrityError, match="purchase_once_per_unit"):
        Purchase.objects.filter(pk=other.pk).update(holder=purchase.holder)
    with pytest.raises(IntegrityError, match="attempt_fenced_when_failed"):
        PurchaseAttempt.objects.filter(pk=attempt.pk).update(status="failed")


def _copy(attempt, **changes):
    with unit_of_work("tests.copy"):
        attempt.pk = None
        attempt.public_id = uuid4()
        for name, value in changes.items():
            setattr(attempt, name, value)
        attempt.save(force_insert=True)


def test_real_accounts_come_before_pretended_ones(product, account):
    real = make_account(TOKO_DEWI, is_test=False, position=9)
    map_product(product, real)

    assert attempt_of(submit(product)).account == real
    SupplierProduct.objects.filter(account=real).update(is_available=False)
    assert not submit(product).attempts.exists()
