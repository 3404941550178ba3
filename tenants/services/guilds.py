"""Discord servers: whether the bot is there."""

from datetime import datetime

from ppob.kit import live, scope
from ppob.kit.db import unit_of_work
from tenants.models import Guild
from tenants.signals import settings_changed


def bot_joined(*, guild_id: int, name: str, now: datetime) -> None:
    """The bot is in this server of the store in scope."""
    _note(guild_id, name=name, joined_at=now)


def bot_left(*, guild_id: int) -> None:
    """The bot was removed from this server; everything stays, panels rest."""
    _note(guild_id, name="", joined_at=None)


def _note(guild_id: int, *, name: str, joined_at: datetime | None) -> None:
    tenant_id = scope.get_tenant_id()
    with unit_of_work("tenants.note_guild"):
        changes = {"name": name[:100]} if name else {}
        Guild.objects.filter(discord_id=guild_id).update(
            bot_joined_at=joined_at, **changes
        )
        settings_changed.send(Guild, tenant_id=tenant_id)
        live.announce(tenant_id, "settings")
