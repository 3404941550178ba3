"""Change the local Discord's world, and watch or disturb the wire (for tests)."""

from typing import Any

from bot.simulator.calling import DEADLINE_SECS, Api, path_of, tries
from bot.simulator.reading import Json, NotSeen


class SimulatedDiscord(Api):
    """What happens to the world besides people, and what was seen on the wire."""

    def stats(self) -> Json:
        """Requests per route, 429s, edits per message, gateway sessions."""
        stats: Json = self.call("GET", "/stats")
        return stats

    def requests(self) -> list[Json]:
        """The latest requests of bots with their bodies."""
        return list(self.call("GET", "/requests")["requests"])

    def reset(self) -> None:
        """Forget counters and faults."""
        self.call("DELETE", "/stats")

    def inject(self, **fault: Any) -> None:
        """Disturb the next matching requests; fields as in `stats.Fault`."""
        self.call("POST", "/faults", json=fault)

    def set_limits(self, enabled: bool) -> None:
        """Switch rate limits on or off."""
        self.call("PUT", "/limits", json={"enabled": enabled})

    def drop_gateway(self, *, code: int = 4000, forget: bool = False) -> int:
        """Cut the bots' connections; how many there were."""
        body = {"code": code, "forget": forget}
        return int(self.call("POST", "/gateway/drop", json=body)["cut"])

    def refuse_identify(self, *, code: int = 4014, times: int = 1) -> None:
        """Close the next gateway logins with this code.

        4014 meets those alone that ask for what messages say.
        """
        self.call("POST", "/gateway/refuse", json={"code": code, "times": times})

    def wait_for_bot(self, *, secs: float = DEADLINE_SECS) -> None:
        """Return when a bot is connected to the gateway."""
        for _ in tries(secs):
            if self.stats()["gateway"]["connected"]:
                return
        raise NotSeen("no bot came")

    def join(self, guild_id: int, user_id: int) -> None:
        """A person comes into a server."""
        self.call("POST", f"/guilds/{guild_id}/members/{user_id}")

    def remove(self, guild_id: int, user_id: int) -> None:
        """A person or the bot leaves, or is kicked."""
        self.call("DELETE", f"/guilds/{guild_id}/members/{user_id}")

    def invite_bot(self, guild_id: int, permissions: int | list[str]) -> None:
        """The bot comes into a server with these permissions."""
        body = {"permissions": permissions}
        self.call("POST", f"/guilds/{guild_id}/bot", json=body)

    def change_bot(
        self,
        guild_id: int,
        *,
        allow: list[str] | None = None,
        deny: list[str] | None = None,
    ) -> None:
        """Give or take permissions of the bot by name."""
        body = {"allow": allow or [], "deny": deny or []}
        self.call("PUT", f"/guilds/{guild_id}/bot", json=body)

    def set_role(
        self, guild_id: int, user_id: int, role_id: int, *, on: bool = True
    ) -> None:
        """Give a role or take it."""
        path = f"/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
        self.call("PUT" if on else "DELETE", path)

    def set_overwrite(
        self, channel_id: int, target_id: int, *, allow: Any = 0, deny: Any = 0
    ) -> None:
        """Change what a role or member may do in a channel; names or bits."""
        body = {"allow": allow, "deny": deny}
        self.call("PUT", f"/channels/{channel_id}/permissions/{target_id}", json=body)

    def delete_channel(self, channel_id: int) -> None:
        """Somebody deletes a channel."""
        self.call("DELETE", f"/channels/{channel_id}")

    def delete_message(self, message: Json) -> None:
        """Somebody deletes a message."""
        self.call("DELETE", path_of(message))

    def make_older(self, message_id: int | str, secs: float) -> None:
        """Add to the age of a message, in seconds."""
        self.call("PUT", f"/messages/{message_id}/age", json={"secs": secs})
