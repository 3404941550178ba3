"""Every step of every machine: the legal ones are written down, no other works."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from payments.models import (
    DepositEvent,
    OrderEvent,
    Payment,
    PaymentEvent,
    RefundEvent,
)
from payments.services.transitions import (
    move_deposit,
    move_order,
    move_payment,
    move_refund,
    move_unapplied,
)
from payments.states import (
    DEPOSIT_TRANSITIONS,
    ORDER_TRANSITIONS,
    PAYMENT_TRANSITIONS,
    REFUND_TRANSITIONS,
    UNAPPLIED_TRANSITIONS,
    PaymentStatus,
    UnmatchedStatus,
)
from ppob.kit.machine import IllegalMove
from tests.conftest import NOON
from tests.factories import (
    RefundFactory,
    UnappliedFactory,
    make_deposit,
    make_order,
    make_product,
)
from tests.payments.acts import LATE, pending

DUE = LATE + timedelta(days=3)


@dataclass(frozen=True)
class Machine:
    """A table of moves, how its rows are made and moved, and where moves are noted."""

    name: str
    moves: dict[Any, frozenset[Any]]
    make: Callable[[], Any]
    move: Callable[..., Any]
    events: Any = None
    row_of_event: str = ""


def make_unapplied():
    return UnappliedFactory(payment=pending())


def make_refund():
    return RefundFactory(order=make_order(make_product(codes=1)))


MACHINES = [
    Machine("order", ORDER_TRANSITIONS, make_order, move_order, OrderEvent, "order"),
    Machine(
        "payment", PAYMENT_TRANSITIONS, pending, move_payment, PaymentEvent, "payment"
    ),
    Machine(
        "deposit",
        DEPOSIT_TRANSITIONS,
        make_deposit,
        move_deposit,
        DepositEvent,
        "deposit",
    ),
    Machine(
        "refund", REFUND_TRANSITIONS, make_refund, move_refund, RefundEvent, "refund"
    ),
    Machine("unmatched", UNAPPLIED_TRANSITIONS, make_unapplied, move_unapplied),
]
STARTS = [
    pytest.param(machine, source, id=f"{machine.name}-{source}")
    for machine in MACHINES
    for source in machine.moves
]
all_machines = pytest.mark.parametrize(
    "machine", MACHINES, ids=[machine.name for machine in MACHINES]
)


def put(row, status):
    """Write a status past the moving function, in the row alone."""
    type(row).objects.filter(pk=row.pk).update(status=status)


def step(machine, row, target):
    with transaction.atomic():
        machine.move(row, target, actor="tester", now=LATE)


def stored(row):
    return type(row).objects.filter(pk=row.pk).values().get()


def events_of(machine, row):
    if machine.events is None:
        return []
    found = machine.events.objects.filter(**{machine.row_of_event: row})
    return list(found.order_by("pk").values_list("source", "target", "actor", "at"))


@pytest.fixture
def row_at(in_arcadia):
    def make(machine, source):
        row = machine.make()
        put(row, source)
        row.refresh_from_db()
        return row

    return make


@pytest.mark.parametrize(("machine", "source"), STARTS)
def test_every_pair_of_statuses_is_a_move_or_is_refused(row_at, machine, source):
    row = row_at(machine, source)
    for target in machine.moves:
        put(row, source)
        row.refresh_from_db()
        before, noted = stored(row), events_of(machine, row)

        if target not in machine.moves[source]:
            with pytest.raises(IllegalMove):
                step(machine, row, target)
            assert (stored(row), events_of(machine, row)) == (before, noted)
            continue

        step(machine, row, target)

        assert stored(row)["status"] == row.status == target
        if machine.events:
            new = (source, target, "tester", LATE)
            assert events_of(machine, row) == [*noted, new]


@pytest.mark.parametrize(
    ("machine", "source"),
    [start for start in STARTS if start.values[0].moves[start.values[1]]],
)
def test_a_row_that_moved_meanwhile_is_not_moved_again(row_at, machine, source):
    row = row_at(machine, source)
    for target in machine.moves[source]:
        for meanwhile in set(machine.moves) - {source}:
            put(row, source)
            row.refresh_from_db()
            put(row, meanwhile)
            before, noted = stored(row), events_of(machine, row)

            with pytest.raises(IllegalMove):
                step(machine, row, target)

            assert (stored(row), events_of(machine, row)) == (before, noted)
            assert row.status == source


@all_machines
def test_the_database_refuses_a_word_that_is_no_status(row_at, machine):
    row = row_at(machine, next(iter(machine.moves)))
    table = row._meta.db_table

    for word in ("gone", "", "PAID", "pai"):
        with (
            pytest.raises(IntegrityError, match="status_known"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE {table} SET status = %s", [word])


@all_machines
def test_the_table_of_moves_knows_every_status(machine):
    words = type(next(iter(machine.moves)))

    assert set(machine.moves) == set(words)
    assert set().union(*machine.moves.values()) <= set(words)


def test_money_that_is_open_again_has_nobody_who_settled_it(row_at):
    money = row_at(MACHINES[4], "open")
    step(MACHINES[4], money, UnmatchedStatus.CREDITED)
    money.refresh_from_db()
    assert (money.settled_by, money.settled_at, money.due_at) == ("tester", LATE, None)

    with transaction.atomic():
        move_unapplied(money, UnmatchedStatus.OPEN, actor="buyer", now=LATE, due_at=DUE)

    money.refresh_from_db()
    assert (money.settled_by, money.settled_at) == ("", None)
    assert money.due_at == DUE


@pytest.mark.parametrize(
    ("machine", "target", "column"),
    [
        (MACHINES[0], "paid", "paid_at"),
        (MACHINES[1], "settled", "settled_at"),
        (MACHINES[2], "credited", "credited_at"),
        (MACHINES[3], "done", "done_at"),
    ],
    ids=["order", "payment", "deposit", "refund"],
)
def test_a_move_writes_its_time(row_at, machine, target, column):
    source = next(iter(s for s, targets in machine.moves.items() if target in targets))
    row = row_at(machine, source)

    step(machine, row, type(source)(target))

    assert stored(row)[column] == LATE


def test_a_payment_keeps_the_columns_that_came_with_its_move(row_at):
    payment = row_at(MACHINES[1], "created")

    with transaction.atomic():
        move_payment(payment, PaymentStatus.PENDING, now=NOON, gateway_reference="T1")

    assert Payment.objects.get().gateway_reference == "T1"
