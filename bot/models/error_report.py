from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantRow
from tenants.models import Tenant


class ErrorReport(TenantRow):
    """A press or command that failed because of us, by the code its person was told.

    `doing` is the pressed custom id or the command, `error` the kind of failure: no
    text of it, which could hold what somebody typed or bought. `discord_id` is the
    person's. Kept for a month.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=8)
    doing = models.CharField(max_length=120)
    error = models.CharField(max_length=80)
    discord_id = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "code"], name="error_code_once_per_store"
            ),
        ]

    def __str__(self) -> str:
        return self.code
