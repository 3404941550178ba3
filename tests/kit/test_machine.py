"""What every machine does, whatever its table: who decides, who waits, what is kept."""

import threading
from contextvars import copy_context
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import Order, OrderEvent, UnmatchedMoney, UnreachedBuyer
from payments.services import transitions
from payments.services.transitions import ORDERS, UNAPPLIED, UNREACHED
from payments.states import BuyerNews, OrderStatus, UnmatchedStatus, UnreachedStatus
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.machine import IllegalMove, Transition
from ppob.kit.scope import WrongTenantScope, tenant_scope
from tests.conftest import NOON
from tests.factories import UnappliedFactory, make_order, wait_until
from tests.isolation.walls import without_policies
from tests.payments.acts import pending
from tests.payments.racing import own_connection

WHO = {"actor": "tester", "now": NOON}
QUIET = replace(ORDERS, announce=lambda *_of_it: None)


def history(order):
    events = OrderEvent.objects.filter(order=order).order_by("pk")
    return list(events.values_list("source", "target", "actor", "reason", "at"))


def late(order, target, **fields):
    with unit_of_work("test.move"):
        return ORDERS.try_move(order, target, **WHO, **fields)


def test_a_row_and_its_event_are_one_statement(in_arcadia):
    order = make_order()

    with unit_of_work("test.move"), CaptureQueriesContext(connection) as strict:
        QUIET.move(order, OrderStatus.PAID, **WHO, reason="money")
    with unit_of_work("test.move"), CaptureQueriesContext(connection) as lenient:
        assert QUIET.try_move(order, OrderStatus.DELIVERING, **WHO)

    assert (len(strict), len(lenient)) == (1, 1)
    assert history(order)[-2:] == [
        ("awaiting_payment", "paid", "tester", "money", NOON),
        ("paid", "delivering", "tester", "", NOON),
    ]


def test_a_row_without_events_moves_in_one_statement(in_arcadia):
    money = UnappliedFactory(payment=pending())

    with unit_of_work("test.move"), CaptureQueriesContext(connection) as queries:
        UNAPPLIED.move(money, UnmatchedStatus.APPLIED, **WHO, note="kept")

    assert len(queries) == 1
    stored = UnmatchedMoney.objects.get()
    assert (stored.status, stored.settled_by, stored.note) == (
        "applied",
        "tester",
        "kept",
    )


def test_the_row_decides_and_not_what_was_read_of_it(in_arcadia):
    order = make_order()
    stale = Order.objects.get(pk=order.pk)
    with unit_of_work("test.move"):
        transitions.move_order(order, OrderStatus.PAID, **WHO)

    assert late(stale, OrderStatus.DELIVERING)
    assert stale.status == OrderStatus.DELIVERING
    assert history(order)[-1][:2] == ("paid", "delivering")
    assert not late(stale, OrderStatus.PAID)
    assert stale.status == OrderStatus.DELIVERING


def test_who_is_late_waits_for_a_row_on_its_way(in_arcadia, superuser):
    """The row is not yet where the step starts from when the step is tried."""
    order = make_order()
    done = []

    def deliver():
        with own_connection():
            done.append(late(order, OrderStatus.DELIVERING))

    thread = threading.Thread(target=copy_context().run, args=(deliver,))
    with superuser.transaction():
        superuser.execute(
            "UPDATE payments_order SET status = 'paid', paid_at = %s", [NOON]
        )
        thread.start()
        wait_until(
            lambda: bool(
                done
                or superuser.execute(
                    "SELECT 1 FROM pg_locks WHERE NOT granted"
                ).fetchone()
            )
        )
    thread.join(20)

    assert done == [True]
    assert Order.objects.get().status == OrderStatus.DELIVERING


def test_a_refusal_says_what_the_machine_says(in_arcadia):
    order = make_order()

    with pytest.raises(IllegalMove) as refusal, unit_of_work("test.move"):
        transitions.move_order(order, OrderStatus.COMPLETED, **WHO)

    assert (refusal.value.code, refusal.value.http_status) == ("ILLEGAL_MOVE", 409)
    assert refusal.value.sentence == transitions.MOVED_ON


def test_a_long_reason_is_cut_where_its_column_ends(in_arcadia):
    order = make_order()

    assert late(order, OrderStatus.PAID, reason="x" * 500)

    assert history(order)[-1][3] == "x" * 120


def test_a_transition_belongs_to_a_transaction(in_arcadia):
    order = make_order()
    step = Transition(None, OrderStatus.PAID, "x", NOON)

    for act in (
        lambda: ORDERS.move(order, OrderStatus.PAID, **WHO),
        lambda: ORDERS.try_move(order, OrderStatus.PAID, **WHO),
        lambda: ORDERS.note(order, step),
        lambda: UNREACHED.move_all(
            UnreachedBuyer.objects.all(), UnreachedStatus.READ, now=NOON
        ),
    ):
        with pytest.raises(OutsideTransaction):
            act()


def test_many_rows_move_from_where_they_may(in_arcadia):
    customer = make_order().customer
    for order, status in ((None, "open"), (make_order(), "told")):
        UnreachedBuyer.objects.create(
            customer=customer,
            order=order,
            news=BuyerNews.ORDER_READY,
            opened_at=NOON,
            due_at=NOON,
            status=status,
            **({"closed_at": NOON, "closed_by": "a"} if status == "told" else {}),
        )

    with unit_of_work("test.move"):
        moved = UNREACHED.move_all(
            UnreachedBuyer.objects.all(), UnreachedStatus.READ, actor="b", now=NOON
        )

    assert moved == 1
    found = UnreachedBuyer.objects.order_by("status")
    assert list(found.values_list("status", "closed_by")) == [
        ("read", "b"),
        ("told", "a"),
    ]


def test_rows_whose_events_are_kept_do_not_move_in_a_crowd(in_arcadia):
    with pytest.raises(TypeError), unit_of_work("test.move"):
        ORDERS.move_all(Order.objects.all(), OrderStatus.PAID, now=NOON)
    with pytest.raises(TypeError), unit_of_work("test.move"):
        ORDERS.move_by_key(OrderStatus.PAID, code="X")


@pytest.mark.parametrize("act", ["move", "try_move"])
def test_plain_sql_names_the_store_where_no_policy_does(
    arcadia, borealis, superuser, act
):
    with tenant_scope(borealis.pk):
        theirs = make_order()
    ours = Order(pk=theirs.pk, tenant_id=arcadia.pk, status=theirs.status)
    with (
        without_policies(superuser),
        tenant_scope(arcadia.pk),
        unit_of_work("test.move"),
    ):
        if act == "move":
            with pytest.raises(IllegalMove):
                QUIET.move(ours, OrderStatus.CANCELLED, **WHO)
        else:
            assert not QUIET.try_move(ours, OrderStatus.CANCELLED, **WHO)

    with tenant_scope(borealis.pk):
        assert Order.objects.get().status == theirs.status


def test_a_row_of_another_store_is_refused(arcadia, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_order()

    with (
        tenant_scope(arcadia.pk),
        pytest.raises(WrongTenantScope),
        unit_of_work("test.move"),
    ):
        ORDERS.move(theirs, OrderStatus.CANCELLED, **WHO)


def test_an_event_belongs_to_the_store_in_scope(in_arcadia):
    order = make_order()
    forgetful = replace(QUIET, event=lambda row: OrderEvent(order_id=row.pk))

    with unit_of_work("test.move"):
        forgetful.move(order, OrderStatus.PAID, **WHO)

    assert OrderEvent.objects.latest("pk").tenant_id == in_arcadia.pk
