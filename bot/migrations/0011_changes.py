from django.db import migrations, models

import ppob.kit.changes

# What a panel shows and where: what the bot writes down about it is no change.
CHOSEN = (
    "guild_id",
    "channel_id",
    "layout",
    "title",
    "description",
    "colour",
    "buy_label",
    "buy_style",
    "payment_label",
    "payment_style",
    "refresh_secs",
    "status",
)


class Migration(migrations.Migration):
    dependencies = [("bot", "0010_error_reports")]

    operations = [
        migrations.AddField(
            model_name="panel",
            name="changed",
            field=ppob.kit.changes.ChangeMark(),
        ),
        migrations.AddIndex(
            model_name="panel",
            index=models.Index(fields=["changed"], name="panel_marked"),
        ),
        ppob.kit.changes.mark_updates("bot_panel", *CHOSEN),
    ]
