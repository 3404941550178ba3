"""Channels that were made for a ticket which has no use for them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from bot.models import OutgoingMessage, Ticket
from bot.services import leftover_channels, ticket_channels, tickets
from bot.services.leftover_channels import FoundChannel
from bot.states import TicketStatus
from bot.ticket_names import reference_of, topic
from tests.bot.conftest import outbox_kinds
from tests.conftest import NOON

LATER = NOON + timedelta(hours=1)


def left(ticket, *channels: int) -> list[int]:
    return leftover_channels.list_leftovers(
        [FoundChannel(channel, ticket.public_id) for channel in channels]
    )


def test_a_second_channel_of_a_ticket_is_left_over(ticket):
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket")

    assert left(ticket, 901, 902) == [902]


def test_a_ticket_that_waits_for_its_channel_keeps_the_one_it_will_find(ticket):
    assert left(ticket, 901) == []


def test_the_channel_of_a_ticket_that_was_given_up_is_left_over(ticket):
    ticket_channels.abandon(ticket.pk, reason="not_private", now=NOON)

    assert left(ticket, 901) == [901]


def test_a_channel_of_another_installation_is_left_alone(ticket):
    assert leftover_channels.list_leftovers([FoundChannel(901, uuid4())]) == []


@pytest.mark.parametrize(
    ("age", "again"), [(timedelta(minutes=14), 0), (timedelta(minutes=16), 1)]
)
def test_a_closed_tickets_channel_that_outlived_it_is_closed_again(ticket, age, again):
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket")
    tickets.close_ticket(ticket.pk, now=NOON)
    OutgoingMessage.objects.update(status="failed")
    found = [FoundChannel(901, ticket.public_id)]

    leftover_channels.close_forgotten(found, now=NOON + age)
    leftover_channels.close_forgotten(found, now=NOON + age)

    waiting = OutgoingMessage.objects.filter(status="queued", kind="close_ticket")
    assert waiting.count() == again
    assert left(ticket, 901) == []


def test_an_open_tickets_channel_is_not_closed(ticket):
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket")

    leftover_channels.close_forgotten([FoundChannel(901, ticket.public_id)], now=LATER)

    assert outbox_kinds() == ["ticket_guide"]
    assert Ticket.objects.get().status == TicketStatus.OPEN


def test_a_topic_names_its_ticket(ticket):
    text = topic(code=ticket.order.code, reference=ticket.public_id)

    assert reference_of(text) == ticket.public_id
    for other in (None, "", "rules", text + "!", f"#X · {'-' * 36}"):
        assert reference_of(other) is None
