"""What buyer and seller read about a ticket: how it begins, or that it cannot."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bot.ids import custom_id
from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.models import Ticket
from bot.presenters import quantity
from bot.presenters.draft import (
    BLUE,
    DANGER,
    RED,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    Row,
    framed,
)
from bot.presenters.paying import Offer, offer_rows
from bot.presenters.quantity import Pieces
from bot.presenters.subject import mention
from bot.presenters.text import deadline
from bot.services import buyer, pictures, subjects
from payments.handed import Handed
from payments.services.orders import quantities
from payments.states import OrderStatus
from ppob.kit import clock
from ppob.kit.money import rupiah

# Discord's names of what the bot needs for a ticket.
_RIGHTS = {
    "view_channel": gettext_lazy("See channels"),
    "send_messages": gettext_lazy("Send messages"),
    "read_message_history": gettext_lazy("Read message history"),
    "attach_files": gettext_lazy("Attach files"),
    "embed_links": gettext_lazy("Embed links"),
    "manage_channels": gettext_lazy("Manage channels"),
}


@dataclass(frozen=True)
class Guide:
    """What was chosen and how it can be paid.

    `has_quantities` says that another number of pieces can be had.
    """

    offer: Offer
    lines: tuple[Pieces, ...]
    discounts: tuple[FieldDraft, ...]
    buyer_id: int
    picture: FileDraft | None
    has_quantities: bool


def _announce_guide(*, ticket: Ticket, turn: str) -> list[Announcement]:
    return [Announcement({}, f"ticket:{ticket.pk}:guide{turn}", ticket=ticket)]


def _load_guide(about: About) -> Guide:
    order = subjects.get_order(about)
    offer = buyer.offer_for(order)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        offer = offer.without_ways()
    lines = list(order.lines.select_related("product").order_by("pk"))
    return Guide(
        offer,
        tuple(map(quantity.pieces_of, lines)),
        quantity.discounts_of(order),
        order.customer.discord_id,
        picture=pictures.picture_of(lines[0].product),
        has_quantities=quantities.may_choose(order, now=clock.now()),
    )


def draw_guide(guide: Guide) -> Draft:
    """The first message: what was chosen, how it goes on, and the ways to pay."""
    offer, picture = guide.offer, guide.picture
    cancel = ButtonDraft(_("Cancel order"), custom_id("cancel", offer.order_id), DANGER)
    choice = (quantity.button(offer.order_id),) if guide.has_quantities else ()
    rows: tuple[Row, ...] = (*offer_rows(offer), (*choice, cancel))
    welcome = _("Welcome, %(buyer)s!") % {"buyer": mention(guide.buyer_id)}
    return Draft(
        text=welcome,
        embed=_guide_embed(guide),
        rows=rows,
        files=(picture,) if picture is not None else (),
        mentions=(guide.buyer_id,),
    )


def _guide_embed(guide: Guide) -> EmbedDraft:
    offer, what = guide.offer, quantity.handed(guide.lines)
    last = {
        Handed.CODES: _("3. Your order appears here by itself, only for you to see."),
        Handed.SERIAL_NUMBERS: _(
            "3. The top-up is sent by itself; you can follow it here."
        ),
        Handed.RECEIPTS: _("3. The bill is paid by itself; you can follow it here."),
    }
    steps = [
        _("1. Choose how you want to pay below."),
        _("2. Pay exactly the amount that is shown."),
        last[what],
    ]
    if not offer.methods:
        steps = [_("There is no way to pay yet. Please ask the seller here.")]
    kept = (
        _("Stock is set aside for you until %(when)s.")
        if what is Handed.CODES
        else _("This price is kept for you until %(when)s.")
    )
    text = kept % {"when": deadline(offer.expires_at)}
    return EmbedDraft(
        title=_("Order #%(code)s") % {"code": offer.code},
        text="\n".join([text, "", *steps]),
        colour=BLUE,
        fields=(
            *quantity.fields_of(guide.lines),
            *guide.discounts,
            FieldDraft(_("To pay"), f"**{rupiah(offer.total)}**", True),
        ),
        footer=_(
            "Only you, the store's staff and this server's administrators, bots among "
            "them, can read this channel."
        ),
        thumbnail=quantity.address_of(guide.picture),
    )


TICKET_GUIDE = MessageKind(
    code="ticket_guide",
    events=("ticket.opened", "ticket.changed"),
    audience=Audience.TICKET,
    must_know=False,
    announce=_announce_guide,
    load=_load_guide,
    draw=draw_guide,
)


@dataclass(frozen=True)
class Refusal:
    """Why no ticket channel can be made: `full`, `missing:<right>`, …"""

    reason: str


def _announce_refusal(
    *, reason: str, guild_id: int, at: datetime, ticket: Ticket | None = None
) -> list[Announcement]:
    """Each ticket that got none is told; without one, once an hour."""
    if ticket is not None:
        payload: dict[str, object] = {"ticket": ticket.pk, "reason": reason}
        return [Announcement(payload, f"ticket:{ticket.pk}:no-room", guild_id=guild_id)]
    key = f"guild:{guild_id}:no-room:{at:%Y%m%d%H}"
    return [Announcement({"reason": reason}, key, guild_id=guild_id)]


def _load_refusal(about: About) -> Refusal:
    return Refusal(about.payload["reason"])


def draw_refusal(refusal: Refusal) -> Draft:
    """A buyer could not be served because no ticket channel can be made."""
    kind, _sign, right = refusal.reason.partition(":")
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
    text = _(
        "🚫 A ticket could not be opened, so nothing was sold. To fix it: %(how)s."
    ) % {"how": reasons.get(kind, _("check the bot's permissions"))}
    return framed(text, RED)


NO_CHANNEL = MessageKind(
    code="no_room",
    events=("ticket.channel_refused",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_refusal,
    load=_load_refusal,
    draw=draw_refusal,
)

KINDS = (TICKET_GUIDE, NO_CHANNEL)
