from typing import ClassVar

from django.db import models

from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantRow
from tenants.models import Tenant


class Category(TenantRow):
    """A category of the store; for top-ups a game, with what identifies its player.

    `destination_fields` lists the inputs a buyer gives, for example
    `[{"name": "user_id", "label": "User ID", "pattern": "[0-9]{5,12}"}]`; all keys are
    those of `catalog.destinations.DestinationField`.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    emoji = models.CharField(max_length=8, blank=True)
    destination_fields = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "code"], name="category_code_once_per_store"
            ),
        ]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return f"{self.emoji} {self.name}".strip()
