"""Orders that were paid, money that came, refunds that wait: for the money pages."""

from payments.gateways.base import FactState, PaymentFact
from payments.models import Deposit, MoneyPolicy, Order, Payment, Refund, UnmatchedMoney
from payments.services import charges, delivery, deposits, refunds, settlement
from payments.services.refunds import RefundDraft
from payments.states import RefundTo
from ppob.kit import clock
from tenants.models import Customer, Member
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
)


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
    settlement.confirm_transfer(member=make_member(), payment=payment, now=clock.now())


def make_paid(price: int = 29_000, *, customer: Customer | None = None) -> Order:
    """An order whose money is there and whose codes are not delivered."""
    payment = make_transfer(price, customer=customer)
    pay(payment)
    return Order.objects.get(pk=payment.order_id)


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


def make_unmatched(payment: Payment, amount: int = 59_000) -> UnmatchedMoney:
    """Money for a transfer that was rejected, in a store without balances."""
    MoneyPolicy.objects.create(wallet_is_on=False)
    settlement.reject_transfer(
        member=make_member(), payment=payment, reason="not there", now=clock.now()
    )
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
    return UnmatchedMoney.objects.get()


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
        member=member, order=order, draft=draft, now=clock.now()
    )
