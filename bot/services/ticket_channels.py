"""The channel of a ticket: who may see it, that it is there, that it cannot be made."""

from dataclasses import dataclass
from datetime import datetime

from bot import ticket_names
from bot.models import Ticket
from bot.services import servers, tickets
from bot.services.announcing import announce
from bot.services.ticket_transitions import move_ticket
from bot.states import TicketStatus
from ppob.kit import live
from ppob.kit.db import unit_of_work


@dataclass(frozen=True)
class ChannelPlan:
    """What Discord needs to make a ticket's channel. Ids are Discord's."""

    ticket_id: int
    topic: str
    names: list[str]
    guild_id: int
    guild_row_id: int
    buyer_id: int
    staff_role_id: int | None
    category_id: int | None


def plan_channel(ticket_id: int) -> ChannelPlan | None:
    """What the ticket's channel should be; None if it has one or needs none."""
    ticket: Ticket | None = (
        Ticket.objects.select_related("guild", "customer", "order")
        .filter(
            pk=ticket_id,
            channel_id=None,
            status__in=[TicketStatus.OPEN, TicketStatus.PAID],
        )
        .first()
    )
    if ticket is None:
        return None
    settings = servers.settings_of(ticket.guild_id)
    return ChannelPlan(
        ticket_id=ticket.pk,
        topic=ticket_names.topic(code=ticket.order.code, reference=ticket.public_id),
        names=ticket_names.attempts(
            ticket.name, number=ticket.number, reference=ticket.public_id.hex[-8:]
        ),
        guild_id=ticket.guild.discord_id,
        guild_row_id=ticket.guild_id,
        buyer_id=ticket.customer.discord_id,
        staff_role_id=settings.staff_role_id,
        category_id=settings.ticket_category_id,
    )


def channel_ready(ticket_id: int, *, channel_id: int, name: str) -> bool:
    """The channel exists and is private; False if the ticket has another one."""
    with unit_of_work("bot.channel_ready"):
        # Only the first is noted: what another attempt made is found as left over.
        noted = Ticket.objects.filter(pk=ticket_id, channel_id=None).update(
            channel_id=channel_id, name=name[:100]
        )
        if noted:
            ticket = Ticket.objects.get(pk=ticket_id)
            live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))
            # The ticket's messages have waited for its channel.
            live.announce(ticket.tenant_id, "outbox")
    return bool(noted)


def abandon(ticket_id: int, *, reason: str, now: datetime) -> None:
    """There can be no channel: cancel the order, free its stock, tell the seller."""
    with unit_of_work("bot.abandon"):
        ticket = Ticket.objects.select_related("order").get(pk=ticket_id)
        # The order first: whoever moves one holds it while its ticket follows.
        tickets.cancel_unpaid(ticket.order_id, actor=tickets.BOT, now=now)
        move_ticket(
            ticket, TicketStatus.CLOSED, actor=tickets.BOT, now=now, reason="no room"
        )
        announce(
            "ticket.channel_refused",
            reason=reason,
            guild_id=ticket.guild_id,
            ticket=ticket,
            at=now,
            now=now,
        )


def tell_no_channels(*, guild_id: int, reason: str, now: datetime) -> None:
    """Tell the seller, once an hour, that buyers are turned away and why."""
    with unit_of_work("bot.tell_no_channels"):
        announce(
            "ticket.channel_refused", reason=reason, guild_id=guild_id, at=now, now=now
        )


def channel_lost(channel_id: int, *, now: datetime) -> None:
    """Somebody deleted the channel: the ticket ends, the order goes on without it."""
    with unit_of_work("bot.channel_lost"):
        # Where the bot itself deletes a channel, its ticket is closed before.
        for ticket in Ticket.objects.filter(channel_id=channel_id, closed_at=None):
            move_ticket(
                ticket,
                TicketStatus.CLOSED,
                actor=tickets.BOT,
                now=now,
                reason="channel gone",
            )
