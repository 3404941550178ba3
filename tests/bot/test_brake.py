"""How fast one person may press, and that what is too much costs nothing."""

import pytest
from django.core.cache import cache

from bot import bridge
from bot.models import Ticket
from payments.models import Order
from tests.bot.test_in_discord import store, town
from tests.bot.town import answer, find

__all__ = ["store", "town"]


@pytest.fixture
def ten(settings):
    """As it is in production: ten presses in ten seconds."""
    settings.MOST_PRESSES = 10
    cache.clear()
    yield
    cache.clear()


def press(town, person):
    panel = town.panel(person)
    return answer(person.click(panel, find(panel, "", "v1:methods:")))


def test_the_eleventh_press_in_ten_seconds_is_asked_to_wait(ten, town, store):
    told = [press(town, town.ayu) for _press in range(12)]

    assert all("BCA" in words for words in told[:10])
    for words in told[10:]:
        assert "<t:" in words
        assert "BCA" not in words
    assert "BCA" in press(town, town.bima)


def test_presses_that_are_too_many_order_nothing_and_ask_the_database_nothing(
    ten, town, store, monkeypatch
):
    for _press in range(10):
        press(town, town.ayu)
    asked = []
    real = bridge.call

    async def call(tenant_id, service, *args, **kwargs):
        asked.append(service.__name__)
        return await real(tenant_id, service, *args, **kwargs)

    monkeypatch.setattr(bridge, "call", call)

    words = town.buy(town.ayu, store.product.pk)

    assert "<t:" in words
    assert not Order.objects.exists()
    assert not Ticket.objects.exists()
    assert not {"remember", "open_ticket"} & set(asked)


def test_sent_forms_and_menus_count_like_buttons(ten, town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    card = town.press(town.ayu, channel, "v1:quantity:")
    chosen = [answer(town.ayu.select(card["message"], [2])) for _press in range(8)]

    words = answer(town.ayu.select(card["message"], [3]))

    assert "Rp 58.000" in chosen[-1]
    assert "<t:" in words
    assert Order.objects.get().total == 58_000
