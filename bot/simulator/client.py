"""Drive the local Discord from tests: one object per person.

    rizky = SimulatedPerson("http://127.0.0.1:8100", world.RIZKY.id)
    products = rizky.channel("produk", world.RIZKY_GUILD_ID)
    panel = rizky.wait_for_message(products, lambda m: m["components"])
    answer = rizky.click(panel, label="Beli")
    modal = answer["modal"]

Everything is synchronous. What Discord's app would not allow raises ActionFailed; a bot
that stays silent raises InteractionFailed, with the text a person would see.
"""

import json
from collections.abc import Callable
from typing import Any

from bot.simulator.calling import (
    DEADLINE_SECS,
    ActionFailed,
    Api,
    InteractionFailed,
    path_of,
    tries,
)
from bot.simulator.reading import (
    Json,
    NotSeen,
    components_of,
    find_component,
    text_of,
)

__all__ = [
    "ActionFailed",
    "InteractionFailed",
    "NotSeen",
    "SimulatedPerson",
    "components_of",
    "find_component",
    "text_of",
]

File = tuple[str, bytes]


class SimulatedPerson(Api):
    """One person of `world.PEOPLE`, at the keyboard."""

    def __init__(self, base_url: str, user_id: int) -> None:
        super().__init__(base_url)
        self.user_id = user_id
        self._me = f"/people/{user_id}"

    def home(self) -> Json:
        """Servers with visible channels, members and roles, and conversations."""
        home: Json = self.call("GET", f"{self._me}/home")
        return home

    def guilds(self) -> list[Json]:
        """The servers the person is in."""
        return list(self.home()["guilds"])

    def channels(self, guild_id: int) -> list[Json]:
        """The channels of one server the person sees."""
        for guild in self.guilds():
            if guild["id"] == str(guild_id):
                return list(guild["channels"])
        return []

    def find_channel(self, name: str, guild_id: int) -> int | None:
        """The id of a visible channel by its exact name."""
        for channel in self.channels(guild_id):
            if channel["name"] == name:
                return int(channel["id"])
        return None

    def channel(self, name: str, guild_id: int) -> int:
        """The id of a visible channel; NotSeen when there is none."""
        found = self.find_channel(name, guild_id)
        if found is None:
            raise NotSeen(f"no channel {name}")
        return found

    def wait_for_channel(
        self,
        accept: Callable[[Json], bool],
        guild_id: int,
        *,
        secs: float = DEADLINE_SECS,
    ) -> Json:
        """The first visible channel that fits, waiting for it."""
        for _ in tries(secs):
            for channel in self.channels(guild_id):
                if accept(channel):
                    return channel
        raise NotSeen("no such channel")

    def dm_channel(self) -> int | None:
        """The conversation with the bot, if there is one."""
        dms = self.home()["dms"]
        return int(dms[0]["id"]) if dms else None

    def open_dm(self) -> int:
        """Begin the conversation with the bot."""
        return int(self.call("POST", f"{self._me}/dm")["id"])

    def set_dm_open(self, is_open: bool) -> None:
        """Take or refuse direct messages."""
        self.call("PUT", f"{self._me}/dm", json={"open": is_open})

    def messages(self, channel_id: int, *, limit: int = 50) -> list[Json]:
        """The last messages the person sees, oldest first."""
        answer = self.call(
            "GET",
            f"{self._me}/channels/{channel_id}/messages",
            params={"limit": limit},
        )
        return list(answer["messages"])

    def wait_for_message(
        self,
        channel_id: int,
        accept: Callable[[Json], bool],
        *,
        secs: float = DEADLINE_SECS,
    ) -> Json:
        """The newest visible message that fits, waiting for it."""
        for _ in tries(secs):
            for message in reversed(self.messages(channel_id)):
                if accept(message):
                    return message
        raise NotSeen("no such message")

    def send(
        self,
        channel_id: int,
        content: str = "",
        *,
        files: list[File] | None = None,
        reply_to: int | None = None,
    ) -> Json:
        """Write a message."""
        body = {"content": content, "reply_to": reply_to}
        named = [("files", name, data) for name, data in files or []]
        sent: Json = self._post(f"/channels/{channel_id}/messages", body, named)
        return sent

    def delete(self, message: Json) -> None:
        """Delete an own message, or hide an ephemeral one."""
        self.call("DELETE", self._me + path_of(message))

    def react(self, message: Json, emoji: str, *, on: bool = True) -> None:
        """Add or take back a reaction."""
        path = f"{self._me}{path_of(message)}/reactions/{emoji}"
        self.call("PUT" if on else "DELETE", path)

    def commands(self, channel_id: int) -> list[Json]:
        """The slash commands the person can run here."""
        answer = self.call("GET", f"{self._me}/channels/{channel_id}/commands")
        return list(answer["commands"])

    def slash(
        self,
        channel_id: int,
        command: str,
        *,
        files: dict[str, File] | None = None,
        **options: Any,
    ) -> Json:
        """Run "command" or "group command"; files by option name."""
        body = {"command": command, "options": options}
        named = [(option, *file) for option, file in (files or {}).items()]
        return self._interact(f"/channels/{channel_id}/commands", body, named)

    def autocomplete(
        self, channel_id: int, command: str, focused: str, text: str, **options: Any
    ) -> list[Json]:
        """The choices the bot offers while the person types."""
        answer = self._post(
            f"/channels/{channel_id}/autocomplete",
            {
                "command": command,
                "focused": focused,
                "text": text,
                "options": options,
            },
        )
        return list(_checked(answer)["choices"] or [])

    def click(
        self, message: Json, custom_id: str | None = None, *, label: str | None = None
    ) -> Json:
        """Press a button, by custom id or by its label."""
        found = custom_id or find_component(message, label=label)["custom_id"]
        return self._interact(f"{path_of(message)}/click", {"custom_id": found})

    def select(
        self, message: Json, values: list[Any], *, custom_id: str | None = None
    ) -> Json:
        """Choose in the menu with this custom id, or in the only one there is."""
        found = custom_id or find_component(message, is_menu=True)["custom_id"]
        return self._interact(
            f"{path_of(message)}/select",
            {"custom_id": found, "values": [str(value) for value in values]},
        )

    def submit(
        self,
        shown: Json,
        values: dict[str, Any],
        *,
        files: dict[str, list[File]] | None = None,
    ) -> Json:
        """Send the form that `shown` opened; files by custom id."""
        named = [
            (custom_id, *file)
            for custom_id, several in (files or {}).items()
            for file in several
        ]
        return self._interact(
            f"/interactions/{shown['id']}/modal", {"values": values}, named
        )

    def interaction(self, interaction_id: int | str) -> Json:
        """What the person sees of an interaction now."""
        found: Json = self.call("GET", f"{self._me}/interactions/{interaction_id}")
        return found

    def wait_for_answer(
        self,
        shown: Json,
        accept: Callable[[Json], bool],
        *,
        secs: float = DEADLINE_SECS,
    ) -> Json:
        """The interaction once it fits: edited later, or followed up."""
        for _ in tries(secs):
            current = self.interaction(shown["id"])
            if accept(current):
                return current
        raise NotSeen("the answer did not become what was expected")

    def _interact(
        self, path: str, body: Json, files: list[tuple[str, str, bytes]] | None = None
    ) -> Json:
        return _checked(self._post(f"{path}?wait=1&completed=1", body, files or []))

    def _post(
        self, path: str, body: Json, files: list[tuple[str, str, bytes]] | None = None
    ) -> Json:
        url = self._me + path
        if not files:
            answer: Json = self.call("POST", url, json=body)
            return answer
        form = [(field, (name, data)) for field, name, data in files]
        sent: Json = self.call(
            "POST", url, data={"payload": json.dumps(body)}, files=form
        )
        return sent


def _checked(answer: Json) -> Json:
    if answer["state"] != "answered":
        raise InteractionFailed("This interaction failed")
    return answer
