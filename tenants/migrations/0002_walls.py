from django.db import migrations

from ppob.kit.tenant_sql import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
        ("security", "0002_walls"),
    ]

    operations = [
        TenantTable("tenants_tenant", tenant_column="id"),
        TenantTable("tenants_customer"),
        TenantTable("tenants_guild"),
        TenantTable("tenants_member"),
    ]
