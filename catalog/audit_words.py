"""Words of the change history for products and categories."""

from django.utils.translation import gettext_lazy as _

from catalog.states import CostReaction, PriceBasis
from ppob.kit.audit_words import AuditWords

WORDS = AuditWords(
    groups={
        "produk": _("Products"),
    },
    prefixes={
        "product.": "produk",
        "category.": "produk",
        "price_rule.": "produk",
        "price_policy.": "produk",
    },
    actions={
        "product.added": _("Product added"),
        "product.changed": _("Product changed"),
        "product.shown": _("Product put onto the panels"),
        "product.hidden": _("Product taken off the panels"),
        "product.archived": _("Product deleted"),
        "product.cost_changed": _("Supplier changed the cost"),
        "category.kept": _("Category saved"),
        "price_rule.added": _("Price rule added"),
        "price_rule.changed": _("Price rule changed"),
        "price_rule.removed": _("Price rule removed"),
        "price_policy.changed": _("Rounding and margins changed"),
    },
    objects={
        "product": _("Product"),
        "category": _("Category"),
        "price_rule": _("Price rule"),
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
        "minimum_quantity": _("From this quantity on"),
        "minimum_volume": _("From this amount in 30 days on"),
        "basis": _("Margin or discount"),
        "rate": _("Rate"),
        "step": _("Rounded to"),
        "least_rate": _("Least margin"),
        "on_cost_change": _("When a supplier changes a cost"),
        "alarm_rate": _("Told from this change on"),
        "destination_fields": _("Fields for the destination"),
    },
    values={
        "basis": {each.value: each.label for each in PriceBasis},
        "on_cost_change": {each.value: each.label for each in CostReaction},
        "kind": {
            "code": _("Code from stock"),
            "topup": _("Top-up by a supplier"),
            "bill": _("Bill paid at a supplier"),
        },
    },
    money=frozenset(
        {
            "price",
            "cost",
            "minimum_volume",
            "step",
        }
    ),
)
