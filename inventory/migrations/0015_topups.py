import django.db.models.deletion
import ppob.kit.changes
import ppob.kit.tenant_rows
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    """Deposits are set aside for orders, and buyers' accounts are checked and kept."""

    dependencies = [
        ('catalog', '0005_due_indexes'),
        ('inventory', '0014_supplier_targets'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('destination', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('verified', 'Checked'), ('unchecked', 'Cannot be checked now'), ('not_found', 'Not found')], max_length=10)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('source', models.CharField(blank=True, max_length=20)),
                ('checked_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'game validation',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='DepositHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.UUIDField()),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('active', 'Active'), ('consumed', 'Consumed'), ('released', 'Released')], default='active', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SavedDestination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('destination', models.CharField(max_length=120)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('used_at', models.DateTimeField()),
                ('worked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='purchase',
            name='starts_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='changed',
            field=ppob.kit.changes.ChangeMark(),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='prices_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='reserved',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='supplieraccount',
            index=models.Index(fields=['changed'], name='supplier_changed'),
        ),
        migrations.AddIndex(
            model_name='supplierproduct',
            index=models.Index(fields=['tenant', 'account', 'brand', 'cost', 'id'], name='supplier_product_by_brand'),
        ),
        migrations.AddIndex(
            model_name='supplierproduct',
            index=models.Index(condition=models.Q(('product__isnull', False)), fields=['tenant', 'product'], name='supplier_product_mapped'),
        ),
        migrations.AddConstraint(
            model_name='supplieraccount',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__gte', 0)), name='supplier_reserved_positive'),
        ),
        migrations.AddConstraint(
            model_name='supplieraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit', None), ('deposit_at', None)), models.Q(('deposit__isnull', False), ('deposit_at__isnull', False)), _connector='OR'), name='supplier_deposit_with_time'),
        ),
        migrations.AddField(
            model_name='accountcheck',
            name='category',
            field=ppob.kit.tenant_rows.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category'),
        ),
        migrations.AddField(
            model_name='accountcheck',
            name='customer',
            field=ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.customer'),
        ),
        migrations.AddField(
            model_name='accountcheck',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='deposithold',
            name='account',
            field=ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.supplieraccount'),
        ),
        migrations.AddField(
            model_name='deposithold',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddField(
            model_name='saveddestination',
            name='category',
            field=ppob.kit.tenant_rows.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category'),
        ),
        migrations.AddField(
            model_name='saveddestination',
            name='customer',
            field=ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.customer'),
        ),
        migrations.AddField(
            model_name='saveddestination',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='accountcheck',
            index=models.Index(fields=['checked_at'], name='account_check_by_age'),
        ),
        migrations.AddConstraint(
            model_name='accountcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'verified'), models.Q(('name', ''), _negated=True)), models.Q(('state__in', ['unchecked', 'not_found']), ('name', '')), _connector='OR'), name='account_check_names_verified'),
        ),
        migrations.AddIndex(
            model_name='deposithold',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['tenant', 'account'], name='deposit_hold_active'),
        ),
        migrations.AddConstraint(
            model_name='deposithold',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'released'), _negated=True), fields=('tenant', 'holder'), name='deposit_hold_once_per_line'),
        ),
        migrations.AddConstraint(
            model_name='deposithold',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'consumed', 'released'])), name='deposit_hold_status_known'),
        ),
        migrations.AddConstraint(
            model_name='deposithold',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='deposit_hold_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='deposithold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='deposit_hold_ended_with_time'),
        ),
        migrations.AddIndex(
            model_name='saveddestination',
            index=models.Index(fields=['tenant', 'customer', 'category', '-used_at'], name='saved_destination_recent'),
        ),
        migrations.AddConstraint(
            model_name='saveddestination',
            constraint=models.UniqueConstraint(fields=('tenant', 'customer', 'category', 'destination'), name='saved_destination_once', nulls_distinct=False),
        ),
        TenantTable("inventory_deposithold", references={
                "account_id": "inventory_supplieraccount",
            }),
        TenantTable("inventory_accountcheck", references={
                "customer_id": "tenants_customer",
                "category_id": "catalog_category",
            }),
        TenantTable("inventory_saveddestination", references={
                "customer_id": "tenants_customer",
                "category_id": "catalog_category",
            }),
        ppob.kit.changes.mark_updates("inventory_supplieraccount"),
    ]
