"""What a seller does, in a process of its own that takes one wish a line.

The services run as everywhere else; only the person pressing the buttons is missing.
"""

import json
import os
import sys
import time
import traceback

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
django.setup()

from django.db import connections, transaction  # noqa: E402

from bot.cross_tenant.panels import list_panel_states  # noqa: E402
from bot.cross_tenant.serving import Serving  # noqa: E402
from catalog.events import ProductChanged  # noqa: E402
from catalog.models import Product  # noqa: E402
from inventory.models import StockItem  # noqa: E402
from inventory.services import stock  # noqa: E402
from inventory.states import ItemStatus  # noqa: E402
from ppob.kit import live  # noqa: E402
from ppob.kit.clock import now  # noqa: E402
from ppob.kit.events import announce  # noqa: E402
from ppob.kit.ids import new_id  # noqa: E402
from ppob.kit.scope import no_tenant_scope, tenant_scope  # noqa: E402
from tenants import cross_tenant  # noqa: E402


def change_price(product: Product, price: str) -> None:
    """Set another price."""
    with transaction.atomic():
        Product.objects.filter(pk=product.pk).update(price=int(price), updated_at=now())
        announce(ProductChanged(product.tenant_id, product.pk))
        live.announce(product.tenant_id, "products", product_id=product.pk)


def change_stock(product: Product, times: str, secs: str) -> None:
    """Add one code `times` times, spread over `secs` seconds."""
    started = time.monotonic()
    for number in range(int(times)):
        due = started + float(secs) * number / int(times)
        time.sleep(max(0.0, due - time.monotonic()))
        stock.add_items(
            product=product, codes=[f"X-{new_id()}"], actor="test", now=now()
        )


def sell_out(product: Product) -> None:
    """Take every free code out of stock."""
    free = StockItem.objects.filter(product=product, status=ItemStatus.FREE)
    stock.void_items(
        product=product,
        item_ids=list(free.values_list("public_id", flat=True)),
        actor="test",
        now=now(),
    )


def see_panels_settle(product: Product) -> None:
    """Return when every panel shows all that has happened."""
    with no_tenant_scope():
        while any(
            panel.version != panel.sent_version
            for panel in list_panel_states(Serving())
        ):
            time.sleep(0.1)


def act(action: str, slug: str, product_id: int, *arguments: str) -> None:
    tenant = cross_tenant.find_store(slug)
    if tenant is None:
        raise LookupError(f"No store {slug}.")
    with tenant_scope(tenant.pk):
        product = Product.objects.get(pk=product_id)
        globals()[action](product, *arguments)


def main() -> None:
    for line in sys.stdin:
        try:
            act(*json.loads(line))
            answer = ""
        except Exception:
            answer = traceback.format_exc()
        for connection in connections.all(initialized_only=True):
            connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
