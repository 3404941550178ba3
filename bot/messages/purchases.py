"""What the seller reads about a top-up that did not end by itself."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.presenters.draft import AMBER, RED, Draft, framed
from bot.presenters.text import plain
from bot.services import subjects
from inventory.models import Purchase, PurchaseAttempt
from inventory.states import Discrepancy


@dataclass(frozen=True)
class StalledTopUp:
    """A top-up that waits for a decision; `page` is where it is made."""

    product: str
    page: str


def _announce_stalled(*, purchase: Purchase) -> list[Announcement]:
    # With its deadline: it may be tried again, and stall once more.
    key = f"purchase:{purchase.pk}:stalled:{purchase.due_at:%y%m%d%H%M%S}"
    return [Announcement({"purchase": purchase.pk}, key)]


def _load_stalled(about: About) -> StalledTopUp:
    purchase = Purchase.objects.select_related("product").get(
        pk=about.payload["purchase"]
    )
    return StalledTopUp(purchase.product.name, _page(purchase))


def draw_stalled(found: StalledTopUp) -> Draft:
    """Nobody knows whether the supplier delivered; a person has to look."""
    text = _(
        "⏳ **%(product)s** was paid, and nobody knows whether the supplier has "
        "delivered it. Look there, then decide: %(page)s"
    ) % {"product": plain(found.product, 80), "page": found.page}
    return framed(text, AMBER)


LOG_PURCHASE_STALLED = MessageKind(
    code="log_purchase_stalled",
    events=("purchase.stalled",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_stalled,
    load=_load_stalled,
    draw=draw_stalled,
)


def _announce_late(*, purchase: Purchase) -> list[Announcement]:
    return [Announcement({"purchase": purchase.pk}, f"purchase:{purchase.pk}:late")]


def draw_late(found: StalledTopUp) -> Draft:
    """The buyer was promised that it is done by now."""
    text = _(
        "⏳ **%(product)s** takes longer than promised. It is asked about by itself; "
        "everything about it: %(page)s"
    ) % {"product": plain(found.product, 80), "page": found.page}
    return framed(text, AMBER)


LOG_PURCHASE_LATE = MessageKind(
    code="log_purchase_late",
    events=("purchase.late",),
    audience=Audience.STORE,
    must_know=False,
    announce=_announce_late,
    load=_load_stalled,
    draw=draw_late,
)


@dataclass(frozen=True)
class Contradiction:
    """A supplier said something against its own earlier word."""

    supplier: str
    product: str
    reference: str
    kind: Discrepancy
    page: str


def _announce_contradiction(*, attempt: PurchaseAttempt) -> list[Announcement]:
    key = f"attempt:{attempt.pk}:{attempt.discrepancy}"
    return [Announcement({"attempt": attempt.pk, "kind": attempt.discrepancy}, key)]


def _load_contradiction(about: About) -> Contradiction:
    attempt = PurchaseAttempt.objects.select_related(
        "account", "purchase__product"
    ).get(pk=about.payload["attempt"])
    return Contradiction(
        supplier=str(attempt.account),
        product=attempt.purchase.product.name,
        reference=attempt.ref_id,
        kind=Discrepancy(about.payload["kind"]),
        page=_page(attempt.purchase),
    )


def draw_contradiction(found: Contradiction) -> Draft:
    """It costs the seller money, and nothing was changed for the buyer."""
    text = _(
        "⚠️ **%(supplier)s** changed its word about **%(product)s** (`%(reference)s`): "
        "%(what)s. Nothing was changed for the buyer. More: %(page)s"
    ) % {
        "supplier": plain(found.supplier, 100),
        "product": plain(found.product, 80),
        "reference": found.reference,
        "what": found.kind.label,
        "page": found.page,
    }
    return framed(text, RED)


LOG_PURCHASE_CONTRADICTED = MessageKind(
    code="log_purchase_contradicted",
    events=("purchase.contradicted",),
    audience=Audience.STORE,
    must_know=True,
    announce=_announce_contradiction,
    load=_load_contradiction,
    draw=draw_contradiction,
)


def _page(purchase: Purchase) -> str:
    return f"{subjects.dashboard()}topup/{purchase.public_id}/"


KINDS = (LOG_PURCHASE_STALLED, LOG_PURCHASE_LATE, LOG_PURCHASE_CONTRADICTED)
