"""Words of the change history for products and categories."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.audit_words import AuditWords

WORDS = AuditWords(
    groups={
        "produk": _("Products"),
    },
    prefixes={
        "product.": "produk",
        "category.": "produk",
    },
    actions={
        "product.added": _("Product added"),
        "product.changed": _("Product changed"),
        "product.shown": _("Product put onto the panels"),
        "product.hidden": _("Product taken off the panels"),
        "product.archived": _("Product deleted"),
        "category.kept": _("Category saved"),
    },
    objects={
        "product": _("Product"),
        "category": _("Category"),
    },
    fields={
        "sku": _("SKU"),
        "product": _("Product"),
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
    },
    values={
        "kind": {"code": _("Code from stock"), "topup": _("Top-up by a supplier")},
    },
    money=frozenset(
        {
            "price",
            "cost",
        }
    ),
)
