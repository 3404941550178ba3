"""What a buyer presses on the way to a top-up: for which account, and is it that."""

import discord
from discord import ui
from django.utils.translation import gettext as _

from bot import bridge
from bot.ids import custom_id
from bot.presenters import bills, suppliers
from bot.presenters import topups as drawing
from bot.presenters.bills import BillAnswer
from bot.presenters.draft import Draft
from bot.presenters.topups import CheckedAccount, TopUpOffer
from bot.services import supplier_report, topups
from bot.ui.clicks import Click, on_click, on_form, opens_form
from bot.ui.context import language_for
from payments.services.orders import undo
from ppob.kit import clock
from ppob.kit.i18n import speaking

ACCOUNT_CHARACTERS = 120
NO_PANEL = 0  # a command was typed


async def ask_for_account(click: Click, product_id: int, panel_id: int) -> None:
    """Show the item, and ask for which account it is."""
    await click.show(
        _offered,
        topups.offer,
        customer=click.shop.customer,
        product_id=product_id,
        panel_id=panel_id,
        now=clock.now(),
    )


@opens_form("account", "panel", "product")
async def enter_account(
    interaction: discord.Interaction, found: dict[str, int]
) -> None:
    """Open the form in which the account is typed or pasted, as the game shows it."""
    with speaking(language_for(interaction)):
        form = _form(
            found,
            title=_("For which account?"),
            label=_("ID, with zone or server if the game has one"),
            example="123456789 (1234)",
        )
    # A form can only be the first answer; after an acknowledgement there is none.
    await interaction.response.send_modal(form)


@opens_form("number", "panel", "product")
async def enter_number(interaction: discord.Interaction, found: dict[str, int]) -> None:
    """Open the form in which the customer number of a bill is typed."""
    with speaking(language_for(interaction)):
        form = _form(
            found,
            title=_("For which number?"),
            label=_("Customer number, as it stands on the bill"),
            example="123456789012",
        )
    await interaction.response.send_modal(form)


@on_form("named", "panel", "product")
async def check_entered(click: Click) -> None:
    """Find out whose account was typed, and ask whether it is that."""
    await click.show(
        _asked,
        topups.check_entered,
        customer=click.shop.customer,
        product_id=click.ids["product"],
        panel_id=click.ids["panel"],
        text=click.values[0] if click.values else "",
        now=clock.now(),
    )


@on_click("known", "panel", "product")
async def check_known(click: Click) -> None:
    """The same for an account of before, chosen in the menu."""
    await click.show(
        _asked,
        topups.check_known,
        customer=click.shop.customer,
        product_id=click.ids["product"],
        panel_id=click.ids["panel"],
        saved_id=click.chosen_id(),
        now=clock.now(),
    )


async def begin_top_up(click: Click, *, item: str, account: str | None) -> None:
    """Buy what was named in a command: ask for the account, or whether it is that."""
    shop = click.shop
    product_id = await bridge.call(shop.tenant_id, topups.find_item, item)
    if account is None:
        await ask_for_account(click, product_id, NO_PANEL)
        return
    await click.show(
        _asked,
        topups.check_entered,
        customer=shop.customer,
        product_id=product_id,
        panel_id=NO_PANEL,
        text=account,
        now=clock.now(),
    )


async def show_check(click: Click, *, game: str, user_id: str, server: str) -> None:
    """Show what is known of an account, and what can be bought for it."""
    await click.show(
        drawing.show_check,
        topups.check_for_game,
        customer=click.shop.customer,
        game=game,
        user_id=user_id,
        server=server,
        now=clock.now(),
    )


async def show_suppliers(click: Click) -> None:
    """How the suppliers do, for the store's own people alone."""
    await click.show(
        suppliers.report,
        supplier_report.read_report,
        customer=click.shop.customer,
        now=clock.now(),
    )


@on_click("pickfor", "check")
async def choose_for_account(click: Click) -> None:
    """The item chosen for an account that was checked: is everything right?"""
    await click.show(
        _asked,
        topups.check_again,
        customer=click.shop.customer,
        check_id=click.ids["check"],
        product_id=click.chosen_id(),
        now=clock.now(),
    )


@on_click("undo", "order")
async def take_back(click: Click) -> None:
    """Take a paid top-up back while no supplier has heard of it."""
    await click.show(
        _taken_back,
        undo.take_back,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        now=clock.now(),
    )


def _form(found: dict[str, int], *, title: str, label: str, example: str) -> ui.Modal:
    """One input for whatever it goes to; what was typed is read by `named`."""
    form = ui.Modal(
        title=title, custom_id=custom_id("named", found["panel"], found["product"])
    )
    form.add_item(
        ui.Label(
            text=label,
            component=ui.TextInput(
                custom_id="text", placeholder=example, max_length=ACCOUNT_CHARACTERS
            ),
        )
    )
    form.stop()
    return form


def _asked(found: CheckedAccount | BillAnswer) -> Draft:
    if isinstance(found, BillAnswer):
        return bills.confirm(found)
    return drawing.confirm(found)


def _offered(offer: TopUpOffer) -> Draft:
    if drawing.is_disabled(offer.serving):
        return drawing.not_now(offer)
    return drawing.choose_account(offer)


def _taken_back(_order: object) -> Draft:
    return Draft(
        text=_("Taken back. No supplier was asked, and your money is yours again.")
    )
