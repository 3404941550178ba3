from django.db import migrations

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_initial"),
        ("tenants", "0002_walls"),
    ]

    operations = [
        TenantTable("catalog_category"),
        TenantTable("catalog_product", references={
                "category_id": "catalog_category",
            }),
    ]
