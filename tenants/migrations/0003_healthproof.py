import django.db.models.deletion
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="HealthProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("checked_at", models.DateTimeField()),
                ("violations", models.PositiveIntegerField()),
                ("counts", models.JSONField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "-id"], name="proof_newest")
                ],
            },
        ),
        TenantTable("tenants_healthproof"),
    ]
