from typing import ClassVar

from django.db import models

from inventory.states import Breaker
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant

RECENT = 20


class BreakerColumns(models.Model):
    """Whether a supplier answers, as the account at it remembers.

    `recent_calls` has a sign for each of the last twenty calls (`CallEnd`), the newest
    last. While the breaker is not closed, the supplier is asked something harmless at
    `probe_at`; `good_probes` were answered in a row, and `relapses` counts how often it
    fell silent again, which makes the wait longer. `trial_ref` is the one purchase that
    is sent to see whether it works. `breaker_at` is when the breaker moved last.
    """

    breaker = models.CharField(
        max_length=8, choices=Breaker, default=Breaker.CLOSED, db_default="closed"
    )
    breaker_at = models.DateTimeField(null=True, blank=True)
    recent_calls = models.CharField(max_length=RECENT, blank=True, db_default="")
    probe_at = models.DateTimeField(null=True, blank=True)
    good_probes = models.PositiveSmallIntegerField(default=0, db_default=0)
    relapses = models.PositiveSmallIntegerField(default=0, db_default=0)
    trial_ref = models.CharField(max_length=40, blank=True, db_default="")

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(breaker=Breaker.CLOSED, probe_at=None, trial_ref="")
                | models.Q(breaker=Breaker.OPEN, trial_ref="", probe_at__isnull=False)
                | models.Q(breaker=Breaker.TRIAL, probe_at__isnull=False),
                name="supplier_breaker_is_probed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["probe_at"],
                condition=~models.Q(breaker=Breaker.CLOSED),
                name="supplier_to_probe",
            ),
        ]

    @property
    def is_answering(self) -> bool:
        """Whether new purchases may go there."""
        return self.breaker == Breaker.CLOSED


class BreakerEvent(TenantRow):
    """One move of a supplier account's breaker: when, from where to where, and why."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    account = TenantForeignKey(
        "inventory.SupplierAccount", models.PROTECT, related_name="breaker_events"
    )
    source = models.CharField(max_length=8, blank=True)
    target = models.CharField(max_length=8)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        indexes: ClassVar = [
            models.Index(fields=["tenant", "account", "-at"], name="breaker_event_new"),
        ]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"

    @property
    def became(self) -> str:
        """Where the breaker went, in words."""
        return str(Breaker(self.target).label)
