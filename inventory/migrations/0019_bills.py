
import django.db.models.deletion
import ppob.kit.ids
import ppob.kit.tenant_rows
from django.db import migrations, models

from ppob.kit.tenant_sql import TenantReferences, TenantTable


class Migration(migrations.Migration):
    """What a number owes is asked, written down, and paid under the same reference."""

    dependencies = [
        ('catalog', '0007_bills'),
        ('inventory', '0018_price_changes'),
        ('tenants', '0010_tiers'),
    ]

    operations = [
        migrations.AddField(
            model_name='supplieraccount',
            name='bills_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='admin',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='commission',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='supplierproduct',
            name='is_bill',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='BillInquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ppob.kit.ids.new_id, editable=False, unique=True)),
                ('sku', models.CharField(max_length=60)),
                ('destination', models.CharField(max_length=120)),
                ('target', models.CharField(max_length=160)),
                ('ref_id', models.CharField(max_length=40)),
                ('supplier_reference', models.CharField(blank=True, max_length=64)),
                ('day', models.DateField()),
                ('status', models.CharField(choices=[('asked', 'Being asked'), ('answered', 'Can be paid today'), ('nothing', 'Nothing to pay'), ('unknown', 'Not answered'), ('used', 'Ordered'), ('over', 'Over')], default='asked', max_length=10)),
                ('finding', models.CharField(blank=True, choices=[('due', 'There is a bill to pay.'), ('paid', 'This bill has been paid already.'), ('none', 'There is no bill for this number at the moment.'), ('wrong_number', 'This customer number does not exist.'), ('at_counter', "This bill can only be paid at the company's counter.")], max_length=12)),
                ('rc', models.CharField(blank=True, max_length=16)),
                ('customer_name', models.CharField(blank=True, max_length=80)),
                ('period', models.CharField(blank=True, max_length=80)),
                ('billed', models.BigIntegerField(blank=True, null=True)),
                ('cost', models.BigIntegerField(blank=True, null=True)),
                ('admin', models.BigIntegerField(blank=True, null=True)),
                ('details', models.JSONField(blank=True, default=list)),
                ('holder', models.UUIDField(blank=True, null=True)),
                ('used_on', models.DateField(blank=True, null=True)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('account', ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.supplieraccount')),
                ('customer', ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.customer')),
                ('product', ppob.kit.tenant_rows.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name_plural': 'bill inquiries',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='purchase',
            name='inquiry',
            field=ppob.kit.tenant_rows.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.billinquiry'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.UniqueConstraint(condition=models.Q(('inquiry__isnull', False)), fields=('tenant', 'inquiry'), name='purchase_pays_inquiry_once'),
        ),
        migrations.AddIndex(
            model_name='billinquiry',
            index=models.Index(fields=['tenant', 'customer', 'product', '-asked_at'], name='inquiry_of_customer'),
        ),
        migrations.AddIndex(
            model_name='billinquiry',
            index=models.Index(fields=['asked_at'], name='inquiry_by_age'),
        ),
        migrations.AddIndex(
            model_name='billinquiry',
            index=models.Index(fields=['tenant', 'holder'], name='inquiry_of_line'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.UniqueConstraint(fields=('tenant', 'account', 'ref_id'), name='inquiry_ref_once'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.UniqueConstraint(condition=models.Q(('supplier_reference', ''), _negated=True), fields=('tenant', 'account', 'supplier_reference'), name='inquiry_supplier_ref_once'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'used')), fields=('tenant', 'holder'), name='inquiry_one_used_per_line'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'answered', 'nothing', 'unknown', 'used', 'over'])), name='inquiry_status_known'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status__in', ('answered', 'used', 'over'))), ('billed__gte', 1), ('billed__isnull', False), ('billed__lte', 1000000000), ('cost__gte', 1), ('cost__isnull', False), ('cost__lte', 1000000000), ('finding', 'due')), models.Q(models.Q(('status', 'nothing')), models.Q(('finding__in', ['', 'due']), _negated=True), ('billed', None), ('cost', None)), models.Q(models.Q(('status__in', ('answered', 'used', 'over')), _negated=True), models.Q(('status', 'nothing'), _negated=True), ('billed', None), ('cost', None), ('finding', '')), _connector='OR'), name='inquiry_amount_fits_status'),
        ),
        migrations.AddConstraint(
            model_name='billinquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', 'used')), ('holder__isnull', False), ('used_on', models.F('day')), ('used_on__isnull', False)), models.Q(('status', 'used'), _negated=True), _connector='OR'), name='inquiry_used_on_its_day'),
        ),
        TenantTable("inventory_billinquiry", references={
                "account_id": "inventory_supplieraccount",
                "product_id": "catalog_product",
                "customer_id": "tenants_customer",
            }),
        TenantReferences("inventory_purchase", {
                "inquiry_id": "inventory_billinquiry",
            }),
    ]
