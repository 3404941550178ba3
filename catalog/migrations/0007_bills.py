
from django.db import migrations, models


class Migration(migrations.Migration):
    """Bills are products whose price is the store's fee."""

    dependencies = [
        ('catalog', '0006_price_rules'),
        ('tenants', '0010_tiers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='product',
            name='product_kind_known',
        ),
        migrations.AlterField(
            model_name='product',
            name='kind',
            field=models.CharField(choices=[('code', 'Code from stock'), ('topup', 'Top-up by a supplier'), ('bill', 'Bill paid at a supplier')], default='code', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['code', 'topup', 'bill'])), name='product_kind_known'),
        ),
    ]
