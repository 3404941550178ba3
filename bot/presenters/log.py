"""What the seller reads in the log channel. Nothing here is a secret of the buyer."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bot.models import Panel
from bot.presenters.draft import AMBER, BLUE, GREEN, GREY, RED, Draft, EmbedDraft
from bot.presenters.text import plain
from bot.states import PauseReason
from catalog.models import Product
from inventory.states import ALERT_EMOJI, AlertLevel
from payments.models import Order, UnreachedBuyer
from ppob.kit.money import rupiah
from security.states import Trouble
from tenants.audit_words import FIELDS
from tenants.history import HistoryEntry
from tenants.models import Handover

# Discord's names of what the bot needs for a ticket.
_RIGHTS = {
    "view_channel": gettext_lazy("See channels"),
    "send_messages": gettext_lazy("Send messages"),
    "read_message_history": gettext_lazy("Read message history"),
    "attach_files": gettext_lazy("Attach files"),
    "embed_links": gettext_lazy("Embed links"),
    "manage_channels": gettext_lazy("Manage channels"),
}


def sale(order: Order, names: str) -> Draft:
    """An order was paid."""
    return _line(
        _("💸 Sale #%(code)s: %(names)s for **%(amount)s** by %(buyer)s.")
        % {
            "code": order.code,
            "names": plain(names, 200),
            "amount": rupiah(order.total),
            "buyer": f"<@{order.customer.discord_id}>",
        },
        GREEN,
    )


def completed(order: Order, *, stars: int, words: str) -> Draft:
    """An order is complete, perhaps with a rating."""
    text = _("🏁 Order #%(code)s is complete.") % {"code": order.code}
    if stars:
        text = f"{text} {'⭐' * stars}"
    if words:
        text = f"{text}\n> {plain(words, 500)}"
    return _line(text, GREEN)


def stock_alert(product: Product, *, level: str, available: int) -> Draft:
    """A product runs out, or was refilled."""
    name = plain(product.name, 80)
    if not level:
        text = _("🟢 **%(name)s** is in stock again: %(count)d left.")
        return _line(text % {"name": name, "count": available}, GREEN)
    known = AlertLevel(level)
    text = _("%(emoji)s **%(name)s**: %(level)s, %(count)d left.") % {
        "emoji": ALERT_EMOJI[known],
        "name": name,
        "level": known.label,
        "count": available,
    }
    return _line(text, RED if known != AlertLevel.WARNING else AMBER)


def panel_paused(panel: Panel, reason: str, *, page: str) -> Draft:
    """A panel is no longer kept up to date."""
    return _line(
        _(
            "⏸️ The panel “%(title)s” in <#%(channel)s> is paused: %(reason)s. Resume "
            "it in the dashboard: %(page)s"
        )
        % {
            "title": plain(panel.title, 100),
            "channel": panel.channel_id,
            "reason": PauseReason(reason).label,
            "page": page,
        },
        RED,
    )


def no_room(reason: str) -> Draft:
    """A buyer could not be served because no ticket channel can be made."""
    kind, _sign, right = reason.partition(":")
    reasons = {
        "missing": _("give the bot's role the permission **%(right)s**")
        % {"right": _RIGHTS.get(right, right)},
        "category": _(
            "let the bot see and manage the ticket category: it may do so in the "
            "server, but not there"
        ),
        "absent": _("add the bot to the server again"),
        "owner_factor": _(
            "the server asks for two-factor sign-in of its moderators; switch it on "
            "for the Discord account that owns the bot, or switch that rule off"
        ),
        "full": _("the server has too many channels; delete some old ones"),
        "busy": _(
            "nothing to do; Discord takes no more new channels from the bot for a "
            "while, which passes by itself"
        ),
        "not_private": _(
            "a role or another bot could see the new ticket, so it was deleted; check "
            "that the category allows nobody else"
        ),
    }
    return _line(
        _("🚫 A ticket could not be opened, so nothing was sold. To fix it: %(how)s.")
        % {"how": reasons.get(kind, _("check the bot's permissions"))},
        RED,
    )


def buyer_left(order: Order, *, page: str) -> Draft:
    """A buyer is no longer in the server; the goods were sent to them directly."""
    text = _(
        "🚪 %(buyer)s has left the server. What order #%(code)s has to tell them goes "
        "to their direct messages now; if that does not work either, you read it here. "
        "The order: %(page)s"
    )
    facts = {
        "buyer": f"<@{order.customer.discord_id}>",
        "code": order.code,
        "page": f"{page}pesanan/{order.public_id}/",
    }
    return _line(text % facts, AMBER)


def buyer_unreached(found: UnreachedBuyer, *, page: str) -> Draft:
    """Discord takes no message for a buyer: somebody has to tell them."""
    text = (
        _(
            "📭 %(buyer)s cannot be reached in Discord: **%(news)s** (order "
            "#%(code)s). Send them the address of their page, it stands here: %(page)s"
        )
        if found.order is not None
        else _(
            "📭 %(buyer)s cannot be reached in Discord: **%(news)s**. Tell them "
            "another way, then write it down here: %(page)s"
        )
    )
    facts = {
        "buyer": f"<@{found.customer.discord_id}> ({plain(str(found.customer), 64)})",
        "news": found.get_news_display(),
        "code": found.order.code if found.order is not None else "",
        "page": page,
    }
    return _line(text % facts, RED)


def log_channel_closed(server: str, *, store: str, is_gone: bool, page: str) -> Draft:
    """The log channel takes nothing any more: its owner reads this directly."""
    text = (
        _(
            "📪 The log channel of %(store)s in “%(server)s” was deleted. Until you "
            "choose another one, you get what matters here: %(page)s"
        )
        if is_gone
        else _(
            "📪 The bot may not write into the log channel of %(store)s in "
            "“%(server)s” any more. Let it see the channel and send messages there, or "
            "choose another one; until then you get what matters here: %(page)s"
        )
    )
    facts = {"store": plain(store, 80), "server": plain(server, 80), "page": page}
    return _line(text % facts, RED)


def deed_done(entry: HistoryEntry, *, store: str, place: str, page: str) -> Draft:
    """Something that decides about money or access was changed."""
    what = f"**{entry.action}**"
    if entry.subject:
        what = f"{what} ({plain(entry.subject, 80)})"
    for change in entry.changes:
        if change.label == FIELDS["role"]:  # who may do what now is the news itself
            roles = [role for role in (change.before, change.after) if role]
            what = f"{what}: {plain(' → '.join(roles), 80)}"
    where = _(", from %(place)s") % {"place": place} if place else ""
    return _line(
        _(
            "🔐 %(store)s: %(what)s by %(actor)s, %(at)s%(where)s. Was it not you or "
            "your staff? Look at it at once: %(page)s"
        )
        % {
            "store": plain(store, 80),
            "what": what,
            "actor": plain(entry.actor, 80),
            "at": f"<t:{int(entry.at.timestamp())}:f>",
            "where": where,
            "page": page,
        },
        AMBER,
    )


def store_offered(offer: Handover, *, store: str, page: str) -> Draft:
    """For whom a store is offered to: nothing changes until they say yes."""
    return _line(
        _(
            "🤝 %(name)s wants to hand “%(store)s” over to you. If you accept, you own "
            "it. Answer until %(until)s: %(page)s"
        )
        % {
            "name": plain(str(offer.giver), 64),
            "store": plain(store, 80),
            "until": f"<t:{int(offer.expires_at.timestamp())}:f>",
            "page": page,
        },
        BLUE,
    )


def store_health(violations: int, *, page: str) -> Draft:
    """Books, orders or codes do not agree, or do so again."""
    if not violations:
        return _line(_("🩺 Store health: 0 differences again."), GREEN)
    text = ngettext(
        "🩺 Store health: %(count)d row does not fit. It stands in the platform's log "
        "for its staff; you don't have to do anything. Which rule it is: %(page)s",
        "🩺 Store health: %(count)d rows do not fit. They stand in the platform's log "
        "for its staff; you don't have to do anything. Which rules they are: %(page)s",
        violations,
    )
    return _line(text % {"count": violations, "page": page}, RED)


def method_trouble(name: str, trouble: str, *, page: str) -> Draft:
    """A way to pay needs its seller."""
    sentences = {
        Trouble.KEYS: _(
            "🔑 The keys of **%(name)s** do not work any more: nothing can be charged, "
            "and its messages wait. Enter them again: %(page)s"
        ),
        Trouble.ODD: _(
            "⚠️ **%(name)s** sent a message that is rightly signed but cannot be used. "
            "No money was booked for it. Compare your account there with your orders: "
            "%(page)s"
        ),
    }
    facts = {"name": plain(name, 80), "page": page}
    return _line(sentences[Trouble(trouble)] % facts, RED)


def supplier_trouble(name: str, trouble: str, *, page: str) -> Draft:
    """A supplier account needs its seller."""
    sentences = {
        Trouble.KEYS: _(
            "🔑 The keys of your supplier **%(name)s** do not work any more: nothing "
            "can be bought there, and its messages wait. More: %(page)s"
        ),
        Trouble.ODD: _(
            "⚠️ Your supplier **%(name)s** sent a message that is rightly signed but "
            "cannot be used. No purchase was changed by it. Compare your purchases "
            "there with your orders: %(page)s"
        ),
    }
    facts = {"name": plain(name, 80), "page": page}
    return _line(sentences[Trouble(trouble)] % facts, RED)


def _line(text: str, colour: int = BLUE) -> Draft:
    return Draft(embed=EmbedDraft(text=text, colour=colour or GREY))
