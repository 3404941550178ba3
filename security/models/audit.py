from django.db import models

from ppob.kit.tenant_rows import TenantRow


class AuditEntry(TenantRow):
    """Who did what to what; written in the transaction of the deed, never changed.

    `actor` reads `user:12`, `discord:345`, `job:payments.expire_orders` or
    `command:seed_demo`. `data` never holds secrets.
    """

    tenant_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=120)
    data = models.JSONField(default=dict)

    class Meta(TenantRow.Meta):
        indexes = [models.Index(fields=["tenant_id", "-id"], name="audit_newest")]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object}"
