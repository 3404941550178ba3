from typing import ClassVar

from django.db import models

from inventory.models import Purchase
from payments.states import PurchaseOutcome
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from tenants.models import Tenant


class PurchaseVerdict(TenantRow):
    """What one person found out about a dear purchase; a second one has to agree.

    `serial_number` may be the code that the buyer paid for, so it is sealed.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    purchase = TenantForeignKey(Purchase, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=PurchaseOutcome)
    serial_number = SealedTextField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    given_by = models.CharField(max_length=80)
    given_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "purchase"], name="verdict_once_per_purchase"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=PurchaseOutcome.values),
                name="verdict_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.given_by}"
