"""From a paid order to codes in the buyer's hands."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory.models import Purchase, StockItem
from inventory.services import (
    account_checks,
    bills,
    purchases,
    saved_destinations,
    stock,
)
from inventory.states import OPEN_PURCHASES, PurchaseStatus
from payments import locks
from payments.models import Delivery, Order, OrderLine
from payments.services import ledger, refunds, transitions
from payments.services.ledger import Posting
from payments.services.orders import undo, unreached
from payments.services.orders.quote import share_out
from payments.states import AccountKind, EntryKind, OrderStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from ppob.kit.rows import find_rows, insert_rows
from security.fields import Sealed
from tenants.models import Customer

ACTOR = "job:payments.deliver_order"


@dataclass(frozen=True)
class RevealedCode:
    """One code as its buyer may see it. Its text form hides the code."""

    product_name: str
    unit_no: int
    code: str = field(repr=False)


def deliver_order(*, order_id: int, now: datetime) -> Order:
    """Hand a paid order's goods to its buyer: all of them, exactly once.

    Codes become readable to the buyer in the same transaction that makes them sold.
    Top-ups are bought at suppliers first: the order stays in delivery until the last of
    them is settled. What was certainly not bought is given back; the order is delivered
    if anything of it is. Running it again, or on an order that is not paid, changes
    nothing.
    """
    with unit_of_work("payments.deliver_order"):
        order = locks.lock_order(order_id)
        # Under the lock: the job and the sweeper may meet here, and one finds it done.
        if order.status not in (OrderStatus.PAID, OrderStatus.DELIVERING):
            return order
        if order.status == OrderStatus.PAID:
            transitions.move_order(order, OrderStatus.DELIVERING, actor=ACTOR, now=now)
        lines = find_rows(OrderLine, order_id=order.pk)
        # Again on each run: the same unit gives the same purchase and is bought once.
        bought = {
            line.pk: _buy(line, order, now=now)
            for line in lines
            if line.kind in SUPPLIED_KINDS
        }
        results = [purchase.status for purchase in bought.values()]
        # What nobody knows yet is neither handed over nor given back.
        if any(result in OPEN_PURCHASES for result in results):
            return order
        if results.count(PurchaseStatus.FAILED) == len(lines):
            refunds.refund_undeliverable(order, actor=ACTOR, now=now)
            return order
        # Before the sale is booked, which takes what is held by then.
        _give_back_failed(order, lines, bought, now=now)
        for line in lines:
            if line.pk not in bought:
                _deliver_codes(line, now=now)
            elif not line.is_undelivered:
                _hand_over(line, bought[line.pk], order, now=now)
        transitions.move_order(order, OrderStatus.DELIVERED, actor=ACTOR, now=now)
        _book_sale(order, lines, now=now)
    return order


def reveal_codes(
    *, customer: Customer, order_id: int, now: datetime
) -> list[RevealedCode]:
    """The codes of the customer's own delivered order; every look is counted.

    For anybody else the order does not exist (NotFound).
    """
    with unit_of_work("payments.reveal_codes"):
        order = Order.objects.filter(
            pk=order_id,
            customer=customer,
            status__in=[OrderStatus.DELIVERED, OrderStatus.COMPLETED],
        ).first()
        if order is None:
            raise NotFound(_("There are no codes of yours here."))
        deliveries = list(
            Delivery.objects.filter(line__order=order)
            .select_related("line")
            .order_by("line_id", "unit_no")
        )
        unreached.note_read(order, now=now)
        Delivery.objects.filter(pk__in=[row.pk for row in deliveries]).update(
            # In the row, so that looks at the same moment are all counted.
            reveals=F("reveals") + 1,
            first_revealed_at=Coalesce(F("first_revealed_at"), now),
        )
        return unseal(deliveries)


def unseal(deliveries: list[Delivery]) -> list[RevealedCode]:
    """The codes of these deliveries. Callers answer for who gets to see them."""
    sealed = {
        item.public_id: item.code
        for item in StockItem.objects.filter(
            public_id__in=[row.item for row in deliveries if row.item]
        )
    }
    bought = [row.purchase for row in deliveries if row.purchase]
    if bought:
        for purchase in Purchase.objects.filter(public_id__in=bought):
            sealed[purchase.public_id] = purchase.serial_number
    return [
        RevealedCode(row.line.product_name, row.unit_no, _open(sealed, row))
        for row in deliveries
    ]


def _open(sealed: dict[UUID | None, Sealed | None], row: Delivery) -> str:
    text = sealed[row.item or row.purchase]
    return text.reveal() if text else ""  # a supplier may give no serial number


def _buy(line: OrderLine, order: Order, *, now: datetime) -> Purchase:
    return purchases.submit(
        holder=line.public_id,
        unit_no=1,
        product=line.product,
        destination=line.destination,
        ceiling=line.cost_ceiling or line.unit_price,
        is_test=order.is_test,
        starts_at=undo.ends_at(line, order),
        inquiry=bills.get_used(line.public_id) if _is_bill(line) else None,
        player=_player_of(line, order),
        now=now,
    )


def _player_of(line: OrderLine, order: Order) -> tuple[str, str]:
    """The name that the buyer confirmed and the supplier that told it; "" and ""."""
    source = account_checks.confirmed_by(
        customer_id=order.customer_id,
        category_id=line.product.category_id,
        destination=line.destination,
        name="" if _is_bill(line) else line.destination_name,
    )
    return (line.destination_name, source) if source else ("", "")


def _is_bill(line: OrderLine) -> bool:
    return bool(line.kind == ProductKind.BILL)


def _give_back_failed(
    order: Order, lines: list[OrderLine], bought: dict[int, Purchase], *, now: datetime
) -> None:
    """The share of the price that fell on what no supplier delivered."""
    shares = share_out(order.total, [line.price for line in lines])
    lost = 0
    for line, share in zip(lines, shares, strict=True):
        if line.pk in bought and bought[line.pk].status == PurchaseStatus.FAILED:
            line.is_undelivered = True
            lost += share
    if lost:
        failed = [line.pk for line in lines if line.is_undelivered]
        OrderLine.objects.filter(pk__in=failed).update(is_undelivered=True)
        refunds.refund_share(order, lost, actor=ACTOR, now=now)


def _hand_over(
    line: OrderLine, purchase: Purchase, order: Order, *, now: datetime
) -> None:
    """A top-up is the buyer's; what it took from the supplier's deposit is booked."""
    insert_rows(
        [Delivery(line=line, unit_no=1, purchase=purchase.public_id, delivered_at=now)]
    )
    saved_destinations.note_worked(purchase, customer_id=order.customer_id, now=now)
    # A test account's deposit is not the store's money.
    if purchase.cost and not purchase.is_test:
        ledger.book(
            subject=order,
            kind=EntryKind.BOUGHT,
            source=purchase.public_id,
            postings=[
                Posting(AccountKind.COST, purchase.cost),
                Posting(AccountKind.DEPOSIT, -purchase.cost),
            ],
            now=now,
        )


def _book_sale(order: Order, lines: list[OrderLine], *, now: datetime) -> None:
    """What is no longer held is sold: at its price, less what promotions gave."""
    given = sum(line.unit_price * line.quantity for line in lines) - order.total
    kept = order.total - order.refunded
    ledger.book(
        subject=order,
        kind=EntryKind.SALE,
        source=order.public_id,
        postings=[
            Posting(AccountKind.HELD, kept),
            Posting(AccountKind.PROMO, given),
            Posting(AccountKind.SALES, -kept - given),
        ],
        now=now,
    )


def _deliver_codes(line: OrderLine, *, now: datetime) -> None:
    sold = stock.sell_held_items(
        stock.SoldLine(line.tenant_id, line.product_id, line.public_id, line.quantity),
        actor=ACTOR,
        now=now,
    )
    insert_rows(
        [
            Delivery(line=line, unit_no=number, item=item, delivered_at=now)
            for number, item in enumerate(sold, start=1)
        ]
    )
