from typing import ClassVar

from django.db import models

from catalog.models import Category
from inventory.states import CheckState
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant


class AccountCheck(TenantRow):
    """What was found out about an account that a buyer named, once.

    `name` is what the player calls themselves there, as the supplier `source` said; it
    is empty unless the account was verified.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="+")
    category = TenantForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+"
    )
    destination = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=CheckState)
    name = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=20, blank=True)
    checked_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        verbose_name = "game validation"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state=CheckState.VERIFIED) & ~models.Q(name="")
                | models.Q(state__in=[CheckState.UNCHECKED, CheckState.NOT_FOUND])
                & models.Q(name=""),
                name="account_check_names_verified",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["checked_at"], name="account_check_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.destination}: {self.state}"


class SavedDestination(TenantRow):
    """An account that a buyer has topped up before, to be chosen again.

    `name` is what it was called then. `worked_at` says when a top-up arrived there the
    last time; only then is it trusted.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="+")
    category = TenantForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+"
    )
    destination = models.CharField(max_length=120)
    name = models.CharField(max_length=80, blank=True)
    used_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "category", "destination"],
                nulls_distinct=False,
                name="saved_destination_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "customer", "category", "-used_at"],
                name="saved_destination_recent",
            ),
        ]

    def __str__(self) -> str:
        return self.destination
