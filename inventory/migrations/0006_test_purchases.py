from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_purchase_walls")]

    operations = [
        migrations.AddField(
            model_name="purchase",
            name="is_test",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
