"""From the press on Buy to an order that waits for its money."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.states import ProductKind
from inventory.services import purchase_routes, stock
from payments import locks
from payments.models import Order, OrderLine, PaymentMethod
from payments.services import transitions
from payments.services.incoming import charges
from payments.services.incoming.new_payments import RequestTaken
from payments.services.ledger import quotas
from payments.services.orders import allocations
from payments.states import OrderStatus
from ppob.kit import ids
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.i18n import filled
from ppob.kit.rows import find_row
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission
from tenants.services.customers import BuyerBlocked
from tenants.services.suspension import StoreClosed

MAX_QUANTITY = 20
CODE_ATTEMPTS = 5


@dataclass(frozen=True)
class _Wish:
    product_id: int
    request_key: str
    quantity: int
    destination: str


class NotForSale(Conflict):
    """The product cannot be bought (any more)."""

    code = "NOT_FOR_SALE"
    default = _("This product is not for sale right now.")


def place_order(  # noqa: PLR0913 - what was pressed, and by whom
    *,
    customer: Customer,
    product_id: int,
    request_key: str,
    now: datetime,
    quantity: int = 1,
    method: PaymentMethod | None = None,
    destination: str = "",
) -> Order:
    """Order a product and set its codes aside; the price is the one of this moment.

    A top-up takes the `destination` that it goes to, and is ordered one at a time. The
    same `request_key` finds the same order again. With a `method` the payment row is
    made as well (`choose_method` then reaches the gateway). Raises OutOfStock,
    NotForSale, StoreClosed, BuyerBlocked, OverQuota, RequestTaken or InvalidInput; then
    nothing is kept.
    """
    wish = _Wish(product_id, request_key, quantity, " ".join(destination.split()))
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidInput(
            filled(_("Choose a quantity from 1 to %(most)d."), most=MAX_QUANTITY),
            field="quantity",
        )
    for _attempt in range(CODE_ATTEMPTS):
        try:
            with unit_of_work("payments.place_order"):
                return _place(customer, wish, method, now=now)
        except IntegrityError:
            # The request key was used before: the same click. Or another order drew
            # the same code: draw again.
            known = _find_own(request_key, customer)
            if known is not None:
                return known
        except (NotForSale, StoreClosed, BuyerBlocked, quotas.OverQuota):
            known = _find_own(request_key, customer)
            if known is None:
                raise
            return known
    raise RuntimeError("No free order code found; the alphabet is used up.")


def _place(
    customer: Customer, wish: _Wish, method: PaymentMethod | None, *, now: datetime
) -> Order:
    product = _sellable(wish, now=now)
    _admit(customer, wish, method, now=now)
    # Until a way to pay is chosen; then its own length counts.
    hold = timedelta(seconds=method.hold_secs) if method else charges.CHOOSING
    expires_at = now + hold
    order = Order(
        tenant_id=customer.tenant_id,
        code=ids.new_code(),
        request_key=wish.request_key,
        customer=customer,
        total=product.price * wish.quantity,
        created_at=now,
        expires_at=expires_at,
    )
    line = OrderLine(
        tenant_id=customer.tenant_id,
        product=product,
        kind=product.kind,
        destination=wish.destination,
        product_name=product.name,
        quantity=wish.quantity,
        unit_price=product.price,
        unit_cost=product.cost,
    )
    transitions.create_order(order, line, actor=customer.actor, now=now)
    if product.kind == ProductKind.CODE:
        stock.hold_items(
            product=product,
            quantity=wish.quantity,
            holder=line.public_id,
            expires_at=expires_at,
            actor=customer.actor,
            now=now,
        )
    if method is not None:
        charges.open_payment(order, method, now=now)
    return order


def _admit(
    customer: Customer, wish: _Wish, method: PaymentMethod | None, *, now: datetime
) -> None:
    """Raise unless the store sells, to this buyer, this much more."""
    standing = locks.lock_standing(customer.pk)
    if not standing.is_store_open:
        raise StoreClosed
    if standing.is_blocked:
        raise BuyerBlocked
    usage = quotas.count_usage(customer.pk, now=now)
    quotas.check_new_order(usage, quantity=wish.quantity)
    if method is not None and method.uses_unique_code:
        quotas.check_new_amount(usage)


def _find_own(request_key: str, customer: Customer) -> Order | None:
    """The order of this very click, if there is one."""
    order = find_row(Order, request_key=request_key)
    if order is not None and order.customer_id != customer.pk:
        raise RequestTaken
    return order


def cancel_order(*, order_id: int, actor: str, now: datetime) -> Order:
    """End an order that is not paid yet, for its buyer, and give its codes back.

    Money that arrives anyway is treated like late money. Raises IllegalMove when the
    order has been paid or ended in the meantime.
    """
    with unit_of_work("payments.cancel_order"):
        order = locks.lock_order(order_id)
        end_unpaid(
            order, OrderStatus.CANCELLED, actor=actor, now=now, reason="cancelled"
        )
    return order


def cancel_for_buyer(*, actor: Actor, order_id: int, now: datetime) -> Order:
    """The same by the store's staff, which the change history says.

    Raises IllegalMove, or NotAllowed.
    """
    require(actor, Permission.CONFIRM_PAYMENTS)
    with unit_of_work("payments.cancel_for_buyer"):
        order = cancel_order(order_id=order_id, actor=actor.name, now=now)
        audit.record(
            actor=actor.name,
            action="order.cancelled",
            object=f"order:{order.public_id}",
            now=now,
        )
    return order


def end_unpaid(
    order: Order, target: OrderStatus, *, actor: str, now: datetime, reason: str
) -> Order:
    """Move a locked, unpaid order to its end: what it holds is given back."""
    # The table decides before anything is given back.
    transitions.ORDERS.require(order, target)
    allocations.release(order, actor=actor, now=now)
    return transitions.move_order(order, target, actor=actor, now=now, reason=reason)


def _sellable(wish: _Wish, *, now: datetime) -> Product:
    product = find_row(Product, id=wish.product_id)
    if product is None or not product.is_active or product.archived_at is not None:
        raise NotForSale
    if product.kind == ProductKind.TOPUP:
        _check_top_up(product, wish, now=now)
    elif wish.destination:
        raise InvalidInput(_("A code needs no destination."), field="destination")
    return product


def _check_top_up(product: Product, wish: _Wish, *, now: datetime) -> None:
    if not purchase_routes.can_serve(product.pk, ceiling=product.price, now=now):
        raise NotForSale(_("No supplier can deliver this product right now."))
    if wish.quantity != 1:
        raise InvalidInput(_("Top-ups are ordered one at a time."), field="quantity")
    is_readable = wish.destination.isprintable() and wish.destination.isascii()
    if not 3 <= len(wish.destination) <= 120 or not is_readable:
        raise InvalidInput(
            _("Enter the account that the top-up goes to."), field="destination"
        )
