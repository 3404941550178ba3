"""What must be true when a run has come to rest, by the suppliers' own books."""

from collections import Counter

from django.db.models import Sum

from inventory.models import (
    DepositHold,
    Purchase,
    PurchaseAttempt,
    SupplierAccount,
)
from inventory.states import AttemptStatus, HoldStatus, PurchaseStatus
from payments.models import Order, OrderLine, UnmatchedMoney
from payments.states import OrderStatus, UnmatchedStatus
from security.models import InboxEvent
from security.states import InboxStatus
from tests.payments.acts import balance_of
from tests.topups.suppliers import Shop
from tests.topups.world import World

IN_HAND = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
ENDED = (*IN_HAND, OrderStatus.REFUNDED, OrderStatus.EXPIRED, OrderStatus.CANCELLED)


def problems(world: World) -> list[str]:
    """What is lost, doubled or left open, a line each; empty when all is well."""
    return [
        *_left_open(world),
        *_fences(world),
        *_charges(world),
        *_orders(),
        *_money(world),
        *_deposits(world),
    ]


def _left_open(world: World) -> list[str]:
    orders = Order.objects.exclude(status__in=ENDED)
    over = [PurchaseStatus.SUCCEEDED, PurchaseStatus.FAILED]
    purchases = Purchase.objects.exclude(status__in=over)
    # About an order whose answer was lost, where none has our reference: not ours yet.
    events = InboxEvent.objects.exclude(status=InboxStatus.PROCESSED).exclude(
        target=world.accounts["vipreseller"].public_id, result="unknown reference"
    )
    return [
        *[f"order {each.pk} is left {each.status}" for each in orders],
        *[f"purchase {each.pk} is left {each.status}" for each in purchases],
        *[f"callback {each.pk} is left {each.status}" for each in events],
    ]


def _fences(world: World) -> list[str]:
    return [f"{each} was sent after its fence" for each in world.asked_fenced]


def _charges(world: World) -> list[str]:
    """Every charge is one of our successes and the reverse, once for a unit."""
    found = []
    bought: Counter[int] = Counter()
    for shop in world.shops.values():
        whose = _attempts_by_order(world, shop)
        for order in shop.engine.all_transactions():
            name = f"{shop.code} {order.ref_id}"
            if order.charges != order.deliveries or order.deliveries > 1:
                found.append(f"{name}: {order.charges} for {order.deliveries}")
            attempt = whose.get(order.ref_id)
            if attempt is None and order.charges:
                found.append(f"{name} was bought for nobody")
            elif attempt is not None and order.charges:
                bought[attempt.purchase_id] += 1
                if attempt.status != AttemptStatus.SUCCEEDED:
                    found.append(f"{name} is {attempt.status} here")
    for purchase in Purchase.objects.all():
        times = bought[purchase.pk]
        if times != int(purchase.status == PurchaseStatus.SUCCEEDED):
            found.append(f"{purchase.status} {purchase.pk} was bought {times} times")
    return found


def _attempts_by_order(world: World, shop: Shop) -> dict[str, PurchaseAttempt]:
    """Which attempt each order at the supplier is, by the supplier's reference."""
    attempts = PurchaseAttempt.objects.filter(account__kind=shop.code)
    if shop.spec.keeps_our_reference:
        return {each.ref_id: each for each in attempts}
    seen = {pk: order for order, pk in world.owners_words.items()}
    return {each.supplier_reference or seen.get(each.pk, ""): each for each in attempts}


def _orders() -> list[str]:
    """A buyer has the diamonds or the money, and nobody both."""
    found = []
    succeeded = set(
        Purchase.objects.filter(status=PurchaseStatus.SUCCEEDED).values_list(
            "holder", flat=True
        )
    )
    for line in OrderLine.objects.select_related("order"):
        order = line.order
        has_goods = line.public_id in succeeded
        if has_goods != (order.status in IN_HAND):
            found.append(f"order {order.pk} is {order.status}, bought: {has_goods}")
        back = order.total if order.status == OrderStatus.REFUNDED else 0
        if order.refunded != back:
            found.append(f"order {order.pk} is {order.status}, back: {order.refunded}")
    return found


def _money(world: World) -> list[str]:
    """What a buyer paid is in goods, on the balance, or waits for the seller."""
    found = []
    for customer in world.customers:
        paid = sum(
            each.amount
            for each in world.paid.values()
            if each.order.customer_id == customer.pk
        )
        spent = _sum(
            Order.objects.filter(customer=customer, status__in=IN_HAND), "total"
        )
        waits = _sum(
            UnmatchedMoney.objects.filter(
                payment__order__customer=customer, status=UnmatchedStatus.OPEN
            ),
            "amount",
        )
        there = balance_of(customer)
        if paid != spent + waits + there:
            found.append(f"{customer}: {paid} is not {spent} + {waits} + {there}")
    return found


def _deposits(world: World) -> list[str]:
    found = []
    for code, shop in world.shops.items():
        account = SupplierAccount.objects.get(pk=world.accounts[code].pk)
        there = shop.engine.balance_of(shop.buyer)
        if account.reserved or account.deposit != there:
            found.append(
                f"{code}: {account.deposit} and {account.reserved} set aside, "
                f"there are {there}"
            )
    held = DepositHold.objects.filter(status=HoldStatus.ACTIVE).count()
    return [*found, *([f"{held} parts of deposits are set aside"] if held else [])]


def _sum(rows, field: str) -> int:
    return rows.aggregate(sum=Sum(field))["sum"] or 0
