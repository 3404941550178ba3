"""What a store has in Discord: settings, panels, tickets and what is said there."""

from typing import Any

import factory

from bot.models import (
    BotInstance,
    ErrorReport,
    OutgoingMessage,
    Panel,
    ServerSettings,
    Ticket,
    TicketMessage,
)
from tests.factories.base import NOON, StoreRow, numbered, snowflake
from tests.factories.money import make_order
from tests.factories.people import GuildFactory


class ServerSettingsFactory(StoreRow[ServerSettings]):
    """A server of which nothing was chosen yet."""

    class Meta:
        model = ServerSettings

    guild = factory.SubFactory(GuildFactory, bot_joined_at=NOON)


class BotInstanceFactory(StoreRow[BotInstance]):
    """A bot of the store's own that should run."""

    class Meta:
        model = BotInstance

    application_id = snowflake(600_000_000_000_000_000)
    token = "bot.token"


class ErrorReportFactory(StoreRow[ErrorReport]):
    """A press on Buy that failed because of us."""

    class Meta:
        model = ErrorReport

    code = numbered("E{:06}")
    doing = "v1:buy:1:2"
    error = "RuntimeError"
    discord_id = snowflake(800_000_000_000_000_000)
    at = NOON


class PanelFactory(StoreRow[Panel]):
    """A panel that was never sent."""

    class Meta:
        model = Panel

    guild = factory.SubFactory(GuildFactory, bot_joined_at=NOON)
    channel_id = snowflake(500_000_000_000_000_000)
    created_at = NOON


class TicketFactory(StoreRow[Ticket]):
    """A row alone: an order's ticket without a channel and without history."""

    class Meta:
        model = Ticket

    number = factory.Sequence(lambda number: 1000 + number)
    order = factory.LazyFunction(lambda: make_order())
    customer = factory.SelfAttribute("order.customer")
    product = factory.LazyAttribute(lambda ticket: ticket.order.lines.get().product)
    guild = factory.SubFactory(GuildFactory, bot_joined_at=NOON)
    name = numbered("ticket-ayu-{}")
    created_at = NOON


class TicketMessageFactory(StoreRow[TicketMessage]):
    """What the ticket's buyer said."""

    class Meta:
        model = TicketMessage

    ticket = factory.SubFactory(TicketFactory)
    discord_id = snowflake(400_000_000_000_000_000)
    author_id = factory.SelfAttribute("ticket.customer.discord_id")
    author_name = factory.SelfAttribute("ticket.customer.username")
    at = NOON


class OutgoingMessageFactory(StoreRow[OutgoingMessage]):
    """A message that waits to be sent."""

    class Meta:
        model = OutgoingMessage

    guild = factory.SubFactory(GuildFactory, bot_joined_at=NOON)
    kind = "guide"
    dedupe_key = numbered("message-{}")
    due_at = NOON
    created_at = NOON


def make_panel(**fields: Any) -> Panel:
    return PanelFactory(**fields)


def make_ticket(**fields: Any) -> Ticket:
    """A row alone; `tickets.open_ticket` opens a real one."""
    return TicketFactory(**fields)
