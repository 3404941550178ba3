import django.db.models.deletion
import ppob.kit.ids
import ppob.kit.tenant_rows
import security.fields
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0015_topups'),
        ('payments', '0019_topups'),
        ('tenants', '0008_proofs_of_what_moved'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurchaseVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ppob.kit.ids.new_id, editable=False, unique=True)),
                ('outcome', models.CharField(choices=[('succeeded', 'It was delivered'), ('failed', 'It was not delivered')], max_length=10)),
                ('serial_number', security.fields.SealedTextField(blank=True, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('given_by', models.CharField(max_length=80)),
                ('given_at', models.DateTimeField()),
                ('purchase', ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.purchase')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'purchase'), name='verdict_once_per_purchase'), models.CheckConstraint(condition=models.Q(('outcome__in', ['succeeded', 'failed'])), name='verdict_outcome_known')],
            },
        ),
        TenantTable("payments_purchaseverdict", references={
                "purchase_id": "inventory_purchase",
            }),
    ]
