"""The store that is copied and measured: twenty products, one sale, a panel."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.cross_tenant.panels import (
    list_panel_states,
    list_panel_states_after,
    read_changes,
)
from bot.cross_tenant.serving import Serving
from bot.models import Panel
from bot.runtime.panel_sync import IN_TURN
from catalog.models import Product
from payments.models import Payment, PaymentMethod
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from payments.states import MethodKind
from ppob.kit import clock
from ppob.kit.ids import new_id
from ppob.kit.scope import tenant_scope
from tenants.models import Customer, Member
from tests import factories
from tests.bench.worker import finish

PRODUCTS, CODES, PLENTY = 20, 5, 200


@dataclass(frozen=True)
class Shop:
    """What measurements need. Of `sold` the only piece is sold, `hot` has plenty."""

    tenant: int
    slug: str
    owner: Member
    customer: Customer
    method: PaymentMethod
    sold: Product
    hot: Product
    paid: Payment


def make_shop(slug: str) -> Shop:
    """A store that has sold once; everything in it was done by the services."""
    tenant = factories.make_tenant(slug)
    with tenant_scope(tenant.pk):
        products = [
            factories.make_product(codes=codes)
            for codes in (1, PLENTY, *[CODES] * (PRODUCTS - 2))
        ]
        method = factories.MethodFactory(
            kind=MethodKind.BANK, uses_unique_code=False, created_at=clock.now()
        )
        factories.make_panel()
        owner = factories.make_member()
        customer = factories.make_customer("buyer", created_at=clock.now())
        sold, hot = products[:2]
        paid = _sell(customer, sold, method)
    return Shop(tenant.pk, tenant.slug, owner, customer, method, sold, hot, paid)


def sell(shop: Shop) -> None:
    """One whole sale: placed, paid, delivered."""
    with tenant_scope(shop.tenant):
        _sell(shop.customer, shop.hot, shop.method)


def tick() -> Callable[[], object]:
    """What the shared bot reads every five seconds, all panels being drawn."""
    serving = Serving()
    changes = read_changes(None)
    for state in list_panel_states(serving):
        Panel.across_tenants.filter(pk=state.pk).update(sent_version=state.version)
    changes = read_changes(changes.until)

    def look() -> None:
        nonlocal changes
        changes = read_changes(changes.until)
        if changes.tenant_ids:
            list_panel_states(serving, tenant_ids=changes.tenant_ids)
        list_panel_states_after(serving, panel_id=0, limit=IN_TURN)

    return look


def _sell(customer: Customer, product: Product, method: PaymentMethod) -> Payment:
    order = checkout.place_order(
        customer=customer,
        items=[Item(product.pk)],
        request_key=new_id().hex,
        now=clock.now(),
        method=method,
    )
    finish(order)
    return Payment.objects.select_related("order").get(order=order)
