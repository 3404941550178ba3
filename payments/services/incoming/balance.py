"""Paying from a buyer's balance: the whole price at once, or a share of it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import Order, Payment
from payments.services import ledger
from payments.services.incoming import charges, instalments, paying, test_money
from payments.services.incoming.charges import OrderNotPayable
from payments.services.ledger import BalanceTooLow, reservations
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict
from ppob.kit.money import rupiah
from tenants.services.customers import BuyerBlocked
from tenants.services.suspension import StoreClosed

SMALLEST_REST = 1_000  # rupiah; what a gateway still takes


class BalanceShort(Conflict):
    """The balance does not cover the price; nothing was taken."""

    code = "BALANCE_SHORT"

    def __init__(self, *, balance: int, missing: int) -> None:
        super().__init__(
            _("Your balance is %(balance)s; %(missing)s are missing.")
            % {"balance": rupiah(balance), "missing": rupiah(missing)}
        )
        self.balance, self.missing = balance, missing


def pay_with_balance(*, order_id: int, now: datetime) -> Order:
    """Pay a waiting order from its buyer's balance, all of it, at once.

    Raises BalanceShort, OrderNotPayable or StoreClosed; then nothing has changed.
    """
    try:
        with unit_of_work("payments.pay_with_balance"):
            order = _lock_waiting(order_id)
            # Before the balance is read: what this order has set aside goes back there
            # and counts.
            charges.close_open_payments(order, now=now)
            balance = ledger.lock_wallet(order.customer_id)
            actor = f"discord:{order.customer.discord_id}"
            parts = tuple(instalments.waiting_parts(order, at_most=order.total - 1))
            share = order.total - sum(part.amount for part in parts)
            if not paying.pay_order(
                order,
                share=share,
                is_test=test_money.has_touched(order.customer_id),
                actor=actor,
                now=now,
            ):
                raise OrderNotPayable
            instalments.apply_parts(order, parts, actor=actor, now=now)
    # Outside the transaction: the payments that were closed above are open again.
    except BalanceTooLow:
        raise BalanceShort(balance=balance, missing=share - balance) from None
    return order


def reserve_balance(*, order_id: int, now: datetime) -> Payment:
    """Set what the balance has aside for a waiting order; the rest is paid otherwise.

    Doing it again finds the same reservation. Raises BalanceShort when there is nothing
    to set aside, OrderNotPayable and StoreClosed.
    """
    with unit_of_work("payments.reserve_balance"):
        order = _lock_waiting(order_id)
        # Before anything is closed: a second press leaves the payment for the rest
        # alone.
        if order.reserved:
            known: Payment = Payment.objects.get(
                order=order, from_balance=True, status=PaymentStatus.PENDING
            )
            return known
        charges.close_open_payments(order, now=now)
        balance = ledger.lock_wallet(order.customer_id)
        price = order.total - instalments.waiting_total(order)
        # Never the whole price (the database says so, too), and never so much of it
        # that no gateway takes the rest: the order could not be paid any more.
        share = min(balance, price - SMALLEST_REST)
        if share <= 0:
            raise BalanceShort(balance=balance, missing=max(0, price - balance))
        return reservations.reserve(order, share, now=now)


def _lock_waiting(order_id: int) -> Order:
    order = locks.lock_order(order_id)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise OrderNotPayable
    # Read under the buyer's lock: who is blocked this moment spends nothing more.
    standing = locks.lock_standing(order.customer_id)
    if not standing.is_store_open:
        raise StoreClosed
    if standing.is_blocked:
        raise BuyerBlocked
    return order
