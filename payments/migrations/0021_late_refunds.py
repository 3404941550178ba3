from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0020_verdicts'),
    ]

    operations = [
        migrations.AddField(
            model_name='moneypolicy',
            name='late_refund',
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
