"""Every move of purchases, attempts and holds: the legal ones, and all others."""

from itertools import product as pairs

import pytest
from django.db import IntegrityError

from inventory.models import Hold, Purchase, PurchaseAttempt, PurchaseEvent
from inventory.services import purchase_transitions, stock_transitions
from inventory.states import (
    ATTEMPT_TRANSITIONS,
    HOLD_TRANSITIONS,
    PURCHASE_TRANSITIONS,
    AttemptStatus,
    HoldStatus,
    PurchaseStatus,
)
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.machine import IllegalMove
from tests.conftest import NOON
from tests.inventory.suppliers import (
    attempt_of,
    make_account,
    make_topup,
    map_product,
    submit,
)

OVER = (PurchaseStatus.SUCCEEDED, PurchaseStatus.FAILED)


@pytest.fixture
def purchase(in_arcadia):
    product = make_topup()
    map_product(product, make_account())
    return submit(product)


def is_legal(moves, source, target):
    return target in moves[source]


@pytest.mark.parametrize(("source", "target"), [*pairs(PurchaseStatus, repeat=2)])
def test_a_purchase_moves_as_the_table_says(purchase, source, target):
    Purchase.objects.filter(pk=purchase.pk).update(
        status=source, settled_at=NOON if source in OVER else None
    )
    purchase.refresh_from_db()
    events = PurchaseEvent.objects.count()

    if is_legal(PURCHASE_TRANSITIONS, source, target):
        with unit_of_work("tests.move"):
            purchase_transitions.move_purchase(purchase, target, actor="t", now=NOON)
    else:
        with pytest.raises(IllegalMove), unit_of_work("tests.move"):
            purchase_transitions.move_purchase(purchase, target, actor="t", now=NOON)

    legal = is_legal(PURCHASE_TRANSITIONS, source, target)
    purchase.refresh_from_db()
    assert purchase.status == (target if legal else source)
    assert PurchaseEvent.objects.count() == events + legal


@pytest.mark.parametrize(("source", "target"), [*pairs(AttemptStatus, repeat=2)])
def test_an_attempt_moves_as_the_table_says(purchase, source, target):
    attempt = attempt_of(purchase)
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        status=source,
        first_sent_at=NOON,
        fenced_at=NOON if source == AttemptStatus.FAILED else None,
    )
    attempt = attempt_of(purchase)
    events = PurchaseEvent.objects.count()

    legal = is_legal(ATTEMPT_TRANSITIONS, source, target)
    if legal:
        with unit_of_work("tests.move"):
            purchase_transitions.move_attempt(attempt, target, actor="t", now=NOON)
    else:
        with pytest.raises(IllegalMove), unit_of_work("tests.move"):
            purchase_transitions.move_attempt(attempt, target, actor="t", now=NOON)

    attempt = attempt_of(purchase)
    assert attempt.status == (target if legal else source)
    assert (attempt.fenced_at is not None) == (attempt.status == AttemptStatus.FAILED)
    assert PurchaseEvent.objects.count() == events + legal


@pytest.mark.parametrize(("source", "target"), [*pairs(HoldStatus, repeat=2)])
def test_a_hold_moves_as_the_table_says(purchase, source, target):
    hold = Hold.objects.create(
        holder=purchase.holder,
        product=purchase.product,
        quantity=1,
        status=source,
        expires_at=NOON,
        created_at=NOON,
    )

    with unit_of_work("tests.move"):
        moved = stock_transitions.move_hold(hold.holder, target)

    legal = is_legal(HOLD_TRANSITIONS, source, target)
    hold.refresh_from_db()
    assert moved == legal
    assert hold.status == (target if legal else source)


def test_a_row_that_moved_on_is_not_moved_from_where_it_was(purchase):
    stale = Purchase.objects.get(pk=purchase.pk)
    with unit_of_work("tests.move"):
        purchase_transitions.move_purchase(
            purchase, PurchaseStatus.FAILED, actor="t", now=NOON
        )

    with pytest.raises(IllegalMove), unit_of_work("tests.move"):
        purchase_transitions.move_purchase(
            stale, PurchaseStatus.SUCCEEDED, actor="t", now=NOON
        )


def test_moving_belongs_to_a_transaction(purchase):
    with pytest.raises(OutsideTransaction):
        purchase_transitions.move_purchase(
            purchase, PurchaseStatus.FAILED, actor="t", now=NOON
        )
    with pytest.raises(OutsideTransaction):
        stock_transitions.move_hold(purchase.holder, HoldStatus.RELEASED)


@pytest.mark.parametrize(
    ("model", "constraint"),
    [(Purchase, "purchase_status_known"), (PurchaseAttempt, "attempt_status_known")],
)
def test_the_database_knows_every_status(purchase, model, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        model.objects.update(
            status="bogus",
            **({"settled_at": NOON} if model is Purchase else {"first_sent_at": NOON}),
        )


def test_events_are_never_changed(purchase):
    with pytest.raises(IntegrityError, match="append-only"):
        PurchaseEvent.objects.update(actor="somebody else")
