import django.db.models.deletion
from django.db import migrations, models

import ppob.kit.tenant_rows
from ppob.kit.tenant_sql import TenantReferences


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0008_unreached_buyers"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="follows",
            field=ppob.kit.tenant_rows.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bot.ticket",
            ),
        ),
        TenantReferences(
            "bot_ticket",
            {
                "follows_id": "bot_ticket",
            },
        ),
        migrations.RemoveConstraint(
            model_name="ticket",
            name="ticket_open_once_per_product",
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("follows", None), ("status", "open")),
                fields=("tenant", "customer", "product"),
                name="ticket_open_once_per_product",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=("tenant", "follows"), name="ticket_followed_once"
            ),
        ),
    ]
