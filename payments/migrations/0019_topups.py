from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0018_quotes'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.AddField(
            model_name='moneypolicy',
            name='undo_secs',
            field=models.PositiveSmallIntegerField(db_default=30, default=30),
        ),
        migrations.AddField(
            model_name='orderline',
            name='destination_name',
            field=models.CharField(blank=True, db_default='', max_length=80),
        ),
        migrations.AddConstraint(
            model_name='moneypolicy',
            constraint=models.CheckConstraint(condition=models.Q(('undo_secs__lte', 120)), name='policy_undo_in_range'),
        ),
    ]
