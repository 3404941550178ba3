"""Who pressed, in which store, and what language they read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import discord
from django.utils.translation import gettext_lazy as _

from bot import bridge
from bot.cross_tenant.buyers import find_tenant
from ppob.kit import clock
from ppob.kit.errors import NotFound
from ppob.kit.i18n import language_of
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
        now = time.monotonic()
        known = self._known.get(guild_id)
        if known is not None and now - known[0] < KEPT_SECS:
            return known[1]
        found = await bridge.across(find_guild, guild_id)
        self._known[guild_id] = (now, found)
        return found

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
    if interaction.guild_id is None:
        buyer_id = interaction.user.id
        return await bridge.across(find_tenant, ids, buyer_id=buyer_id), None
    guild = await directory.find(interaction.guild_id)
    return (guild.tenant_id if guild is not None else None), guild


async def resolve(interaction: discord.Interaction, *, ids: Mapping[str, int]) -> Shop:
    """The store of this click and the buyer as the store knows them.

    In a direct message the button's ids say which store it is, to their own buyer
    alone. Raises NoStoreHere.
    """
    user = interaction.user
    tenant_id, guild = await find_store(interaction, ids=ids)
    if tenant_id is None:
        raise NoStoreHere
    customer = await bridge.call(
        tenant_id,
        customers.remember,
        discord_id=user.id,
        username=user.name,
        display_name=user.display_name,
        locale=str(interaction.locale),
        now=clock.now(),
    )
    return Shop(tenant_id, customer, language_for(interaction), guild)
