"""What lives in Discord: bots, panels, tickets and the messages to be sent."""

from bot.models.instance import BotInstance
from bot.models.outgoing import OutgoingMessage
from bot.models.panel import Panel
from bot.models.server import ServerSettings
from bot.models.ticket import Ticket, TicketMessage

__all__ = [
    "BotInstance",
    "OutgoingMessage",
    "Panel",
    "ServerSettings",
    "Ticket",
    "TicketMessage",
]
