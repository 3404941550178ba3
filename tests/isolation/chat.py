"""Cells of the bot: every button, form and command, in the wrong hands and places."""

import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import pytest
from discord import ui
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.cross_tenant.serving import Serving
from bot.runtime.client import TokoBot
from bot.runtime.cogs.guilds import Guilds
from bot.runtime.cogs.interactions import Interactions
from bot.runtime.cogs.tickets import Tickets
from bot.ui import clicks, context
from tests.isolation.calls import Id
from tests.isolation.presses import Press

_interactions = itertools.count(620_000_000_000_000_000)
_VERB = re.compile(r"^(?:v1:)?([a-z_]+)")


@dataclass(frozen=True)
class Place:
    """Who presses, and where; no server means a direct message."""

    user_id: int
    guild_id: int | None


class NoChannels:
    """The part of the bot that makes channels, without Discord."""

    def check(self, guild_id: int) -> None:
        """There is always a channel."""

    async def make(self, tenant_id: int, ticket_id: int) -> int:
        return 640_000_000_000_000_000


def verb_of(template: str) -> str:
    return _VERB.match(template)[1]  # type: ignore[index]


def components() -> dict[str, Any]:
    """Every component the bot recognises, by its verb."""
    return {
        verb_of(click.__discord_ui_compiled_template__.pattern): click
        for click in clicks.CLICKS
    }


def forms() -> dict[str, str]:
    """Every form the bot recognises: its verb and its template."""
    return {verb_of(template): template for template, _handler in clicks.FORMS}


@asynccontextmanager
async def awake() -> AsyncIterator["Chat"]:
    """The bot with its commands, connected to nobody."""
    with pytest.MonkeyPatch.context() as patch:
        for cog in (Guilds, Tickets):
            patch.setattr(cog, "cog_load", _nothing)
        patch.setattr(TokoBot, "_start", lambda *_args: None)
        bot = TokoBot(Serving(), has_message_content=True)
        bot._connection.user = discord.ClientUser(
            state=bot._connection, data=_message(1)["author"]
        )
        await bot.setup_hook()
        bot.ticket_channels = NoChannels()  # type: ignore[assignment]
        chat = Chat(bot)
        patch.setattr(AsyncWebhookAdapter, "request", chat.note)
        yield chat


async def _nothing(*_args: Any) -> None:
    """There is nothing to start."""


class Chat:
    """Sends the bot interactions as Discord does, and keeps what it answers."""

    def __init__(self, bot: TokoBot) -> None:
        self.bot = bot
        self._said: list[str] = []

    def commands(self) -> list[Any]:
        """Every command of every kind."""
        kinds = discord.AppCommandType
        return [
            command
            for kind in (kinds.chat_input, kinds.user, kinds.message)
            for command in self.bot.tree.walk_commands(type=kind)
        ]

    async def press(self, verb: str, what: Press, place: Place) -> str:
        """Press a button, choose in a menu or send a form; all that was answered."""
        ids = [str(found.value) for found in what.ids.values()]
        values = [str(_plain(value)) for value in what.values]
        if verb in components():
            return await self._component(verb, ids, values, what, place)
        custom_id = ":".join(["v1", verb, *ids])
        rows = [
            {"type": 1, "components": [{"type": 4, "custom_id": "x", "value": value}]}
            for value in values
        ]
        data = {"custom_id": custom_id, "components": rows}
        interaction = self._interaction(5, data, place, what.message_id)
        await Interactions().on_interaction(interaction)
        return self._take()

    async def _component(
        self, verb: str, ids: list[str], values: list[str], what: Press, place: Place
    ) -> str:
        click = components()[verb]
        pattern = click.__discord_ui_compiled_template__
        prefix = "v1:" if pattern.pattern.startswith("v1:") else ""
        custom_id = ":".join([prefix + verb, *ids])
        match = pattern.fullmatch(custom_id)
        assert match is not None, custom_id
        data = {"custom_id": custom_id, "component_type": 2, "values": values}
        interaction = self._interaction(3, data, place, what.message_id)
        item = await click.from_custom_id(
            interaction, ui.Button(custom_id=custom_id), match
        )
        await item.callback(interaction)
        return self._take()

    async def command(
        self, command: Any, options: dict[str, Any], place: Place, *, is_typing: bool
    ) -> str:
        """Use a slash command, or ask for suggestions while typing it."""
        given = [
            {"name": name, "type": 3, "value": str(_plain(value)), "focused": is_typing}
            for name, value in options.items()
        ]
        data = {"id": "1", "name": command.name, "type": 1, "options": given}
        interaction = self._interaction(4 if is_typing else 2, data, place, 77)
        await self.bot.tree._call(interaction)
        return self._take()

    async def note(self, route: Any, **sent: Any) -> dict[str, Any]:
        """Takes the place of the request to Discord; answers as Discord does."""
        del sent["session"]
        self._said.append(json.dumps(sent, default=str, ensure_ascii=False))
        if "callback" in route.path:
            return {"interaction": {"id": "1", "type": 2}}
        return _message(78)

    def _take(self) -> str:
        said, self._said = "\n".join(self._said), []
        return said

    def _interaction(
        self, kind: int, data: dict[str, Any], place: Place, message_id: int
    ) -> discord.Interaction:
        user = {
            "id": str(place.user_id),
            "username": f"person{place.user_id % 10}",
            "discriminator": "0",
            "avatar": None,
        }
        payload: dict[str, Any] = {
            "id": str(next(_interactions)),
            "type": kind,
            "data": data,
            "token": "token",
            "version": 1,
            "application_id": "1",
            "attachment_size_limit": 1,
            "locale": "en-US",
            "user": user,
            "message": _message(message_id),
        }
        if place.guild_id is not None:
            member = {"user": user, "roles": [], "joined_at": None, "permissions": "0"}
            payload |= {"guild_id": str(place.guild_id)}
            payload |= {"member": member | {"deaf": False, "mute": False, "flags": 0}}
        context.directory.forget(place.guild_id or 0)
        return discord.Interaction(data=payload, state=self.bot._connection)  # type: ignore[arg-type]


def _message(message_id: int) -> dict[str, Any]:
    return {
        "id": str(message_id),
        "channel_id": "11",
        "author": {"id": "1", "username": "bot", "discriminator": "0", "avatar": None},
        "content": "",
        "embeds": [],
        "attachments": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": "2026-03-14T05:00:00+00:00",
        "edited_timestamp": None,
        "type": 0,
    }


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Id) else value
