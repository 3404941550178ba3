"""Balances, top-ups, refunds and odd money: acts like those of `acts`."""

from uuid import UUID

from payments.models import Deposit, Discrepancy, Order, Refund, UnmatchedMoney
from payments.services import refunds
from payments.services.incoming import (
    balance,
    callbacks,
    decisions,
    deposits,
    unapplied,
)
from payments.services.orders.disclosure import reveal_to_staff
from payments.services.refunds import RefundDraft
from payments.states import (
    DiscrepancyStatus,
    RefundStatus,
    RefundTo,
    UnmatchedStatus,
)
from ppob.kit import clock
from tenants.services import suspension
from tests.crash.acts import Facts, customer_of, member
from tests.crash.world import Store


def top_up(store: Store, case: Facts) -> Facts:
    payment = deposits.request_deposit(
        customer=customer_of(case),
        amount=case["deposit_amount"],
        method_id=UUID(store.methods[case["deposit_method"]]),
        request_key=f"top-up:{case['click']}",
        now=clock.now(),
    )
    return {"deposit": payment.deposit_id, "paying": payment.pk} | {
        "payment": payment.pk,
        "reference": payment.reference,
    }


def cancel_deposit(store: Store, case: Facts) -> Facts:
    deposits.cancel_deposit(
        customer=customer_of(case), deposit_id=_deposit(case).pk, now=clock.now()
    )
    return {}


def expire_deposit(store: Store, case: Facts) -> Facts:
    deposits.expire_deposit(deposit_id=_deposit(case).pk, now=clock.now())
    return {}


def pay_from_balance(store: Store, case: Facts) -> Facts:
    balance.pay_with_balance(order_id=case["order"], now=clock.now())
    return {}


def set_aside(store: Store, case: Facts) -> Facts:
    balance.reserve_balance(order_id=case["order"], now=clock.now())
    return {}


def refund(store: Store, case: Facts) -> Facts:
    order = Order.objects.get(pk=case["order"])
    left = order.total - order.refunded
    draft = RefundDraft(
        amount=max(1, int(left * case["refund_part"])),
        to=RefundTo(case["refund_to"]),
        reason="did not work",
        request_key=f"refund:{case['click']}:{case['refund_part']}",
        seen_refunded=order.refunded,
    )
    refunds.request_refund(
        actor=member(store.seller_id), order=order, draft=draft, now=clock.now()
    )
    return {}


def refund_more(store: Store, case: Facts) -> Facts:
    """Another part of what is left."""
    return refund(store, {**case, "refund_part": 0.3})


def approve(store: Store, case: Facts) -> Facts:
    for row in _refunds(case, RefundStatus.AWAITING_APPROVAL):
        refunds.approve_refund(
            actor=member(store.second_id), refund=row, now=clock.now()
        )
    return {}


def reject_refund(store: Store, case: Facts) -> Facts:
    for row in _refunds(case, RefundStatus.AWAITING_APPROVAL):
        refunds.reject_refund(
            actor=member(store.second_id), refund=row, reason="no", now=clock.now()
        )
    return {}


def pay_out(store: Store, case: Facts) -> Facts:
    for row in _refunds(case, RefundStatus.PAYING_OUT):
        refunds.note_paid_out(
            actor=member(store.seller_id), refund=row, note="done", now=clock.now()
        )
    return {}


def turn_to_balance(store: Store, case: Facts) -> Facts:
    for row in _refunds(case, RefundStatus.PAYING_OUT):
        refunds.turn_to_balance(
            actor=member(store.seller_id), refund=row, now=clock.now()
        )
    return {}


def refund_overdue(store: Store, case: Facts) -> Facts:
    """As if the order had waited for a day already."""
    refunds.refund_overdue(order_id=case["order"], before=clock.now(), now=clock.now())
    return {}


def apply_money(store: Store, case: Facts) -> Facts:
    for money in _money(case, UnmatchedStatus.OPEN):
        unapplied.apply_to_order(
            actor=member(store.seller_id), money=money, now=clock.now()
        )
    return {}


def credit_money(store: Store, case: Facts) -> Facts:
    for money in _money(case, UnmatchedStatus.OPEN):
        unapplied.credit_buyer(
            actor=member(store.seller_id), money=money, now=clock.now()
        )
    return {}


def return_money(store: Store, case: Facts) -> Facts:
    for money in _money(case, UnmatchedStatus.OPEN):
        unapplied.note_returned(
            actor=member(store.seller_id),
            money=money,
            note="by hand",
            now=clock.now(),
        )
    return {}


def ask_back(store: Store, case: Facts) -> Facts:
    for money in _money(case, UnmatchedStatus.CREDITED):
        unapplied.ask_return(
            customer=customer_of(case), money_id=money.pk, now=clock.now()
        )
    return {}


def ask_balance_back(store: Store, case: Facts) -> Facts:
    """The store is stopped for a moment, and the buyer wants the balance back."""
    who = {"tenant_id": store.tenant_id, "actor": "staff"}
    suspension.suspend_store(**who, now=clock.now())
    try:
        unapplied.ask_balance_back(customer=customer_of(case), now=clock.now())
    finally:  # who is killed meanwhile tries again, and lets it sell then
        suspension.resume_store(**who, now=clock.now())
    return {}


def follow_news(store: Store, case: Facts) -> Facts:
    """The seller believes what the gateway says against the books."""
    for found in _discrepancies(case):
        decisions.book_as_told(
            actor=member(store.seller_id), discrepancy=found, now=clock.now()
        )
    return {}


def dismiss_news(store: Store, case: Facts) -> Facts:
    """The seller believes the books."""
    for found in _discrepancies(case):
        decisions.dismiss(
            actor=member(store.seller_id),
            discrepancy=found,
            note="the books are right",
            now=clock.now(),
        )
    return {}


def forge(store: Store, case: Facts) -> Facts:
    """Somebody else reports money; always refused."""
    callbacks.receive(
        gateway="tripay",
        method_id=UUID(store.methods["tripay"]),
        headers={"X-Callback-Signature": "no", "X-Callback-Event": "payment_status"},
        body=b"{}",
        now=clock.now(),
    )
    return {}


def reveal_for_dispute(store: Store, case: Facts) -> Facts:
    reveal_to_staff(
        actor=member(store.seller_id),
        order=Order.objects.get(pk=case["order"]),
        reason="the buyer says that it does not work",
        now=clock.now(),
    )
    return {}


def _deposit(case: Facts) -> Deposit:
    return Deposit.objects.get(payments=case["payment"])


def _refunds(case: Facts, status: RefundStatus) -> list[Refund]:
    return list(Refund.objects.filter(order=case["order"], status=status))


def _money(case: Facts, status: UnmatchedStatus) -> list[UnmatchedMoney]:
    return list(
        UnmatchedMoney.objects.select_related("payment").filter(
            payment__order=case["order"], status=status
        )
    )


def _discrepancies(case: Facts) -> list[Discrepancy]:
    return list(
        Discrepancy.objects.filter(
            payment__order=case["order"], status=DiscrepancyStatus.OPEN
        )
    )
