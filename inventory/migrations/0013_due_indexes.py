import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_due_indexes'),
        ('inventory', '0012_discrepancies_of_purchases'),
        ('tenants', '0007_due_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='stockmovement',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['at'], name='movement_lately', pages_per_range=16),
        ),
    ]
