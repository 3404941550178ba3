import django.db.models.deletion
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0009_second_tickets"),
        ("tenants", "0005_blocked_buyers"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorReport",
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
                ("code", models.CharField(max_length=8)),
                ("doing", models.CharField(max_length=120)),
                ("error", models.CharField(max_length=80)),
                ("discord_id", models.BigIntegerField()),
                ("at", models.DateTimeField(db_index=True)),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "code"), name="error_code_once_per_store"
                    )
                ],
            },
        ),
        TenantTable("bot_errorreport"),
    ]
