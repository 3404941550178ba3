from django.db import migrations, models

import security.fields


class Migration(migrations.Migration):
    """Which suppliers there are is the registry's to say; their keys are one document.

    Rows that are there keep their old columns: this runs without the master key.
    """

    dependencies = [
        ("inventory", "0009_test_purchases"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="supplieraccount",
            name="supplier_kind_known",
        ),
        migrations.AddField(
            model_name="supplieraccount",
            name="credentials",
            field=security.fields.SealedTextField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="supplieraccount",
            name="kind",
            field=models.CharField(max_length=20),
        ),
    ]
