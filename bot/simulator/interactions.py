"""Interactions from a person's press to the bot's answer, or to its missing one."""

import asyncio
from typing import Any

from simcord import interactions as simcord_interactions
from simcord.backend import serializers
from simcord.backend.access import channel_accessible
from simcord.backend.models import Interaction, Message
from simcord.enums import InteractionType

from bot.simulator import viewing
from bot.simulator.backend import deadline_passed, seconds_left
from bot.simulator.core import LocalDiscord
from bot.simulator.refusals import ActionRefused

FILE_LIMIT_BYTES = 10 * 1024 * 1024


def start(
    local: LocalDiscord,
    *,
    person_id: int,
    channel_id: int,
    kind: InteractionType,
    data: dict[str, Any],
    source: Message | None = None,
) -> Interaction:
    """Send an interaction to the bot and return its record, still unanswered.

    Raises ActionRefused when the person cannot see the channel or the bot is not there.
    """
    backend = local.backend
    if not channel_accessible(backend, channel_id, person_id):
        raise ActionRefused("You cannot see that channel.")
    channel = backend.get_channel(channel_id)
    guild_id = channel.guild_id
    if guild_id is not None and not backend.is_member(guild_id, backend.bot_user.id):
        raise ActionRefused("The application is not in this server.")

    record, payload = simcord_interactions.base_payload(
        backend,
        type=int(kind),
        channel_id=channel_id,
        guild_id=guild_id,
        user_id=person_id,
        data=data,
    )
    _complete(local, payload, person_id=person_id, guild_id=guild_id)
    if source is not None:
        record.source_message_id = source.id
        payload["message"] = dict(serializers.message_payload(backend, source))
    backend.emit("INTERACTION_CREATE", payload)
    _watch_deadline(local, record)
    return record


def find(local: LocalDiscord, person_id: int, interaction_id: int) -> Interaction:
    """The person's own interaction, or ActionRefused."""
    record = local.backend.interactions.get(interaction_id)
    if record is None or record.user_id != person_id:
        raise ActionRefused("No such interaction.")
    return record


async def wait_for_answer(
    local: LocalDiscord, record: Interaction, *, completed: bool = False
) -> None:
    """Wait until the bot answered or its three seconds are over.

    With `completed`, also wait for the "thinking…" message to be filled, at most
    another fifteen seconds.
    """
    if not record.responded:
        await _wait(local, record, seconds_left(local.backend, record) + 0.05)
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + 15
    while completed and record.loading and loop.time() < ends_at:
        await _wait(local, record, ends_at - loop.time())


def outcome(local: LocalDiscord, record: Interaction) -> dict[str, Any]:
    """What the person sees of an interaction now."""
    state = "answered" if record.responded else "pending"
    if deadline_passed(local.backend, record):
        state = "failed"
    kind = record.response_kind
    return {
        "id": str(record.id),
        "channel_id": str(record.channel_id),
        "state": state,
        "kind": kind.value if kind is not None else None,
        "loading": record.loading,
        "ephemeral": record.ephemeral,
        "message": _message(local, record, record.message_id),
        "followups": [
            message
            for message_id in record.followup_ids
            if (message := _message(local, record, message_id)) is not None
        ],
        "modal": record.modal if not record.modal_consumed else None,
        "choices": record.autocomplete_choices,
    }


def after_request(local: LocalDiscord, path: str) -> None:
    """Tell the person that the bot did something with an interaction of theirs."""
    parts = path.strip("/").split("/")
    record = None
    if parts[0] == "interactions" and len(parts) > 2:
        record = local.backend.interactions.get(int(parts[1]))
    elif parts[0] == "webhooks" and len(parts) > 2:
        interaction_id = local.backend.interaction_tokens.get(parts[2])
        if interaction_id is not None:
            record = local.backend.interactions.get(interaction_id)
    if record is None:
        return
    _announce(local, record)
    waiter = local.waiters.pop(record.id, None)
    if waiter is not None:
        waiter.set()


def _announce(local: LocalDiscord, record: Interaction) -> None:
    local.live.tell(
        record.user_id,
        {
            "kind": "interaction",
            "id": str(record.id),
            "channel_id": str(record.channel_id),
        },
    )


def _complete(
    local: LocalDiscord,
    payload: dict[str, Any],
    *,
    person_id: int,
    guild_id: int | None,
) -> None:
    """Add what SimCord leaves at a default: locales, guild, owners, upload limit."""
    payload["locale"] = local.backend.locales.get(person_id, "id")
    payload["attachment_size_limit"] = FILE_LIMIT_BYTES
    if guild_id is None:
        payload["authorizing_integration_owners"] = {"0": "0"}
        return
    guild = local.backend.get_guild(guild_id)
    payload["guild_locale"] = guild.preferred_locale
    payload["guild"] = {
        "id": str(guild_id),
        "features": [],
        "locale": guild.preferred_locale,
    }
    payload["authorizing_integration_owners"] = {"0": str(guild_id)}


def _watch_deadline(local: LocalDiscord, record: Interaction) -> None:
    def announce_failure() -> None:
        if not record.responded:
            _announce(local, record)

    delay = seconds_left(local.backend, record) + 0.02
    asyncio.get_running_loop().call_later(delay, announce_failure)


async def _wait(local: LocalDiscord, record: Interaction, secs: float) -> None:
    waiter = local.waiters.setdefault(record.id, asyncio.Event())
    try:
        async with asyncio.timeout(secs):
            await waiter.wait()
    except TimeoutError:
        local.waiters.pop(record.id, None)


def _message(
    local: LocalDiscord, record: Interaction, message_id: int | None
) -> dict[str, Any] | None:
    history = local.backend.messages.get(record.channel_id, {})
    message = history.get(message_id) if message_id is not None else None
    if message is None or not message.visible_to(record.user_id):
        return None
    return viewing.message(local, message, viewer_id=record.user_id)
