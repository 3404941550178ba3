"""How many channels Discord lets a server and a category have."""

from simcord.backend.errors import BackendError

from bot.simulator import validation
from bot.simulator.backend import LocalBackend
from bot.simulator.bodies import Call
from bot.simulator.limits import template_of

IN_GUILD, IN_CATEGORY = 500, 50


def check(backend: LocalBackend, call: Call) -> None:
    """Refuse one channel too many, in Discord's words; other requests pass."""
    is_new = call.method == "POST" and template_of(call.path) == "/guilds/{id}/channels"
    if not is_new or not isinstance(call.body, dict):
        return
    guild_id = int(call.path.strip("/").split("/")[1])
    here = [
        channel for channel in backend.channels.values() if channel.guild_id == guild_id
    ]
    if len(here) >= IN_GUILD:
        raise BackendError(400, 30013, "Maximum number of guild channels reached (500)")
    parent_id = call.body.get("parent_id")
    if parent_id is None:
        return
    inside = sum(channel.parent_id == int(parent_id) for channel in here)
    if inside >= IN_CATEGORY:
        raise validation.form_error(
            "parent_id",
            "CHANNEL_PARENT_MAX_CHANNELS",
            "Maximum number of channels in category reached (50)",
        )
