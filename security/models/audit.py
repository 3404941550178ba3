from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from ppob.kit.tenant_rows import TenantForeignKey, TenantRow


class AuditEntry(TenantRow):
    """Who did what to what; written in the transaction of the change, never changed.

    `actor` reads `user:12`, `discord:345`, `job:payments.expire_orders` or
    `command:seed_demo`. `before` and `after` hold the fields that changed, `data` what
    else is worth knowing; none of them ever holds secrets. `at` is the change's time,
    `written_at` the database's, whatever the writer says.
    """

    tenant_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=120)
    reason = models.TextField(blank=True, default="", db_default="")
    ip = models.GenericIPAddressField(null=True, blank=True)
    before = models.JSONField(
        default=dict, db_default={}, blank=True, encoder=DjangoJSONEncoder
    )
    after = models.JSONField(
        default=dict, db_default={}, blank=True, encoder=DjangoJSONEncoder
    )
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta(TenantRow.Meta):
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="audit_newest"),
            models.Index(fields=["written_at"], name="audit_written"),
            models.Index(
                fields=["object", "-id"],
                condition=models.Q(tenant_id=None),
                name="audit_of_no_store",
            ),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object}"


class AuditLink(TenantRow):
    """An entry's place in its store's chain; added by the sealer, never changed.

    `hash` covers the entry, its place and `prev_hash`, the hash of the link before.
    Entries that belong to no store have a chain of their own.
    """

    tenant_id = models.BigIntegerField(null=True)
    seq = models.BigIntegerField()
    entry = TenantForeignKey(AuditEntry, models.PROTECT, related_name="links")
    sealed_at = models.DateTimeField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "seq"],
                name="audit_link_in_order",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "entry"],
                name="audit_entry_sealed_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.seq}"
