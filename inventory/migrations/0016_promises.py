from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_due_indexes'),
        ('inventory', '0015_topups'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchase',
            name='late_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('status__in', ('open', 'needs_owner')), ('late_at', None)), fields=['promised_at'], name='purchase_to_be_late'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('status', 'succeeded')), fields=['tenant', 'product', 'settled_at'], name='purchase_settled_lately'),
        ),
    ]
