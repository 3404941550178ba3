"""Slash commands: their words in two languages, and when Discord hears of them."""

import hashlib
import json
from typing import Any

import discord
from discord import app_commands
from django.utils.translation import gettext

from bot import bridge
from bot.services import servers
from ppob.kit.i18n import INDONESIAN, language_of, speaking
from tenants.models import Guild

_LOCALES = {discord.Locale.indonesian, discord.Locale.american_english}


class CommandWords(app_commands.Translator):
    """Names and descriptions from our catalogs; English is the default."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The word in this locale, or None for locales without their own."""
        if locale not in _LOCALES:
            return None
        with speaking(language_of(str(locale))):
            word = gettext(string.message)
        is_same = word == string.message
        return None if is_same and language_of(str(locale)) == INDONESIAN else word


DIRECT = ("history",)  # what a buyer can use in direct messages, too
_IN_DIRECT_MESSAGES = 1  # Discord's "interaction context type" BOT_DM


async def sync_direct(tree: app_commands.CommandTree[Any]) -> None:
    """Give buyers in direct messages the commands that need no server.

    Servers have theirs as commands of their own, so these stay out of them.
    """
    payload = [
        {
            **await command.get_translated_payload(tree, tree.translator),  # type: ignore[arg-type]
            "contexts": [_IN_DIRECT_MESSAGES],
        }
        for command in sorted(tree.get_commands(), key=lambda found: found.name)
        if command.name in DIRECT
    ]
    application_id = tree.client.application_id
    if application_id is not None:
        await tree.client.http.bulk_upsert_global_commands(application_id, payload)


async def sync_guild(
    tree: app_commands.CommandTree[Any], guild: Guild, *, known: str
) -> None:
    """Give a server the present commands if it has others; `known` is what it has."""
    place = discord.Object(guild.discord_id)
    tree.copy_global_to(guild=place)
    wanted = sorted(tree.get_commands(guild=place), key=lambda command: command.name)
    payload = [
        await command.get_translated_payload(tree, tree.translator)  # type: ignore[arg-type]
        for command in wanted
    ]
    text = json.dumps(payload, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if fingerprint == known:
        return
    await tree.sync(guild=place)
    await bridge.call(
        guild.tenant_id,
        servers.note_commands,
        guild_id=guild.pk,
        fingerprint=fingerprint,
    )
