from django.db import migrations

from ppob.kit.tenant_sql import CloseRows


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0005_events"),
    ]

    operations = [
        # A bot without a store serves every store: only the platform makes one.
        CloseRows("bot_botinstance"),
        CloseRows("bot_instanceevent"),
    ]
