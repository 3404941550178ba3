from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0002_initial"),
        ("catalog", "0003_walls"),
    ]

    operations = [
        TenantTable("inventory_stockalert", references={
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_hold", references={
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_stockitem", references={
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_stockmovement", references={
                "product_id": "catalog_product",
            }),
        AppendOnly("inventory_stockmovement"),
    ]
