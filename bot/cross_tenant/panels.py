"""Panels of all stores, and whether they may look different now."""

from dataclasses import dataclass

from django.db.models import Max, OuterRef, Subquery

from bot.cross_tenant.serving import Serving
from bot.models import Panel
from bot.states import PanelStatus
from catalog.models import Product
from inventory.models import StockMovement


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


def list_panel_states(
    serving: Serving, *, tenant_id: int | None = None
) -> list[PanelState]:
    """Every active panel in servers where the bot is, with its present version.

    The version changes with every stock movement and product change of the store and
    with the panel's own settings.
    """
    panels = Panel.across_tenants.filter(
        serving.condition,
        status=PanelStatus.ACTIVE,
        guild__bot_joined_at__isnull=False,
    )
    if tenant_id is not None:
        panels = panels.filter(tenant_id=tenant_id)
    rows = list(panels.order_by("pk"))
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
    newest = StockMovement.across_tenants.filter(product=OuterRef("pk"))
    rows = (
        Product.across_tenants.filter(tenant_id__in=tenant_ids)
        .annotate(movement=Subquery(newest.order_by("-pk").values("pk")[:1]))
        .order_by()
        .values("tenant_id")
        .annotate(movement_max=Max("movement"), changed_max=Max("updated_at"))
    )
    return {
        row["tenant_id"]: f"{row['movement_max']}.{row['changed_max']:%y%m%d%H%M%S.%f}"
        for row in rows
    }
