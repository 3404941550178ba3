"""Row locks of payments, always in this order: order or deposit, payment, wallets."""

from payments.models import (
    Deposit,
    Discrepancy,
    LedgerAccount,
    Order,
    Payment,
    PaymentMethod,
    Refund,
    UnmatchedMoney,
)
from payments.states import AccountKind
from ppob.kit.rows import get_row
from tenants.models import Customer


def lock_order(order_id: int) -> Order:
    """The order, locked; raises Order.DoesNotExist for other stores' orders."""
    return get_row(Order, id=order_id, lock=True)


def lock_deposit(deposit_id: int) -> Deposit:
    """The deposit, locked; raises Deposit.DoesNotExist for other stores' deposits."""
    return get_row(Deposit, id=deposit_id, lock=True)


def lock_subject_of(payment_id: int) -> Order | Deposit:
    """The order or deposit that this payment is for, locked."""
    payment = get_row(Payment, id=payment_id)  # what it is for never changes
    if payment.deposit_id is not None:
        return lock_deposit(payment.deposit_id)
    return get_row(Order, id=payment.order_id, lock=True)


def lock_payment(payment_id: int) -> Payment:
    """The payment, locked, with its method. Lock what it is for before."""
    payment = get_row(Payment, id=payment_id, lock=True)
    payment.method = get_row(PaymentMethod, id=payment.method_id)
    return payment


def lock_payments_of(subject: Order | Deposit) -> list[Payment]:
    """All payments of an order or deposit, locked by key. Lock that before."""
    payments = (
        Payment.objects.filter(order=subject)
        if isinstance(subject, Order)
        else Payment.objects.filter(deposit=subject)
    )
    locked = list(payments.order_by("pk").select_for_update(of=("self",)))
    for payment in locked:
        if isinstance(subject, Order):
            payment.order = subject
        else:
            payment.deposit = subject
    return locked


def lock_wallet_of(customer_id: int) -> LedgerAccount | None:
    """The customer's wallet account, locked; None if they never had money here."""
    return (
        LedgerAccount.objects.filter(kind=AccountKind.WALLET, customer_id=customer_id)
        .select_for_update(of=("self",))
        .first()
    )


def lock_customer(customer_id: int) -> None:
    """Let one request at a time compare this buyer's money with their limits."""
    Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer_id)


def lock_refund(refund_id: int) -> Refund:
    """The refund, locked. Lock its order before."""
    return get_row(Refund, id=refund_id, lock=True)


def lock_discrepancy(discrepancy_id: int) -> Discrepancy:
    """Contradicting news, locked. Lock its payment before."""
    return get_row(Discrepancy, id=discrepancy_id, lock=True)


def lock_unmatched(money_id: int) -> UnmatchedMoney:
    """Unmatched money with its payment, locked. Lock the order before."""
    money: UnmatchedMoney = (
        UnmatchedMoney.objects.select_related("payment__method")
        .select_for_update(of=("self",))
        .get(pk=money_id)
    )
    return money
