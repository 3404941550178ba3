"""Staff's view of stock and purchases. Codes are sealed and never shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from inventory.models import (
    AccountCheck,
    BillInquiry,
    BreakerEvent,
    DepositHold,
    Hold,
    PriceChange,
    Purchase,
    PurchaseAttempt,
    PurchaseEvent,
    SavedDestination,
    StockAlert,
    StockBatch,
    StockDraft,
    StockItem,
    StockMovement,
    SupplierAccount,
    SupplierProduct,
)
from tenants.admin_base import TenantAdmin, site


@admin.register(StockItem, site=site)
class StockItemAdmin(TenantAdmin):
    """Where each code stands."""

    hidden = ("code_hash", "fold_hash")
    list_display = ("__str__", "product", "batch", "status", "holder", "created_at")
    list_filter = ("status",)
    search_fields = ("=public_id", "=holder")


@admin.register(StockBatch, site=site)
class StockBatchAdmin(TenantAdmin):
    """Uploads, and whether they were withdrawn."""

    list_display = ("public_id", "product", "source", "added", "actor", "created_at")
    list_filter = ("source", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "product__sku")
    related = ((_("Codes"), "inventory_stockitem", "batch__id__exact"),)


@admin.register(StockDraft, site=site)
class StockDraftAdmin(TenantAdmin):
    """Uploads that are being looked at; what is in them is sealed and never shown."""

    list_display = ("public_id", "product", "source", "actor", "expires_at")
    list_filter = ("source",)
    search_fields = ("=public_id", "product__sku")


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


@admin.register(SupplierAccount, site=site)
class SupplierAccountAdmin(TenantAdmin):
    """Stores' accounts at suppliers; keys are sealed and never shown."""

    list_display = (
        "username",
        "kind",
        "is_test",
        "is_active",
        "position",
        "deposit",
        "reserved",
        "low_at",
        "trouble",
    )
    list_filter = ("kind", "is_test", "is_active", "trouble")
    search_fields = ("username", "=public_id")
    related = (
        (_("Goods"), "inventory_supplierproduct", "account__id__exact"),
        (_("Price changes"), "inventory_pricechange", "account__id__exact"),
        (_("Set aside"), "inventory_deposithold", "account__id__exact"),
        (_("Attempts"), "inventory_purchaseattempt", "account__id__exact"),
        (_("Outages"), "inventory_breakerevent", "account__id__exact"),
    )


@admin.register(BreakerEvent, site=site)
class BreakerEventAdmin(TenantAdmin):
    """When suppliers fell silent and came back."""

    list_display = ("at", "account", "source", "target", "reason", "actor")
    list_filter = ("target", "reason")
    search_fields = ("account__username",)


@admin.register(SupplierProduct, site=site)
class SupplierProductAdmin(TenantAdmin):
    """What suppliers sell, and which products that is."""

    list_display = ("sku", "name", "account", "product", "cost", "is_available")
    list_filter = ("is_available",)
    search_fields = ("sku", "name", "brand", "product__sku")


@admin.register(PriceChange, site=site)
class PriceChangeAdmin(TenantAdmin):
    """What price lists changed."""

    list_display = ("at", "account", "kind", "sku", "old_cost", "new_cost", "lines")
    list_filter = ("kind",)
    search_fields = ("=sku", "name", "account__username")


@admin.register(DepositHold, site=site)
class DepositHoldAdmin(TenantAdmin):
    """Parts of deposits set aside for order lines."""

    list_display = ("holder", "account", "amount", "status", "created_at", "ended_at")
    list_filter = ("status",)
    search_fields = ("=holder", "account__username")


@admin.register(AccountCheck, site=site)
class AccountCheckAdmin(TenantAdmin):
    """What was found out about accounts that buyers named."""

    list_display = (
        "checked_at",
        "customer",
        "category",
        "destination",
        "state",
        "source",
    )
    list_filter = ("state", "source")
    search_fields = ("=destination", "customer__username", "category__code")


@admin.register(BillInquiry, site=site)
class BillInquiryAdmin(TenantAdmin):
    """What was asked about bills, and what was answered."""

    list_display = (
        "ref_id",
        "account",
        "product",
        "destination",
        "status",
        "billed",
        "cost",
        "asked_at",
    )
    list_filter = ("status", "finding")
    search_fields = ("=ref_id", "=supplier_reference", "=destination", "=holder")


@admin.register(SavedDestination, site=site)
class SavedDestinationAdmin(TenantAdmin):
    """Accounts that buyers topped up before."""

    list_display = ("customer", "category", "destination", "used_at", "worked_at")
    list_filter = (("worked_at", admin.EmptyFieldListFilter),)
    search_fields = ("=destination", "customer__username", "category__code")


@admin.register(Purchase, site=site)
class PurchaseAdmin(TenantAdmin):
    """Units bought at suppliers; serial numbers are sealed and never shown."""

    list_display = ("public_id", "product", "status", "cost", "created_at", "due_at")
    list_filter = ("status",)
    search_fields = ("=public_id", "=holder", "product__sku")
    related = (
        (_("Attempts"), "inventory_purchaseattempt", "purchase__id__exact"),
        (_("History"), "inventory_purchaseevent", "purchase__id__exact"),
        (_("Verdicts"), "payments_purchaseverdict", "purchase__id__exact"),
    )


@admin.register(PurchaseAttempt, site=site)
class PurchaseAttemptAdmin(TenantAdmin):
    """Tries at suppliers with what they answered."""

    list_display = (
        "ref_id",
        "account",
        "status",
        "rc",
        "cost",
        "discrepancy",
        "due_at",
    )
    list_filter = ("status", "discrepancy")
    search_fields = ("=ref_id", "=supplier_reference", "=public_id")


@admin.register(PurchaseEvent, site=site)
class PurchaseEventAdmin(TenantAdmin):
    """Every move of purchases and attempts."""

    list_display = ("at", "purchase", "attempt", "source", "target", "actor", "reason")
    list_filter = ("target",)
    search_fields = ("=purchase__public_id",)
