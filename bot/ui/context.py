"""Who pressed, in which store, and what language they read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import discord
from django.utils.translation import gettext_lazy as _

from bot import bridge
from bot.cross_tenant.buyers import find_tenant
from bot.ui import brake
from ppob.kit import clock
from ppob.kit.errors import NotFound
from ppob.kit.i18n import language_of
from ppob.kit.scope import tenant_scope
from tenants.cross_tenant import find_guild
from tenants.models import Customer, Guild
from tenants.services import customers

KEPT_SECS = 5.0


class NoStoreHere(NotFound):
    """No store belongs to this server."""

    code = "NO_STORE"
    default = _("This server has no store yet.")


@dataclass(frozen=True)
class Shop:
    """The store somebody stands in. `guild` was read across stores: use its ids."""

    tenant_id: int
    customer: Customer
    language: str
    guild: Guild | None = None


@dataclass
class Directory:
    """Servers and their stores, remembered for a few seconds."""

    _known: dict[int, tuple[float, Guild | None]] = field(default_factory=dict)

    async def find(self, guild_id: int) -> Guild | None:
        """The store's server, or None."""
        known = self._recent(guild_id)
        return known[1] if known else await bridge.across(self.read, guild_id)

    def read(self, guild_id: int) -> Guild | None:
        """The same for whoever is in a thread of the services already."""
        known = self._recent(guild_id)
        if known is None:
            known = self._known[guild_id] = (time.monotonic(), find_guild(guild_id))
        return known[1]

    def _recent(self, guild_id: int) -> tuple[float, Guild | None] | None:
        known = self._known.get(guild_id)
        is_recent = known is not None and time.monotonic() - known[0] < KEPT_SECS
        return known if is_recent else None

    def forget(self, guild_id: int) -> None:
        """Look again next time: something about the server changed."""
        self._known.pop(guild_id, None)


directory = Directory()


def language_for(interaction: discord.Interaction) -> str:
    """`id` or `en`, as the person's own Discord is set."""
    return language_of(str(interaction.locale))


async def find_store(
    interaction: discord.Interaction, *, ids: Mapping[str, int]
) -> tuple[int | None, Guild | None]:
    """The store of this click, if there is one, and the server it was made in."""
    return await bridge.across(_find_store, _presser(interaction), ids)


async def enter(interaction: discord.Interaction, *, ids: Mapping[str, int]) -> Shop:
    """Count a press, then find its store and its buyer; see `resolve`.

    Raises TooManyPresses, or NoStoreHere.
    """
    return await bridge.across(_enter, _presser(interaction), ids)


async def resolve(interaction: discord.Interaction, *, ids: Mapping[str, int]) -> Shop:
    """The store of this click and the buyer as the store knows them.

    In a direct message the button's ids say which store it is, to their own buyer
    alone. Raises NoStoreHere.
    """
    return await bridge.across(_resolve, _presser(interaction), ids)


@dataclass(frozen=True)
class _Presser:
    """Who pressed, and in which server (Discord's ids), as plain values."""

    user_id: int
    username: str
    display_name: str
    locale: str
    guild_id: int | None


def _presser(interaction: discord.Interaction) -> _Presser:
    user = interaction.user
    return _Presser(
        user.id,
        user.name,
        user.display_name,
        str(interaction.locale),
        interaction.guild_id,
    )


# Each of these is one trip from the event loop to the services and back, whatever it
# has to ask there: a trip costs more than most of the questions.


def _enter(who: _Presser, ids: Mapping[str, int]) -> Shop:
    brake.count(who.guild_id, who.user_id)
    return _resolve(who, ids)


def _resolve(who: _Presser, ids: Mapping[str, int]) -> Shop:
    tenant_id, guild = _find_store(who, ids)
    if tenant_id is None:
        raise NoStoreHere
    with tenant_scope(tenant_id):
        customer = customers.remember(
            discord_id=who.user_id,
            username=who.username,
            display_name=who.display_name,
            locale=who.locale,
            now=clock.now(),
        )
    return Shop(tenant_id, customer, language_of(who.locale), guild)


def _find_store(
    who: _Presser, ids: Mapping[str, int]
) -> tuple[int | None, Guild | None]:
    if who.guild_id is None:
        return find_tenant(ids, buyer_id=who.user_id), None
    guild = directory.read(who.guild_id)
    return (guild.tenant_id if guild is not None else None), guild
