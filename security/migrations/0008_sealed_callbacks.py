from django.db import migrations, models

import security.fields


class Migration(migrations.Migration):
    """Bodies of callbacks are sealed like every other secret.

    Rows that are there keep their old column: this runs without the master key.
    """

    dependencies = [
        ("security", "0007_parked_callbacks"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboxevent",
            name="sealed_body",
            field=security.fields.SealedTextField(null=True),
        ),
        migrations.AlterField(
            model_name="inboxevent",
            name="body",
            field=models.BinaryField(default=bytes, editable=False),
        ),
    ]
