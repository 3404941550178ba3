"""Slash commands for buyers."""

from dataclasses import dataclass
from functools import partial

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bot import bridge
from bot.presenters import prices
from bot.presenters.draft import Draft
from bot.ui.clicks import Click, answer, answer_anywhere
from bot.ui.context import directory
from bot.ui.orders import show_history, show_history_directly
from catalog import selectors as catalog
from catalog.models import Category, Product
from catalog.pricing import Priced
from catalog.states import SUPPLIED_KINDS
from inventory import selectors as inventory
from inventory.services.serving import Serving, serving_of
from payments.services.orders import buyer_prices
from ppob.kit import clock
from ppob.kit.errors import NotFound
from tenants.models import Customer

MOST_CHOICES = 25


@dataclass(frozen=True)
class PriceList:
    """What a price list shows: products in their order, of so many in all.

    Everything else is by our row's id; `prices` are those of the buyer who asks.
    """

    title: str
    products: list[Product]
    total: int
    stock: dict[int, int]
    serving: dict[int, Serving]
    prices: dict[int, Priced]


class Shopping(commands.Cog):
    """Prices and a buyer's own orders."""

    @app_commands.command(
        name="price",
        description=locale_str(gettext_noop("Price list of the store or of one game")),
    )
    @app_commands.describe(
        game=locale_str(gettext_noop("Game or category, for example ML"))
    )
    @app_commands.guild_only()
    async def price(
        self, interaction: discord.Interaction, game: str | None = None
    ) -> None:
        """Show prices to whoever asks."""
        await answer(interaction, partial(_show_prices, code=game), {})

    @price.autocomplete("game")
    async def games(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The store's categories that fit what is typed so far."""
        guild = await directory.find(interaction.guild_id or 0)
        if guild is None:
            return []
        known = await bridge.call(guild.tenant_id, catalog.list_categories)
        wanted = typed.strip().casefold()
        return [
            app_commands.Choice(name=str(category)[:100], value=category.code)
            for category in known
            if wanted in category.name.casefold() or wanted in category.code.casefold()
        ][:MOST_CHOICES]

    @app_commands.command(
        name=locale_str(gettext_noop("history")),
        description=locale_str(
            gettext_noop("Your orders in this store and their codes")
        ),
    )
    @app_commands.guild_only()
    async def history(self, interaction: discord.Interaction) -> None:
        """Show a buyer their own orders."""
        if interaction.guild_id is None:
            await answer_anywhere(interaction, show_history_directly)
        else:
            await answer(interaction, show_history, {})


async def _show_prices(click: Click, *, code: str | None) -> None:
    await click.show(_drawn, _read_prices, customer=click.shop.customer, code=code)


def _drawn(found: PriceList) -> Draft:
    return prices.price_list(
        found.title,
        found.products,
        found.stock,
        found.serving,
        prices=found.prices,
        total=found.total,
    )


def _read_prices(*, customer: Customer, code: str | None) -> PriceList:
    """What the list can hold for this buyer, with its stock; NotFound without game."""
    title = ""
    if code:
        category: Category | None = catalog.find_category(code.strip())
        if category is None:
            raise NotFound(_("There is no such game in this store."))
        title, found = str(category), catalog.items_of(category).order_by("price", "pk")
    else:
        found = catalog.panel_products()
    # Thousands may be for sale; what no message can hold is counted and not read.
    products = list(found[: prices.MOST_LINES])
    top_ups = [each for each in products if each.kind in SUPPLIED_KINDS]
    now = clock.now()
    served = serving_of(top_ups, now=now)
    own = buyer_prices.read_prices(customer, products, now=now)
    return PriceList(
        title,
        products,
        found.count() if len(products) == prices.MOST_LINES else len(products),
        inventory.available([product.pk for product in products]),
        served,
        {each.pk: own.of(each, serving=served.get(each.pk)) for each in products},
    )
