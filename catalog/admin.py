"""Staff's view of what stores offer."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, PricePolicy, PriceRule, Product
from tenants.admin_base import TenantAdmin, site


@admin.register(Category, site=site)
class CategoryAdmin(TenantAdmin):
    """Games and other categories."""

    list_display = ("__str__", "code", "position")
    search_fields = ("code", "name", "tenant__slug")
    related = ((_("Products"), "catalog_product", "category__id__exact"),)


@admin.register(Product, site=site)
class ProductAdmin(TenantAdmin):
    """Everything that is or was for sale."""

    list_display = ("name", "sku", "kind", "price", "is_active", "is_visible")
    list_filter = ("kind", "is_active", "is_visible")
    search_fields = ("name", "sku", "tenant__slug")
    related = (
        (_("Stock"), "inventory_stockitem", "product__id__exact"),
        (_("Movements"), "inventory_stockmovement", "product__id__exact"),
        (_("Order lines"), "payments_orderline", "product__id__exact"),
    )


@admin.register(PriceRule, site=site)
class PriceRuleAdmin(TenantAdmin):
    """What certain buyers pay."""

    list_display = (
        "__str__",
        "product",
        "category",
        "tier",
        "minimum_quantity",
        "basis",
        "rate",
    )
    list_filter = ("tier", "basis")
    search_fields = ("name", "product__name", "category__code", "tenant__slug")


@admin.register(PricePolicy, site=site)
class PricePolicyAdmin(TenantAdmin):
    """How stores reckon their prices."""

    list_display = ("__str__", "least_rate", "on_cost_change", "alarm_rate")
    list_filter = ("on_cost_change",)
    search_fields = ("tenant__slug",)
