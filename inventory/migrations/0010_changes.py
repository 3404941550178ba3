from django.db import migrations, models

import ppob.kit.changes


class Migration(migrations.Migration):
    dependencies = [("inventory", "0009_test_purchases")]

    operations = [
        migrations.AddField(
            model_name="stockmovement",
            name="changed",
            field=ppob.kit.changes.ChangeMark(),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["changed"], name="movement_changed"),
        ),
    ]
