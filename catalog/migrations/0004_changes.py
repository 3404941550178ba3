from django.db import migrations, models

import ppob.kit.changes


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_walls")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="changed",
            field=ppob.kit.changes.ChangeMark(),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["changed"], name="product_changed"),
        ),
        ppob.kit.changes.mark_updates("catalog_product"),
    ]
