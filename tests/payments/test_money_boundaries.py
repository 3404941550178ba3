"""Exactly at the minimum, at the deadline, at the cap: which side counts."""

from datetime import timedelta

import pytest

from inventory import selectors as stock_levels
from inventory.models import Hold
from payments import platform
from payments.access import access_order
from payments.gateways.base import FactState, GatewayRefused
from payments.models import Deposit, Order, Payment, PaymentMethod, UnmatchedMoney
from payments.services import (
    charges,
    checkout,
    completion,
    deposits,
    expiry,
    held_codes,
    ledger,
    methods,
    refund_split,
    refunds,
    reservations,
    settlement,
    unmatched,
)
from payments.services.charges import MethodUnavailable, OrderNotPayable
from payments.services.checkout import NotForSale, StoreClosed
from payments.services.ledger import Posting
from payments.services.methods import AccountDraft
from payments.services.order_moves import IllegalMove
from payments.states import (
    AccountKind,
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
from security.services import inbox
from tenants.permissions import Permission
from tenants.services.suspension import suspend_store
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    deliver,
    fund,
    keep_no_balances,
    open_transfer,
    pending,
    refund,
    tell,
    top_up,
)
from tests.payments.gateways import answering, charge_for

pytestmark = pytest.mark.usefixtures("right_books")

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def fresh(row):
    row.refresh_from_db()
    return row


# --- Ordering -------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [1, 20])
def test_the_ends_of_a_quantity_are_fine(in_arcadia, quantity):
    order = make_order(make_product(price=500, codes=20), quantity=quantity)

    assert order.total == 500 * quantity


@pytest.mark.parametrize("quantity", [-1, 0, 21])
def test_a_quantity_beyond_its_ends_is_refused(in_arcadia, quantity):
    product = make_product(codes=30)

    with pytest.raises(InvalidInput):
        make_order(product, quantity=quantity)

    assert not Order.objects.exists()
    assert stock_levels.available([product.pk]) == {product.pk: 30}


@pytest.mark.parametrize("change", [{"is_active": False}, {"archived_at": NOON}])
def test_what_is_off_or_deleted_is_not_sold(in_arcadia, change):
    with pytest.raises(NotForSale):
        make_order(make_product(codes=1, **change))

    assert not Order.objects.exists()


def test_a_suspended_store_takes_no_order(in_arcadia):
    product = make_product(codes=1)
    suspend_store(tenant_id=in_arcadia.pk, actor="test", now=NOON)

    with pytest.raises(StoreClosed):
        make_order(product)

    assert not Order.objects.exists()


def test_a_paid_order_cannot_be_cancelled_and_keeps_its_codes(paid):
    line = paid.lines.get()

    with pytest.raises(IllegalMove):
        checkout.cancel_order(order_id=paid.pk, actor="test", now=NOON)

    assert fresh(paid).status == OrderStatus.PAID
    assert Hold.objects.get(holder=line.public_id).status == "active"


def test_paid_codes_are_kept_for_as_long_as_it_takes(paid):
    held = Hold.objects.get(holder=paid.lines.get().public_id)

    assert held.expires_at == NOON + held_codes.PAID_HOLD
    assert held_codes.PAID_HOLD >= 30 * DAY


@pytest.mark.parametrize("end", ["paid", "cancelled"])
def test_an_order_that_does_not_wait_takes_no_other_method(policy, end):
    order = make_order()
    if end == "paid":
        tell(pending(order, method=open_transfer()))
    else:
        checkout.cancel_order(order_id=order.pk, actor="test", now=NOON)
    before = Payment.objects.count()

    with pytest.raises(OrderNotPayable):
        pending(order, name="BNI")

    assert Payment.objects.count() == before


def test_a_method_that_is_off_is_not_there(in_arcadia):
    order = make_order()

    with pytest.raises(MethodUnavailable):
        pending(order, method=make_transfer_method(is_active=False))

    assert not Payment.objects.exists()


def test_a_shorter_method_does_not_shorten_the_order(in_arcadia):
    order = make_order()

    pending(order, method=open_transfer(hold_secs=60))
    assert fresh(order).expires_at == NOON + charges.CHOOSING
    pending(order, method=open_transfer(name="BNI", hold_secs=1_800))

    assert fresh(order).expires_at == NOON + timedelta(seconds=1_800)


# --- Deadlines ------------------------------------------------------------------------


def test_an_order_expires_at_its_deadline_and_not_before(in_arcadia):
    order = make_order()

    assert not expiry.expire_order(order_id=order.pk, now=order.expires_at - INSTANT)
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert expiry.expire_order(order_id=order.pk, now=order.expires_at)

    assert fresh(order).status == OrderStatus.EXPIRED


def test_a_top_up_expires_at_its_deadline_and_not_before(policy):
    deposit = Deposit.objects.get(pk=top_up(make_customer(), 20_000).deposit_id)
    at = deposit.expires_at

    assert not deposits.expire_deposit(deposit_id=deposit.pk, now=at - INSTANT)
    assert deposits.expire_deposit(deposit_id=deposit.pk, now=at)

    assert fresh(deposit).status == "expired"


def test_sweepers_find_what_is_due_this_moment(policy):
    order = make_order()
    deposit = Deposit.objects.get(pk=top_up(make_customer(), 20_000).deposit_id)
    paid = make_order(customer=make_customer("bima"))
    tell(pending(paid, method=open_transfer()))
    event, _new = inbox.store_event(
        source="gateway:x", target=order.public_id, headers={}, body=b"", now=NOON
    )

    def found(rows):
        return [key for _tenant, key in rows]

    def at(question, moment):
        return found(question(now=moment - INSTANT)), found(question(now=moment))

    assert at(platform.due_expiries, order.expires_at) == ([], [order.pk])
    assert at(platform.due_deposit_expiries, deposit.expires_at) == ([], [deposit.pk])
    assert found(platform.due_refunds(before=NOON - INSTANT)) == []
    assert found(platform.due_refunds(before=NOON)) == [paid.pk]
    assert found(platform.due_inbox_events(source="gateway:", now=NOON)) == [event.pk]


def test_a_payment_that_ended_is_asked_about_to_its_last_moment(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    with answering(GatewayRefused("no", "NO")):
        charges.request_charge(payment_id=payment.pk, now=NOON)
    assert fresh(payment).status == PaymentStatus.FAILED
    Payment.objects.update(expires_at=NOON, checked_at=NOON)

    def found(ended_after):
        return platform.due_checks(
            open_before=NOON, ended_before=NOON, ended_after=ended_after
        )

    assert len(found(NOON)) == 1
    assert found(NOON + INSTANT) == []


def test_an_amount_is_reserved_until_its_cool_down_is_over(in_arcadia):
    order = make_order()
    payment = pending(order)
    expiry.expire_order(order_id=order.pk, now=LATE)
    over = fresh(payment).expires_at + charges.COOLDOWN

    assert charges.release_amounts(now=over) == 0
    assert charges.release_amounts(now=over + INSTANT) == 1


def test_a_call_belongs_to_one_caller_until_the_last_moment_of_its_lease(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    until = NOON + charges.CALL_LEASE
    Payment.objects.update(claimed_until=until)

    with answering() as gateway:
        charges.request_charge(payment_id=payment.pk, now=until)
        assert gateway.asked == []
        charges.request_charge(payment_id=payment.pk, now=until + INSTANT)

    assert gateway.asked == [
        f"find {payment.reference}",
        f"create {payment.reference}",
    ]


def test_a_charge_that_is_found_is_not_made_again(in_arcadia):
    order = make_order(method=make_gateway_method())
    payment = Payment.objects.get(order=order)
    Payment.objects.update(checked_at=NOON)

    with answering(charge_for(payment)) as gateway:
        charges.request_charge(payment_id=payment.pk, now=NOON)

    assert gateway.asked == [f"find {payment.reference}"]
    assert fresh(payment).status == PaymentStatus.PENDING


@pytest.mark.parametrize("more", [-1, 1, 750])
def test_a_charge_of_another_amount_is_never_shown(in_arcadia, more):
    order, method = make_order(), make_gateway_method()

    def other(_question):
        payment = Payment.objects.get(order=order)
        return charge_for(payment, amount=payment.amount + more)

    with answering(other), pytest.raises(MethodUnavailable):
        pending(order, method=method)

    payment = Payment.objects.get(order=order)
    assert (payment.status, payment.qr_text) == (PaymentStatus.FAILED, "")
    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT


# --- Amounts --------------------------------------------------------------------------


def test_all_balances_together_may_reach_the_cap_and_not_pass_it(in_arcadia):
    make_policy(deposit_min=10_000, wallet_limit=50_000, float_limit=50_000)
    fund(make_customer("ayu"), 20_000)
    bima = make_customer("bima")

    with pytest.raises(deposits.FloatFull):
        top_up(bima, 30_001)

    assert top_up(bima, 30_000).amount == 30_000


def test_room_for_the_least_is_room(in_arcadia):
    assert "10.000" in str(deposits.range_text(10_000, 10_000))
    assert "full" not in str(deposits.range_text(10_000, 10_000))
    assert "full" in str(deposits.range_text(10_000, 9_999))


def test_a_share_may_be_the_whole_balance(policy):
    order = make_order(make_product(price=10_000, codes=1))
    fund(order.customer, 4_000)

    with unit_of_work("tests.share"):
        assert reservations.can_add_share(order, 4_000)
        assert not reservations.can_add_share(order, 4_001)


@pytest.mark.parametrize("received", [0, -1, settlement.MOST_RECEIVED + 1])
def test_an_amount_that_cannot_have_come_is_refused(policy, seller, received):
    payment = pending(make_order(), method=open_transfer())

    with pytest.raises(InvalidInput):
        settlement.confirm_transfer(
            member=seller, payment=payment, received=received, now=NOON
        )

    assert fresh(payment).status == PaymentStatus.PENDING
    assert not UnmatchedMoney.objects.exists()


def test_a_single_rupiah_that_came_is_kept(policy, seller):
    order = make_order()
    payment = pending(order, method=open_transfer())

    settlement.confirm_transfer(member=seller, payment=payment, received=1, now=NOON)

    assert fresh(order).status == OrderStatus.AWAITING_PAYMENT
    assert sum(UnmatchedMoney.objects.values_list("amount", flat=True)) == 1


# --- Giving back ----------------------------------------------------------------------


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
            reason="tests:unbalanced",
            postings=[
                Posting(kind, amount)
                for kind, amount in zip(kinds, amounts, strict=True)
            ],
            now=NOON,
        )


def test_a_refund_is_in_the_change_history(paid, seller):
    refund(seller, paid, 1)

    entry = AuditEntry.objects.get(action="refund.requested")
    assert (entry.actor, entry.data["amount"]) == (seller.actor, 1)


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
    unmatched.apply_to_order(member=seller, money=money, now=LATE)
    return fresh(order)


def test_money_of_exactly_the_price_that_was_applied_can_be_refunded(applied, seller):
    assert applied.status == OrderStatus.PAID
    left = refund_split.refundable(applied, now=LATE)
    assert (left.amount, left.to_source) == (10_000, 10_000)

    done = refund(seller, applied, to=RefundTo.SOURCE, now=LATE)
    refunds.note_paid_out(member=seller, refund=done, note="BCA", now=LATE)

    assert fresh(applied).status == OrderStatus.REFUNDED


def test_a_reversal_leaves_alone_what_was_done_before(paid, seller):
    done = refund(seller, paid, 4_000, to=RefundTo.SOURCE)
    refunds.turn_to_balance(member=seller, refund=done, now=NOON)
    waiting = refund(seller, paid, 3_000, to=RefundTo.SOURCE)

    tell(paid.payments.get(), FactState.REVERSED, now=LATE)

    assert (fresh(done).status, done.note, done.done_at) == ("done", "", NOON)
    assert (fresh(waiting).status, waiting.done_at) == (RefundStatus.DONE, LATE)


# --- What people type -----------------------------------------------------------------


@pytest.mark.parametrize("stars", [1, 5])
def test_the_ends_of_a_rating_are_fine(delivered, stars):
    completion.leave_review(
        customer=delivered.customer,
        order_id=delivered.pk,
        stars=stars,
        text="x" * 500,
        now=NOON,
    )


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
    assert methods.add_account(member=seller, draft=account(**change), now=NOON).pk


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
        methods.add_account(member=seller, draft=account(**change), now=NOON)

    assert [refusal.value.field] == list(change)
    assert not PaymentMethod.objects.exists()


# --- Who ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "decide",
    [
        lambda viewer, refund: refunds.approve_refund(
            member=viewer, refund=refund, now=NOON
        ),
        lambda viewer, refund: refunds.reject_refund(
            member=viewer, refund=refund, reason="no", now=NOON
        ),
        lambda viewer, refund: refunds.note_paid_out(
            member=viewer, refund=refund, note="BCA", now=NOON
        ),
        lambda viewer, refund: refunds.turn_to_balance(
            member=viewer, refund=refund, now=NOON
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
        settlement.reject_transfer(
            member=viewer, payment=payment, reason="no", now=NOON
        )
    with pytest.raises(NotAllowed):
        methods.add_account(member=viewer, draft=account(), now=NOON)

    assert fresh(payment).status == PaymentStatus.PENDING
    assert PaymentMethod.objects.count() == 1


def test_a_viewer_settles_no_odd_money(seller):
    keep_no_balances()
    order = make_order()
    tell(pending(order, method=open_transfer()), amount=1)
    money, viewer = UnmatchedMoney.objects.get(), make_member(Role.VIEWER)

    with pytest.raises(NotAllowed):
        unmatched.note_returned(member=viewer, money=money, note="BCA", now=NOON)
    with pytest.raises(NotAllowed):
        unmatched.apply_to_order(member=viewer, money=money, now=NOON)

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
