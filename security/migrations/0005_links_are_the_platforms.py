from django.db import migrations

from ppob.kit.tenant_sql import CloseRows


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0004_audit_walls"),
    ]

    operations = [
        CloseRows("security_auditlink"),
    ]
