"""What a refund may not do: go past a second person, its form, or the database."""

import pytest
from django.db import IntegrityError, transaction

from payments.gateways.base import FactState
from payments.models import (
    Order,
    Refund,
    RefundEvent,
    RefundPart,
)
from payments.services import refunds
from payments.services.refunds import CannotRefund, NeedsSecondPerson
from payments.states import RefundStatus, RefundTo
from ppob.kit.errors import NotAllowed
from ppob.kit.machine import IllegalMove
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    books,
    deliver,
    open_transfer,
    pending,
    refund,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")

SOURCE, BALANCE = RefundTo.SOURCE, RefundTo.BALANCE


def fresh(row):
    row.refresh_from_db()
    return row


@pytest.fixture
def costly(policy):
    """A delivered order above the limit of half a million."""
    order = make_order(make_product(price=600_000, codes=1))
    tell(pending(order, method=open_transfer()))
    return deliver(order)


def test_a_large_refund_waits_for_a_second_person(costly, seller):
    waiting = refund(seller, costly)
    assert waiting.status == RefundStatus.AWAITING_APPROVAL
    assert fresh(costly).refunded == 0
    assert not RefundPart.objects.exists()
    with pytest.raises(NeedsSecondPerson):
        refunds.approve_refund(actor=seller, refund=waiting, now=LATE)
    with pytest.raises(NotAllowed):
        refunds.approve_refund(
            actor=make_member(Role.CASHIER), refund=waiting, now=LATE
        )
    assert fresh(waiting).status == RefundStatus.AWAITING_APPROVAL

    second = make_member(Role.ADMIN)
    refunds.approve_refund(actor=second, refund=waiting, now=LATE)

    assert fresh(waiting).status == RefundStatus.DONE
    assert waiting.approved_by == second.name
    assert balance_of(costly.customer) == 600_000
    actions = AuditEntry.objects.filter(action__startswith="refund.").order_by("pk")
    assert list(actions.values_list("action", "actor")) == [
        ("refund.requested", seller.name),
        ("refund.approved", second.name),
    ]


def test_a_large_refund_to_its_source_waits_twice(costly, seller):
    waiting = refund(seller, costly, to=SOURCE)
    refunds.approve_refund(actor=make_member(), refund=waiting, now=LATE)
    assert fresh(waiting).status == RefundStatus.PAYING_OUT

    refunds.note_paid_out(actor=seller, refund=waiting, note="BRI", now=LATE)

    events = RefundEvent.objects.order_by("pk").values_list("source", "target")
    assert list(events) == [
        ("", "awaiting_approval"),
        ("awaiting_approval", "paying_out"),
        ("paying_out", "done"),
    ]
    assert "clearing" not in books()


def test_a_refund_that_waits_for_approval_is_not_paid_out(costly, seller):
    waiting = refund(seller, costly, to=SOURCE)

    with pytest.raises(IllegalMove):
        refunds.note_paid_out(actor=seller, refund=waiting, note="BRI", now=LATE)
    with pytest.raises(IllegalMove):
        refunds.turn_to_balance(actor=seller, refund=waiting, now=LATE)

    assert fresh(waiting).status == RefundStatus.AWAITING_APPROVAL
    assert books() == {"clearing": 600_000, "sales": -600_000}


@pytest.mark.parametrize(("amount", "waits"), [(500_000, False), (500_001, True)])
def test_the_limit_itself_needs_no_second_person(costly, seller, amount, waits):
    made = refund(seller, costly, amount)

    assert (made.status == RefundStatus.AWAITING_APPROVAL) == waits


def test_small_parts_do_not_get_around_the_limit(costly, seller):
    refund(seller, costly, 300_000)

    assert refund(seller, costly, 250_000).status == RefundStatus.AWAITING_APPROVAL


def test_one_refund_waits_at_a_time(costly, seller):
    refund(seller, costly)

    with pytest.raises(CannotRefund):
        refund(seller, costly, 5)

    assert Refund.objects.count() == 1


def test_a_refund_that_was_rejected_moves_no_money(costly, seller):
    waiting = refund(seller, costly)

    refunds.reject_refund(
        actor=make_member(), refund=waiting, reason="no proof", now=LATE
    )

    assert (fresh(waiting).status, waiting.note) == ("rejected", "no proof")
    assert fresh(costly).refunded == 0
    assert books() == {"clearing": 600_000, "sales": -600_000}
    with pytest.raises(IllegalMove):
        refunds.approve_refund(actor=make_member(), refund=waiting, now=LATE)
    assert refund(seller, costly, 5).status == RefundStatus.DONE


def test_an_approval_refunds_no_more_than_is_left(policy, seller):
    order = make_order(make_product(price=600_000, codes=1))
    payment = pending(order, method=open_transfer())
    tell(payment)
    waiting = refund(seller, order)
    tell(payment, FactState.REVERSED)

    with pytest.raises(CannotRefund):
        refunds.approve_refund(actor=make_member(), refund=waiting, now=LATE)
    refunds.reject_refund(actor=make_member(), refund=waiting, reason="", now=LATE)

    assert balance_of(order.customer) == 0


def change_row(model, **values):
    with transaction.atomic():
        model.objects.update(**values)


@pytest.mark.parametrize(
    ("model", "values", "constraint"),
    [
        (Order, {"refunded": -1}, "order_refunded_within_total"),
        (Order, {"refunded": 10_001}, "order_refunded_within_total"),
        (Order, {"reserved": 1}, "order_reserved_while_it_waits"),
        (Refund, {"amount": 0}, "refund_amount_positive"),
        (Refund, {"destination": "pocket"}, "refund_destination_known"),
        (Refund, {"approved_by": "user:9"}, "refund_approved_by_another"),
    ],
)
def test_the_database_refuses_wrong_refunds(
    delivered, seller, model, values, constraint
):
    refund(seller, delivered, 4_000)
    if constraint == "refund_approved_by_another":
        values = {"approved_by": seller.name}

    with pytest.raises(IntegrityError, match=constraint):
        change_row(model, **values)


def test_the_database_has_one_refund_per_form_and_one_that_waits(costly, seller):
    refund(seller, costly, key="form")
    row = {
        "order": costly,
        "amount": 5,
        "destination": "balance",
        "status": "awaiting_approval",
        "requested_by": "user:1",
        "requested_at": NOON,
    }

    done = {**row, "status": "done"}
    with (
        pytest.raises(IntegrityError, match="refund_once_per_request"),
        transaction.atomic(),
    ):
        Refund.objects.create(**done, request_key="form")
    with (
        pytest.raises(IntegrityError, match="refund_one_awaits_approval"),
        transaction.atomic(),
    ):
        Refund.objects.create(**row, request_key="other")


def test_the_shares_of_a_refund_are_never_changed(delivered, seller):
    refund(seller, delivered, 4_000)
    part = RefundPart.objects.get()

    with (
        pytest.raises(IntegrityError, match="refund_part_once_per_payment"),
        transaction.atomic(),
    ):
        RefundPart.objects.create(
            refund=part.refund, payment=part.payment, amount=1, destination="source"
        )
    with pytest.raises(IntegrityError, match="append-only"):
        change_row(RefundPart, amount=1)
