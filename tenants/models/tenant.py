from django.db import models

from ppob.kit.ids import new_id
from tenants.states import TenantStatus

MOST_ALERT_HOURS = 72


class Tenant(models.Model):
    """A store: the seller's business, fenced off from all others.

    `price_step` (rupiah) is what computed prices are rounded to. Its owner is told when
    a deposit at a supplier lasts less than `deposit_alert_hours`.
    """

    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=80)
    plan = models.CharField(max_length=20, default="basic")
    status = models.CharField(
        max_length=12, choices=TenantStatus, default=TenantStatus.ACTIVE
    )
    time_zone = models.CharField(max_length=40, default="Asia/Jakarta")
    language = models.CharField(max_length=2, default="id")
    price_step = models.PositiveIntegerField(default=100)
    deposit_alert_hours = models.PositiveSmallIntegerField(default=4, db_default=4)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values),
                name="tenant_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(price_step__gte=1), name="tenant_price_step_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    deposit_alert_hours__gte=1,
                    deposit_alert_hours__lte=MOST_ALERT_HOURS,
                ),
                name="tenant_deposit_alert_hours_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
