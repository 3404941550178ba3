"""What goes back, what people type and who decides: exactly at the ends."""

from datetime import timedelta

import pytest

from inventory.models import Hold
from payments.access import access_order
from payments.gateways.base import FactState
from payments.models import Order, Payment, PaymentMethod, Review, UnmatchedMoney
from payments.services import ledger, refunds, transitions
from payments.services.incoming import methods, settlement, unapplied
from payments.services.incoming.methods import AccountDraft
from payments.services.ledger import Posting
from payments.services.orders import checkout, completion, expiry
from payments.services.refunds import CannotRefund, refund_split
from payments.states import (
    AccountKind,
    EntryKind,
    MethodKind,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    RefundTo,
)
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.permissions import Permission
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    deliver,
    keep_no_balances,
    open_transfer,
    pending,
    refund,
    tell,
)
from tests.payments.gateways import answering

pytestmark = pytest.mark.usefixtures("right_books")


INSTANT = timedelta(microseconds=1)


DAY = timedelta(days=1)


def fresh(row):
    row.refresh_from_db()
    return row


def test_what_a_payment_gave_that_was_taken_back_is_not_refunded(paid, seller):
    """As it stands of reversals from before each was written down as a row."""
    payment = Payment.objects.get(order=paid)
    with unit_of_work("test"):
        transitions.move_payment(payment, PaymentStatus.REVERSED, now=NOON)

    assert refund_split.amount_left(paid) == 0
    with pytest.raises(CannotRefund):
        refund(seller, paid, 1)


@pytest.mark.parametrize("amount", [0, -1, 10_001])
def test_a_refund_is_between_one_rupiah_and_what_is_left(paid, seller, amount):
    with pytest.raises(InvalidInput):
        refund(seller, paid, amount)

    assert fresh(paid).refunded == 0
    assert balance_of(paid.customer) == 0


def test_a_refund_of_one_rupiah(paid, seller):
    refund(seller, paid, 1)

    assert (fresh(paid).refunded, balance_of(paid.customer)) == (1, 1)


def test_what_was_delivered_is_not_overdue_whoever_asks(delivered):
    later = NOON + 2 * DAY

    assert not refunds.refund_overdue(order_id=delivered.pk, before=later, now=later)

    assert fresh(delivered).status == OrderStatus.DELIVERED
    assert (delivered.refunded, balance_of(delivered.customer)) == (0, 0)


@pytest.mark.parametrize("amounts", [(100, -99), (100, -101), (100, 100)])
def test_an_entry_of_two_sides_adds_up_to_zero(paid, amounts):
    kinds = (AccountKind.HELD, AccountKind.SALES)

    with pytest.raises(ValueError, match="balance"), unit_of_work("tests.book"):
        ledger.book(
            subject=paid,
            kind=EntryKind.SALE,
            source="unbalanced",
            postings=[
                Posting(kind, amount)
                for kind, amount in zip(kinds, amounts, strict=True)
            ],
            now=NOON,
        )


def test_a_refund_is_in_the_change_history(paid, seller):
    refund(seller, paid, 1)

    entry = AuditEntry.objects.get(action="refund.requested")
    assert (entry.actor, entry.data["amount"]) == (seller.name, 1)


def test_qris_money_goes_back_for_thirty_days(policy):
    method = make_gateway_method()
    order = make_order(make_product(price=10_000, codes=1))
    with answering():
        payment = pending(order, method=method)
    tell(payment)
    assert method.kind == MethodKind.QRIS
    last = fresh(payment).settled_at + refund_split.QRIS_RETURNS_FOR
    fresh(order)

    assert refund_split.refundable(order, now=last).to_source == 10_000
    late = refund_split.refundable(order, now=last + INSTANT)

    assert (late.amount, late.to_source) == (10_000, 0)


@pytest.fixture
def applied(seller):
    """An order that late money paid once there were codes again."""
    keep_no_balances()
    product = make_product(price=10_000, codes=1)
    order = make_order(product)
    payment = pending(order, method=open_transfer())
    expiry.expire_order(order_id=order.pk, now=LATE)
    make_order(product, customer=make_customer("faster"), now=LATE)
    tell(payment, now=LATE)
    money = UnmatchedMoney.objects.get()
    Hold.objects.update(expires_at=LATE)
    rival = Order.objects.exclude(pk=order.pk).get()
    checkout.cancel_order(order_id=rival.pk, actor="test", now=LATE)
    unapplied.apply_to_order(actor=seller, money=money, now=LATE)
    return fresh(order)


def test_money_of_exactly_the_price_that_was_applied_can_be_refunded(applied, seller):
    assert applied.status == OrderStatus.PAID
    left = refund_split.refundable(applied, now=LATE)
    assert (left.amount, left.to_source) == (10_000, 10_000)

    done = refund(seller, applied, to=RefundTo.SOURCE, now=LATE)
    refunds.note_paid_out(actor=seller, refund=done, note="BCA", now=LATE)

    assert fresh(applied).status == OrderStatus.REFUNDED


def test_a_reversal_leaves_alone_what_was_done_before(paid, seller):
    done = refund(seller, paid, 4_000, to=RefundTo.SOURCE)
    refunds.turn_to_balance(actor=seller, refund=done, now=NOON)
    waiting = refund(seller, paid, 3_000, to=RefundTo.SOURCE)

    tell(paid.payments.get(), FactState.REVERSED, now=LATE)

    assert (fresh(done).status, done.note, done.done_at) == ("done", "", NOON)
    assert (fresh(waiting).status, waiting.done_at) == (RefundStatus.DONE, LATE)


@pytest.mark.parametrize("stars", [1, 5])
def test_the_ends_of_a_rating_are_fine(delivered, stars):
    completion.leave_review(
        customer=delivered.customer,
        order_id=delivered.pk,
        stars=stars,
        text="x" * 500,
        now=NOON,
    )

    review = Review.objects.get(order=delivered)
    assert (review.stars, len(review.text)) == (stars, 500)


@pytest.mark.parametrize(("stars", "text"), [(0, ""), (6, ""), (5, "x" * 501)])
def test_a_rating_beyond_its_ends_is_refused(delivered, stars, text):
    with pytest.raises(InvalidInput):
        completion.leave_review(
            customer=delivered.customer,
            order_id=delivered.pk,
            stars=stars,
            text=text,
            now=NOON,
        )

    assert fresh(delivered).status == OrderStatus.DELIVERED


def account(**changes):
    usual = {
        "kind": MethodKind.BANK,
        "provider": "BCA",
        "account_number": "123456",
        "account_name": "Rizky",
        "hold_secs": 60,
    }
    return AccountDraft(**{**usual, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"account_number": "1" * 20},
        {"hold_secs": 172_800},
        {"account_name": "Ay"},
        {"account_name": "x" * 60},
    ],
)
def test_an_account_at_the_ends_is_fine(seller, change):
    assert methods.add_account(actor=seller, draft=account(**change), now=NOON).pk


@pytest.mark.parametrize(
    "change",
    [
        {"account_number": "12345"},
        {"account_number": "1" * 21},
        {"hold_secs": 59},
        {"hold_secs": 172_801},
        {"account_name": "A"},
        {"account_name": "x" * 61},
    ],
)
def test_an_account_beyond_the_ends_is_refused(seller, change):
    with pytest.raises(InvalidInput) as refusal:
        methods.add_account(actor=seller, draft=account(**change), now=NOON)

    assert [refusal.value.field] == list(change)
    assert not PaymentMethod.objects.exists()


@pytest.mark.parametrize(
    "decide",
    [
        lambda viewer, refund: refunds.approve_refund(
            actor=viewer, refund=refund, now=NOON
        ),
        lambda viewer, refund: refunds.reject_refund(
            actor=viewer, refund=refund, reason="no", now=NOON
        ),
        lambda viewer, refund: refunds.note_paid_out(
            actor=viewer, refund=refund, note="BCA", now=NOON
        ),
        lambda viewer, refund: refunds.turn_to_balance(
            actor=viewer, refund=refund, now=NOON
        ),
    ],
)
def test_a_viewer_decides_about_no_refund(paid, seller, decide):
    waiting = refund(seller, paid, to=RefundTo.SOURCE)

    with pytest.raises(NotAllowed):
        decide(make_member(Role.VIEWER), waiting)

    assert fresh(waiting).status == RefundStatus.PAYING_OUT


def test_a_viewer_touches_no_transfer_and_no_account(policy, seller):
    viewer, payment = make_member(Role.VIEWER), pending(make_order())

    with pytest.raises(NotAllowed):
        settlement.reject_transfer(actor=viewer, payment=payment, reason="no", now=NOON)
    with pytest.raises(NotAllowed):
        methods.add_account(actor=viewer, draft=account(), now=NOON)

    assert fresh(payment).status == PaymentStatus.PENDING
    assert PaymentMethod.objects.count() == 1


def test_a_viewer_settles_no_unapplied_money(seller):
    keep_no_balances()
    order = make_order()
    tell(pending(order, method=open_transfer()), amount=1)
    money, viewer = UnmatchedMoney.objects.get(), make_member(Role.VIEWER)

    with pytest.raises(NotAllowed):
        unapplied.note_returned(actor=viewer, money=money, note="BCA", now=NOON)
    with pytest.raises(NotAllowed):
        unapplied.apply_to_order(actor=viewer, money=money, now=NOON)

    assert fresh(money).status == "open"


def test_a_member_of_another_store_finds_no_order_whatever_scope_is_open(
    paid, borealis
):
    with tenant_scope(borealis.pk):
        stranger = make_member()

    with pytest.raises(NotFound):
        access_order(stranger, paid.public_id, to=Permission.SEE_ORDERS)


def test_an_order_is_delivered_once_whoever_asks(paid):
    for _turn in range(2):
        deliver(paid)

    assert fresh(paid).status == OrderStatus.DELIVERED
