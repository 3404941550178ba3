"""Several pieces, a second ticket and a picture, as a buyer meets them in Discord."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bot.models import Ticket
from bot.simulator.client import text_of
from catalog.models import Product
from inventory import selectors
from inventory.models import StockItem
from payments.models import Order
from payments.states import OrderStatus
from tests.bot.test_in_discord import pay, store, town
from tests.bot.town import answer, find, has
from tests.catalog.test_images import picture
from tests.factories import wait_until

__all__ = ["store", "town"]


@pytest.fixture
def painted(store, settings, tmp_path):
    """The product has a picture before the bot is there."""
    settings.MEDIA_ROOT = tmp_path
    content = picture(form="WEBP")
    name = default_storage.save("products/test.webp", ContentFile(content))
    Product.objects.filter(pk=store.product.pk).update(image=name)
    return content


def choose_quantity(town, person, channel, count):
    """Press Quantity in the ticket's newest guide and choose; what is answered."""
    card = town.press(person, channel, "v1:quantity:")
    return answer(person.select(card["message"], [count]))


def test_three_pieces_are_ordered_paid_and_delivered(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)

    told = choose_quantity(town, town.ayu, channel, 3)
    guide = town.ayu.wait_for_message(
        channel, lambda m: has(m, "v1:pay:") and "Rp 87.000" in text_of(m)
    )
    order = pay(store, jobs)
    shown = answer(town.press(town.ayu, channel, "v1:reveal:"))

    assert "3 × Rp 29.000" in told
    assert has(guide, "v1:quantity:")
    assert (order.total, order.status) == (87_000, OrderStatus.DELIVERED)
    sold = StockItem.objects.filter(product=store.product, status="sold")
    codes = [item.code.reveal() for item in sold]
    assert len(codes) == 3
    assert all(code in shown for code in codes)
    assert Order.objects.count() == 1


def test_the_first_guides_buttons_go_when_another_quantity_is_chosen(town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    choose_quantity(town, town.ayu, channel, 2)

    def only_one():
        found = [m for m in town.ayu.messages(channel) if has(m, "v1:quantity:")]
        return len(found) == 1 and "Rp 58.000" in text_of(found[0])

    wait_until(only_one)


def test_what_was_taken_meanwhile_is_said_with_what_is_left(town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    card = town.press(town.ayu, channel, "v1:quantity:")
    town.buy(town.bima, store.product.pk)

    told = answer(town.ayu.select(card["message"], [3]))

    assert "2" in told
    order = Order.objects.get(customer__discord_id=town.ayu.user_id)
    assert (order.total, order.lines.get().quantity) == (29_000, 1)


def test_a_second_ticket_for_the_same_product_is_one_press_away(town, store):
    town.buy(town.ayu, store.product.pk)
    panel = town.panel(town.ayu)
    card = find(panel, f":{store.product.pk}", "v1:buy:")
    again = town.ayu.click(panel, card)
    button = find(again["message"], "", "v1:another:")

    told = {answer(town.ayu.click(again["message"], button)) for _press in range(3)}

    first, second = Ticket.objects.order_by("pk")
    assert f"<#{first.channel_id}>" in answer(again)
    assert all(f"<#{second.channel_id}>" in text for text in told)
    assert second.follows_id == first.pk
    assert first.channel_id != second.channel_id
    assert selectors.available([store.product.pk]) == {store.product.pk: 1}


def test_the_buyer_sees_the_products_picture(painted, town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    guide = town.ayu.wait_for_message(channel, lambda m: has(m, "v1:quantity:"))

    [embed] = guide["embeds"]
    [file] = guide["attachments"]
    assert embed["thumbnail"]["url"].endswith(file["filename"])
    card = town.press(town.ayu, channel, "v1:quantity:")
    assert card["message"]["embeds"][0]["thumbnail"]["url"]
    assert file["size"] == len(painted)
