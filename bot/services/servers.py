"""How a store uses its Discord servers."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from bot import locks
from bot.models import ServerSettings
from bot.services.announcing import announce
from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Guild
from tenants.permissions import Permission


@dataclass(frozen=True)
class ServerDraft:
    """What a seller chooses for a server; None means: not chosen."""

    ticket_category_id: int | None = None
    staff_role_id: int | None = None
    log_channel_id: int | None = None
    auto_close_secs: int = 300


def settings_of(guild_id: int) -> ServerSettings:
    """The settings of one of the store's servers (our row's id), made when missing."""
    # Two at once both find none: one writes, and neither transaction ends for it.
    ServerSettings.objects.bulk_create(
        [ServerSettings(guild_id=guild_id)], ignore_conflicts=True
    )
    settings: ServerSettings = ServerSettings.objects.get(guild_id=guild_id)
    return settings


def facts_of(settings: ServerSettings) -> Facts:
    """What can be changed of a server's settings, as it is now."""
    return {name: getattr(settings, name) for name in ServerDraft.__dataclass_fields__}


def change_settings(
    *,
    actor: Actor,
    guild: Guild,
    draft: ServerDraft,
    now: datetime,
    seen: str | None = None,
) -> ServerSettings:
    """Write down what the seller chose; `seen` is the version of what they read.

    Raises NotAllowed, InvalidInput or ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_STORE)
    if not 10 <= draft.auto_close_secs <= 604_800:
        raise InvalidInput(_("Choose 10 seconds to 7 days."), field="auto_close_secs")
    with unit_of_work("bot.change_settings"):
        # There has to be a row before it can be locked.
        settings_of(guild.pk)
        settings = locks.lock_settings(guild.pk)
        after = asdict(draft)
        before = facts_of(settings)
        # Under the lock: of two who save at once, the second is shown what is new.
        require_unchanged(seen, before)
        ServerSettings.objects.filter(pk=settings.pk).update(**after)
        audit.record(
            actor=actor.name,
            action="server.changed",
            object=f"guild:{guild.discord_id}",
            now=now,
            before=before,
            after=after,
            data={"name": guild.name},
        )
        live.announce(actor.tenant_id, "settings")
    settings.refresh_from_db()
    return settings


def log_channel_closed(channel_id: int, *, is_gone: bool, now: datetime) -> None:
    """The channel takes no lines of ours: its owners are told and asked for another.

    One that is gone is forgotten; one that is only closed to the bot stays chosen, and
    the owners are told again after a day.
    """
    require_transaction()
    chosen = ServerSettings.objects.filter(log_channel_id=channel_id)
    for settings in chosen.select_related("guild").order_by("pk"):
        if is_gone:
            forgotten = chosen.filter(pk=settings.pk).update(log_channel_id=None)
            # A deletion is heard of twice, as an event and as a refused message.
            if not forgotten:
                continue
            live.announce(settings.tenant_id, "settings")
        announce(
            "log_channel.closed",
            guild_id=settings.guild_id,
            channel_id=channel_id,
            is_gone=is_gone,
            at=now,
            now=now,
        )


def log_channel_deleted(channel_id: int, *, now: datetime) -> None:
    """Somebody deleted a channel: if it was for our lines, its owners are told."""
    with unit_of_work("bot.log_channel_deleted"):
        log_channel_closed(channel_id, is_gone=True, now=now)


def note_category(*, guild_id: int, category_id: int) -> None:
    """The bot made the category for tickets."""
    settings_of(guild_id)
    ServerSettings.objects.filter(guild_id=guild_id).update(
        ticket_category_id=category_id
    )


def note_commands(*, guild_id: int, fingerprint: str) -> None:
    """The server has these slash commands now."""
    # Without this each start would send every server all its commands again.
    settings_of(guild_id)
    ServerSettings.objects.filter(guild_id=guild_id).update(commands_hash=fingerprint)
