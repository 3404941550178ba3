"""Money goes back: how much, where to, by whom, and never twice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from inventory import selectors
from payments import tasks
from payments.gateways.base import FactState
from payments.models import (
    Delivery,
    Order,
    Payment,
    Refund,
    RefundEvent,
    RefundPart,
)
from payments.services import balance, refund_split, refunds
from payments.services.order_moves import IllegalMove
from payments.services.refunds import CannotRefund, NeedsSecondPerson, RefundedMeanwhile
from payments.signals import refund_changed
from payments.states import MethodKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit import clock
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_member,
    make_order,
    make_policy,
    make_product,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
    books,
    deliver,
    fund,
    heard,
    open_transfer,
    pending,
    refund,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")

SOURCE, BALANCE = RefundTo.SOURCE, RefundTo.BALANCE


@pytest.fixture
def policy(in_arcadia):
    return make_policy(deposit_min=1_000)


@pytest.fixture
def paid(policy):
    """An order of ten thousand rupiah that was paid by transfer."""
    order = make_order(make_product(price=10_000, codes=1))
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order


@pytest.fixture
def delivered(paid):
    return deliver(paid)


@pytest.fixture
def mixed(policy):
    """Four thousand came from the balance, six thousand by transfer."""
    order = make_order(make_product(price=10_000, codes=1))
    fund(order.customer, 4_000)
    balance.reserve_balance(order_id=order.pk, now=NOON)
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order


def fresh(row):
    row.refresh_from_db()
    return row


def available(order):
    product_id = order.lines.get().product_id
    return selectors.available([product_id])[product_id]


def test_an_order_that_is_not_delivered_is_refunded_whole(paid, seller):
    with heard(refund_changed) as news:
        done = refund(seller, paid)

    assert (done.status, done.done_at, done.due_at) == (RefundStatus.DONE, NOON, None)
    assert fresh(paid).status == OrderStatus.REFUNDED
    assert paid.refunded == 10_000
    assert booked(f"refund:{done.public_id}") == {"held": 10_000, "wallet": -10_000}
    assert books() == {"clearing": 10_000, "wallet": -10_000}
    assert balance_of(paid.customer) == 10_000
    assert available(paid) == 1
    assert [fact["target"] for fact in news] == ["paying_out", "done"]
    assert deliver(paid).status == OrderStatus.REFUNDED
    assert not Delivery.objects.exists()


def test_a_delivered_order_is_refunded_and_stays_delivered(delivered, seller):
    done = refund(seller, delivered)

    assert fresh(delivered).status == OrderStatus.DELIVERED
    assert booked(f"refund:{done.public_id}") == {"refunds": 10_000, "wallet": -10_000}
    assert books() == {
        "clearing": 10_000,
        "sales": -10_000,
        "refunds": 10_000,
        "wallet": -10_000,
    }
    assert available(delivered) == 0  # its code was seen


def test_a_part_is_refunded_and_the_rest_is_still_delivered(paid, seller):
    refund(seller, paid, 3_000)
    assert fresh(paid).status == OrderStatus.PAID

    deliver(paid)

    assert fresh(paid).status == OrderStatus.DELIVERED
    assert booked(f"sale:{paid.public_id}") == {"held": 7_000, "sales": -7_000}
    assert balance_of(paid.customer) == 3_000


def test_parts_add_up_to_the_whole_and_no_further(paid, seller):
    for amount in (3_000, 6_999):
        refund(seller, paid, amount)
    with pytest.raises(InvalidInput):
        refund(seller, paid, 2)

    refund(seller, paid, 1)

    assert fresh(paid).status == OrderStatus.REFUNDED
    with pytest.raises(CannotRefund):
        refund(seller, paid, 1)
    assert balance_of(paid.customer) == 10_000


@pytest.mark.parametrize("amount", [-1, 0, 10_001, 2**62])
def test_what_was_not_paid_is_not_refunded(delivered, seller, amount):
    with pytest.raises(InvalidInput):
        refund(seller, delivered, amount)

    assert not Refund.objects.exists()
    assert fresh(delivered).refunded == 0


def test_the_code_of_a_transfer_is_not_refunded_twice(policy, seller):
    order = make_order(make_product(price=10_000, codes=1))
    payment = pending(order)
    tell(payment)

    with pytest.raises(InvalidInput):
        refund(seller, order, payment.amount)
    refund(seller, order)

    assert balance_of(order.customer) == payment.amount


def test_nothing_goes_back_of_an_order_that_is_not_paid(policy, seller):
    order = make_order()

    with pytest.raises(CannotRefund):
        refund(seller, order)

    assert not Refund.objects.exists()


def test_a_refund_needs_a_reason_and_the_right(paid, seller):
    for role in (Role.VIEWER, Role.CASHIER):
        with pytest.raises(NotAllowed):
            refund(make_member(role), paid)
    form = refunds.RefundDraft(5, BALANCE, " x ", "form", 0)
    with pytest.raises(InvalidInput):
        refunds.request_refund(member=seller, order=paid, draft=form, now=NOON)

    assert not Refund.objects.exists()


def test_a_mixed_price_goes_back_the_way_it_came(mixed, seller):
    waiting = refund(seller, mixed, to=SOURCE)

    parts = RefundPart.objects.order_by("-amount").values_list("amount", "destination")
    assert list(parts) == [(6_000, "source"), (4_000, "balance")]
    assert (waiting.status, waiting.due_at) == (
        RefundStatus.PAYING_OUT,
        NOON + refunds.PAY_OUT_WITHIN,
    )
    assert fresh(mixed).status == OrderStatus.REFUNDING
    assert booked(f"refund:{waiting.public_id}") == {
        "held": 10_000,
        "wallet": -4_000,
        "payable": -6_000,
    }

    done = refunds.note_paid_out(
        member=seller, refund=waiting, note="BCA 10:15", now=LATE
    )

    assert (done.status, done.note, done.due_at) == ("done", "BCA 10:15", None)
    assert fresh(mixed).status == OrderStatus.REFUNDED
    assert booked(f"paid_out:{done.public_id}") == {
        "payable": 6_000,
        "clearing": -6_000,
    }
    assert books() == {"clearing": 4_000, "wallet": -4_000}


def test_a_part_of_a_mixed_price_is_outside_money_first(mixed, seller):
    refund(seller, mixed, 7_000, to=SOURCE)

    parts = RefundPart.objects.order_by("-amount").values_list("amount", "destination")
    assert list(parts) == [(6_000, "source"), (1_000, "balance")]
    refund(seller, mixed, to=SOURCE)
    assert balance_of(mixed.customer) == 4_000


def test_what_can_be_given_back_is_said_before(mixed, delivered_by_qris):
    found = refund_split.refundable(mixed, now=NOON)
    assert (found.amount, found.to_source) == (10_000, 6_000)
    assert "balance" in str(found.why_not_source)

    order = delivered_by_qris
    early = refund_split.refundable(order, now=NOON + timedelta(days=30))
    late = refund_split.refundable(order, now=NOON + timedelta(days=31))
    assert (early.to_source, early.why_not_source) == (10_000, "")
    assert (late.amount, late.to_source) == (10_000, 0)
    assert "30" in str(late.why_not_source)


@pytest.fixture
def delivered_by_qris(policy):
    order = make_order(make_product(price=10_000, codes=1))
    tell(pending(order, method=open_transfer(kind=MethodKind.QRIS)))
    return deliver(order)


def test_what_cannot_go_back_to_its_source_goes_to_the_balance(paid, seller):
    waiting = refund(seller, paid, to=SOURCE)

    done = refunds.turn_to_balance(member=seller, refund=waiting, now=LATE)

    assert done.status == RefundStatus.DONE
    assert fresh(paid).status == OrderStatus.REFUNDED
    assert balance_of(paid.customer) == 10_000
    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_money_is_paid_out_or_credited_and_not_both(paid, seller):
    waiting = refund(seller, paid, to=SOURCE)
    refunds.turn_to_balance(member=seller, refund=waiting, now=LATE)

    for act in (
        lambda: refunds.note_paid_out(
            member=seller, refund=waiting, note="x", now=LATE
        ),
        lambda: refunds.turn_to_balance(member=seller, refund=waiting, now=LATE),
    ):
        with pytest.raises(IllegalMove):
            act()

    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_a_refund_to_the_balance_is_not_paid_out(paid, seller):
    done = refund(seller, paid)

    with pytest.raises(IllegalMove):
        refunds.note_paid_out(member=seller, refund=done, note="x", now=LATE)
    with pytest.raises(InvalidInput):
        refunds.note_paid_out(member=seller, refund=done, note=" ", now=LATE)

    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_an_order_is_refunded_when_its_last_part_was_paid_out(paid, seller):
    first = refund(seller, paid, 4_000, to=SOURCE)
    second = refund(seller, paid, to=SOURCE)
    assert fresh(paid).status == OrderStatus.REFUNDING

    refunds.note_paid_out(member=seller, refund=second, note="a", now=LATE)
    assert fresh(paid).status == OrderStatus.REFUNDING
    refunds.note_paid_out(member=seller, refund=first, note="b", now=LATE)

    assert fresh(paid).status == OrderStatus.REFUNDED
    assert books() == {}


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
        refunds.approve_refund(member=seller, refund=waiting, now=LATE)
    with pytest.raises(NotAllowed):
        refunds.approve_refund(
            member=make_member(Role.CASHIER), refund=waiting, now=LATE
        )
    assert fresh(waiting).status == RefundStatus.AWAITING_APPROVAL

    second = make_member(Role.ADMIN)
    refunds.approve_refund(member=second, refund=waiting, now=LATE)

    assert fresh(waiting).status == RefundStatus.DONE
    assert waiting.approved_by == second.actor
    assert balance_of(costly.customer) == 600_000
    actions = AuditEntry.objects.filter(action__startswith="refund.").order_by("pk")
    assert list(actions.values_list("action", "actor")) == [
        ("refund.requested", seller.actor),
        ("refund.approved", second.actor),
    ]


def test_a_large_refund_to_its_source_waits_twice(costly, seller):
    waiting = refund(seller, costly, to=SOURCE)
    refunds.approve_refund(member=make_member(), refund=waiting, now=LATE)
    assert fresh(waiting).status == RefundStatus.PAYING_OUT

    refunds.note_paid_out(member=seller, refund=waiting, note="BRI", now=LATE)

    events = RefundEvent.objects.order_by("pk").values_list("source", "target")
    assert list(events) == [
        ("", "awaiting_approval"),
        ("awaiting_approval", "paying_out"),
        ("paying_out", "done"),
    ]
    assert "clearing" not in books()


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
        member=make_member(), refund=waiting, reason="no proof", now=LATE
    )

    assert (fresh(waiting).status, waiting.note) == ("rejected", "no proof")
    assert fresh(costly).refunded == 0
    assert books() == {"clearing": 600_000, "sales": -600_000}
    with pytest.raises(IllegalMove):
        refunds.approve_refund(member=make_member(), refund=waiting, now=LATE)
    assert refund(seller, costly, 5).status == RefundStatus.DONE


def test_an_approval_refunds_no_more_than_is_left(policy, seller):
    order = make_order(make_product(price=600_000, codes=1))
    payment = pending(order, method=open_transfer())
    tell(payment)
    waiting = refund(seller, order)
    tell(payment, FactState.REVERSED)

    with pytest.raises(CannotRefund):
        refunds.approve_refund(member=make_member(), refund=waiting, now=LATE)
    refunds.reject_refund(member=make_member(), refund=waiting, reason="", now=LATE)

    assert balance_of(order.customer) == 0


def test_two_clicks_are_one_refund(delivered, seller):
    made = {refund(seller, delivered, 4_000, key="form").pk for _ in range(3)}

    assert len(made) == 1
    assert fresh(delivered).refunded == 4_000


def test_another_orders_form_refunds_nothing(delivered, mixed, seller):
    refund(seller, delivered, 4_000, key="form")

    with pytest.raises(CannotRefund):
        refund(seller, mixed, 4_000, key="form")

    assert fresh(mixed).refunded == 0


def test_a_form_that_is_out_of_date_refunds_nothing(delivered, seller):
    refund(seller, delivered, 4_000, seen=0)

    with pytest.raises(RefundedMeanwhile):
        refund(make_member(), delivered, 4_000, seen=0)

    assert fresh(delivered).refunded == 4_000


def test_a_delivered_order_whose_money_was_taken_back_gets_none(delivered, seller):
    tell(Payment.objects.get(), FactState.REVERSED)

    with pytest.raises(CannotRefund):
        refund(seller, delivered)

    assert refund_split.refundable(fresh(delivered), now=NOON).amount == 0
    assert balance_of(delivered.customer) == 0
    assert books() == {"sales": -10_000, "losses": 10_000}


def test_of_a_mixed_price_the_balances_share_can_go_back_after_a_reversal(
    mixed, seller
):
    deliver(mixed)
    tell(Payment.objects.get(order=mixed, from_balance=False), FactState.REVERSED)

    with pytest.raises(InvalidInput):
        refund(seller, mixed, 4_001)
    refund(seller, mixed, 4_000)

    assert balance_of(mixed.customer) == 4_000


def at(monkeypatch, now, task):
    monkeypatch.setattr(clock, "now", lambda: now)
    with no_tenant_scope():
        task()


def test_an_order_that_never_could_be_delivered_is_refunded(paid, monkeypatch):
    at(monkeypatch, NOON + tasks.REFUND_AFTER - timedelta(1), tasks.refund_overdue)
    assert fresh(paid).status == OrderStatus.PAID

    for _ in range(2):
        at(monkeypatch, NOON + tasks.REFUND_AFTER, tasks.refund_overdue)

    assert fresh(paid).status == OrderStatus.REFUNDED
    assert balance_of(paid.customer) == 10_000
    assert available(paid) == 1


def test_what_is_overdue_is_refunded_less_what_was_refunded(paid, seller, monkeypatch):
    refund(seller, paid, 3_000)

    at(monkeypatch, NOON + tasks.REFUND_AFTER, tasks.refund_overdue)

    assert fresh(paid).status == OrderStatus.REFUNDED
    amounts = Refund.objects.order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [3_000, 7_000]


def test_what_was_delivered_is_never_overdue(delivered, monkeypatch):
    at(monkeypatch, NOON + timedelta(days=9), tasks.refund_overdue)

    assert fresh(delivered).refunded == 0


def test_a_refund_above_the_limit_is_paid_when_it_is_overdue(policy, monkeypatch):
    order = make_order(make_product(price=900_000, codes=1))
    tell(pending(order, method=open_transfer()))

    at(monkeypatch, NOON + tasks.REFUND_AFTER, tasks.refund_overdue)

    assert balance_of(order.customer) == 900_000


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
        values = {"approved_by": seller.actor}

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

    with (
        pytest.raises(IntegrityError, match="refund_once_per_request"),
        transaction.atomic(),
    ):
        Refund.objects.create(**row, request_key="form")
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


def test_refunds_of_another_store_are_not_there(delivered, seller, borealis):
    waiting = refund(seller, delivered, 4_000, to=SOURCE)

    with no_tenant_scope(), tenant_scope(borealis.pk):
        stranger = make_member()
        for act in (
            lambda: refund_blindly(stranger, delivered),
            lambda: refunds.turn_to_balance(member=stranger, refund=waiting, now=NOON),
        ):
            with pytest.raises(Order.DoesNotExist):
                act()

    assert fresh(waiting).status == RefundStatus.PAYING_OUT
    assert fresh(delivered).refunded == 4_000


def refund_blindly(member, order):
    form = refunds.RefundDraft(5, BALANCE, "the buyer asked", "form", 4_000)
    return refunds.request_refund(member=member, order=order, draft=form, now=NOON)
