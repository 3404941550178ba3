from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0001_initial"),
    ]

    operations = [
        TenantTable("security_auditentry", open_rows=True),
        TenantTable("security_inboxevent"),
        AppendOnly("security_auditentry"),
    ]
