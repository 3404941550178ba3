from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0016_fees_in_the_books'),
        ('tenants', '0007_due_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['tenant', 'created_at'], name='order_placed_at'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('paid_at__isnull', False)), fields=['tenant', 'paid_at'], name='order_paid_at'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('checked_at__isnull', False), ('status__in', ('expired', 'failed', 'set_aside'))), fields=['expires_at', 'checked_at'], name='payment_ended_lately'),
        ),
    ]
