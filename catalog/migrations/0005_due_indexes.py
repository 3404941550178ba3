from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_changes'),
        ('tenants', '0007_due_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['updated_at'], name='product_edited_lately'),
        ),
    ]
