"""Nobody decides about their own money, and nobody alone about much of it."""

from datetime import timedelta

import pytest

from payments import selectors
from payments.models import LedgerEntry, MoneyPolicy, Refund
from payments.services import refunds
from payments.services.incoming import balance
from payments.services.ledger import WalletFull, policy
from payments.services.ledger.policy import PolicyDraft
from payments.services.orders import disclosure
from payments.services.refunds import refund_booking
from payments.states import OrderStatus, RefundStatus, RefundTo
from security.models import AuditEntry
from tenants.auth import OwnMoney
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_user,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    books,
    deliver,
    fund,
    open_transfer,
    pending,
    refund,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")

DAY = timedelta(days=1)


@pytest.fixture
def owner(in_arcadia):
    make_policy(deposit_min=1_000)
    return make_member()


@pytest.fixture
def buying_admin(owner):
    """A member of staff who buys here, and the buyer they are."""
    user = make_user("citra")
    customer = make_customer("citra", discord_id=user.discord_id)
    return make_member(Role.ADMIN, user=user), customer


def sold_to(customer, *, price=600_000):
    order = make_order(make_product(price=price, codes=1), customer=customer)
    tell(pending(order, method=open_transfer(name="BNI")))
    return deliver(order)


def fresh(row):
    row.refresh_from_db()
    return row


# --- One's own money ------------------------------------------------------------------


def test_a_buyer_who_works_here_approves_no_refund_of_her_own(owner, buying_admin):
    """Seen: a buyer who is admin approved her own refund of 600,000."""
    admin, buyer = buying_admin
    order = sold_to(buyer)
    waiting = refund(owner, order)
    entries = LedgerEntry.objects.count()

    with pytest.raises(OwnMoney):
        refunds.approve_refund(actor=admin, refund=waiting, now=LATE)
    with pytest.raises(OwnMoney):
        refunds.reject_refund(actor=admin, refund=waiting, reason="x", now=LATE)

    assert fresh(waiting).status == RefundStatus.AWAITING_APPROVAL
    assert LedgerEntry.objects.count() == entries
    assert balance_of(buyer) == 0


def test_a_buyer_who_works_here_asks_for_no_refund_of_her_own(owner, buying_admin):
    admin, buyer = buying_admin
    order = sold_to(buyer, price=10_000)

    with pytest.raises(OwnMoney):
        refund(admin, order)

    assert not Refund.objects.exists()
    assert fresh(order).refunded == 0


@pytest.mark.parametrize("act", [refunds.note_paid_out, refunds.turn_to_balance])
def test_a_buyer_who_works_here_ends_no_payout_of_her_own(owner, buying_admin, act):
    admin, buyer = buying_admin
    order = sold_to(buyer, price=10_000)
    waiting = refund(owner, order, to=RefundTo.SOURCE)
    before = books()
    note = {"note": "BCA"} if act is refunds.note_paid_out else {}

    with pytest.raises(OwnMoney):
        act(actor=admin, refund=waiting, now=LATE, **note)

    assert fresh(waiting).status == RefundStatus.PAYING_OUT
    assert books() == before


def test_a_buyer_who_works_here_opens_no_codes_of_her_own(owner, buying_admin):
    admin, buyer = buying_admin
    order = sold_to(buyer, price=10_000)

    with pytest.raises(OwnMoney):
        disclosure.reveal_to_staff(
            actor=admin, order=order, reason="I want to see it", now=LATE
        )

    assert not AuditEntry.objects.filter(action="codes.revealed_by_staff").exists()


def test_others_decide_about_the_money_of_a_buyer_who_works_here(owner, buying_admin):
    _admin, buyer = buying_admin
    order = sold_to(buyer)
    waiting = refund(owner, order)
    second = make_member(Role.ADMIN)

    refunds.approve_refund(actor=second, refund=waiting, now=LATE)

    assert balance_of(buyer) == 600_000


# --- The limit of one person ----------------------------------------------------------


def draft(**limits):
    usual = {
        "wallet_is_on": True,
        "wallet_limit": 2_000_000,
        "deposit_min": 1_000,
        "refund_approval_above": 500_000,
        "surplus_approval_above": 10_000,
    }
    return PolicyDraft(**{**usual, **limits})


def limits_at(now):
    limits = policy.approval_limits(now=now)
    return limits.refund, limits.surplus


def test_more_for_one_person_counts_a_day_later(owner):
    policy.change_policy(
        actor=owner, draft=draft(refund_approval_above=1_000_000), now=NOON
    )

    assert limits_at(NOON) == (500_000, 10_000)
    assert limits_at(NOON + DAY - timedelta(seconds=1)) == (500_000, 10_000)
    assert limits_at(NOON + DAY) == (1_000_000, 10_000)
    entry = AuditEntry.objects.get(action="policy.changed")
    assert entry.after["raised_refund_approval"] == 1_000_000
    assert "refund_approval_above" not in entry.after


def test_a_lone_owner_refunds_much_after_a_day(owner):
    order = sold_to(make_customer("ayu"))
    policy.change_policy(
        actor=owner, draft=draft(refund_approval_above=1_000_000), now=NOON
    )

    too_early = refund(owner, order, now=LATE)
    assert too_early.status == RefundStatus.AWAITING_APPROVAL
    refunds.reject_refund(actor=owner, refund=too_early, reason="later", now=LATE)
    done = refund(owner, order, key="again", now=NOON + DAY)

    assert done.status == RefundStatus.DONE
    assert balance_of(order.customer) == 600_000


def test_less_for_one_person_counts_at_once(owner):
    policy.change_policy(
        actor=owner,
        draft=draft(refund_approval_above=100_000, surplus_approval_above=0),
        now=NOON,
    )

    assert limits_at(NOON) == (100_000, 0)
    assert MoneyPolicy.objects.get().raised_from is None


def test_one_limit_falls_at_once_while_the_other_waits_to_rise(owner):
    policy.change_policy(
        actor=owner,
        draft=draft(refund_approval_above=900_000, surplus_approval_above=5_000),
        now=NOON,
    )

    assert limits_at(NOON) == (500_000, 5_000)
    assert limits_at(NOON + DAY) == (900_000, 5_000)


def test_saving_again_does_not_make_a_raise_count_sooner(owner):
    raised = draft(refund_approval_above=900_000)
    policy.change_policy(actor=owner, draft=raised, now=NOON)

    policy.change_policy(actor=owner, draft=raised, now=NOON + DAY / 2)

    assert limits_at(NOON + DAY) == (500_000, 10_000)
    assert limits_at(NOON + DAY * 1.5) == (900_000, 10_000)


def test_a_raise_that_is_taken_back_never_counts(owner):
    policy.change_policy(
        actor=owner, draft=draft(refund_approval_above=900_000), now=NOON
    )
    policy.change_policy(actor=owner, draft=draft(), now=NOON)

    assert limits_at(NOON + 2 * DAY) == (500_000, 10_000)


def test_a_raise_that_counts_stays_when_something_else_is_saved(owner):
    raised = draft(refund_approval_above=900_000)
    policy.change_policy(actor=owner, draft=raised, now=NOON)

    later = NOON + DAY
    policy.change_policy(
        actor=owner,
        draft=draft(refund_approval_above=900_000, wallet_limit=1_000_000),
        now=later,
    )

    assert limits_at(later) == (900_000, 10_000)


# --- Refunds and full balances --------------------------------------------------------


def test_a_refund_does_not_overfill_a_balance(owner):
    order = sold_to(make_customer("ayu"), price=400_000)
    fund(order.customer, 1_700_000)

    with pytest.raises(WalletFull):
        refund(owner, order)

    assert fresh(order).refunded == 0
    assert balance_of(order.customer) == 1_700_000
    done = refund(owner, order, to=RefundTo.SOURCE, key="source")
    assert done.status == RefundStatus.PAYING_OUT


def test_what_was_on_the_balance_before_always_fits(owner):
    buyer = fund(make_customer("ayu"), 400_000)
    order = make_order(make_product(price=400_000, codes=1), customer=buyer)
    balance.pay_with_balance(order_id=order.pk, now=NOON)
    fund(buyer, 1_900_000)

    refund(owner, order)

    assert balance_of(buyer) == 2_300_000


def test_what_cannot_be_delivered_and_has_no_room_is_paid_out_by_hand(
    owner,
):
    buyer = make_customer("ayu")
    order = make_order(make_product(price=400_000, codes=1), customer=buyer)
    tell(pending(order, method=open_transfer(name="BNI")))
    fund(buyer, 1_700_000)

    assert refunds.refund_overdue(order_id=order.pk, before=LATE, now=LATE)

    waiting = Refund.objects.get()
    assert waiting.status == RefundStatus.PAYING_OUT
    assert waiting.due_at == LATE + refund_booking.PAY_OUT_WITHIN
    assert fresh(order).status == OrderStatus.REFUNDING
    assert balance_of(buyer) == 1_700_000
    assert selectors.waiting_refunds() == [waiting]


def test_what_cannot_be_delivered_and_has_room_goes_to_the_balance(owner):
    buyer = make_customer("ayu")
    order = make_order(make_product(price=300_000, codes=1), customer=buyer)
    tell(pending(order, method=open_transfer(name="BNI")))
    fund(buyer, 1_700_000)

    assert refunds.refund_overdue(order_id=order.pk, before=LATE, now=LATE)

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(buyer) == 2_000_000


def test_a_payout_does_not_overfill_a_balance(owner):
    order = sold_to(make_customer("ayu"), price=400_000)
    waiting = refund(owner, order, to=RefundTo.SOURCE)
    fund(order.customer, 1_700_000)

    with pytest.raises(WalletFull):
        refunds.turn_to_balance(actor=owner, refund=waiting, now=LATE)

    assert fresh(waiting).status == RefundStatus.PAYING_OUT
    assert balance_of(order.customer) == 1_700_000
