"""Forms, recognised by their id alone, and buttons that nobody recognises any more."""

import re

import discord
from discord.ext import commands
from django.utils.translation import gettext as _

from bot.ui.clicks import CLICKS, FORMS, answer, say_at_once, sent
from bot.ui.context import language_for
from ppob.kit.i18n import speaking


class Interactions(commands.Cog):
    """The last listener for buttons and forms."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer forms by their id, and old buttons politely."""
        custom_id = str(sent(interaction).get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await self._form(interaction, custom_id)
        elif interaction.type is discord.InteractionType.component:
            known = any(
                click.__discord_ui_compiled_template__.fullmatch(custom_id)
                for click in CLICKS
            )
            if not known:
                await self._old(interaction)

    async def _form(self, interaction: discord.Interaction, custom_id: str) -> None:
        for template, handler in FORMS:
            if match := re.fullmatch(template, custom_id):
                found = {name: int(text) for name, text in match.groupdict().items()}
                await answer(interaction, handler, found, _values(interaction))
                return
        await self._old(interaction)

    async def _old(self, interaction: discord.Interaction) -> None:
        with speaking(language_for(interaction)):
            words = _(
                "This button is from an older version. Please use the newest panel, or "
                "`/history` for your orders."
            )
        await say_at_once(interaction, words)


def _values(interaction: discord.Interaction) -> tuple[str, ...]:
    """What was typed, in the form's order."""
    found = []
    for row in sent(interaction).get("components", []):
        inner = [row["component"]] if "component" in row else row.get("components", [])
        found += [str(field.get("value") or "") for field in inner]
    return tuple(found)
