"""What the buttons around a buyer's own orders do."""

from functools import partial

from bot import bridge
from bot.presenters import orders
from bot.services import own_orders
from bot.ui.clicks import Click, on_click


async def show_history(click: Click) -> None:
    """The newest orders."""
    await _show_page(click, before=None)


@on_click("history", "before")
async def turn_page(click: Click) -> None:
    """Older orders; zero is the first page."""
    await _show_page(click, before=click.ids["before"] or None)


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
    found = await bridge.call(
        click.shop.tenant_id,
        own_orders.card,
        customer=click.shop.customer,
        order_id=order_id,
    )
    await click.tell(partial(orders.card, found))


async def _show_page(click: Click, *, before: int | None) -> None:
    page = await bridge.call(
        click.shop.tenant_id,
        own_orders.history,
        customer=click.shop.customer,
        before=before,
    )
    await click.tell(partial(orders.history, page))
