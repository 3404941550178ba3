"""Carries outgoing messages to Discord: in order per place, never lost, never doubled.

A message is claimed for a minute, sent with its row's id as nonce, and marked. A crash
in between sends it again within Discord's memory for nonces, which shows it once.
"""

import asyncio
import logging

import discord
from django.db import Error as DatabaseError

from bot import bridge, transcripts
from bot.platform import Serving, list_due_messages
from bot.services import letters, outbox
from bot.services.outbox import Claimed
from bot.ui.drawing import to_message
from ppob.kit import clock
from ppob.kit.failpoints import failpoint
from ppob.kit.waiting import wait_until_set

log = logging.getLogger(__name__)

POLL_SECS = 1.0
PARALLEL = 8
FINISH_SECS = 3.0
_CLOSED_DM = {50007, 50278}
_CLEANING = {"remove_message", "retire_buttons", "close_ticket"}


class Postman:
    """Sends what the stores of `serving` have to say."""

    def __init__(self, bot: discord.Client, serving: Serving) -> None:
        self._bot = bot
        self.serving = serving
        self._wake = asyncio.Event()
        self._gate = asyncio.Semaphore(PARALLEL)
        self._running: set[asyncio.Task[None]] = set()

    def nudge(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            try:
                await self._round()
            except (DatabaseError, OSError):
                log.exception("The outbox could not be read")
            if await wait_until_set(self._wake, secs=POLL_SECS):
                self._wake.clear()

    async def finish(self) -> None:
        """Let messages that are on their way arrive; they have three seconds."""
        if self._running:
            _done, late = await asyncio.wait(self._running, timeout=FINISH_SECS)
            for task in late:
                task.cancel()

    async def _round(self) -> None:
        now = clock.now()
        due = await bridge.across(list_due_messages, self.serving, now=now)
        for tenant_id, message_ids in due.items():
            claimed = await bridge.call(tenant_id, outbox.claim, message_ids, now=now)
            for message in claimed:
                task = asyncio.create_task(self._deliver(tenant_id, message))
                self._running.add(task)
                task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()  # the next message for that place may go now

    async def _deliver(self, tenant_id: int, message: Claimed) -> None:
        async with self._gate:
            try:
                discord_id = await self._carry(tenant_id, message)
            except discord.HTTPException as error:
                await self._refused(tenant_id, message, error)
            except Exception as error:
                log.exception("Message %s (%s) failed", message.pk, message.kind)
                await self._later(tenant_id, message, type(error).__name__)
            else:
                await bridge.call(
                    tenant_id,
                    outbox.note_sent,
                    message.pk,
                    discord_id=discord_id,
                    now=clock.now(),
                )

    async def _carry(self, tenant_id: int, message: Claimed) -> int | None:
        """Do what the message asks for; the id of what was posted, if anything."""
        if message.kind == "close_ticket":
            await self._close(tenant_id, message)
            return None
        place = await self._place(message)
        if message.kind == "remove_message":
            await place.get_partial_message(int(message.payload["message"])).delete()
            return None
        if message.kind == "retire_buttons":
            await self._retire(tenant_id, message, place)
            return None
        draft = await bridge.call(tenant_id, letters.write, message)
        if draft is None:
            return None
        failpoint("discord.send:before_call")
        sent = await place.send(**to_message(draft), nonce=f"outgoing{message.pk}")
        failpoint("discord.send:after_call")
        return sent.id

    async def _place(self, message: Claimed) -> discord.PartialMessageable:
        if message.recipient_id is not None:
            user = discord.Object(message.recipient_id)
            channel = await self._bot.create_dm(user)
            return self._bot.get_partial_messageable(channel.id)
        return self._bot.get_partial_messageable(message.channel_id or 0)

    async def _retire(
        self, tenant_id: int, message: Claimed, place: discord.PartialMessageable
    ) -> None:
        discord_id = await bridge.call(
            tenant_id, outbox.sent_message_id, message.payload["outgoing"]
        )
        if discord_id is not None:
            await place.get_partial_message(discord_id).edit(
                view=None, allowed_mentions=discord.AllowedMentions.none()
            )

    async def _close(self, tenant_id: int, message: Claimed) -> None:
        """Keep what was written last, then delete the channel."""
        place = self._bot.get_partial_messageable(message.channel_id or 0)
        try:
            last = [line async for line in place.history(limit=100)]
        except discord.NotFound:
            return
        for line in reversed(last):
            await transcripts.keep(tenant_id, line)
        await self._bot.http.delete_channel(
            message.channel_id or 0, reason="The ticket is finished"
        )

    async def _refused(
        self, tenant_id: int, message: Claimed, error: discord.HTTPException
    ) -> None:
        answer = f"discord {error.status}/{error.code}"
        log.warning("Message %s (%s): %s", message.pk, message.kind, answer)
        if error.status == 404 and message.kind in _CLEANING:
            await bridge.call(
                tenant_id,
                outbox.note_sent,
                message.pk,
                discord_id=None,
                now=clock.now(),
            )
            return
        is_over = error.status in (400, 401, 403, 404) or error.code in _CLOSED_DM
        if not is_over:
            await self._later(tenant_id, message, answer)
            return
        await bridge.call(
            tenant_id, outbox.give_up, message, error=answer, now=clock.now()
        )

    async def _later(self, tenant_id: int, message: Claimed, error: str) -> None:
        await bridge.call(
            tenant_id, outbox.retry_later, message, error=error, now=clock.now()
        )
