from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable

BALANCED = """
CREATE FUNCTION payments_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
BEGIN
    IF TG_TABLE_NAME = 'payments_ledgerentry' THEN
        entry := NEW.id;
    ELSE
        entry := NEW.entry_id;
    END IF;
    IF (SELECT coalesce(sum(amount), 0) <> 0 OR count(*) < 2
        FROM payments_ledgerposting WHERE entry_id = entry) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', entry
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_entry_balances
    AFTER INSERT ON payments_ledgerentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();
CREATE CONSTRAINT TRIGGER payments_posting_balances
    AFTER INSERT ON payments_ledgerposting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();
"""
UNBALANCED = """
DROP TRIGGER payments_posting_balances ON payments_ledgerposting;
DROP TRIGGER payments_entry_balances ON payments_ledgerentry;
DROP FUNCTION payments_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_initial"),
        ("catalog", "0003_walls"),
    ]

    operations = [
        TenantTable("payments_order", references={
                "customer_id": "tenants_customer",
            }),
        TenantTable("payments_orderline", references={
                "order_id": "payments_order",
                "product_id": "catalog_product",
            }),
        TenantTable("payments_orderevent", references={
                "order_id": "payments_order",
            }),
        TenantTable("payments_delivery", references={
                "line_id": "payments_orderline",
            }),
        TenantTable("payments_paymentmethod"),
        TenantTable("payments_ledgeraccount", references={
                "customer_id": "tenants_customer",
                "method_id": "payments_paymentmethod",
            }),
        TenantTable("payments_ledgerentry"),
        TenantTable("payments_ledgerposting", references={
                "entry_id": "payments_ledgerentry",
                "account_id": "payments_ledgeraccount",
            }),
        TenantTable("payments_payment", references={
                "order_id": "payments_order",
                "method_id": "payments_paymentmethod",
            }),
        TenantTable("payments_review", references={
                "order_id": "payments_order",
                "customer_id": "tenants_customer",
            }),
        TenantTable("payments_unmatchedmoney", references={
                "payment_id": "payments_payment",
            }),
        AppendOnly("payments_orderevent"),
        AppendOnly("payments_ledgerentry"),
        AppendOnly("payments_ledgerposting"),
        migrations.RunSQL(BALANCED, UNBALANCED),
    ]
