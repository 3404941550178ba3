"""What the buttons around a buyer's balance do."""

from functools import partial

import discord
from discord import ui
from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters import wallet as words
from bot.presenters.draft import Draft
from bot.presenters.wallet import DepositOffer
from bot.services import wallet
from bot.ui.clicks import Click, on_click, on_form, opens_form
from bot.ui.context import language_for
from payments.models import Payment
from payments.services.incoming.gateway_client import is_automatic
from payments.services.ledger.wallets import StatementLine
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.money import MAX_TYPED

AMOUNT_CHARACTERS = MAX_TYPED


async def show_wallet(click: Click) -> None:
    """The balance of whoever asks."""
    await click.show(words.view, wallet.view, customer=click.shop.customer)


@on_click("lines", "before")
async def show_lines(click: Click) -> None:
    """A page of the balance's changes; zero is the first."""
    before = click.ids["before"] or None
    await click.show(
        partial(_statement, is_first=before is None),
        wallet.statement,
        customer=click.shop.customer,
        before=before,
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
    await click.show(
        partial(words.how_to_pay, is_sent=False),
        wallet.how_to_pay,
        customer=click.shop.customer,
        payment_id=click.ids["payment"],
    )


@on_click("undeposit", "deposit")
async def cancel(click: Click) -> None:
    """Give up a top-up that is not paid."""
    await click.show(
        words.deposit_cancelled,
        wallet.cancel_deposit,
        customer=click.shop.customer,
        deposit_id=click.ids["deposit"],
        now=clock.now(),
    )


@on_click("askback", "money")
async def ask_back(click: Click) -> None:
    """Have money that did not fit sent back to where it came from."""
    await click.show(
        words.sent_back,
        wallet.ask_back,
        customer=click.shop.customer,
        money_id=click.ids["money"],
        now=clock.now(),
    )


@on_click("askall")
async def ask_balance_back(click: Click) -> None:
    """Have the whole balance sent back; the store is closed."""
    await click.show(
        words.sent_back,
        wallet.ask_balance_back,
        customer=click.shop.customer,
        now=clock.now(),
    )


async def begin_deposit(click: Click, typed: str | None) -> None:
    """Ask how much, or for a typed amount, how to pay it."""
    await click.show(
        _ask, wallet.deposit_offer, customer=click.shop.customer, typed=typed
    )


async def _request(click: Click, method_id: int) -> None:
    await click.show(
        _requested,
        wallet.request_deposit,
        customer=click.shop.customer,
        amount=click.ids["amount"],
        method_id=method_id,
        # Discord's own id of the press: heard twice, it is one top-up.
        request_key=f"discord:{click.interaction.id}",
        now=clock.now(),
    )


def _statement(
    page: tuple[list[StatementLine], int | None], *, is_first: bool
) -> Draft:
    lines, next_before = page
    return words.statement(lines, next_before=next_before, is_first=is_first)


def _ask(offer: DepositOffer) -> Draft:
    asks = words.choose_amount if offer.amount is None else words.choose_method
    return asks(offer)


def _requested(payment: Payment) -> Draft:
    return words.how_to_pay(payment, is_sent=not is_automatic(payment.method))
