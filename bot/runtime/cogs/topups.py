"""Slash commands for top-ups: buy one, or find out whose account something is."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands
from django.utils.translation import gettext_noop

from bot import bridge
from bot.services import topups
from bot.ui.clicks import answer
from bot.ui.context import directory
from bot.ui.topups import begin_top_up, show_check, show_suppliers
from ppob.kit import clock


class TopUpCommands(commands.Cog):
    """Buying for an account, and checking one."""

    @app_commands.command(
        name="topup",
        description=locale_str(gettext_noop("Top up a game or a phone in this store")),
    )
    @app_commands.describe(
        item=locale_str(gettext_noop("What to buy, for example 86 diamonds")),
        account=locale_str(gettext_noop("For whom, for example 123456789 (1234)")),
    )
    @app_commands.rename(
        item=locale_str(gettext_noop("item")),
        account=locale_str(gettext_noop("account")),
    )
    @app_commands.guild_only()
    async def topup(
        self,
        interaction: discord.Interaction,
        item: str,
        account: app_commands.Range[str, 1, 120] | None = None,
    ) -> None:
        """Ask for the account, or whether it is this one."""
        work = partial(begin_top_up, item=item, account=account)
        await answer(interaction, work, {})

    @topup.autocomplete("item")
    async def items(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The store's top-ups that fit what is typed so far."""
        guild = await directory.find(interaction.guild_id or 0)
        if guild is None:
            return []
        found = await bridge.call(
            guild.tenant_id, topups.find_items, typed, now=clock.now()
        )
        return [app_commands.Choice(name=name, value=value) for value, name in found]

    @app_commands.command(
        name="cek",
        description=locale_str(
            gettext_noop("Whose game account is it? Shows the nickname")
        ),
    )
    @app_commands.describe(
        game=locale_str(gettext_noop("Game, for example ML")),
        userid=locale_str(gettext_noop("The account's ID, as the game shows it")),
        server=locale_str(gettext_noop("Zone or server, if the game has one")),
    )
    @app_commands.guild_only()
    async def cek(
        self,
        interaction: discord.Interaction,
        game: str,
        userid: app_commands.Range[str, 1, 120],
        server: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        """Show what is known of an account."""
        work = partial(show_check, game=game, user_id=userid, server=server or "")
        await answer(interaction, work, {})

    @app_commands.command(
        name="pemasok",
        description=locale_str(
            gettext_noop("How the store's suppliers do (for its staff)")
        ),
    )
    @app_commands.guild_only()
    async def pemasok(self, interaction: discord.Interaction) -> None:
        """Show the store's own people how its suppliers do."""
        await answer(interaction, show_suppliers, {})

    @cek.autocomplete("game")
    async def games(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The store's games that fit what is typed so far."""
        guild = await directory.find(interaction.guild_id or 0)
        if guild is None:
            return []
        found = await bridge.call(guild.tenant_id, topups.find_games, typed)
        return [app_commands.Choice(name=name, value=code) for code, name in found]
