"""Staff's view of orders and money. Credentials are sealed and never shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.models import (
    Delivery,
    Deposit,
    DepositEvent,
    Discrepancy,
    LedgerAccount,
    LedgerEntry,
    LedgerPosting,
    MoneyPolicy,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentEvent,
    PaymentMethod,
    PurchaseVerdict,
    Receipt,
    Refund,
    RefundEvent,
    RefundPart,
    Reversal,
    Review,
    UnmatchedMoney,
    UnreachedBuyer,
)
from tenants.admin_base import TenantAdmin, site


@admin.register(Order, site=site)
class OrderAdmin(TenantAdmin):
    """Orders of all stores."""

    list_display = ("__str__", "customer", "status", "total", "created_at", "paid_at")
    list_filter = ("status", "created_at")
    search_fields = ("=code", "=public_id", "customer__username")
    related = (
        (_("Lines"), "payments_orderline", "order__id__exact"),
        (_("Adjustments"), "payments_orderadjustment", "order__id__exact"),
        (_("Payments"), "payments_payment", "order__id__exact"),
        (_("Refunds"), "payments_refund", "order__id__exact"),
        (_("Ledger entries"), "payments_ledgerentry", "order__id__exact"),
        (_("Events"), "payments_orderevent", "order__id__exact"),
        (_("Ticket"), "bot_ticket", "order__id__exact"),
    )


@admin.register(OrderLine, site=site)
class OrderLineAdmin(TenantAdmin):
    """What was ordered."""

    list_display = ("__str__", "order", "unit_price", "unit_cost")
    search_fields = ("=order__code", "=public_id", "product_name")
    related = ((_("Deliveries"), "payments_delivery", "line__id__exact"),)


@admin.register(OrderAdjustment, site=site)
class OrderAdjustmentAdmin(TenantAdmin):
    """What was taken off the price of an order."""

    list_display = ("__str__", "order", "kind", "source", "amount")
    list_filter = ("kind",)
    search_fields = ("=order__code", "source", "label")


@admin.register(OrderEvent, site=site)
class OrderEventAdmin(TenantAdmin):
    """Every move of every order."""

    list_display = ("at", "order", "source", "target", "actor", "reason")
    search_fields = ("=order__code", "=actor")


@admin.register(Payment, site=site)
class PaymentAdmin(TenantAdmin):
    """Attempts to pay."""

    list_display = (
        "reference",
        "order",
        "deposit",
        "method",
        "status",
        "amount",
        "created_at",
    )
    list_filter = ("status", "from_balance", "created_at")
    search_fields = (
        "=reference",
        "=gateway_reference",
        "=order__code",
        "=deposit__code",
    )
    related = (
        (_("Unmatched money"), "payments_unmatchedmoney", "payment__id__exact"),
        (_("Refund parts"), "payments_refundpart", "payment__id__exact"),
        (_("Events"), "payments_paymentevent", "payment__id__exact"),
    )


@admin.register(PaymentEvent, site=site)
class PaymentEventAdmin(TenantAdmin):
    """Every move of every payment."""

    list_display = ("at", "payment", "source", "target", "actor")
    search_fields = ("=payment__reference", "=actor")


@admin.register(Deposit, site=site)
class DepositAdmin(TenantAdmin):
    """Top-ups of buyers' balances."""

    list_display = ("__str__", "customer", "status", "amount", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("=code", "=public_id", "customer__username")
    related = (
        (_("Payments"), "payments_payment", "deposit__id__exact"),
        (_("Ledger entries"), "payments_ledgerentry", "deposit__id__exact"),
        (_("Events"), "payments_depositevent", "deposit__id__exact"),
    )


@admin.register(DepositEvent, site=site)
class DepositEventAdmin(TenantAdmin):
    """Every move of every deposit."""

    list_display = ("at", "deposit", "source", "target", "actor")
    search_fields = ("=deposit__code", "=actor")


@admin.register(Refund, site=site)
class RefundAdmin(TenantAdmin):
    """Money that goes back to its buyers."""

    list_display = (
        "requested_at",
        "order",
        "amount",
        "destination",
        "status",
        "requested_by",
        "approved_by",
    )
    list_filter = ("status", "destination", "requested_at")
    search_fields = ("=public_id", "=order__code", "=requested_by")
    related = (
        (_("Refund parts"), "payments_refundpart", "refund__id__exact"),
        (_("Events"), "payments_refundevent", "refund__id__exact"),
    )


@admin.register(RefundPart, site=site)
class RefundPartAdmin(TenantAdmin):
    """Which payment a refund undoes."""

    list_display = ("refund", "payment", "amount", "destination")
    list_filter = ("destination",)
    search_fields = ("=refund__public_id", "=payment__reference")


@admin.register(RefundEvent, site=site)
class RefundEventAdmin(TenantAdmin):
    """Every move of every refund."""

    list_display = ("at", "refund", "source", "target", "actor")
    search_fields = ("=refund__public_id", "=actor")


@admin.register(MoneyPolicy, site=site)
class MoneyPolicyAdmin(TenantAdmin):
    """The stores' limits for other people's money."""

    list_display = (
        "__str__",
        "wallet_is_on",
        "wallet_limit",
        "float_limit",
        "deposit_min",
        "refund_approval_above",
        "surplus_approval_above",
        "raised_from",
        "undo_secs",
    )
    list_filter = ("wallet_is_on",)
    search_fields = ("tenant__slug",)


@admin.register(PaymentMethod, site=site)
class PaymentMethodAdmin(TenantAdmin):
    """Ways to pay that stores offer."""

    list_display = ("name", "kind", "gateway", "is_test", "is_active", "trouble")
    list_filter = ("kind", "gateway", "is_test", "is_active", "trouble")
    search_fields = ("name", "=public_id", "tenant__slug")
    related = ((_("Payments"), "payments_payment", "method__id__exact"),)


@admin.register(UnmatchedMoney, site=site)
class UnmatchedMoneyAdmin(TenantAdmin):
    """Money that fits no order."""

    list_display = ("received_at", "payment", "amount", "reason", "status")
    list_filter = ("status", "reason")
    search_fields = ("=event_key", "=payment__reference")


@admin.register(Receipt, site=site)
class ReceiptAdmin(TenantAdmin):
    """Money that came in, receipt by receipt."""

    list_display = ("received_at", "payment", "amount", "taken_back", "recorded_by")
    list_filter = ("received_at",)
    search_fields = ("=transaction", "=payment__reference")


@admin.register(Reversal, site=site)
class ReversalAdmin(TenantAdmin):
    """Money that gateways took back."""

    list_display = ("at", "payment", "amount", "confirmed", "booked", "loss")
    list_filter = ("at",)
    search_fields = ("=key", "=payment__reference")


@admin.register(Discrepancy, site=site)
class DiscrepancyAdmin(TenantAdmin):
    """News of gateways that contradicts what is known."""

    list_display = ("opened_at", "payment", "kind", "amount", "expected", "status")
    list_filter = ("status", "kind")
    search_fields = ("=public_id", "=payment__reference")


@admin.register(PurchaseVerdict, site=site)
class PurchaseVerdictAdmin(TenantAdmin):
    """First words about top-ups; serial numbers are sealed and never shown."""

    list_display = ("given_at", "purchase", "outcome", "given_by", "reason")
    list_filter = ("outcome",)
    search_fields = ("=public_id", "=purchase__public_id", "=given_by")


@admin.register(Delivery, site=site)
class DeliveryAdmin(TenantAdmin):
    """Pieces that reached their buyers."""

    list_display = ("delivered_at", "line", "unit_no", "first_revealed_at", "reveals")
    search_fields = ("=item", "=line__order__code")


@admin.register(Review, site=site)
class ReviewAdmin(TenantAdmin):
    """What buyers thought."""

    list_display = ("__str__", "order", "customer", "text", "created_at")
    search_fields = ("=order__code", "text")


@admin.register(LedgerAccount, site=site)
class LedgerAccountAdmin(TenantAdmin):
    """The accounts of the stores' books."""

    list_display = ("__str__", "kind", "customer", "method", "balance")
    list_filter = ("kind",)
    search_fields = ("tenant__slug", "customer__username")
    related = ((_("Postings"), "payments_ledgerposting", "account__id__exact"),)


@admin.register(LedgerEntry, site=site)
class LedgerEntryAdmin(TenantAdmin):
    """Bookings."""

    list_display = ("at", "kind", "source", "order", "deposit")
    list_filter = ("kind",)
    search_fields = ("=source", "=order__code", "=deposit__code")
    related = ((_("Postings"), "payments_ledgerposting", "entry__id__exact"),)


@admin.register(LedgerPosting, site=site)
class LedgerPostingAdmin(TenantAdmin):
    """Amounts on accounts; debits are positive."""

    list_display = ("entry", "account", "amount")
    search_fields = ("=entry__source",)


@admin.register(UnreachedBuyer, site=site)
class UnreachedBuyerAdmin(TenantAdmin):
    """Buyers whom no message reached."""

    list_display = ("customer", "order", "news", "count", "status", "due_at")
    list_filter = ("status", "news", "opened_at")
    search_fields = ("=public_id", "=order__code", "customer__username")
