"""The pages that read most, each as its store's owner sees it."""

from collections.abc import Callable
from functools import partial

from django.test import Client
from django.urls import reverse

from payments.models import Order
from ppob.kit.scope import tenant_scope
from tests.bench.shops import Shop

NAMES = (
    "home:overview",
    "payments:orders",
    "payments:queue",
    "payments:books",
    "payments:holds",
    "payments:reviews",
    "payments:wallets",
    "inventory:product-list",
    "bot:tickets",
    "tenants:health",
)


def of(shop: Shop) -> dict[str, Callable[[], object]]:
    """Each page, the search in the orders, and one order."""
    browser = Client()
    browser.force_login(shop.owner.user)
    with tenant_scope(shop.tenant):
        order = Order.objects.earliest("pk")
    where = {name: reverse(name, kwargs={"store": shop.slug}) for name in NAMES}
    orders = where["payments:orders"]
    where["search for a buyer"] = f"{orders}?cari=buyer-77"
    where["search for nobody"] = f"{orders}?cari=nobody"
    where["payments:order"] = reverse(
        "payments:order", kwargs={"store": shop.slug, "public_id": order.public_id}
    )
    return {name: partial(_read, browser, path) for name, path in where.items()}


def _read(browser: Client, path: str) -> None:
    answer = browser.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}.")
