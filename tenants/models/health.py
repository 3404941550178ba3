from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant


class HealthProof(TenantRow):
    """What the rules of the product said about one store at one moment.

    `counts` maps each rule that was asked to the number of rows that break it;
    `violations` is their sum.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    checked_at = models.DateTimeField()
    violations = models.PositiveIntegerField()
    counts = models.JSONField()

    class Meta(TenantRow.Meta):
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="proof_newest")
        ]

    def __str__(self) -> str:
        return f"{self.violations} violations"

    @property
    def broken(self) -> dict[str, int]:
        """The rules that did not hold, with the number of rows."""
        return {name: count for name, count in self.counts.items() if count}
