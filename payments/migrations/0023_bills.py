
from django.db import migrations, models


class Migration(migrations.Migration):
    """Lines can be bills, and an order may have a moment beyond which it never waits."""

    dependencies = [
        ('catalog', '0007_bills'),
        ('payments', '0022_price_rules'),
        ('tenants', '0010_tiers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='orderline',
            name='line_destination_fits_kind',
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='line_ceiling_fits_kind',
        ),
        migrations.AddField(
            model_name='order',
            name='latest_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='kind',
            field=models.CharField(choices=[('code', 'Code from stock'), ('topup', 'Top-up by a supplier'), ('bill', 'Bill paid at a supplier')], default='code', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'awaiting_payment'), _negated=True), ('latest_at', None), ('expires_at__lte', models.F('latest_at')), _connector='OR'), name='order_waits_no_longer_than_it_may'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('destination', ''), ('kind', 'code')), models.Q(('kind__in', ('topup', 'bill')), ('quantity', 1), models.Q(('destination', ''), _negated=True)), _connector='OR'), name='line_destination_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cost_ceiling', None), ('kind', 'code')), models.Q(('cost_ceiling__gte', 1), ('cost_ceiling__isnull', False), ('kind__in', ('topup', 'bill'))), _connector='OR'), name='line_ceiling_fits_kind'),
        ),
    ]
