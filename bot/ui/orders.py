"""What the buttons around a buyer's own orders do."""

from typing import cast

import discord

from bot import bridge
from bot.cross_tenant.buyers import list_stores_of_buyer
from bot.cross_tenant.serving import Serving
from bot.presenters import orders
from bot.services import own_orders
from bot.ui import context
from bot.ui.clicks import Click, on_click
from bot.ui.drawing import to_message
from ppob.kit.i18n import speaking


class ServingClient(discord.Client):
    """What a handler needs of the client besides Discord itself."""

    serving: Serving


async def show_history(click: Click) -> None:
    """The newest orders."""
    await _show_page(click, before=None)


async def show_history_directly(interaction: discord.Interaction) -> None:
    """The orders of somebody who writes to the bot: from their store, or they choose.

    No server says here which store it is; where they bought says it.
    """
    client = cast(ServingClient, interaction.client)
    stores = await bridge.across(
        list_stores_of_buyer, client.serving, buyer_id=interaction.user.id
    )
    if len(stores) == 1:
        ids = {"store": stores[0].tenant_id}
        shop = await context.resolve(interaction, ids=ids)
        await show_history(Click(interaction, shop, ids))
        return
    with speaking(context.language_for(interaction)):
        draft = (
            orders.choose_store([(row.tenant_id, row.name) for row in stores])
            if stores
            else orders.no_orders_anywhere()
        )
    await interaction.followup.send(**to_message(draft), ephemeral=True)


@on_click("mine", "store", "before")
async def turn_page(click: Click) -> None:
    """Older orders in this store; zero is the first page."""
    await _show_page(click, before=click.ids["before"] or None)


@on_click("history", "before")
async def turn_unnamed_page(click: Click) -> None:
    """The same, from a message that names no store."""
    await turn_page(click)


@on_click("chosen", "store")
async def open_chosen_of(click: Click) -> None:
    """The card of the order chosen in the menu of this store's orders."""
    await open_chosen(click)


@on_click("orders")
async def open_chosen(click: Click) -> None:
    """The card of the order chosen in the menu."""
    await show_order(click, click.chosen_id())


@on_click("card", "order")
async def open_order(click: Click) -> None:
    """The card of this order."""
    await show_order(click, click.ids["order"])


async def show_order(click: Click, order_id: int) -> None:
    """One of the buyer's orders as a card only they see."""
    await click.show(
        orders.card,
        own_orders.card,
        customer=click.shop.customer,
        order_id=order_id,
    )


async def _show_page(click: Click, *, before: int | None) -> None:
    await click.show(
        orders.history,
        own_orders.history,
        customer=click.shop.customer,
        before=before,
    )
