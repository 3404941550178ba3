"""Words of the change history for stock, suppliers and purchases."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.audit_words import AuditWords

WORDS = AuditWords(
    groups={
        "stok": _("Stock"),
        "pemasok": _("Suppliers"),
    },
    prefixes={
        "stock.": "stok",
        "purchase.": "pemasok",
        "supplier.": "pemasok",
    },
    actions={
        "stock.uploaded": _("Codes added"),
        "stock.voided": _("Codes taken out of stock"),
        "stock.batch_withdrawn": _("Upload of codes withdrawn"),
        "stock.quarantined": _("Codes put into quarantine"),
        "stock.restored": _("Codes put back from the quarantine"),
        "stock.revealed": _("Unsold code opened by staff"),
        "purchase.marked_succeeded": _("Purchase marked as successful"),
        "purchase.marked_failed": _("Purchase marked as failed"),
        "purchase.verdict": _("First word about a purchase"),
        "purchase.tried_again": _("Purchase tried again"),
        "purchase.waited": _("Purchase left to wait"),
        "purchase.discrepancy_noted": _("Note about an unexpected purchase"),
        # What entries of older versions are called.
        "purchase.surprise_noted": _("Note about an unexpected purchase"),
        "supplier.connected": _("Supplier connected"),
        "supplier.on": _("Supplier switched on"),
        "supplier.off": _("Supplier switched off"),
        "supplier.first": _("Supplier tried before all others"),
        "supplier.last": _("Supplier tried after all others"),
        "supplier.keys_changed": _("Supplier's keys changed"),
        "supplier.mapped": _("Supplier's product chosen"),
        "supplier.goods_added": _("Supplier's goods entered"),
        "supplier.goods_changed": _("Supplier's goods changed"),
        "supplier.seen": _("Odd messages of a supplier looked at"),
    },
    objects={
        "purchase": _("Purchase"),
        "supplier_account": _("Supplier"),
    },
    fields={
        "added": _("Added"),
        "refused": _("Refused"),
        "voided": _("Taken out"),
        "quarantined": _("In quarantine"),
        "restored": _("Put back"),
        "held": _("Held for buyers"),
        "sold": _("Sold"),
        "batch": _("Upload"),
        "item": _("Code number"),
        "asked": _("Expected"),
    },
    money=frozenset(
        {
            "asked",
        }
    ),
)
