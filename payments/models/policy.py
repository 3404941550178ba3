from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantRow
from tenants.models import Tenant


class MoneyPolicy(TenantRow):
    """A store's limits for other people's money (rupiah); without a row the defaults.

    `wallet_limit` is the most a buyer may hold, `float_limit` the most all buyers may
    hold together. A refund above `refund_approval_above` takes a second person, and so
    does a balance from money that staff noted more than `surplus_approval_above` beyond
    what was asked for. A higher limit for one person counts from `raised_from` on:
    until then the `raised_` values only wait. For `undo_secs` seconds after payment a
    buyer can take a top-up back before any supplier hears of it. With `late_refund` one
    that reached no supplier within twice the promised time is given back by itself.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    wallet_is_on = models.BooleanField(default=True)
    wallet_limit = models.BigIntegerField(default=2_000_000)
    float_limit = models.BigIntegerField(default=700_000_000)
    deposit_min = models.BigIntegerField(default=10_000)
    refund_approval_above = models.BigIntegerField(default=500_000)
    surplus_approval_above = models.BigIntegerField(default=10_000)
    raised_refund_approval = models.BigIntegerField(null=True, blank=True)
    raised_surplus_approval = models.BigIntegerField(null=True, blank=True)
    raised_from = models.DateTimeField(null=True, blank=True)
    undo_secs = models.PositiveSmallIntegerField(default=30, db_default=30)
    late_refund = models.BooleanField(default=True, db_default=True)
    raised_by = models.CharField(max_length=80, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant"], name="policy_once_per_store"),
            models.CheckConstraint(
                condition=models.Q(
                    deposit_min__gte=1_000,
                    wallet_limit__gte=models.F("deposit_min"),
                    wallet_limit__lte=20_000_000,
                    float_limit__gte=models.F("wallet_limit"),
                    float_limit__lt=1_000_000_000,
                    refund_approval_above__gte=0,
                    surplus_approval_above__gte=0,
                ),
                name="policy_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    raised_from__isnull=True,
                    raised_refund_approval__isnull=True,
                    raised_surplus_approval__isnull=True,
                )
                | models.Q(
                    # A comparison with nothing would be no refusal.
                    raised_from__isnull=False,
                    raised_refund_approval__isnull=False,
                    raised_refund_approval__gte=0,
                    raised_surplus_approval__isnull=False,
                    raised_surplus_approval__gte=0,
                ),
                name="policy_raise_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(undo_secs__lte=120), name="policy_undo_in_range"
            ),
        ]
        verbose_name_plural = "money policies"

    def __str__(self) -> str:
        return f"policy of {self.tenant_id}"
