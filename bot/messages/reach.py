"""What the seller reads where Discord does not carry what it should."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.models import Panel, Ticket
from bot.presenters.draft import (
    AMBER,
    RED,
    Draft,
    framed,
)
from bot.presenters.subject import mention
from bot.presenters.text import plain
from bot.services import subjects
from bot.states import PauseReason
from payments.models import UnreachedBuyer
from payments.states import UnreachedStatus
from tenants.models import Guild


@dataclass(frozen=True)
class LeftBuyer:
    """A buyer who is no longer in the server, and their order's page."""

    buyer_id: int
    code: str
    page: str


def _announce_left(*, ticket: Ticket) -> list[Announcement]:
    return [
        Announcement(
            {"order": ticket.order_id},
            f"ticket:{ticket.pk}:buyer-left",
            guild_id=ticket.guild_id,
        )
    ]


def _load_left(about: About) -> LeftBuyer:
    order = subjects.get_order(about)
    page = f"{subjects.dashboard()}pesanan/{order.public_id}/"
    return LeftBuyer(order.customer.discord_id, order.code, page)


def draw_left(found: LeftBuyer) -> Draft:
    """A buyer is no longer in the server; the goods were sent to them directly."""
    text = _(
        "🚪 %(buyer)s has left the server. What order #%(code)s has to tell them goes "
        "to their direct messages now; if that does not work either, you read it here. "
        "The order: %(page)s"
    )
    facts = {"buyer": mention(found.buyer_id), "code": found.code, "page": found.page}
    return framed(text % facts, AMBER)


LOG_BUYER_LEFT = MessageKind(
    code="log_buyer_left",
    events=("buyer.left",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_left,
    load=_load_left,
    draw=draw_left,
)


@dataclass(frozen=True)
class OpenReport:
    """A buyer whom no message reached; no `code` for news about no order."""

    buyer_id: int
    buyer_name: str
    news: str
    code: str | None
    page: str


def _announce_unreached(*, unreached: UnreachedBuyer) -> list[Announcement]:
    """Tell the seller that somebody has to reach a buyer another way."""
    payload = {"unreached": unreached.pk}
    return [Announcement(payload, f"unreached:{unreached.pk}")]


def _load_unreached(about: About) -> OpenReport | None:
    found: UnreachedBuyer = UnreachedBuyer.objects.select_related(
        "customer", "order"
    ).get(pk=about.payload["unreached"])
    if found.status != UnreachedStatus.OPEN:
        return None
    return OpenReport(
        buyer_id=found.customer.discord_id,
        buyer_name=str(found.customer),
        news=found.get_news_display(),
        code=found.order.code if found.order is not None else None,
        page=f"{subjects.dashboard()}uang/",
    )


def draw_unreached(found: OpenReport) -> Draft:
    """Discord takes no message for a buyer: somebody has to tell them."""
    text = (
        _(
            "📭 %(buyer)s cannot be reached in Discord: **%(news)s** (order "
            "#%(code)s). Send them the address of their page, it stands here: %(page)s"
        )
        if found.code is not None
        else _(
            "📭 %(buyer)s cannot be reached in Discord: **%(news)s**. Tell them "
            "another way, then write it down here: %(page)s"
        )
    )
    facts = {
        "buyer": f"{mention(found.buyer_id)} ({plain(found.buyer_name, 64)})",
        "news": found.news,
        "code": found.code or "",
        "page": found.page,
    }
    return framed(text % facts, RED)


LOG_BUYER_UNREACHED = MessageKind(
    code="log_buyer_unreached",
    events=("buyer.unreached",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_unreached,
    load=_load_unreached,
    draw=draw_unreached,
)


@dataclass(frozen=True)
class PausedPanel:
    """A panel that is no longer kept up to date; `channel_id` is Discord's."""

    title: str
    channel_id: int
    reason: PauseReason
    page: str


def _announce_paused(
    *, panel: Panel, reason: PauseReason, at: datetime
) -> list[Announcement]:
    """One line a day for the seller."""
    payload = {"panel": panel.pk, "reason": reason.value}
    key = f"panel:{panel.pk}:paused:{at:%Y%m%d}:{reason.value}"
    return [Announcement(payload, key, guild_id=panel.guild_id)]


def _load_paused(about: About) -> PausedPanel | None:
    panel = Panel.objects.filter(pk=about.payload["panel"]).first()
    if panel is None:
        return None
    reason = PauseReason(about.payload["reason"])
    return PausedPanel(panel.title, panel.channel_id, reason, subjects.dashboard())


def draw_paused(panel: PausedPanel) -> Draft:
    """A panel is no longer kept up to date."""
    text = _(
        "⏸️ The panel “%(title)s” in <#%(channel)s> is paused: %(reason)s. Resume "
        "it in the dashboard: %(page)s"
    ) % {
        "title": plain(panel.title, 100),
        "channel": panel.channel_id,
        "reason": panel.reason.label,
        "page": panel.page,
    }
    return framed(text, RED)


PANEL_PAUSED = MessageKind(
    code="panel_paused",
    events=("panel.paused",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_paused,
    load=_load_paused,
    draw=draw_paused,
)


@dataclass(frozen=True)
class ClosedLogChannel:
    """A log channel that was deleted, or that the bot may not write into."""

    server: str
    store: str
    is_gone: bool
    page: str


def _announce_closed(
    *, guild_id: int, channel_id: int, is_gone: bool, at: datetime
) -> list[Announcement]:
    payload = {"guild": guild_id, "is_gone": is_gone}
    return [Announcement(payload, f"log-channel:{channel_id}:{at:%Y%m%d}")]


def _load_closed(about: About) -> ClosedLogChannel:
    guild = Guild.objects.get(pk=about.payload["guild"])
    return ClosedLogChannel(
        server=guild.name,
        store=subjects.get_store().name,
        is_gone=about.payload["is_gone"],
        page=f"{subjects.dashboard()}pengaturan/discord/",
    )


def draw_closed(found: ClosedLogChannel) -> Draft:
    """The log channel takes nothing any more: its owner reads this directly."""
    text = (
        _(
            "📪 The log channel of %(store)s in “%(server)s” was deleted. Until you "
            "choose another one, you get what matters here: %(page)s"
        )
        if found.is_gone
        else _(
            "📪 The bot may not write into the log channel of %(store)s in "
            "“%(server)s” any more. Let it see the channel and send messages there, or "
            "choose another one; until then you get what matters here: %(page)s"
        )
    )
    facts = {
        "store": plain(found.store, 80),
        "server": plain(found.server, 80),
        "page": found.page,
    }
    return framed(text % facts, RED)


LOG_CHANNEL_CLOSED = MessageKind(
    code="log_channel_closed",
    events=("log_channel.closed",),
    audience=Audience.OWNERS,
    # It is the next way already: the owners read it directly.
    must_know=False,
    announce=_announce_closed,
    load=_load_closed,
    draw=draw_closed,
)

KINDS = (LOG_BUYER_LEFT, LOG_BUYER_UNREACHED, PANEL_PAUSED, LOG_CHANNEL_CLOSED)
