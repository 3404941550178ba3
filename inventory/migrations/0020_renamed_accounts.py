from django.db import migrations, models


class Migration(migrations.Migration):
    """A purchase knows its player's name, and whether another name has stopped it."""

    dependencies = [
        ('catalog', '0007_bills'),
        ('inventory', '0019_bills'),
        ('tenants', '0010_tiers'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchase',
            name='named_by',
            field=models.CharField(blank=True, db_default='', max_length=20),
        ),
        migrations.AddField(
            model_name='purchase',
            name='player_name',
            field=models.CharField(blank=True, db_default='', max_length=80),
        ),
        migrations.AddField(
            model_name='purchase',
            name='renamed_to',
            field=models.CharField(blank=True, db_default='', max_length=80),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('named_by', ''), ('player_name', '')), models.Q(models.Q(('player_name', ''), _negated=True), models.Q(('named_by', ''), _negated=True)), _connector='OR'), name='purchase_name_with_source'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('renamed_to', ''), models.Q(('status', 'failed'), models.Q(('player_name', ''), _negated=True)), _connector='OR'), name='purchase_renamed_was_stopped'),
        ),
    ]
