from django.db import migrations, models

TABLES = ("payments_payment", "payments_order", "payments_paymentmethod")
# The owner of the tables is bound by their policies, too, unless it says otherwise.
UNBOUND = "".join(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;" for name in TABLES)
BOUND = "".join(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;" for name in TABLES)
MARK = """
UPDATE payments_payment p SET is_test = true
    FROM payments_paymentmethod m
    WHERE m.tenant_id = p.tenant_id AND m.id = p.method_id AND m.is_test;
UPDATE payments_order o SET is_test = true
    FROM payments_payment p
    WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.is_test
        AND p.status IN ('settled', 'reversed');
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_quotas_and_troubles")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="is_test",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="payment",
            name="is_test",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(UNBOUND + MARK + BOUND, migrations.RunSQL.noop),
    ]
