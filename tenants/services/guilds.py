"""Discord servers: whether the bot is there."""

from datetime import datetime

from ppob.kit import live, scope
from ppob.kit.db import unit_of_work
from security.services import audit
from tenants import locks
from tenants.models import Guild


def bot_joined(*, guild_id: int, name: str, now: datetime) -> None:
    """The bot is in this server of the store in scope."""
    _record_presence(guild_id, name=name, joined_at=now, now=now)


def bot_left(*, guild_id: int, now: datetime) -> None:
    """The bot was removed from this server; everything stays, panels rest."""
    _record_presence(guild_id, name="", joined_at=None, now=now)


def _record_presence(
    guild_id: int, *, name: str, joined_at: datetime | None, now: datetime
) -> None:
    tenant_id = scope.get_tenant_id()
    with unit_of_work("tenants.note_guild"):
        # Discord's event and the comparison may both tell it: it is written down once.
        guild = locks.lock_guild(guild_id)
        # A removal names no server; the name that is known stays.
        changes = {"name": name[:100]} if name else {}
        Guild.objects.filter(discord_id=guild_id).update(
            bot_joined_at=joined_at, **changes
        )
        if guild is not None and (guild.bot_joined_at is None) == bool(joined_at):
            audit.record(
                actor="bot",
                action="bot.joined" if joined_at else "bot.left",
                object=f"guild:{guild_id}",
                now=now,
                data={"name": name or guild.name},
            )
        live.announce(tenant_id, "settings")
