import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import ppob.kit.ids
import ppob.kit.tenant_rows
from ppob.kit.tenant_sql import TenantReferences, TenantTable

# A store always has an owner. The look comes at the end of the transaction, because a
# handover makes one owner before it unmakes the other; and under the store's lock,
# because two owners who leave at the same moment do not see each other's going.
KEEP_AN_OWNER = """
CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM id FROM tenants_tenant WHERE id = OLD.tenant_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT FROM tenants_member WHERE tenant_id = OLD.tenant_id AND role = 'owner'
    ) THEN
        RAISE EXCEPTION 'A store needs an owner'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'store_keeps_an_owner';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tenants_member_keep_an_owner
    AFTER UPDATE OR DELETE ON tenants_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'owner') EXECUTE FUNCTION keep_an_owner();
"""
LET_OWNERS_GO = """
DROP TRIGGER tenants_member_keep_an_owner ON tenants_member;
DROP FUNCTION keep_an_owner();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_healthproof"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=ppob.kit.ids.new_id, editable=False, unique=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="offered",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=ppob.kit.ids.new_id, editable=False, unique=True
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Admin"),
                            ("cashier", "Cashier"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(editable=False, max_length=64, unique=True),
                ),
                ("discord_id", models.BigIntegerField(blank=True, null=True)),
                ("username", models.CharField(blank=True, max_length=32)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("revoked", "Withdrawn"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="member",
            name="invitation",
            field=ppob.kit.tenant_rows.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.invitation",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                fields=("tenant", "invitation"), name="member_once_per_invitation"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "offered")),
                fields=("tenant",),
                name="handover_offered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["offered", "accepted", "declined", "withdrawn"])
                ),
                name="handover_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("giver", models.F("taker")), _negated=True),
                name="handover_to_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status", "offered")),
                    models.Q(
                        models.Q(("status", "offered"), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="handover_ends_once",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["tenant", "-id"],
                name="invitation_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["owner", "admin", "cashier", "viewer"])
                ),
                name="invitation_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "accepted", "revoked"])),
                name="invitation_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_by__isnull", False), ("status", "accepted")),
                    models.Q(
                        models.Q(("status", "accepted"), _negated=True),
                        ("accepted_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="invitation_accepted_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status", "open")),
                    models.Q(
                        models.Q(("status", "open"), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="invitation_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discord_id__isnull", True), ("username", ""), _connector="OR"
                ),
                name="invitation_for_one_account",
            ),
        ),
        TenantTable("tenants_invitation"),
        TenantTable("tenants_handover"),
        TenantReferences("tenants_member", {"invitation_id": "tenants_invitation"}),
        migrations.RunSQL(KEEP_AN_OWNER, LET_OWNERS_GO),
    ]
