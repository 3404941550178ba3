from django.db import migrations

from ppob.kit.tenant_sql import CloseRows


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0005_sessions_and_tries"),
    ]

    operations = [
        CloseRows("security_auditlink"),
    ]
