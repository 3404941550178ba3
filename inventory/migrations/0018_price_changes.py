import django.db.models.deletion
import ppob.kit.tenant_rows
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    """What price lists changed is kept; when a deposit runs dry is told once."""

    dependencies = [
        ('inventory', '0017_breakers'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(blank=True, max_length=60)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('kind', models.CharField(choices=[('first', 'First list'), ('new', 'New'), ('gone', 'Gone'), ('back', 'There again'), ('up', 'Dearer'), ('down', 'Cheaper')], max_length=10)),
                ('old_cost', models.BigIntegerField(blank=True, null=True)),
                ('new_cost', models.BigIntegerField(blank=True, null=True)),
                ('lines', models.PositiveIntegerField(default=1)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='deposit_read',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplieraccount',
            name='low_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='purchaseattempt',
            index=models.Index(condition=models.Q(('status__in', ('sending', 'unknown', 'succeeded'))), fields=['tenant', 'account', 'created_at'], include=('cost', 'purchase'), name='attempt_spent_lately'),
        ),
        migrations.AddField(
            model_name='pricechange',
            name='account',
            field=ppob.kit.tenant_rows.TenantForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.supplieraccount'),
        ),
        migrations.AddField(
            model_name='pricechange',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='pricechange',
            index=models.Index(fields=['tenant', 'account', 'id'], name='price_change_latest'),
        ),
        migrations.AddIndex(
            model_name='pricechange',
            index=models.Index(fields=['at'], name='price_change_by_age'),
        ),
        migrations.AddConstraint(
            model_name='pricechange',
            constraint=models.UniqueConstraint(fields=('tenant', 'account', 'sku', 'kind', 'since'), name='price_change_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='pricechange',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['first', 'new', 'gone', 'back', 'up', 'down'])), name='price_change_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='pricechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('new_cost', None), ('old_cost', None), ('sku', '')), models.Q(models.Q(('sku', ''), _negated=True), ('lines', 1), ('new_cost__isnull', False), models.Q(('kind', 'first'), _negated=True)), _connector='OR'), name='price_change_of_a_line_or_many'),
        ),
        TenantTable("inventory_pricechange", references={
                "account_id": "inventory_supplieraccount",
            }),
    ]
