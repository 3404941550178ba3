"""What one buyer may take of what is scarce: stock, unique amounts, our own work.

Counted under the buyer's lock, so that clicks at the same moment cannot pass together:
the lock is one statement and the counting the next, because a statement that waits for
a lock still counts what was there before it waited.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from payments import locks
from ppob.kit import scope
from ppob.kit.db import prepared_cursor, require_transaction
from ppob.kit.errors import Conflict
from ppob.kit.i18n import filled
from tenants.services.customers import BuyerBlocked

MOST_OPEN_ORDERS = 10
MOST_UNPAID_PIECES = 60  # set aside in a day and not paid for; three full orders
MOST_AMOUNTS = 20  # of the 999 that one account has for a price
MOST_SWITCHES = 20  # of one order in an hour
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# An order waits for two days at most, and its amount stays reserved for one more.
RESERVED_WITHIN = timedelta(days=4)


class OverQuota(Conflict):
    """The buyer has taken as much of something scarce as one buyer may."""

    code = "OVER_QUOTA"


class TooManyOrders(OverQuota):
    """The buyer has many unpaid orders."""

    code = "TOO_MANY_ORDERS"


class TooMuchUnpaid(OverQuota):
    """The buyer set much stock aside today without paying for it."""

    code = "TOO_MUCH_UNPAID"


class TooManyAmounts(OverQuota):
    """The buyer was given many unique amounts that are still reserved."""

    code = "TOO_MANY_AMOUNTS"
    default = _(
        "You asked for many transfers in the last days and did not make them. Pay one "
        "of them, or choose another payment method."
    )


class TooManySwitches(OverQuota):
    """The payment method of this order was changed again and again."""

    code = "TOO_MANY_SWITCHES"
    default = _(
        "You changed the payment method of this order very often. Please pay the way "
        "that is shown now, or change it again in an hour."
    )


@dataclass(frozen=True)
class Usage:
    """What one buyer uses now: orders, pieces, amounts; and one order's switches."""

    open_orders: int
    unpaid_pieces: int
    amounts: int
    switches: int


# By hand: all counts are one round trip of every order. Bounded by time, so that an old
# customer's orders are not read. Amounts that cool down count: nobody else can be given
# them either.
_COUNT = """
SELECT
    (SELECT count(*) FROM payments_order
     WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
        AND created_at > %(reserved_since)s AND status = 'awaiting_payment'),
    (SELECT coalesce(sum(l.quantity), 0)
     FROM payments_order o JOIN payments_orderline l ON l.order_id = o.id
     WHERE o.tenant_id = %(tenant)s AND o.customer_id = %(customer)s
        AND o.created_at > %(day)s
        AND o.status IN ('awaiting_payment', 'expired', 'cancelled')),
    (SELECT count(*) FROM payments_order o JOIN payments_payment p ON p.order_id = o.id
     WHERE o.tenant_id = %(tenant)s AND o.customer_id = %(customer)s
        AND o.created_at > %(reserved_since)s AND p.reserves_amount
        AND p.settled_at IS NULL)
    + (SELECT count(*)
     FROM payments_deposit d JOIN payments_payment p ON p.deposit_id = d.id
     WHERE d.tenant_id = %(tenant)s AND d.customer_id = %(customer)s
        AND d.created_at > %(reserved_since)s AND p.reserves_amount
        AND p.settled_at IS NULL),
    -- Set aside for another one, or ended so that the next had to be made.
    (SELECT count(*)
     FROM payments_payment p JOIN payments_paymentevent e ON e.payment_id = p.id
     WHERE p.tenant_id = %(tenant)s AND p.order_id = %(order)s AND NOT p.from_balance
        AND e.target IN ('set_aside', 'failed', 'expired') AND e.at > %(hour)s)
"""


def lock_usage(
    customer_id: int, *, now: datetime, order_id: int | None = None
) -> Usage:
    """What the buyer uses, counted with the buyer locked.

    Raises BuyerBlocked. With an order, its switches are counted, too.
    """
    require_transaction()
    if locks.lock_standing(customer_id).is_blocked:
        raise BuyerBlocked
    return count_usage(customer_id, now=now, order_id=order_id)


def count_usage(
    customer_id: int, *, now: datetime, order_id: int | None = None
) -> Usage:
    """The same for a buyer who is locked already."""
    with prepared_cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "tenant": scope.get_tenant_id(),
                "customer": customer_id,
                "order": order_id,
                "day": now - DAY,
                "hour": now - HOUR,
                "reserved_since": now - RESERVED_WITHIN,
            },
        )
        return Usage(*map(int, cursor.fetchone()))


def check_new_order(usage: Usage, *, quantity: int) -> None:
    """Raise unless the buyer may order this many more pieces."""
    if usage.open_orders >= MOST_OPEN_ORDERS:
        raise TooManyOrders(
            filled(
                _("You have %(most)d unpaid orders. Pay or cancel one of them first."),
                most=MOST_OPEN_ORDERS,
            )
        )
    check_pieces(usage, more=quantity)


def check_pieces(usage: Usage, *, more: int) -> None:
    """Raise unless the buyer may set this many more pieces aside."""
    # Giving pieces back is never too much, also above the quota.
    if more > 0 and usage.unpaid_pieces + more > MOST_UNPAID_PIECES:
        raise TooMuchUnpaid(
            filled(
                _(
                    "In one day you can set aside %(most)d items without paying. Pay "
                    "one of your orders, or order again tomorrow."
                ),
                most=MOST_UNPAID_PIECES,
            )
        )


def check_new_amount(usage: Usage) -> None:
    """Raise unless the buyer may be given one more unique amount."""
    if usage.amounts >= MOST_AMOUNTS:
        raise TooManyAmounts


def check_switch(usage: Usage) -> None:
    """Raise unless the order's payment method may be changed once more."""
    if usage.switches >= MOST_SWITCHES:
        raise TooManySwitches
