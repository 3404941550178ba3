"""Money goes back: how much, where to, by whom, and never twice."""

from datetime import timedelta

import pytest

from inventory import selectors
from payments import tasks
from payments.events import RefundMoved
from payments.gateways.base import FactState
from payments.models import (
    Delivery,
    Order,
    Payment,
    Refund,
    RefundPart,
)
from payments.services import refunds
from payments.services.refunds import (
    CannotRefund,
    RefundedMeanwhile,
    refund_booking,
    refund_split,
)
from payments.states import MethodKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit import clock
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.machine import IllegalMove
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_member,
    make_order,
    make_product,
)
from tests.hearing import heard
from tests.payments.acts import (
    LATE,
    balance_of,
    booked,
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


def available(order):
    product_id = order.lines.get().product_id
    return selectors.available([product_id])[product_id]


def test_an_order_that_is_not_delivered_is_refunded_whole(paid, seller):
    with heard(RefundMoved) as news:
        done = refund(seller, paid)

    assert (done.status, done.done_at, done.due_at) == (RefundStatus.DONE, NOON, None)
    assert fresh(paid).status == OrderStatus.REFUNDED
    assert paid.refunded == 10_000
    assert booked(f"refund:{done.public_id}") == {"held": 10_000, "wallet": -10_000}
    assert books() == {"clearing": 10_000, "wallet": -10_000}
    assert balance_of(paid.customer) == 10_000
    assert available(paid) == 1
    assert [fact.target for fact in news] == ["paying_out", "done"]
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
        refunds.request_refund(actor=seller, order=paid, draft=form, now=NOON)

    assert not Refund.objects.exists()


def test_a_mixed_price_goes_back_the_way_it_came(mixed, seller):
    waiting = refund(seller, mixed, to=SOURCE)

    parts = RefundPart.objects.order_by("-amount").values_list("amount", "destination")
    assert list(parts) == [(6_000, "source"), (4_000, "balance")]
    assert (waiting.status, waiting.due_at) == (
        RefundStatus.PAYING_OUT,
        NOON + refund_booking.PAY_OUT_WITHIN,
    )
    assert fresh(mixed).status == OrderStatus.REFUNDING
    assert booked(f"refund:{waiting.public_id}") == {
        "held": 10_000,
        "wallet": -4_000,
        "payable": -6_000,
    }

    done = refunds.note_paid_out(
        actor=seller, refund=waiting, note="BCA 10:15", now=LATE
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

    done = refunds.turn_to_balance(actor=seller, refund=waiting, now=LATE)

    assert done.status == RefundStatus.DONE
    assert fresh(paid).status == OrderStatus.REFUNDED
    assert balance_of(paid.customer) == 10_000
    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_money_is_paid_out_or_credited_and_not_both(paid, seller):
    waiting = refund(seller, paid, to=SOURCE)
    refunds.turn_to_balance(actor=seller, refund=waiting, now=LATE)

    for act in (
        lambda: refunds.note_paid_out(actor=seller, refund=waiting, note="x", now=LATE),
        lambda: refunds.turn_to_balance(actor=seller, refund=waiting, now=LATE),
    ):
        with pytest.raises(IllegalMove):
            act()

    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_a_refund_to_the_balance_is_not_paid_out(paid, seller):
    done = refund(seller, paid)

    with pytest.raises(IllegalMove):
        refunds.note_paid_out(actor=seller, refund=done, note="x", now=LATE)
    with pytest.raises(InvalidInput):
        refunds.note_paid_out(actor=seller, refund=done, note=" ", now=LATE)

    assert books() == {"clearing": 10_000, "wallet": -10_000}


def test_an_order_is_refunded_when_its_last_part_was_paid_out(paid, seller):
    first = refund(seller, paid, 4_000, to=SOURCE)
    second = refund(seller, paid, to=SOURCE)
    assert fresh(paid).status == OrderStatus.REFUNDING

    refunds.note_paid_out(actor=seller, refund=second, note="a", now=LATE)
    assert fresh(paid).status == OrderStatus.REFUNDING
    refunds.note_paid_out(actor=seller, refund=first, note="b", now=LATE)

    assert fresh(paid).status == OrderStatus.REFUNDED
    assert books() == {}


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


def test_refunds_of_another_store_are_not_there(delivered, seller, borealis):
    waiting = refund(seller, delivered, 4_000, to=SOURCE)

    with no_tenant_scope(), tenant_scope(borealis.pk):
        stranger = make_member()
        for act in (
            lambda: refund_blindly(stranger, delivered),
            lambda: refunds.turn_to_balance(actor=stranger, refund=waiting, now=NOON),
        ):
            with pytest.raises(Order.DoesNotExist):
                act()

    assert fresh(waiting).status == RefundStatus.PAYING_OUT
    assert fresh(delivered).refunded == 4_000


def refund_blindly(member, order):
    form = refunds.RefundDraft(5, BALANCE, "the buyer asked", "form", 4_000)
    return refunds.request_refund(actor=member, order=order, draft=form, now=NOON)
