"""Row locks of payments, always in this order: order, payment, wallets."""

from payments.models import LedgerAccount, Order, Payment, UnmatchedMoney


def lock_order(order_id: int) -> Order:
    """The order, locked; raises Order.DoesNotExist for other stores' orders."""
    order: Order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    return order


def lock_order_of(payment_id: int) -> Order:
    """The order that this payment is for, locked."""
    order: Order = Order.objects.select_for_update(of=("self",)).get(
        payments=payment_id
    )
    return order


def lock_payment(payment_id: int) -> Payment:
    """The payment, locked, with its method, order and buyer.

    Whoever also changes the order locks that first.
    """
    payment: Payment = (
        Payment.objects.select_related("method", "order__customer")
        .select_for_update(of=("self",))
        .get(pk=payment_id)
    )
    return payment


def lock_open_payments(order: Order) -> list[Payment]:
    """All payments of an order, locked by key. Lock the order before."""
    return list(
        Payment.objects.filter(order=order)
        .order_by("pk")
        .select_for_update(of=("self",))
    )


def lock_wallet(account_id: int) -> LedgerAccount:
    """A customer's wallet account, locked."""
    account: LedgerAccount = LedgerAccount.objects.select_for_update(of=("self",)).get(
        pk=account_id
    )
    return account


def lock_unmatched(money_id: int) -> UnmatchedMoney:
    """Unmatched money with its payment, locked. Lock the order before."""
    money: UnmatchedMoney = (
        UnmatchedMoney.objects.select_related("payment__method")
        .select_for_update(of=("self",))
        .get(pk=money_id)
    )
    return money
