"""A valid call to every action of the API.

An address that is not here fails the test: say how it is called before it is served.
"""

from collections.abc import Callable

from tenants.permissions import Permission
from tests.isolation import canary
from tests.isolation.calls import Builder, Call, Id
from tests.isolation.pages import new_refund, of
from tests.isolation.world import Side

API: dict[str, Builder] = {}


def action(pattern: str) -> Callable[[Builder], Builder]:
    """Register how an address below `/api/v1/` is called."""

    def register(builder: Builder) -> Builder:
        API[f"api/v1/{pattern}"] = builder
        return builder

    return register


@action("game/categories")
def _categories(side: Side) -> list[Call]:
    return [Call()]


@action("game/products/<str:code>")
def _game_products(side: Side) -> list[Call]:
    return [Call(kwargs={"code": Id(side.category.code)})]


@action("game/price/<str:code>")
def _game_prices(side: Side) -> list[Call]:
    return [Call(kwargs={"code": Id(side.category.code)})]


@action("game/validate")
def _validate(side: Side) -> list[Call]:
    # Nobody of the store's suppliers names players: it is answered without asking.
    typed = {"game": Id(side.category.code), "user_id": "136216325"}
    return [Call("POST", data=typed, status=200)]


@action("products/visibility")
def _visibility(side: Side) -> list[Call]:
    chosen = [Id(side.product().public_id), Id(side.product().public_id)]
    return [
        Call(
            "POST",
            data={"products": chosen, "is_visible": False},
            status=200,
            right=Permission.EDIT_CATALOG,
        )
    ]


@action("products")
def _products(side: Side) -> list[Call]:
    return [Call(), Call(query={"search": canary.THEIRS[:4], "page_size": "2"})]


@action("products/<uuid:public_id>")
def _product_detail(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.product()))]


@action("orders")
def _api_orders(side: Side) -> list[Call]:
    return [Call(), Call(query={"status": "paid", "page_size": "2"})]


@action("refunds")
def _api_refunds(side: Side) -> list[Call]:
    new_refund(side)
    return [Call(), Call(query={"status": "done"})]


@action("refunds/<uuid:public_id>")
def _refund_detail(side: Side) -> list[Call]:
    return [Call(kwargs=of(new_refund(side)))]


@action("balances")
def _balances(side: Side) -> list[Call]:
    new_refund(side)
    return [Call()]


@action("orders/<uuid:public_id>")
def _order_detail(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.sold()))]
