from django.db import migrations

from ppob.kit.tenant_sql import AppendOnly, TenantTable

# What a writer says about the time is one thing, when the row came is another.
STAMP = """
CREATE FUNCTION stamp_written_at() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN NEW.written_at := clock_timestamp(); RETURN NEW; END';
CREATE TRIGGER security_auditentry_stamp BEFORE INSERT ON security_auditentry
    FOR EACH ROW EXECUTE FUNCTION stamp_written_at();
"""
NO_STAMP = """
DROP TRIGGER security_auditentry_stamp ON security_auditentry;
DROP FUNCTION stamp_written_at();
"""

REVOKE = """
REVOKE UPDATE, DELETE ON security_auditentry, security_auditlink
    FROM ppob_app, ppob_platform;
REVOKE INSERT ON security_auditlink FROM ppob_app;
"""
GRANT = """
GRANT UPDATE, DELETE ON security_auditentry, security_auditlink
    TO ppob_app, ppob_platform;
GRANT INSERT ON security_auditlink TO ppob_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0003_audit_chain"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE security_auditentry"
            " ADD CONSTRAINT security_auditentry_tenant_key UNIQUE (tenant_id, id)",
            "ALTER TABLE security_auditentry"
            " DROP CONSTRAINT security_auditentry_tenant_key",
        ),
        TenantTable(
            "security_auditlink",
            references={"entry_id": "security_auditentry"},
            open_rows=True,
        ),
        AppendOnly("security_auditlink"),
        migrations.RunSQL(STAMP, NO_STAMP),
        migrations.RunSQL(REVOKE, GRANT),
    ]
