"""Staff's view of what stores offer."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product
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
