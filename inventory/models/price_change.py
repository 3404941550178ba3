from typing import ClassVar

from django.db import models

from inventory.models.supplier import SupplierAccount
from inventory.states import PriceChangeKind
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class PriceChange(TenantRow):
    """One line of a supplier's price list that changed, and when that was read.

    Costs are whole rupiah; a new line has no `old_cost`. `since` is when what it
    replaces was read, None where there was nothing. A row without a `sku` stands for
    `lines` lines of its kind: a first list, and what of a reading was too much to keep
    line by line.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    account = TenantForeignKey(
        SupplierAccount, models.PROTECT, related_name="+", db_index=False
    )
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=PriceChangeKind)
    old_cost = models.BigIntegerField(null=True, blank=True)
    new_cost = models.BigIntegerField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=1)
    since = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            # Two who read the same list at once replace the same: it is written once.
            # It also finds the changes of a line.
            models.UniqueConstraint(
                fields=["tenant", "account", "sku", "kind", "since"],
                nulls_distinct=False,
                name="price_change_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=PriceChangeKind.values),
                name="price_change_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(sku="", old_cost=None, new_cost=None)
                | ~models.Q(sku="")
                & models.Q(lines=1, new_cost__isnull=False)
                & ~models.Q(kind=PriceChangeKind.FIRST),
                name="price_change_of_a_line_or_many",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "account", "id"], name="price_change_latest"
            ),
            models.Index(fields=["at"], name="price_change_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sku}"
