"""Staff's view of stock. The codes themselves are sealed and never shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from inventory.models import Hold, StockAlert, StockItem, StockMovement
from tenants.admin_base import TenantAdmin, site


@admin.register(StockItem, site=site)
class StockItemAdmin(TenantAdmin):
    """Where each code stands."""

    hidden = ("code_hash",)
    list_display = ("__str__", "product", "status", "holder", "created_at")
    list_filter = ("status",)
    search_fields = ("=public_id", "=holder")


@admin.register(StockMovement, site=site)
class StockMovementAdmin(TenantAdmin):
    """Every change of stock."""

    list_display = ("at", "product", "kind", "available", "on_hand", "actor")
    list_filter = ("kind",)
    search_fields = ("=holder", "product__sku")


@admin.register(Hold, site=site)
class HoldAdmin(TenantAdmin):
    """Codes set aside for order lines."""

    list_display = ("holder", "product", "quantity", "status", "expires_at")
    list_filter = ("status",)
    search_fields = ("=holder", "product__sku")


@admin.register(StockAlert, site=site)
class StockAlertAdmin(TenantAdmin):
    """Products that need or needed stock."""

    list_display = ("product", "level", "available", "raised_at", "resolved_at")
    list_filter = ("level", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("product__sku", "product__name")
    related = ((_("Movements"), "inventory_stockmovement", "product__id__exact"),)
