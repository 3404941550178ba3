"""The games and top-ups that a store starts with."""

from dataclasses import dataclass
from datetime import datetime

from catalog.games import GAMES, Game
from catalog.models import Category, Product
from catalog.pricing import marked_up
from catalog.services import categories, products
from catalog.services.categories import CategoryDraft
from catalog.services.products import ProductDraft
from catalog.states import ProductKind
from tenants.actors import Actor
from tenants.models import Tenant


@dataclass(frozen=True)
class PlannedTopup:
    """A top-up that the store does not have yet; amounts are whole rupiah."""

    game: Game
    sku: str
    name: str
    cost: int
    price: int


def plan_topups(*, price_step: int) -> list[PlannedTopup]:
    """The top-ups that the store in scope lacks, marked up by the usual 11.1 %."""
    present = set(
        Product.objects.filter(archived_at=None).values_list("sku", flat=True)
    )
    return [
        PlannedTopup(game, sku, name, cost, marked_up(cost, step=price_step))
        for game in GAMES
        for sku, name, cost in game.topups
        if sku not in present
    ]


def add_topups(*, actor: Actor, now: datetime) -> list[Product]:
    """Give the store all games and the top-ups it lacks; what it has stays untouched.

    No panel shows them: a top-up can be sold once a supplier is connected.
    """
    by_code = _categories_by_code(actor, now=now)
    store = Tenant.objects.get(pk=actor.tenant_id)
    planned = plan_topups(price_step=store.price_step)
    return [
        products.add_product(
            actor=actor,
            draft=ProductDraft(
                name=f"{topup.game.name} {topup.name}",
                sku=topup.sku,
                price=topup.price,
                cost=topup.cost,
                minimum_stock=0,
                category_id=by_code[topup.game.code].pk,
                is_visible=False,
                position=100 + position,
                kind=ProductKind.TOPUP,
            ),
            now=now,
        )
        for position, topup in enumerate(planned)
    ]


def _categories_by_code(actor: Actor, *, now: datetime) -> dict[str, Category]:
    by_code = {category.code: category for category in Category.objects.all()}
    for position, game in enumerate(GAMES):
        if game.code not in by_code:
            draft = CategoryDraft(
                code=game.code,
                name=game.name,
                emoji=game.emoji,
                destination_fields=[dict(part) for part in game.destination_fields],
                position=position,
            )
            by_code[game.code] = categories.keep_category(
                actor=actor, draft=draft, now=now
            )
    return by_code
