import django.db.models.deletion
import ppob.kit.tenant_rows
from django.db import migrations, models

from ppob.kit.tenant_sql import AppendOnly, TenantTable


class Migration(migrations.Migration):
    """Suppliers that do not answer are left alone, and routes are put in an order."""

    dependencies = [
        ('catalog', '0005_due_indexes'),
        ('inventory', '0016_promises'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakerEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(blank=True, max_length=8)),
                ('target', models.CharField(max_length=8)),
                ('actor', models.CharField(max_length=80)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='breaker',
            field=models.CharField(choices=[('closed', 'Answers'), ('open', 'Out of order'), ('trial', 'Being tried again')], db_default='closed', default='closed', max_length=8),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='breaker_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='good_probes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='probe_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='recent_calls',
            field=models.CharField(blank=True, db_default='', max_length=20),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='relapses',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='trial_ref',
            field=models.CharField(blank=True, db_default='', max_length=40),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='most_cost',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='priority',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='share',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='supplieraccount',
            index=models.Index(condition=models.Q(('breaker', 'closed'), _negated=True), fields=['probe_at'], name='supplier_to_probe'),
        ),
        migrations.AddConstraint(
            model_name='supplieraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('breaker', 'closed'), ('probe_at', None), ('trial_ref', '')), models.Q(('breaker', 'open'), ('probe_at__isnull', False), ('trial_ref', '')), models.Q(('breaker', 'trial'), ('probe_at__isnull', False)), _connector='OR'), name='supplier_breaker_is_probed'),
        ),
        migrations.AddConstraint(
            model_name='supplierproduct',
            constraint=models.CheckConstraint(condition=models.Q(('share__lte', 100)), name='supplier_share_in_range'),
        ),
        migrations.AddConstraint(
            model_name='supplierproduct',
            constraint=models.CheckConstraint(condition=models.Q(('most_cost', None), models.Q(('most_cost__gte', 1), ('most_cost__lte', 1000000000)), _connector='OR'), name='supplier_most_cost_in_range'),
        ),
        migrations.AddField(
            model_name='breakerevent',
            name='account',
            field=ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breaker_events', to='inventory.supplieraccount'),
        ),
        migrations.AddField(
            model_name='breakerevent',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='breakerevent',
            index=models.Index(fields=['tenant', 'account', '-at'], name='breaker_event_new'),
        ),
        TenantTable("inventory_breakerevent", references={
                "account_id": "inventory_supplieraccount",
            }),
        AppendOnly("inventory_breakerevent"),
    ]
