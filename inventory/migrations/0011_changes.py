from django.db import migrations, models

import ppob.kit.changes


class Migration(migrations.Migration):
    dependencies = [("inventory", "0010_suppliers_by_registry")]

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
