from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_supplier_troubles")]

    operations = [
        migrations.AddField(
            model_name="purchase",
            name="is_test",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
