"""What the buttons around a buyer's balance do."""

from functools import partial

import discord
from discord import ui
from django.utils.translation import gettext as _

from bot import bridge
from bot.context import language_for
from bot.ids import custom_id
from bot.presenters import wallet as words
from bot.services import wallet
from bot.ui.clicks import Click, on_click, on_form, opens_form
from payments.models import Payment
from payments.services.incoming.gateway_client import is_automatic
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.money import MAX_TYPED

AMOUNT_CHARACTERS = MAX_TYPED


async def show_wallet(click: Click) -> None:
    """The balance of whoever asks."""
    found = await bridge.call(
        click.shop.tenant_id, wallet.view, customer=click.shop.customer
    )
    await click.tell(partial(words.view, found))


@on_click("lines", "before")
async def show_lines(click: Click) -> None:
    """A page of the balance's changes; zero is the first."""
    before = click.ids["before"] or None
    lines, next_before = await bridge.call(
        click.shop.tenant_id,
        wallet.statement,
        customer=click.shop.customer,
        before=before,
    )
    await click.tell(
        partial(
            words.statement, lines, next_before=next_before, is_first=before is None
        )
    )


@on_click("topup")
async def offer_amounts(click: Click) -> None:
    """Ask how much."""
    await begin_deposit(click, None)


@on_click("fund", "amount")
async def preset_chosen(click: Click) -> None:
    """A usual amount was chosen."""
    await begin_deposit(click, str(click.ids["amount"]))


@opens_form("fundother")
async def ask_amount(interaction: discord.Interaction, found: dict[str, int]) -> None:
    """Open the form for another amount."""
    with speaking(language_for(interaction)):
        form = ui.Modal(title=_("Top up"), custom_id=custom_id("fundform"))
        form.add_item(
            ui.Label(
                text=_("Amount"),
                description=_("For example 50rb, 50.000 or 50000"),
                component=ui.TextInput(
                    custom_id="amount", max_length=AMOUNT_CHARACTERS
                ),
            )
        )
    form.stop()  # answers are recognised by their id, also after a restart
    await interaction.response.send_modal(form)


@on_form("fundform")
async def amount_typed(click: Click) -> None:
    """Another amount was typed."""
    await begin_deposit(click, click.values[0] if click.values else "")


@on_click("fundby", "amount")
async def method_chosen(click: Click) -> None:
    """A way to pay was chosen in the menu."""
    await _request(click, click.chosen_id())


@on_click("fundwith", "amount", "method")
async def method_pressed(click: Click) -> None:
    """A way to pay was pressed."""
    await _request(click, click.ids["method"])


@on_click("howto", "payment")
async def show_again(click: Click) -> None:
    """How to pay a top-up, once more."""
    payment = await bridge.call(
        click.shop.tenant_id,
        wallet.how_to_pay,
        customer=click.shop.customer,
        payment_id=click.ids["payment"],
    )
    await _show(click, payment, is_sent=False)


@on_click("undeposit", "deposit")
async def cancel(click: Click) -> None:
    """Give up a top-up that is not paid."""
    deposit = await bridge.call(
        click.shop.tenant_id,
        wallet.cancel_deposit,
        customer=click.shop.customer,
        deposit_id=click.ids["deposit"],
        now=clock.now(),
    )
    await click.tell(partial(words.deposit_cancelled, deposit))


@on_click("askback", "money")
async def ask_back(click: Click) -> None:
    """Have money that did not fit sent back to where it came from."""
    money = await bridge.call(
        click.shop.tenant_id,
        wallet.ask_back,
        customer=click.shop.customer,
        money_id=click.ids["money"],
        now=clock.now(),
    )
    await click.tell(partial(words.sent_back, money))


@on_click("askall")
async def ask_balance_back(click: Click) -> None:
    """Have the whole balance sent back; the store is closed."""
    money = await bridge.call(
        click.shop.tenant_id,
        wallet.ask_balance_back,
        customer=click.shop.customer,
        now=clock.now(),
    )
    await click.tell(partial(words.sent_back, money))


async def begin_deposit(click: Click, typed: str | None) -> None:
    """Ask how much, or for a typed amount, how to pay it."""
    offer = await bridge.call(
        click.shop.tenant_id,
        wallet.deposit_offer,
        customer=click.shop.customer,
        typed=typed,
    )
    asks = words.choose_amount if offer.amount is None else words.choose_method
    await click.tell(partial(asks, offer))


async def _request(click: Click, method_id: int) -> None:
    payment = await bridge.call(
        click.shop.tenant_id,
        wallet.request_deposit,
        customer=click.shop.customer,
        amount=click.ids["amount"],
        method_id=method_id,
        request_key=f"discord:{click.interaction.id}",
        now=clock.now(),
    )
    await _show(click, payment, is_sent=not is_automatic(payment.method))


async def _show(click: Click, payment: Payment, *, is_sent: bool) -> None:
    await click.tell(partial(words.how_to_pay, payment, is_sent=is_sent))
