"""A shelf for one run: a product with codes of its own, its buyers, how they pay."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connections

from bot.services import tickets
from catalog.models import Product
from inventory.services import stock
from payments.models import PaymentMethod
from payments.states import MethodKind
from ppob.kit.clock import now
from ppob.kit.ids import new_id
from ppob.kit.scope import tenant_scope
from tenants import cross_tenant
from tenants.models import Customer, Guild

STORE = "toko-rizky"
FIRST_BUYER = 1_290_000_000_000_000_000
SPARE = 5


@dataclass(frozen=True)
class Shop:
    """Ids of everything a sale needs; `method` is the gateway's public id."""

    tenant: int
    guild: int
    product: int
    method: str
    transfer: int
    customers: tuple[int, ...]


def open_shop(*, buyers: int) -> Shop:
    """A new product, its buyers, and a few codes more than they need."""
    tenant = cross_tenant.find_store(STORE)
    assert tenant is not None
    key = new_id().hex[-8:]
    with tenant_scope(tenant.pk):
        product = Product.objects.create(
            sku=f"F-{key}",
            name=f"Fault {key}",
            price=10_000,
            created_at=now(),
            updated_at=now(),
        )
        stock.add_items(
            product=product,
            codes=[f"FAULT-{key}-{number}" for number in range(buyers + SPARE)],
            actor="test",
            now=now(),
        )
        shop = Shop(
            tenant=tenant.pk,
            guild=Guild.objects.get().pk,
            product=product.pk,
            method=str(PaymentMethod.objects.get(gateway="tripay").public_id),
            # Without unique amounts: there are only 999 of them a day.
            transfer=PaymentMethod.objects.create(
                kind=MethodKind.BANK, gateway="manual", name=key, created_at=now()
            ).pk,
            customers=_make_customers(product.pk, buyers, key),
        )
    _let_go()
    return shop


def open_tickets(shop: Shop, count: int) -> None:
    """The first `count` buyers press Buy; nobody saw them pay yet.

    They pressed long ago, so that a bot that starts makes their channels at once.
    """
    with tenant_scope(shop.tenant):
        for customer in Customer.objects.filter(pk__in=shop.customers[:count]):
            tickets.open_ticket(
                customer=customer,
                guild_id=shop.guild,
                product_id=shop.product,
                panel_id=None,
                request_key=request_key(shop.product, customer.pk),
                now=now() - timedelta(minutes=1),
            )
    _let_go()


def request_key(product_id: int, customer_id: int) -> str:
    """A buyer orders once, however often they try."""
    return f"fault:{product_id}:{customer_id}"


def _let_go() -> None:
    """The servers will die; no connection of this process shall remember them."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()


def _make_customers(product_id: int, count: int, key: str) -> tuple[int, ...]:
    made = Customer.objects.bulk_create(
        Customer(
            discord_id=FIRST_BUYER + product_id * 100_000 + number,
            username=f"buyer{key}{number}",
            created_at=now(),
        )
        for number in range(count)
    )
    return tuple(customer.pk for customer in made)
