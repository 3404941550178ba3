from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bot', '0011_changes'),
        ('catalog', '0005_due_indexes'),
        ('payments', '0018_quotes'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ticket',
            name='ticket_open_once_per_product',
        ),
        migrations.AddField(
            model_name='ticket',
            name='destination',
            field=models.CharField(blank=True, db_default='', max_length=120),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('follows', None), ('status', 'open')), fields=('tenant', 'customer', 'product', 'destination'), name='ticket_open_once_per_product'),
        ),
    ]
