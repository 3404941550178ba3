"""The change history in words: deeds, things and fields, for people to read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What was done. Somebody else's news is told in the passive, too: who did it stands
# beside it.
ACTIONS: dict[str, Promise] = {
    "store.opened": _("Store opened"),
    "store.changed": _("Store settings changed"),
    "store.suspended": _("Sales stopped by the platform"),
    "store.active": _("Sales resumed by the platform"),
    "server.changed": _("Discord & ticket settings changed"),
    "bot.joined": _("Bot added to the server"),
    "bot.left": _("Bot removed from the server"),
    "demo.seeded": _("Demo data added"),
    "product.added": _("Product added"),
    "product.changed": _("Product changed"),
    "product.shown": _("Product put onto the panels"),
    "product.hidden": _("Product taken off the panels"),
    "product.archived": _("Product deleted"),
    "category.kept": _("Category saved"),
    "stock.uploaded": _("Codes added"),
    "stock.voided": _("Codes taken out of stock"),
    "panel.placed": _("Panel placed"),
    "panel.changed": _("Panel changed"),
    "panel.resumed": _("Panel resumed"),
    "panel.removed": _("Panel removed"),
    "order.cancelled": _("Order cancelled"),
    "payment.confirmed": _("Transfer confirmed"),
    "payment.rejected": _("Transfer rejected"),
    "payment.test_money": _("Test money was reported; it paid nothing"),
    "codes.revealed_by_staff": _("Codes opened by staff"),
    "codes.refused": _("Codes refused to a stranger"),
    "callback.refused": _("Message of a provider refused"),
    "unmatched.applied": _("Unmatched money put to its order"),
    "unmatched.returned": _("Unmatched money returned"),
    "unmatched.credited": _("Unmatched money turned into balance"),
    "unmatched.open": _("Unmatched money asked back"),
    "refund.requested": _("Refund requested"),
    "refund.approved": _("Refund approved"),
    "refund.rejected": _("Refund rejected"),
    "refund.paid_out": _("Refund paid out"),
    "refund.to_balance": _("Refund turned into balance"),
    "policy.changed": _("Money rules changed"),
    "method.added": _("Way to pay added"),
    "method.changed": _("Way to pay changed"),
    "method.on": _("Way to pay switched on"),
    "method.off": _("Way to pay switched off"),
    "purchase.marked_succeeded": _("Purchase marked as successful"),
    "purchase.marked_failed": _("Purchase marked as failed"),
    "purchase.tried_again": _("Purchase tried again"),
    "purchase.waited": _("Purchase left to wait"),
    "purchase.surprise_noted": _("Note about an unexpected purchase"),
    "supplier.connected": _("Supplier connected"),
    "supplier.on": _("Supplier switched on"),
    "supplier.off": _("Supplier switched off"),
    "supplier.mapped": _("Supplier's product chosen"),
}

# Which deeds belong together: the beginnings of their names.
GROUPS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "toko": (_("Store & Discord"), ("store.", "server.", "bot.", "member.", "demo.")),
    "produk": (_("Products"), ("product.", "category.")),
    "stok": (_("Stock"), ("stock.",)),
    "panel": (_("Panels"), ("panel.",)),
    "pesanan": (_("Orders & payments"), ("payment.", "order.", "codes.", "callback.")),
    "uang": (
        _("Balance & refunds"),
        ("refund.", "unmatched.", "policy.", "deposit."),
    ),
    "metode": (_("Ways to pay"), ("method.",)),
    "pemasok": (_("Suppliers"), ("purchase.", "supplier.")),
}

OBJECTS: dict[str, Promise] = {
    "tenant": _("Store"),
    "guild": _("Discord server"),
    "product": _("Product"),
    "category": _("Category"),
    "panel": _("Panel"),
    "order": _("Order"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "unmatched": _("Unmatched money"),
    "method": _("Way to pay"),
    "policy": _("Money rules"),
    "purchase": _("Purchase"),
    "supplier_account": _("Supplier"),
}

FIELDS: dict[str, Promise] = {
    "name": _("Name"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
    "status": _("Status"),
    "guild_id": _("Discord server"),
    "ticket_category_id": _("Category for tickets"),
    "staff_role_id": _("Staff role"),
    "log_channel_id": _("Log channel"),
    "auto_close_secs": _("Close after (seconds)"),
    "sku": _("SKU"),
    "product": _("Product"),
    "code": _("Code"),
    "price": _("Price"),
    "cost": _("Cost"),
    "description": _("Description"),
    "minimum_stock": _("Minimum stock"),
    "category_id": _("Category"),
    "category": _("Category"),
    "is_active": _("Active"),
    "is_visible": _("On the panels"),
    "position": _("Position"),
    "image": _("Picture"),
    "kind": _("Kind"),
    "archived_at": _("Deleted at"),
    "emoji": _("Emoji"),
    "destination_fields": _("Fields for the destination"),
    "added": _("Added"),
    "refused": _("Refused"),
    "voided": _("Taken out"),
    "asked": _("Expected"),
    "channel_id": _("Channel"),
    "layout": _("Layout"),
    "title": _("Title"),
    "colour": _("Colour"),
    "buy_label": _("Text of the buy button"),
    "buy_style": _("Colour of the buy button"),
    "payment_label": _("Text of the payment button"),
    "payment_style": _("Colour of the payment button"),
    "refresh_secs": _("Refresh every (seconds)"),
    "name_template": _("Name of tickets"),
    "reason": _("Reason"),
    "note": _("Note"),
    "amount": _("Amount"),
    "order": _("Order"),
    "units": _("Number"),
    "gateway": _("Payment gateway"),
    "provider": _("Bank or wallet"),
    "account_number": _("Account number"),
    "account_name": _("Account holder"),
    "instructions": _("Instructions"),
    "hold_secs": _("Time to pay (seconds)"),
    "is_test": _("Test mode"),
    "wallet_limit": _("Highest balance of a buyer"),
    "float_limit": _("Highest balance of all buyers"),
    "deposit_min": _("Smallest deposit"),
    "refund_approval_above": _("Refunds need approval above"),
    "wallet_is_on": _("Balance switched on"),
}

_STYLES: dict[str, Promise] = {
    "1": _("Blue"),
    "2": _("Grey"),
    "3": _("Green"),
    "4": _("Red"),
}

# What the values of some fields are called, by the text they are kept as.
VALUES: dict[str, dict[str, Promise]] = {
    "status": {
        "active": _("Active"),
        "suspended": _("Suspended"),
        "paused": _("Paused"),
    },
    "kind": {"code": _("Code from stock"), "topup": _("Top-up by a supplier")},
    "layout": {"cards": _("Cards"), "classic": _("Classic embed")},
    "language": {"id": _("Indonesian"), "en": _("English")},
    "buy_style": _STYLES,
    "payment_style": _STYLES,
    "reason": {
        "gone": _("The channel or message was deleted"),
        "forbidden": _("The bot may not write there"),
        "rejected": _("Discord refused the message"),
    },
}

# Our own numbers: they say nothing to a reader.
INTERNAL = frozenset({"guild_id"})

# Whole rupiah; every other number is shown as it is.
MONEY = frozenset(
    {
        "price",
        "cost",
        "amount",
        "asked",
        "wallet_limit",
        "float_limit",
        "deposit_min",
        "refund_approval_above",
    }
)
