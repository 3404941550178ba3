"""Orders that were paid, money that came, refunds that wait: for the money pages."""

from datetime import timedelta

import pytest

from inventory.models import Purchase, SupplierAccount
from inventory.services import purchases
from inventory.states import PurchaseStatus
from inventory.suppliers.base import OutcomeUnknown
from payments.gateways.base import FactState, PaymentFact
from payments.models import (
    Deposit,
    Discrepancy,
    Order,
    Payment,
    Refund,
    UnmatchedMoney,
)
from payments.services import refunds
from payments.services.incoming import charges, deposits, settlement
from payments.services.orders import delivery, expiry
from payments.services.refunds import RefundDraft
from payments.states import RefundTo
from ppob.kit import clock
from tenants.models import Customer, Member
from tests.factories import (
    add_codes,
    make_customer,
    make_member,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    send,
    served_by,
)

HOUR = timedelta(hours=1)


def make_transfer(price: int = 29_000, *, customer: Customer | None = None) -> Payment:
    """An order that waits for a bank transfer."""
    order = make_order(
        make_product(codes=1, price=price), customer=customer, now=clock.now()
    )
    return charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=clock.now()
    )


def pay(payment: Payment) -> None:
    """Staff saw exactly the money that was asked for."""
    settlement.confirm_transfer(actor=make_member(), payment=payment, now=clock.now())


def make_paid(price: int = 29_000, *, customer: Customer | None = None) -> Order:
    """An order whose money is there and whose codes are not delivered."""
    payment = make_transfer(price, customer=customer)
    pay(payment)
    return Order.objects.get(pk=payment.order_id)


def make_stalled(
    price: int = 29_000,
    *,
    cost: int = 10_000,
    is_sent: bool = True,
    customer: Customer | None = None,
) -> Purchase:
    """A paid top-up of which nobody knows the end; or that no supplier heard of."""
    account = SupplierAccount.objects.order_by("position", "pk").first()
    product = make_topup(price=price)
    map_product(product, account or make_account(), sku=f"sku-{product.pk}", cost=cost)
    order = make_order(
        product,
        customer=customer or make_customer(),
        destination=SUCCEEDS,
        now=clock.now(),
    )
    method = make_transfer_method()
    pay(
        charges.choose_method(
            order_id=order.pk, method_id=method.public_id, now=clock.now()
        )
    )
    delivery.deliver_order(order_id=order.pk, now=clock.now())
    purchase = Purchase.objects.get(holder=order.lines.get().public_id)
    if is_sent:
        silent = Scripted(answers=[OutcomeUnknown("")])
        with pytest.MonkeyPatch.context() as patch, served_by(patch, silent):
            send(purchase, now=clock.now())
    Purchase.objects.filter(pk=purchase.pk).update(due_at=clock.now())
    purchases.hand_to_owner(purchase_id=purchase.pk, now=clock.now())
    purchase.refresh_from_db()
    assert purchase.status == PurchaseStatus.NEEDS_OWNER
    return purchase


def make_delivered(price: int = 29_000) -> Order:
    """An order whose codes are in the buyer's hands."""
    return delivery.deliver_order(order_id=make_paid(price).pk, now=clock.now())


def make_deposit(amount: int = 50_000, *, customer: Customer | None = None) -> Payment:
    """A top-up of a balance that waits for a bank transfer."""
    return deposits.request_deposit(
        customer=customer or make_customer("bima"),
        amount=amount,
        method_id=make_transfer_method().public_id,
        request_key=f"deposit:{Deposit.objects.count()}",
        now=clock.now(),
    )


def make_unapplied(payment: Payment, amount: int = 59_000) -> UnmatchedMoney:
    """Late money in a store without balances, whose code was gone for a while."""
    make_policy(wallet_is_on=False)
    settlement.reject_transfer(
        actor=make_member(), payment=payment, reason="not there", now=clock.now()
    )
    product = payment.subject.lines.get().product
    expiry.expire_order(
        order_id=payment.subject.pk, now=payment.subject.expires_at + HOUR
    )
    make_order(product, now=clock.now())
    fact = PaymentFact(
        reference=payment.reference,
        gateway_reference="",
        state=FactState.SETTLED,
        amount=amount,
        currency="IDR",
        happened_at=clock.now(),
        event_key="receipt-1",
    )
    settlement.record_fact(payment_id=payment.pk, fact=fact, now=clock.now())
    add_codes(product, 1)
    return UnmatchedMoney.objects.get()


def make_discrepancy(payment: Payment) -> Discrepancy:
    """A gateway tells one transaction with two totals, and takes a part of it back."""
    for state, amount in (
        (FactState.SETTLED, payment.amount),
        (FactState.SETTLED, payment.amount + 2_000),
        (FactState.REVERSED, 1_000),
    ):
        fact = PaymentFact(
            reference=payment.reference,
            gateway_reference="T-1",
            state=state,
            amount=amount,
            currency="IDR",
            happened_at=clock.now(),
            event_key=f"{state}:{amount}",
        )
        settlement.record_fact(payment_id=payment.pk, fact=fact, now=clock.now())
    return Discrepancy.objects.get()


def make_refund(
    order: Order, member: Member, amount: int, to: RefundTo = RefundTo.BALANCE
) -> Refund:
    """A refund that this member asked for."""
    draft = RefundDraft(
        amount=amount,
        to=to,
        reason="broken code",
        request_key=f"test:{Refund.objects.count()}",
        seen_refunded=order.refunded,
    )
    return refunds.request_refund(
        actor=member, order=order, draft=draft, now=clock.now()
    )
