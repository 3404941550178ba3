from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant


class HealthProof(TenantRow):
    """What the rules of the product say about one store since one moment.

    `counts` maps each rule that did not hold to the number of rows that break it;
    `violations` is their sum. There is a new one when that changes, and none before
    anything was wrong.
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


class ProofRun(models.Model):
    """One time that the rules were asked, of all stores together.

    `marks` say how far each table had been written (`ppob.kit.moved`), `whole` names
    the rules that were asked of all rows since the night began, `left_out` those for
    which there was no time. One that `is_whole` had no earlier one to go on from.
    """

    at = models.DateTimeField(db_index=True)
    is_whole = models.BooleanField()
    marks = models.JSONField()
    whole = models.JSONField()
    left_out = models.JSONField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
