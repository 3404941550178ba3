"""What Discord shows on a store's start page: what is set up, and what rests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot import selectors
from bot.dashboard.guilds import find_guild
from bot.models import Panel
from bot.setup_steps import read_progress
from bot.states import PanelStatus
from ppob.kit.cards import Card, Place

PANELS = frozenset({"panels"})
SETTINGS = frozenset({"settings"})
TICKETS = frozenset({"tickets"})


def _progress(_now: datetime) -> Mapping[str, Any] | None:
    progress = read_progress()
    return None if progress.is_complete else {"progress": progress}


def _absent(_now: datetime) -> Mapping[str, Any] | None:
    guild = find_guild()
    is_absent = guild is not None and guild.bot_joined_at is None
    return {"guild": guild} if is_absent else None


def _log_channel(_now: datetime) -> Mapping[str, Any] | None:
    guild = find_guild()
    is_there = guild is not None and guild.bot_joined_at is not None
    return {} if is_there and not selectors.has_log_channel() else None


def _paused(_now: datetime) -> Mapping[str, Any] | None:
    panels = list(Panel.objects.filter(status=PanelStatus.PAUSED))
    return {"panels": panels} if panels else None


def _tickets(_now: datetime) -> Mapping[str, Any]:
    return {"count": selectors.count_active_tickets()}


CARDS = (
    Card(
        Place.NOTICE,
        10,
        "bot/cards/progress.html",
        PANELS | SETTINGS | {"methods", "stock", "products"},
        _progress,
    ),
    Card(Place.NOTICE, 20, "bot/cards/absent.html", SETTINGS, _absent),
    Card(Place.NOTICE, 30, "bot/cards/log_channel.html", SETTINGS, _log_channel),
    Card(Place.NOTICE, 40, "bot/cards/paused.html", PANELS, _paused),
    Card(Place.FIGURE, 30, "bot/cards/tickets.html", TICKETS, _tickets),
)
