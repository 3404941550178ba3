from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant


class Guild(TenantRow):
    """A Discord server that belongs to a store; one server, one store.

    `bot_joined_at` is empty while the bot is not (or no longer) there.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    discord_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=100)
    icon_url = models.URLField(max_length=300, blank=True)
    bot_joined_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []
        indexes: ClassVar = [
            models.Index(
                fields=["discord_id"],
                condition=models.Q(bot_joined_at=None),
                name="guild_without_bot",
            ),
        ]

    def __str__(self) -> str:
        return self.name
