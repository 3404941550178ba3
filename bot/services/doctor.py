"""Whether the bot has what it needs in a server, and what to do where it hasn't."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bot.services import directory
from bot.services.directory import BotAbsent, ServerPicture
from tenants.models import Guild
from tenants.services import guilds

# What the bot asks for when it is added, and nothing that it does not use; never
# `administrator`. A ticket's channel is closed off in the request that makes it, which
# takes Manage Channels and the rights it hands on; only changing it later would take
# Manage Roles (Discord's documentation of Create Guild Channel and Modify Channel).
NEEDED: dict[int, tuple[Promise, Promise]] = {
    1 << 10: (_("See channels"), _("panels and tickets stay invisible to the bot")),
    1 << 11: (_("Send messages"), _("no panel and no ticket can be written")),
    1 << 14: (_("Embed links"), _("panels and receipts lose their frames")),
    1 << 15: (_("Attach files"), _("QR codes cannot be shown")),
    1 << 16: (_("Read message history"), _("a ticket's last words are not kept")),
    1 << 4: (_("Manage channels"), _("no ticket can be opened")),
}
INVITE_PERMISSIONS = sum(NEEDED)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` is for when it isn't fine."""

    name: Promise | str
    is_fine: bool
    advice: Promise | str


@dataclass(frozen=True)
class Diagnosis:
    """What the bot may do in a server. Without the bot there are no findings."""

    is_present: bool
    findings: tuple[Finding, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is missing."""
        return self.is_present and all(found.is_fine for found in self.findings)

    @property
    def missing(self) -> int:
        """How many things are not fine."""
        return sum(not found.is_fine for found in self.findings)


def examine(guild: Guild, *, now: datetime) -> Diagnosis:
    """Look at the server right now, and note whether the bot is there.

    Raises DiscordAway or DiscordRefused when Discord doesn't say.
    """
    try:
        picture = directory.read_server(guild, fresh=True)
    except BotAbsent:
        # Noted here as well: the bot's process may be away while the seller looks.
        if guild.bot_joined_at is not None:
            guilds.bot_left(guild_id=guild.discord_id, now=now)
        return Diagnosis(is_present=False)
    if guild.bot_joined_at is None:
        guilds.bot_joined(guild_id=guild.discord_id, name=picture.name, now=now)
    return Diagnosis(is_present=True, findings=tuple(_permissions(picture)))


def _permissions(picture: ServerPicture) -> list[Finding]:
    return [
        Finding(name, bool(picture.permissions & bit), effect)
        for bit, (name, effect) in NEEDED.items()
    ]
