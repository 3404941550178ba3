"""What the buttons inside a ticket do."""

import logging
from functools import partial

import discord
from discord import ui
from django.utils.translation import gettext as _

from bot import bridge
from bot.access import NotYours, access_own_order
from bot.ids import custom_id
from bot.presenters import codes, paying, quantity
from bot.presenters.draft import DANGER, ButtonDraft, Draft
from bot.services import buyer, tickets
from bot.services.buyer import Look, PaidAnswer, QuantityChosen
from bot.ui.clicks import Click, on_click, on_form, opens_form
from bot.ui.context import language_for
from payments.models import Order, Payment
from payments.services.incoming.balance import BalanceShort
from payments.services.orders import completion
from payments.states import PaymentStatus
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.money import rupiah

log = logging.getLogger(__name__)

REVIEW_CHARACTERS = 500


@on_click("pay", "order", "method")
async def pay_button(click: Click) -> None:
    """Pay by the method of this button."""
    await _pay(click, click.ids["method"])


@on_click("method", "order")
async def pay_menu(click: Click) -> None:
    """Pay by the method chosen in the menu."""
    await _pay(click, click.chosen_id())


@on_click("change", "order")
async def change_method(click: Click) -> None:
    """Offer the ways to pay once more."""
    await click.show(
        paying.choose,
        buyer.methods_for,
        customer=click.shop.customer,
        order_id=click.ids["order"],
    )


@on_click("quantity", "order")
async def offer_quantities(click: Click) -> None:
    """Show what any number of pieces costs."""
    await click.show(
        quantity.choose,
        buyer.quantities_for,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        now=clock.now(),
    )


@on_click("pieces", "order")
async def quantity_chosen(click: Click) -> None:
    """Order so many pieces."""
    await click.show(
        _quantity_chosen,
        buyer.choose_quantity,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        quantity=click.chosen_id(),
        now=clock.now(),
    )


@on_click("balance", "order")
async def pay_from_balance(click: Click) -> None:
    """Pay from the balance at once, or show what is missing."""
    try:
        await click.show(
            _paid_from_balance,
            buyer.pay_from_balance,
            customer=click.shop.customer,
            order_id=click.ids["order"],
            now=clock.now(),
        )
    except BalanceShort as short:
        await click.tell(partial(paying.balance_short, click.ids["order"], short))


@on_click("split", "order")
async def use_balance(click: Click) -> None:
    """Set the balance aside and offer the ways to pay the rest."""
    await click.show(
        paying.choose,
        buyer.set_aside,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        now=clock.now(),
    )


@on_click("paid", "payment")
async def say_paid(click: Click) -> None:
    """Look whether the money came in, and say honestly what is known."""
    await click.show(
        _what_is_known,
        buyer.say_paid,
        customer=click.shop.customer,
        payment_id=click.ids["payment"],
        now=clock.now(),
    )


@on_click("cancel", "order")
async def ask_to_cancel(click: Click) -> None:
    """Ask once more before an order is cancelled."""
    await click.show(_sure, access_own_order, click.shop.customer, click.ids["order"])


@on_click("cancelled", "order")
async def cancel(click: Click) -> None:
    """Cancel the buyer's own unpaid order."""
    await bridge.call(
        click.shop.tenant_id,
        tickets.cancel,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        now=clock.now(),
    )
    await click.tell(_cancelled)


@on_click("reveal", "order")
async def reveal(click: Click) -> None:
    """Show the codes to their buyer; anybody else is turned away and noted."""
    shop = click.shop
    try:
        await click.show(
            _codes,
            buyer.look_at_codes,
            customer=shop.customer,
            order_id=click.ids["order"],
            now=clock.now(),
        )
    except NotYours:
        # The service has put it into the audit trail.
        log.warning(
            "Discord user %s pressed “show code” of order %s, which is not theirs",
            shop.customer.discord_id,
            click.ids["order"],
        )
        raise


@opens_form("star", "order", "stars")
async def rate(interaction: discord.Interaction, found: dict[str, int]) -> None:
    """Open the form with which the stars are sent; words are optional."""
    # The pattern of an id takes any digits.
    stars = min(5, max(1, found["stars"]))
    with speaking(language_for(interaction)):
        form = ui.Modal(
            title=_("Your rating: %(stars)s") % {"stars": "⭐" * stars},
            custom_id=custom_id("review", found["order"], stars),
        )
        form.add_item(
            ui.Label(
                text=_("How was it? (optional)"),
                component=ui.TextInput(
                    custom_id="text",
                    style=discord.TextStyle.paragraph,
                    required=False,
                    max_length=REVIEW_CHARACTERS,
                ),
            )
        )
    # Answers are recognised by their id, also after a restart: nothing to remember.
    form.stop()
    # A form can only be the first answer; after an acknowledgement there is none.
    await interaction.response.send_modal(form)


@on_form("review", "order", "stars")
async def leave_review(click: Click) -> None:
    """Keep the rating; it completes the order."""
    await click.show(
        _thanks,
        completion.leave_review,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        stars=click.ids["stars"],
        text=click.values[0] if click.values else "",
        now=clock.now(),
    )


async def _pay(click: Click, method_id: int) -> None:
    await click.show(
        _how_to_pay,
        buyer.pay_with,
        customer=click.shop.customer,
        order_id=click.ids["order"],
        method_id=method_id,
        now=clock.now(),
    )


def _quantity_chosen(found: QuantityChosen) -> Draft:
    return quantity.chosen(found.offer, found.channel_id)


def _what_is_known(answer: PaidAnswer) -> Draft:
    if not answer.is_automatic and answer.status == PaymentStatus.PENDING:
        return paying.transfer_noted(answer.payment)
    return paying.check_answer(answer.payment, answer.status)


def _codes(look: Look) -> Draft:
    return codes.revealed(
        look.codes,
        look.order,
        first_seen_at=look.first_seen_at,
        what=look.handed,
        bills=look.bills,
    )


def _how_to_pay(payment: Payment) -> Draft:
    if payment.status == PaymentStatus.PENDING:
        return Draft(text=_("How to pay is in the newest message of this channel."))
    return Draft(
        text=_(
            "The payment is being prepared. It appears in this channel in a moment; "
            "your stock stays set aside."
        )
    )


def _sure(order: Order) -> Draft:
    return Draft(
        text=_("Cancel order #%(code)s? Its stock is released.") % {"code": order.code},
        rows=(
            (
                ButtonDraft(
                    _("Yes, cancel it"), custom_id("cancelled", order.pk), DANGER
                ),
            ),
        ),
    )


def _paid_from_balance(order: Order) -> Draft:
    return Draft(
        text=_(
            "✅ Paid from your balance: %(amount)s for order #%(code)s. It is "
            "delivered here in a moment."
        )
        % {"amount": rupiah(order.total), "code": order.code}
    )


def _cancelled() -> Draft:
    return Draft(text=_("Your order was cancelled."))


def _thanks(_review: object) -> Draft:
    return Draft(text=_("Thank you for your rating! 💛"))
