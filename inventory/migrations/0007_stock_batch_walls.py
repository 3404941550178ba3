from django.db import migrations

from ppob.kit.tenant_sql import TenantReferences, TenantTable

# Nothing that was taken out comes back, and what is in quarantine is put back first.
# The condition keeps the ways of a sale (free, held, sold) from calling the function.
GUARD = """
CREATE FUNCTION refuse_item_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'stock item %: % cannot become %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'item_move_allowed';
END $$;
CREATE TRIGGER item_move_allowed BEFORE UPDATE OF status ON inventory_stockitem
FOR EACH ROW WHEN (
    OLD.status = 'void' AND NEW.status <> 'void'
    OR OLD.status = 'quarantined' AND NEW.status NOT IN ('quarantined', 'free', 'void')
) EXECUTE FUNCTION refuse_item_move();
"""
NO_GUARD = """
DROP TRIGGER item_move_allowed ON inventory_stockitem;
DROP FUNCTION refuse_item_move();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0006_stock_batches"),
        ("catalog", "0003_walls"),
    ]

    operations = [
        TenantTable("inventory_stockbatch", references={
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_stockdraft", references={
                "product_id": "catalog_product",
            }),
        TenantReferences("inventory_stockitem", {
                "batch_id": "inventory_stockbatch",
            }),
        TenantReferences("inventory_stockmovement", {
                "batch_id": "inventory_stockbatch",
            }),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
