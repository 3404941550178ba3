from typing import ClassVar

from django.db import models

from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Guild, Tenant


class ServerSettings(TenantRow):
    """How a store uses one Discord server.

    `auto_close_secs` after the purchase is completed the ticket closes by itself. Empty
    ids mean: not chosen. `commands_hash` is the fingerprint of the slash commands the
    server has.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    guild = TenantForeignKey(Guild, models.PROTECT, related_name="+")
    ticket_category_id = models.BigIntegerField(null=True, blank=True)
    staff_role_id = models.BigIntegerField(null=True, blank=True)
    log_channel_id = models.BigIntegerField(null=True, blank=True)
    auto_close_secs = models.PositiveIntegerField(default=300)
    commands_hash = models.CharField(max_length=64, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "guild"], name="server_settings_once_per_guild"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    auto_close_secs__gte=10, auto_close_secs__lte=604800
                ),
                name="server_auto_close_in_range",
            ),
        ]
        verbose_name_plural = "server settings"

    def __str__(self) -> str:
        return f"settings of guild {self.guild_id}"
