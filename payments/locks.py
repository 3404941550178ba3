"""Row locks of payments, always in this order: order or deposit, payment, wallets.

The buyer comes after their order and before what is new: nothing that has a buyer
locked waits for an order that exists.
"""

from dataclasses import dataclass

from django.db.models import Q

from payments.gateways.unique_amount import MAXIMUM
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
from payments.states import AccountKind, UnmatchedReason, UnmatchedStatus
from ppob.kit import scope
from ppob.kit.db import prepared_cursor, require_transaction
from ppob.kit.rows import find_pointed_at, get_row, get_with
from tenants.models import Customer
from tenants.states import TenantStatus


def lock_order(order_id: int) -> Order:
    """The order, locked; raises Order.DoesNotExist for other stores' orders."""
    return get_row(Order, id=order_id, lock=True)


def lock_deposit(deposit_id: int) -> Deposit:
    """The deposit, locked; raises Deposit.DoesNotExist for other stores' deposits."""
    return get_row(Deposit, id=deposit_id, lock=True)


def lock_subject_of(payment_id: int) -> Order | Deposit:
    """The order or deposit that this payment is for, locked."""
    # What a payment is for never changes; nearly all of them are for orders.
    order = find_pointed_at(Order, Payment, "order_id", key=payment_id, lock=True)
    if order is not None:
        return order
    deposit = find_pointed_at(Deposit, Payment, "deposit_id", key=payment_id, lock=True)
    if deposit is None:
        raise Payment.DoesNotExist
    return deposit


def lock_payment(payment_id: int) -> Payment:
    """The payment, locked, with its method. Lock what it is for before."""
    return get_with(Payment, "method", PaymentMethod, key=payment_id, lock=True)


def lock_payment_with_subject(payment_id: int) -> Payment:
    """The payment with its method and what it is for, both locked."""
    subject = lock_subject_of(payment_id)
    payment = lock_payment(payment_id)
    # The locked object itself: one that the payment loads would miss what changes here.
    if isinstance(subject, Order):
        payment.order = subject
    else:
        payment.deposit = subject
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


@dataclass(frozen=True)
class Standing:
    """How a buyer and the store stand: may they deal with each other?"""

    is_store_open: bool
    is_blocked: bool


# By hand: the lock and both answers are one round trip. NO KEY, because a full lock
# would make every new row that refers to the buyer wait.
_STANDING = """
SELECT t.status, c.blocked_at
FROM tenants_customer c JOIN tenants_tenant t ON t.id = c.tenant_id
WHERE c.tenant_id = %s AND c.id = %s
FOR NO KEY UPDATE OF c
"""


def lock_standing(customer_id: int) -> Standing:
    """Let one request at a time compare this buyer with their limits.

    Says whether the store sells and whether the buyer is blocked. Raises
    Customer.DoesNotExist for another store's buyer.
    """
    require_transaction()
    with prepared_cursor() as cursor:
        cursor.execute(_STANDING, [scope.get_tenant_id(), customer_id])
        found = cursor.fetchone()
    if found is None:
        raise Customer.DoesNotExist
    status, blocked_at = found
    return Standing(status == TenantStatus.ACTIVE, blocked_at is not None)


# One range of the index that keeps amounts apart, against all codes there are. With
# random() before the LIMIT every free code has the same chance: codes tell nothing.
_FREE_CODE = """
SELECT code FROM generate_series(1, %(most)s) AS code
WHERE NOT EXISTS (
    SELECT FROM payments_payment p
    WHERE p.tenant_id = %(tenant)s AND p.method_id = %(method)s AND p.reserves_amount
        AND p.amount BETWEEN %(price)s + 1 AND %(price)s + %(most)s
        AND p.amount = %(price)s + code
)
ORDER BY random() LIMIT 1
"""


def find_free_code(method_id: int, *, price: int) -> int | None:
    """A random unique code whose amount nobody is asked for on this account, or None.

    Nothing is locked: whoever writes the amount first has it.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _FREE_CODE,
            {
                "most": MAXIMUM,
                "tenant": scope.get_tenant_id(),
                "method": method_id,
                "price": price,
            },
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def lock_method(method_id: int) -> PaymentMethod:
    """The method, so that nobody else changes it; payments by it go on."""
    # Payments refer to it: a full lock would make each new one wait for the form.
    method: PaymentMethod = PaymentMethod.objects.select_for_update(
        of=("self",), no_key=True
    ).get(pk=method_id)
    return method


def lock_refund(refund_id: int) -> Refund:
    """The refund, locked. Lock its order before."""
    return get_row(Refund, id=refund_id, lock=True)


def lock_discrepancy(discrepancy_id: int) -> Discrepancy:
    """Contradicting news, locked. Lock its payment before."""
    return get_row(Discrepancy, id=discrepancy_id, lock=True)


def lock_asked_back(customer_id: int) -> list[UnmatchedMoney]:
    """Balances of this buyer that wait to be sent back, locked. Take wallets later."""
    of_buyer = Q(payment__order__customer_id=customer_id) | Q(
        payment__deposit__customer_id=customer_id
    )
    waiting = UnmatchedMoney.objects.filter(
        of_buyer, reason=UnmatchedReason.ASKED_BACK, status=UnmatchedStatus.OPEN
    )
    rows = waiting.select_related("payment__order", "payment__deposit")
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def lock_unapplied(money_id: int) -> UnmatchedMoney:
    """Unapplied money with its payment, locked. Lock the order before."""
    money: UnmatchedMoney = (
        UnmatchedMoney.objects.select_related("payment__method")
        .select_for_update(of=("self",))
        .get(pk=money_id)
    )
    return money
