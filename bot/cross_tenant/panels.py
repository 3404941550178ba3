"""Panels of all stores, and whether they may look different now."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connections
from django.db.models import OuterRef, QuerySet, Subquery

from bot.cross_tenant.serving import Serving
from bot.models import Panel
from bot.states import PanelStatus
from catalog.models import Product
from inventory.models import StockMovement, SupplierAccount
from ppob.kit.changes import open_window
from tenants.models import Tenant


@dataclass(frozen=True)
class PanelState:
    """Enough of a panel to see whether it has to be drawn again."""

    pk: int
    tenant_id: int
    channel_id: int
    refresh_secs: int
    store_version: str
    settings_key: str
    sent_version: str

    @property
    def version(self) -> str:
        """A word that differs as soon as the panel may look different."""
        return self.drawn_with(self.settings_key)

    def drawn_with(self, settings_key: str) -> str:
        """The version of a picture that was drawn with these settings just after."""
        return f"{self.store_version}/{settings_key}"


@dataclass(frozen=True)
class Changes:
    """Stores in which what panels show may have changed, and where to go on later."""

    tenant_ids: frozenset[int]
    until: int


def read_changes(since: int | None) -> Changes:
    """What was committed in all stores since an earlier look (its `until`).

    Reads the changes and nothing else, however many stores there are. The first time
    (None) it only says where to go on.
    """
    with connections["platform"].cursor() as cursor:
        window = open_window(cursor, since)
    if since is None:
        return Changes(frozenset(), window.until)
    marked = {"changed__gte": window.since, "changed__lt": window.end}
    first, *others = (
        model.across_tenants.filter(**marked).order_by().values_list("tenant_id")
        for model in (StockMovement, Product, Panel, SupplierAccount)
    )
    found = first.union(*others)
    return Changes(frozenset(tenant_id for (tenant_id,) in found), window.until)


def list_panel_states(
    serving: Serving, *, tenant_ids: Collection[int] | None = None
) -> list[PanelState]:
    """Every active panel in servers where the bot is, with its present version.

    The version changes with every stock movement and product change of the store and
    with the panel's own settings. `tenant_ids` asks about these stores alone.
    """
    panels = _active_panels(serving)
    if tenant_ids is not None:
        panels = panels.filter(tenant_id__in=tenant_ids)
    return _states_of(list(panels.order_by("pk")))


def list_panel_states_after(
    serving: Serving, *, panel_id: int, limit: int
) -> list[PanelState]:
    """The next panels behind this one, of whichever stores; [] behind the last."""
    panels = _active_panels(serving).filter(pk__gt=panel_id)
    return _states_of(list(panels.order_by("pk")[:limit]))


def _active_panels(serving: Serving) -> QuerySet[Panel]:
    panels: QuerySet[Panel] = Panel.across_tenants.filter(
        serving.condition,
        status=PanelStatus.ACTIVE,
        guild__bot_joined_at__isnull=False,
    )
    return panels


def _states_of(rows: list[Panel]) -> list[PanelState]:
    versions = _store_versions({row.tenant_id for row in rows})
    return [
        PanelState(
            pk=row.pk,
            tenant_id=row.tenant_id,
            channel_id=row.channel_id,
            refresh_secs=row.refresh_secs,
            store_version=versions.get(row.tenant_id, "-"),
            settings_key=row.settings_key,
            sent_version=row.sent_version,
        )
        for row in rows
    ]


def _store_versions(tenant_ids: set[int]) -> dict[int, str]:
    """Two look-ups a store, however many products and movements it has."""
    # Each store's newest by its index; behind a join the whole table might be walked.
    movements = StockMovement.across_tenants.filter(tenant_id=OuterRef("pk"))
    products = Product.across_tenants.filter(tenant_id=OuterRef("pk"))
    rows = (
        Tenant.objects.using("platform")
        .filter(pk__in=tenant_ids)
        .annotate(
            movement=Subquery(movements.order_by("-pk").values("pk")[:1]),
            edited_at=Subquery(
                products.order_by("-updated_at").values("updated_at")[:1]
            ),
        )
        .exclude(edited_at=None)
    )
    return {
        row.pk: f"{row.movement}.{row.edited_at:%y%m%d%H%M%S.%f}"
        for row in rows.only("pk")
    }
