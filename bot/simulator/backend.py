"""SimCord's backend on the wall clock, and what a long-running server needs."""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from simcord._clock import Clock
from simcord.backend import Backend, errors
from simcord.backend.errors import BackendError
from simcord.backend.models import Channel, Interaction, Message, User

from bot.simulator import world
from bot.simulator.cdn import LocalCdn

DISCORD_EPOCH_MS = 1420070400000
INTERACTION_LIFE_SECS = 15 * 60
NONCE_LIFE_SECS = 5 * 60
LOADING_FLAG = 1 << 7
KEPT_MESSAGES = 1000
KEPT_REQUESTS = 500

# What a snapshot holds; everything else is rebuilt or belongs to the running process.
STATE_FIELDS = (
    "users",
    "guilds",
    "channels",
    "messages",
    "webhooks",
    "webhook_tokens",
    "dm_channels",
    "invites",
    "application_emojis",
    "stage_instances",
    "commands",
    "interactions",
    "interaction_tokens",
    "command_permissions",
    "last_id",
    "closed_dms",
    "nonces",
    "extra_age",
    "dismissed",
    "locales",
)


class WallClock(Clock):
    """Discord runs on real time: 3 seconds to answer, 15 minutes for a token."""

    def now(self) -> datetime:
        """The current instant, UTC."""
        return datetime.now(UTC)


class LocalBackend(Backend):
    """The world's state. Every change goes through it, every event comes from it."""

    def __init__(self, *, cdn: LocalCdn) -> None:
        self.last_id = 0
        super().__init__(clock=WallClock())
        self.cdn = self.files = cdn
        # SimCord keeps every request of a short test; a server would fill its memory.
        self.http_requests = deque(maxlen=KEPT_REQUESTS)  # type: ignore[assignment]
        self.transcript = deque(maxlen=KEPT_REQUESTS)  # type: ignore[assignment]
        self.closed_dms: set[int] = set()
        self.nonces: dict[tuple[int, str], tuple[int, float]] = {}
        self.extra_age: dict[int, float] = {}
        self.dismissed: set[tuple[int, int]] = set()
        self.locales: dict[int, str] = {
            person.id: person.locale for person in world.PEOPLE
        }
        self.on_change: Callable[[], None] = _nothing
        self.application_id = world.BOT_ID
        self.users.clear()
        self.bot_user = self._add_user(world.BOT_ID, world.BOT_NAME, None, bot=True)
        for person in world.PEOPLE:
            self._add_user(person.id, person.username, person.display_name)

    def _add_user(
        self, user_id: int, name: str, display_name: str | None, *, bot: bool = False
    ) -> User:
        user = User(id=user_id, name=name, global_name=display_name, bot=bot)
        user.avatar = f"{user_id:032x}"
        self.users[user_id] = user
        return user

    def snowflake(self) -> int:
        """A new id: later than every id before it, also after a restart."""
        milliseconds = int(time.time() * 1000) - DISCORD_EPOCH_MS
        self.last_id = max(milliseconds << 22, self.last_id + 1)
        return self.last_id

    def new_interaction(
        self, type: int, channel_id: int, user_id: int, guild_id: int | None
    ) -> Interaction:
        """Register an interaction before the bot hears of it."""
        record = super().new_interaction(type, channel_id, user_id, guild_id)
        del self.interaction_tokens[record.token]
        record.token = f"local_interaction_{record.id}_" + "t" * 48
        self.interaction_tokens[record.token] = record.id
        return record

    def interaction_by_token(self, token: str) -> Interaction:
        """The interaction of a live token; an expired one is Discord's 50027."""
        interaction_id = self.interaction_tokens.get(token)
        if interaction_id is None:
            raise errors.unknown_webhook()
        if self.age_secs(interaction_id) >= INTERACTION_LIFE_SECS:
            raise BackendError(401, 50027, "Invalid Webhook Token")
        return super().interaction_by_token(token)

    def edit_message(
        self, channel_id: int, message_id: int, fields: dict[str, Any]
    ) -> Message:
        """Edit a message; filling a "thinking…" one does not count as an edit."""
        message = self.get_message(channel_id, message_id)
        was_loading = bool(message.flags & LOADING_FLAG)
        edited = super().edit_message(channel_id, message_id, fields)
        if was_loading:
            edited.edited_timestamp = None
        return edited

    def age_secs(self, snowflake: int) -> float:
        """Seconds since this id was made, plus what a test added to it."""
        made_ms = (snowflake >> 22) + DISCORD_EPOCH_MS
        return time.time() - made_ms / 1000 + self.extra_age.get(snowflake, 0.0)

    def is_member(self, guild_id: int, user_id: int) -> bool:
        """Whether the user is in the guild."""
        guild = self.guilds.get(guild_id)
        return guild is not None and user_id in guild.members

    def bot_guilds(self) -> list[Any]:
        """The guilds the bot has joined, oldest id first."""
        return [
            guild
            for _, guild in sorted(self.guilds.items())
            if self.bot_user.id in guild.members
        ]

    def shares_guild_with_bot(self, user_id: int) -> bool:
        """Whether the bot may start a conversation with this user."""
        return any(user_id in guild.members for guild in self.bot_guilds())

    def find_dm_channel(self, user_id: int) -> Channel | None:
        """The conversation of this user with the bot, if there is one."""
        channel_id = self.dm_channels.get(user_id)
        return self.channels.get(channel_id) if channel_id is not None else None

    def remember_nonce(self, message: Message, nonce: str) -> None:
        """Note under which nonce the bot sent a message."""
        self.nonces[(message.channel_id, nonce)] = (message.id, time.time())

    def message_by_nonce(self, channel_id: int, nonce: str) -> Message | None:
        """The message already sent under this nonce in the last minutes, if any.

        Raises 10008 where that message was deleted since.
        """
        message_id, sent_at = self.nonces.get((channel_id, nonce), (0, 0.0))
        if time.time() - sent_at > NONCE_LIFE_SECS:
            return None
        message = self.messages.get(channel_id, {}).get(message_id)
        if message is None:
            raise BackendError(404, 10008, "Unknown Message")
        return message

    def export_state(self) -> dict[str, Any]:
        """What has to survive a restart, without what nobody can reach any more."""
        self._forget_old()
        return {name: getattr(self, name) for name in STATE_FIELDS}

    def import_state(self, state: dict[str, Any]) -> None:
        """Take over an exported state."""
        for name in STATE_FIELDS:
            setattr(self, name, state[name])
        self.bot_user = self.users[world.BOT_ID]

    def _forget_old(self) -> None:
        for interaction_id in list(self.interactions):
            if self.age_secs(interaction_id) > 2 * INTERACTION_LIFE_SECS:
                record = self.interactions.pop(interaction_id)
                self.interaction_tokens.pop(record.token, None)
        for history in self.messages.values():
            for message_id in sorted(history)[:-KEPT_MESSAGES]:
                del history[message_id]
        horizon = time.time() - NONCE_LIFE_SECS
        self.nonces = {key: at for key, at in self.nonces.items() if at[1] > horizon}


def deadline_passed(backend: LocalBackend, record: Interaction) -> bool:
    """Whether the bot missed the three seconds it had."""
    deadline = record.initial_response_deadline
    if record.responded or deadline is None:
        return False
    return backend.clock.now() >= datetime.fromisoformat(deadline)


def seconds_left(backend: LocalBackend, record: Interaction) -> float:
    """Seconds until the first answer is due; zero when there is nothing to wait for."""
    deadline = record.initial_response_deadline
    if record.responded or deadline is None:
        return 0.0
    left = datetime.fromisoformat(deadline) - backend.clock.now()
    return max(left, timedelta()).total_seconds()


def _nothing() -> None:
    return None
