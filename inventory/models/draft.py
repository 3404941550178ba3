from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.states import BatchSource
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from tenants.models import Tenant


class StockDraft(TenantRow):
    """An upload that its uploader looks at before it is kept. It is gone soon.

    `table` is what was read, sealed. `code_column` and `included` are what the uploader
    chose, and `revision` grows with every choice: what is kept is what was shown last.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=8, choices=BatchSource)
    file_name = models.CharField(max_length=80, default="", blank=True)
    table = SealedTextField()
    code_column = models.SmallIntegerField(null=True, blank=True)
    included = models.JSONField(default=list, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            # A new upload takes the place of the one before it.
            models.UniqueConstraint(
                fields=["tenant", "actor", "product"], name="draft_one_each"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=BatchSource.values),
                name="draft_source_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="draft_due"),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
