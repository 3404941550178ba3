from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0004_purchases"),
        ("catalog", "0003_walls"),
    ]

    operations = [
        TenantTable("inventory_supplieraccount"),
        TenantTable("inventory_supplierproduct", references={
                "account_id": "inventory_supplieraccount",
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_purchase", references={
                "product_id": "catalog_product",
            }),
        TenantTable("inventory_purchaseattempt", references={
                "purchase_id": "inventory_purchase",
                "account_id": "inventory_supplieraccount",
            }),
        TenantTable("inventory_purchaseevent", references={
                "purchase_id": "inventory_purchase",
                "attempt_id": "inventory_purchaseattempt",
            }),
        AppendOnly("inventory_purchaseevent"),
    ]
