"""Slash commands about a buyer's balance."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands
from django.utils.translation import gettext_noop

from bot.ui.clicks import Click, answer
from bot.ui.wallet import begin_deposit, show_wallet


class WalletCommands(commands.Cog):
    """The balance and how to top it up."""

    @app_commands.command(
        name="saldo",
        description=locale_str(
            gettext_noop("Your balance in this store and what happened to it")
        ),
    )
    @app_commands.guild_only()
    async def saldo(self, interaction: discord.Interaction) -> None:
        """Show a buyer their own balance."""
        await answer(interaction, show_wallet, {})

    @app_commands.command(
        name="deposit",
        description=locale_str(gettext_noop("Top up your balance in this store")),
    )
    @app_commands.describe(
        amount=locale_str(gettext_noop("How much, for example 50rb or 50.000"))
    )
    @app_commands.rename(amount=locale_str(gettext_noop("amount")))
    @app_commands.guild_only()
    async def deposit(
        self, interaction: discord.Interaction, amount: str | None = None
    ) -> None:
        """Begin a top-up."""
        await answer(interaction, partial(_begin, typed=amount), {})


async def _begin(click: Click, *, typed: str | None) -> None:
    await begin_deposit(click, typed)
