"""Holes in the walls between stores."""

BOREALIS = "(SELECT id FROM tenants_tenant WHERE slug = 'borealis')"

PLANTS = {
    "stores_are_fenced": ["ALTER TABLE tenants_customer NO FORCE ROW LEVEL SECURITY"],
    "roles_are_bound": ["ALTER ROLE ppob_platform BYPASSRLS"],
    "guards_are_on": [
        "ALTER TABLE payments_ledgerentry DISABLE TRIGGER"
        " payments_ledgerentry_append_only"
    ],
    "references_stay_in_store": [
        f"UPDATE catalog_product SET tenant_id = {BOREALIS}"
        " WHERE id = (SELECT min(id) FROM catalog_product)"
    ],
}
