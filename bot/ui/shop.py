"""What the buttons of a panel do: choose, buy, see the ways to pay."""

from functools import partial
from typing import Protocol, cast

import discord
from django.utils.translation import gettext as _

from bot import bridge
from bot.ids import custom_id
from bot.presenters import paying
from bot.presenters.draft import ButtonDraft, Draft, Row
from bot.presenters.panel import MENU_LINES, PanelProduct, product_menu
from bot.services import buyer, panels, ticket_channels, tickets
from bot.services.tickets import OpenedTicket
from bot.ui.clicks import Click, on_click, on_old_click
from bot.ui.topups import ask_for_account
from payments.services.orders.quote import NeedsDestination, NeedsInquiry
from ppob.kit import clock
from ppob.kit.errors import NotFound


class TicketChannels(Protocol):
    """Makes the private channel of a ticket."""

    def check(self, guild_id: int) -> None:
        """Raise when it is clear beforehand that no channel can be made."""

    async def make(self, tenant_id: int, ticket_id: int) -> int | None:
        """The channel of the ticket, made if there is none; None if none is needed."""


class ShopClient(discord.Client):
    """What a handler needs of the client besides Discord itself."""

    ticket_channels: TicketChannels


@on_click("buy", "panel", "product")
async def buy_card(click: Click) -> None:
    """Buy the product of this card."""
    await buy(click, click.ids["product"], click.ids["panel"])


@on_click("pick", "panel")
async def buy_chosen(click: Click) -> None:
    """Buy the product chosen in the menu."""
    await buy(click, click.chosen_id(), click.ids["panel"])


@on_click("another", "panel", "product", "ticket")
async def buy_another(click: Click) -> None:
    """Buy one more on purpose, beside the ticket that the button names."""
    await buy(
        click, click.ids["product"], click.ids["panel"], after=click.ids["ticket"]
    )


@on_click("buyfor", "panel", "product", "check")
async def buy_for_account(click: Click) -> None:
    """Buy a top-up for the account that was checked, and is confirmed by this press."""
    ids = click.ids
    await buy(click, ids["product"], ids["panel"], check_id=ids["check"])


@on_click("sure", "panel", "product", "check")
async def buy_for_account_again(click: Click) -> None:
    """The same once more, within minutes and on purpose."""
    ids = click.ids
    await buy(click, ids["product"], ids["panel"], check_id=ids["check"], is_sure=True)


@on_click("paybill", "panel", "product", "inquiry")
async def pay_bill(click: Click) -> None:
    """Order the bill that was looked up, and is confirmed by this press."""
    ids = click.ids
    await buy(click, ids["product"], ids["panel"], inquiry_id=ids["inquiry"])


@on_click("surebill", "panel", "product", "inquiry")
async def pay_bill_again(click: Click) -> None:
    """The same number once more, within minutes and on purpose."""
    ids = click.ids
    await buy(
        click, ids["product"], ids["panel"], inquiry_id=ids["inquiry"], is_sure=True
    )


@on_click("browse", "panel")
async def browse(click: Click) -> None:
    """Offer what can be bought now; a single product is bought at once."""
    await _offer(click, click.ids["panel"])


@on_click("page", "panel", "page")
async def browse_page(click: Click) -> None:
    """Offer the next or previous products."""
    await _offer(click, click.ids["panel"], page=click.ids["page"])


@on_click("methods", "panel")
async def show_methods(click: Click) -> None:
    """List the ways to pay."""
    await click.show(paying.method_list, buyer.methods_of_store)


@on_old_click("buy_btn")
async def browse_unnamed(click: Click) -> None:
    """The Buy button of a panel that names itself by its message alone."""
    await _offer(click, await _panel_of_message(click))


@on_old_click("payment_btn")
async def show_methods_unnamed(click: Click) -> None:
    """The Payment button of such a panel."""
    await show_methods(click)


async def buy(  # noqa: PLR0913 - what was pressed, and what was confirmed by it
    click: Click,
    product_id: int,
    panel_id: int,
    *,
    after: int | None = None,
    check_id: int | None = None,
    inquiry_id: int | None = None,
    is_sure: bool = False,
) -> None:
    """Open the ticket for a product, or say where it already is.

    With `after`, a ticket of the buyer's for this product, it is one more. A top-up
    first asks for its account, a bill for its number; `check_id` or `inquiry_id` is
    what the buyer then confirmed.
    """
    shop = click.shop
    if shop.guild is None:
        raise NotFound
    # Before anything is ordered: without a channel the order would only be cancelled.
    channels = cast(ShopClient, click.interaction.client).ticket_channels
    try:
        channels.check(shop.guild.discord_id)
    except Exception as refusal:
        await _tell_seller(shop.tenant_id, shop.guild.pk, refusal)
        raise
    try:
        opened = await bridge.call(
            shop.tenant_id,
            tickets.open_ticket,
            customer=shop.customer,
            guild_id=shop.guild.pk,
            product_id=product_id,
            panel_id=panel_id or None,
            # Discord's own id of the press: heard twice, it is one order.
            request_key=f"discord:{click.interaction.id}",
            now=clock.now(),
            after=after,
            check_id=check_id,
            inquiry_id=inquiry_id,
            is_sure=is_sure,
        )
    except (NeedsDestination, NeedsInquiry):
        await ask_for_account(click, product_id, panel_id)
        return
    channel_id = opened.ticket.channel_id
    if channel_id is None and not opened.has_ended:
        channel_id = await channels.make(shop.tenant_id, opened.ticket.pk)
    more = custom_id("another", panel_id, product_id, opened.newest)
    await click.tell(partial(_ticket_is_there, opened, channel_id, more=more))


async def _offer(click: Click, panel_id: int, *, page: int | None = None) -> None:
    shop = click.shop
    products = await bridge.call(
        shop.tenant_id,
        panels.list_products_for,
        customer=shop.customer,
        now=clock.now(),
    )
    in_stock = [product for product in products if product.can_be_bought]
    # Who turns a page has not asked to buy, however few are left meanwhile.
    if len(in_stock) == 1 and page is None:
        await buy(click, in_stock[0].pk, panel_id)
        return
    await click.tell(partial(_choices, in_stock, panel_id, page=page or 0))


async def _panel_of_message(click: Click) -> int:
    message = click.interaction.message
    found = None
    if message is not None:
        found = await bridge.call(
            click.shop.tenant_id, panels.find_panel_of_message, message.id
        )
    return found or 0


def _choices(products: list[PanelProduct], panel_id: int, *, page: int) -> Draft:
    has_changed = page > 0 and page * MENU_LINES >= len(products)
    if has_changed:
        page = 0
    menu = product_menu(panel_id, products, page=page)
    if menu is None:
        return Draft(text=_("Everything is sold out at the moment."))
    rows: list[Row] = [menu]
    turns = []
    if page > 0:
        turns.append(
            ButtonDraft(_("◀ Previous"), custom_id("page", panel_id, page - 1))
        )
    if len(products) > (page + 1) * MENU_LINES:
        turns.append(ButtonDraft(_("Next ▶"), custom_id("page", panel_id, page + 1)))
    if turns:
        rows.append(tuple(turns))
    text = (
        _("The list has changed meanwhile. Look again: what would you like to buy?")
        if has_changed
        else _("What would you like to buy?")
    )
    return Draft(text=text, rows=tuple(rows))


def _ticket_is_there(
    opened: OpenedTicket, channel_id: int | None, *, more: str
) -> Draft:
    """Where the ticket is; for one that was there before, a button for one more."""
    place = f"<#{channel_id}>"
    another = ButtonDraft(_("Open another"), more)
    if opened.has_ended:
        text = _("That ticket is closed already. Do you want to order again?")
        return Draft(text=text, rows=((another,),))
    if channel_id is None:
        return Draft(text=_("Your ticket is being opened. Look at the channel list."))
    if opened.is_new:
        return Draft(text=_("Your ticket: %(place)s") % {"place": place})
    text = _("You already have a ticket for this product: %(place)s")
    return Draft(text=text % {"place": place}, rows=((another,),))


async def _tell_seller(tenant_id: int, guild_id: int, refusal: Exception) -> None:
    reason = getattr(refusal, "reason", "forbidden")
    await bridge.call(
        tenant_id,
        ticket_channels.tell_no_channels,
        guild_id=guild_id,
        reason=reason,
        now=clock.now(),
    )
