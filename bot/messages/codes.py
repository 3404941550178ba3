"""What a buyer reads about their codes."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import (
    AMBER,
    Draft,
    framed,
)
from bot.presenters.text import plain
from bot.selectors import find_ticket
from bot.services import subjects
from payments.handed import Handed, handed_of
from payments.models import Order


@dataclass(frozen=True)
class Disclosure:
    """An order whose codes staff opened, and why."""

    code: str
    reason: str
    handed: Handed = Handed.CODES


def _announce_disclosure(
    *, order: Order, entry: int, reason: str
) -> list[Announcement]:
    payload = {"order": order.pk, "reason": reason}
    return [
        Announcement(
            payload,
            f"audit:{entry}:disclosed",
            ticket=find_ticket(order),
            customer=order.customer,
        )
    ]


def _load_disclosure(about: About) -> Disclosure:
    order = subjects.get_order(about)
    kinds = order.lines.values_list("kind", flat=True)
    return Disclosure(order.code, about.payload["reason"], handed_of(kinds))


def draw_disclosure(found: Disclosure) -> Draft:
    """Somebody of the store looked at the buyer's codes, and why."""
    opened = (
        _("🔓 The store's staff opened the codes of order #%(code)s for a dispute.")
        if found.handed is Handed.CODES
        else _(
            "🔓 The store's staff opened the serial number of order #%(code)s for a "
            "dispute."
        )
    )
    why = _(
        "Reason: %(reason)s\n"
        "This was written down and cannot be hidden. If you do not know about a "
        "dispute, ask the seller here and name the order code."
    )
    facts = {"code": found.code, "reason": plain(found.reason, 200)}
    return framed(f"{opened % facts}\n{why % facts}", AMBER)


CODES_DISCLOSED = MessageKind(
    code="codes_disclosed",
    events=("codes.disclosed",),
    audience=Audience.BUYER,
    must_know=True,
    announce=_announce_disclosure,
    load=_load_disclosure,
    draw=draw_disclosure,
)

KINDS = (CODES_DISCLOSED,)
