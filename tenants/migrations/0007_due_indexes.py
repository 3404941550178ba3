from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_buyers_by_account")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="search_name",
            field=models.GeneratedField(
                db_persist=True,
                expression=Upper("username"),
                output_field=models.CharField(max_length=64),
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["tenant", "search_name"],
                name="customer_by_name",
                opclasses=["int8_ops", "text_pattern_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="guild",
            index=models.Index(
                condition=models.Q(("bot_joined_at", None)),
                fields=["discord_id"],
                name="guild_without_bot",
            ),
        ),
    ]
