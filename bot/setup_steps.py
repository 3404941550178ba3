"""How far a new store has come; read from its data, so it can be resumed anywhere."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from bot.models import Panel
from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import StockItem
from inventory.states import ItemStatus
from payments import selectors as payments
from payments.models import Order
from tenants.models import Guild


class Step(StrEnum):
    """One thing a new store needs, in its order."""

    SERVER = "server"
    BOT = "bot"
    PRODUCT = "product"
    STOCK = "stock"
    METHOD = "method"
    PANEL = "panel"
    ORDER = "order"


@dataclass(frozen=True)
class SetupProgress:
    """Which steps are done, and the first one that is not."""

    done: frozenset[Step]
    posted_panel: Panel | None = None

    @property
    def current(self) -> Step | None:
        """What to do next; None when the store is complete."""
        return next((step for step in Step if step not in self.done), None)

    @property
    def is_complete(self) -> bool:
        """Whether everything is done."""
        return self.current is None

    @property
    def count(self) -> int:
        """How many steps are done."""
        return len(self.done)

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(Step)


def read_progress() -> SetupProgress:
    """How far the store in scope has come.

    What counts is what buyers can use: a product that is for sale, codes that could be
    sold, a way to pay that is offered.
    """
    found = {
        Step.SERVER: Guild.objects.exists(),
        Step.BOT: Guild.objects.filter(bot_joined_at__isnull=False).exists(),
        Step.PRODUCT: _for_sale().exists(),
        Step.STOCK: _has_stock(),
        Step.METHOD: bool(payments.active_methods()),
        Step.PANEL: Panel.objects.exists(),
        # A rehearsal with test money does not open a store.
        Step.ORDER: Order.objects.filter(paid_at__isnull=False, is_test=False).exists(),
    }
    done = frozenset(step for step, is_done in found.items() if is_done)
    return SetupProgress(done, Panel.objects.filter(message_id__isnull=False).first())


def _for_sale() -> QuerySet[Product]:
    """Products that buyers can order. Nothing in Discord sells a top-up."""
    products: QuerySet[Product] = Product.objects.filter(
        archived_at=None, is_active=True, kind=ProductKind.CODE
    )
    return products


def _has_stock() -> bool:
    """Whether such a product has, or had, a code that a buyer could get."""
    good = [ItemStatus.FREE, ItemStatus.HELD, ItemStatus.SOLD]
    return bool(
        StockItem.objects.filter(product__in=_for_sale(), status__in=good).exists()
    )
