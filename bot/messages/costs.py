"""What a store reads when a supplier changed what its products cost."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import AMBER, RED, Draft, framed
from bot.presenters.text import plain
from bot.services import subjects
from catalog.models import Product
from inventory.events import CostMove
from inventory.models import SupplierAccount
from ppob.kit.money import rupiah

MOST_LINES = 10


@dataclass(frozen=True)
class MovedCost:
    """A product by its name, and what became of its cost and price."""

    name: str
    move: CostMove


@dataclass(frozen=True)
class MovedCosts:
    """What a price list of a supplier changed: the first products, of `count`."""

    supplier: str
    lines: tuple[MovedCost, ...]
    count: int
    page: str


def _announce_costs(
    *, account_id: int, moves: Sequence[CostMove], at: datetime
) -> list[Announcement]:
    payload = {
        "account": account_id,
        "moves": [list(astuple(each)) for each in moves[:MOST_LINES]],
        "count": len(moves),
    }
    # A list is taken in parts: each has a first product of its own.
    key = f"costs:{account_id}:{moves[0].product_id}:{at:%y%m%d%H%M%S%f}"
    return [Announcement(payload, key)]


def _load_costs(about: About) -> MovedCosts:
    moves = [CostMove(*each) for each in about.payload["moves"]]
    found = Product.objects.filter(pk__in=[each.product_id for each in moves])
    names = dict(found.values_list("pk", "name"))
    account = SupplierAccount.objects.get(pk=about.payload["account"])
    return MovedCosts(
        supplier=str(account),
        lines=tuple(MovedCost(names[each.product_id], each) for each in moves),
        count=about.payload["count"],
        page=f"{subjects.dashboard()}produk/",
    )


def draw_costs(found: MovedCosts) -> Draft:
    """Which products cost something else, and what happened to their prices."""
    title = ngettext(
        "📈 %(supplier)s changed the cost of %(count)d product:",
        "📈 %(supplier)s changed the cost of %(count)d products:",
        found.count,
    ) % {"supplier": plain(found.supplier, 80), "count": found.count}
    lines = [title, *map(_line, found.lines)]
    left = found.count - len(found.lines)
    if left:
        lines.append(_("… and %(count)d more") % {"count": left})
    lines.append(found.page)
    is_urgent = any(each.move.is_taken_off for each in found.lines)
    return framed("\n".join(lines), RED if is_urgent else AMBER)


def _line(moved: MovedCost) -> str:
    move = moved.move
    line = _("**%(name)s**: cost %(before)s → %(now)s") % {
        "name": plain(moved.name, 80),
        "before": rupiah(move.cost_before),
        "now": rupiah(move.cost),
    }
    return f"{line}; {_consequence(move)}"


def _consequence(move: CostMove) -> str:
    if move.is_taken_off:
        return _("taken out of sale, its price was %(price)s") % {
            "price": rupiah(move.price)
        }
    if move.price != move.price_before:
        return _("price %(before)s → %(now)s by your rule") % {
            "before": rupiah(move.price_before),
            "now": rupiah(move.price),
        }
    if move.cost > move.price:
        return _("⚠️ the price %(price)s is below it, so nobody can buy it now") % {
            "price": rupiah(move.price)
        }
    return _("the price stays %(price)s") % {"price": rupiah(move.price)}


LOG_COSTS_MOVED = MessageKind(
    code="log_costs_moved",
    events=("costs.moved",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_costs,
    load=_load_costs,
    draw=draw_costs,
)

KINDS = (LOG_COSTS_MOVED,)
