"""What lives in Discord: bots, panels, tickets and the messages to be sent."""

from bot.models.error_report import ErrorReport
from bot.models.instance import BotInstance, InstanceEvent
from bot.models.outgoing import OutgoingMessage
from bot.models.panel import Panel, PanelEvent
from bot.models.server import ServerSettings
from bot.models.ticket import Ticket, TicketEvent, TicketMessage

__all__ = [
    "BotInstance",
    "ErrorReport",
    "InstanceEvent",
    "OutgoingMessage",
    "Panel",
    "PanelEvent",
    "ServerSettings",
    "Ticket",
    "TicketEvent",
    "TicketMessage",
]
