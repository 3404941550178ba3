"""What people of a store read about the store itself."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import (
    AMBER,
    BLUE,
    GREEN,
    RED,
    Draft,
    framed,
)
from bot.presenters.text import full_time, plain
from bot.services import subjects
from catalog.models import Product
from inventory.models import StockAlert
from inventory.states import ALERT_EMOJI, AlertLevel
from ppob.kit.i18n import speaking
from tenants.models import Handover, HealthProof
from tenants.states import HandoverStatus


@dataclass(frozen=True)
class StoreOffer:
    """Who offers which store until when; `language` is the reader's."""

    giver: str
    store: str
    expires_at: datetime
    page: str
    language: str


def _announce_offer(*, offer: Handover) -> list[Announcement]:
    """Ask whom the store is offered to; the owners read of it anyway."""
    if offer.taker.discord_id is None:
        return []
    return [
        Announcement(
            {"offer": offer.pk},
            f"handover:{offer.pk}:offered",
            recipient_id=offer.taker.discord_id,
        )
    ]


def _load_offer(about: About) -> StoreOffer | None:
    offer = Handover.objects.select_related("giver", "taker").get(
        pk=about.payload["offer"]
    )
    if offer.status != HandoverStatus.OFFERED:
        return None
    return StoreOffer(
        giver=str(offer.giver),
        store=subjects.get_store().name,
        expires_at=offer.expires_at,
        page=f"{subjects.dashboard()}staf/",
        language=offer.taker.language,
    )


def draw_offer(offer: StoreOffer) -> Draft:
    """For whom a store is offered to: nothing changes until they say yes."""
    # Its one reader is known: their language, and not the store's.
    with speaking(offer.language):
        text = _(
            "🤝 %(name)s wants to hand “%(store)s” over to you. If you accept, you own "
            "it. Answer until %(until)s: %(page)s"
        ) % {
            "name": plain(offer.giver, 64),
            "store": plain(offer.store, 80),
            "until": full_time(offer.expires_at),
            "page": offer.page,
        }
        return framed(text, BLUE)


STORE_OFFERED = MessageKind(
    code="store_offered",
    events=("store.offered",),
    audience=Audience.PERSON,
    must_know=False,
    announce=_announce_offer,
    load=_load_offer,
    draw=draw_offer,
)


@dataclass(frozen=True)
class Health:
    """How many rows do not fit, and the page that says which rules."""

    violations: int
    page: str


def _announce_health(*, proof: HealthProof) -> list[Announcement]:
    payload = {"violations": proof.violations}
    return [Announcement(payload, f"health:{proof.pk}")]


def _load_health(about: About) -> Health:
    return Health(about.payload["violations"], f"{subjects.dashboard()}kesehatan/")


def draw_health(health: Health) -> Draft:
    """Books, orders or codes do not agree, or do so again."""
    if not health.violations:
        return framed(_("🩺 Store health: 0 differences again."), GREEN)
    text = ngettext(
        "🩺 Store health: %(count)d row does not fit. It stands in the platform's log "
        "for its staff; you don't have to do anything. Which rule it is: %(page)s",
        "🩺 Store health: %(count)d rows do not fit. They stand in the platform's log "
        "for its staff; you don't have to do anything. Which rules they are: %(page)s",
        health.violations,
    )
    return framed(text % {"count": health.violations, "page": health.page}, RED)


STORE_HEALTH = MessageKind(
    code="store_health",
    events=("store.health_changed",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_health,
    load=_load_health,
    draw=draw_health,
)


@dataclass(frozen=True)
class StockLevel:
    """A product that runs out; no `level` where it was refilled."""

    product: str
    level: AlertLevel | None
    available: int


def _announce_stock(
    *, alert_id: int, product_id: int, level: str, available: int
) -> list[Announcement]:
    changed_at = StockAlert.objects.values_list("changed_at", flat=True).get(
        pk=alert_id
    )
    payload = {"product": product_id, "level": level, "available": available}
    # With its moment: a level that is reached again is told again.
    key = f"alert:{alert_id}:{level}:{changed_at:%y%m%d%H%M%S%f}"
    return [Announcement(payload, key)]


def _load_stock(about: About) -> StockLevel:
    product = Product.objects.get(pk=about.payload["product"])
    level = about.payload["level"]
    return StockLevel(
        product.name,
        AlertLevel(level) if level else None,
        about.payload["available"],
    )


def draw_stock(stock: StockLevel) -> Draft:
    """A product runs out, or was refilled."""
    name = plain(stock.product, 80)
    if stock.level is None:
        text = _("🟢 **%(name)s** is in stock again: %(count)d left.")
        return framed(text % {"name": name, "count": stock.available}, GREEN)
    text = _("%(emoji)s **%(name)s**: %(level)s, %(count)d left.") % {
        "emoji": ALERT_EMOJI[stock.level],
        "name": name,
        "level": stock.level.label,
        "count": stock.available,
    }
    return framed(text, RED if stock.level != AlertLevel.WARNING else AMBER)


STOCK_ALERT = MessageKind(
    code="stock_alert",
    events=("stock.ran_low",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_stock,
    load=_load_stock,
    draw=draw_stock,
)

KINDS = (STORE_OFFERED, STORE_HEALTH, STOCK_ALERT)
