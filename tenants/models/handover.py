from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant
from tenants.states import HandoverStatus


class Handover(TenantRow):
    """An owner's offer to hand the store over to somebody who works there.

    Nothing changes until the taker accepts; then the taker is owner and the giver
    admin. A store has one open offer at most.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    status = models.CharField(
        max_length=12, choices=HandoverStatus, default=HandoverStatus.OFFERED
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(status=HandoverStatus.OFFERED),
                name="handover_offered_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=HandoverStatus.values),
                name="handover_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(giver=F("taker")), name="handover_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(status=HandoverStatus.OFFERED, ended_at__isnull=True)
                | ~Q(status=HandoverStatus.OFFERED) & Q(ended_at__isnull=False),
                name="handover_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} to {self.taker_id}: {self.status}"

    def is_open(self, now: datetime) -> bool:
        """Whether the taker may still accept it at this moment."""
        return self.status == HandoverStatus.OFFERED and now < self.expires_at
