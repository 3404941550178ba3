"""Drive the local Discord from tests: one object per person, and one for the world.

    rizky = SimulatedPerson("http://127.0.0.1:8100", world.RIZKY.id)
    products = rizky.channel("produk", world.RIZKY_GUILD_ID)
    panel = rizky.wait_for_message(products, lambda m: m["components"])
    answer = rizky.click(panel, label="Beli")
    modal = answer["modal"]

Everything is synchronous. What Discord's app would not allow raises ActionFailed; a bot
that stays silent raises InteractionFailed, with the text a person would see.
"""

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import httpx

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
    "SimulatedDiscord",
    "SimulatedPerson",
    "components_of",
    "find_component",
    "text_of",
]

File = tuple[str, bytes]

DEADLINE_SECS = 10.0
_POLL_SECS = 0.05


class ActionFailed(AssertionError):
    """The simulator refused what the person tried."""


class InteractionFailed(AssertionError):
    """The bot did not answer within three seconds."""


class _Api:
    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/sim/api", timeout=30, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _call(self, method: str, path: str, **options: Any) -> Any:
        response = self._http.request(method, path, **options)
        if response.is_error:
            raise ActionFailed(response.json().get("message", response.text))
        return response.json()


class SimulatedPerson(_Api):
    """One person of `world.PEOPLE`, at the keyboard."""

    def __init__(self, base_url: str, user_id: int) -> None:
        super().__init__(base_url)
        self.user_id = user_id
        self._me = f"/people/{user_id}"

    def home(self) -> Json:
        """Servers with visible channels, members and roles, and conversations."""
        home: Json = self._call("GET", f"{self._me}/home")
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
        for _ in _tries(secs):
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
        return int(self._call("POST", f"{self._me}/dm")["id"])

    def set_dm_open(self, is_open: bool) -> None:
        """Take or refuse direct messages."""
        self._call("PUT", f"{self._me}/dm", json={"open": is_open})

    def messages(self, channel_id: int, *, limit: int = 50) -> list[Json]:
        """The last messages the person sees, oldest first."""
        answer = self._call(
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
        for _ in _tries(secs):
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
        self._call("DELETE", self._me + _path_of(message))

    def react(self, message: Json, emoji: str, *, on: bool = True) -> None:
        """Add or take back a reaction."""
        path = f"{self._me}{_path_of(message)}/reactions/{emoji}"
        self._call("PUT" if on else "DELETE", path)

    def commands(self, channel_id: int) -> list[Json]:
        """The slash commands the person can run here."""
        answer = self._call("GET", f"{self._me}/channels/{channel_id}/commands")
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
        return self._interact(f"{_path_of(message)}/click", {"custom_id": found})

    def select(
        self, message: Json, values: list[Any], *, custom_id: str | None = None
    ) -> Json:
        """Choose in the menu with this custom id, or in the only one there is."""
        found = custom_id or find_component(message, is_menu=True)["custom_id"]
        return self._interact(
            f"{_path_of(message)}/select",
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
        found: Json = self._call("GET", f"{self._me}/interactions/{interaction_id}")
        return found

    def wait_for_answer(
        self,
        shown: Json,
        accept: Callable[[Json], bool],
        *,
        secs: float = DEADLINE_SECS,
    ) -> Json:
        """The interaction once it fits: edited later, or followed up."""
        for _ in _tries(secs):
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
            answer: Json = self._call("POST", url, json=body)
            return answer
        form = [(field, (name, data)) for field, name, data in files]
        sent: Json = self._call(
            "POST", url, data={"payload": json.dumps(body)}, files=form
        )
        return sent


class SimulatedDiscord(_Api):
    """What happens to the world besides people, and what was seen on the wire."""

    def stats(self) -> Json:
        """Requests per route, 429s, edits per message, gateway sessions."""
        stats: Json = self._call("GET", "/stats")
        return stats

    def requests(self) -> list[Json]:
        """The latest requests of bots with their bodies."""
        return list(self._call("GET", "/requests")["requests"])

    def reset(self) -> None:
        """Forget counters and faults."""
        self._call("DELETE", "/stats")

    def inject(self, **fault: Any) -> None:
        """Disturb the next matching requests; fields as in `stats.Fault`."""
        self._call("POST", "/faults", json=fault)

    def set_limits(self, enabled: bool) -> None:
        """Switch rate limits on or off."""
        self._call("PUT", "/limits", json={"enabled": enabled})

    def drop_gateway(self, *, code: int = 4000, forget: bool = False) -> int:
        """Cut the bots' connections; how many there were."""
        body = {"code": code, "forget": forget}
        return int(self._call("POST", "/gateway/drop", json=body)["cut"])

    def wait_for_bot(self, *, secs: float = DEADLINE_SECS) -> None:
        """Return when a bot is connected to the gateway."""
        for _ in _tries(secs):
            if self.stats()["gateway"]["connected"]:
                return
        raise NotSeen("no bot came")

    def join(self, guild_id: int, user_id: int) -> None:
        """A person comes into a server."""
        self._call("POST", f"/guilds/{guild_id}/members/{user_id}")

    def remove(self, guild_id: int, user_id: int) -> None:
        """A person or the bot leaves, or is kicked."""
        self._call("DELETE", f"/guilds/{guild_id}/members/{user_id}")

    def invite_bot(self, guild_id: int, permissions: int | list[str]) -> None:
        """The bot comes into a server with these permissions."""
        body = {"permissions": permissions}
        self._call("POST", f"/guilds/{guild_id}/bot", json=body)

    def change_bot(
        self,
        guild_id: int,
        *,
        allow: list[str] | None = None,
        deny: list[str] | None = None,
    ) -> None:
        """Give or take permissions of the bot by name."""
        body = {"allow": allow or [], "deny": deny or []}
        self._call("PUT", f"/guilds/{guild_id}/bot", json=body)

    def set_role(
        self, guild_id: int, user_id: int, role_id: int, *, on: bool = True
    ) -> None:
        """Give a role or take it."""
        path = f"/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
        self._call("PUT" if on else "DELETE", path)

    def set_overwrite(
        self, channel_id: int, target_id: int, *, allow: Any = 0, deny: Any = 0
    ) -> None:
        """Change what a role or member may do in a channel; names or bits."""
        body = {"allow": allow, "deny": deny}
        self._call("PUT", f"/channels/{channel_id}/permissions/{target_id}", json=body)

    def delete_channel(self, channel_id: int) -> None:
        """Somebody deletes a channel."""
        self._call("DELETE", f"/channels/{channel_id}")

    def delete_message(self, message: Json) -> None:
        """Somebody deletes a message."""
        self._call("DELETE", _path_of(message))

    def make_older(self, message_id: int | str, secs: float) -> None:
        """Add to the age of a message, in seconds."""
        self._call("PUT", f"/messages/{message_id}/age", json={"secs": secs})


def _path_of(message: Json) -> str:
    return f"/channels/{message['channel_id']}/messages/{message['id']}"


def _checked(answer: Json) -> Json:
    if answer["state"] != "answered":
        raise InteractionFailed("This interaction failed")
    return answer


def _tries(secs: float) -> Iterator[None]:
    ends_at = time.monotonic() + secs
    yield
    while time.monotonic() < ends_at:
        time.sleep(_POLL_SECS)
        yield
