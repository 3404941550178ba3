from django.db import migrations, models

# What was sent so far is the destination as it is.
FILL = """
ALTER TABLE inventory_purchase NO FORCE ROW LEVEL SECURITY;
ALTER TABLE inventory_purchaseattempt NO FORCE ROW LEVEL SECURITY;
UPDATE inventory_purchaseattempt a SET target = p.destination
  FROM inventory_purchase p
 WHERE p.tenant_id = a.tenant_id AND p.id = a.purchase_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE inventory_purchaseattempt FORCE ROW LEVEL SECURITY;
ALTER TABLE inventory_purchase FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Suppliers get accounts written their way, and have words of their own."""

    dependencies = [("inventory", "0013_due_indexes")]

    operations = [
        migrations.AddField(
            model_name="supplieraccount",
            name="deposit",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="supplieraccount",
            name="deposit_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="supplierproduct",
            name="brand",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="supplierproduct",
            name="category",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="supplierproduct",
            name="destination_format",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddField(
            model_name="purchaseattempt",
            name="target",
            field=models.CharField(default="", max_length=160),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="purchaseattempt",
            name="supplier_reference",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="purchaseattempt",
            constraint=models.UniqueConstraint(
                condition=~models.Q(supplier_reference=""),
                fields=["tenant", "account", "supplier_reference"],
                name="attempt_supplier_ref_once",
            ),
        ),
    ]
