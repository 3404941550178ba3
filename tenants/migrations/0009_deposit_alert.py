from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='deposit_alert_hours',
            field=models.PositiveSmallIntegerField(db_default=4, default=4),
        ),
        migrations.AddConstraint(
            model_name='tenant',
            constraint=models.CheckConstraint(condition=models.Q(('deposit_alert_hours__gte', 1), ('deposit_alert_hours__lte', 72)), name='tenant_deposit_alert_hours_in_range'),
        ),
    ]
