"""Carries outgoing messages to Discord: in order per place, never lost, never doubled.

A message is claimed for a minute, sent with its row's id as nonce, and marked. A crash
in between sends it again within Discord's memory for nonces, which shows it once.

A place is given up when it is gone or closed to us for good. Where Discord refuses for
now (a channel whose rights are still being made, too many direct messages at once, a
token that is not known for the moment) the message waits.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from datetime import timedelta
from functools import partial

import discord
from django.db import Error as DatabaseError

from bot import bridge
from bot.cross_tenant.messages import hurry_messages, list_due_messages
from bot.cross_tenant.serving import Serving
from bot.message_kinds import Chore
from bot.network import CUT
from bot.runtime import transcript_recorder
from bot.services import sending, wording
from bot.services.sending import Claimed
from bot.ui.drawing import to_embed, to_message, to_view
from ppob.kit import clock
from ppob.kit.failpoints import failpoint
from ppob.kit.waiting import wait_until_set

log = logging.getLogger(__name__)

POLL_SECS = 1.0
PARALLEL = 8
FINISH_SECS = 2.0  # of the bot's time to stop; leaving Discord needs the rest
DIRECT_AT_ONCE = 5  # of PARALLEL: channels do not wait for direct messages
DM_EVERY_SECS = 1.0  # opening direct channels faster is answered with 40003
KNOWN_DMS = 5_000
LOCKED_OUT_SECS = 5.0
FORBIDDEN_TRIES = 7  # some two minutes
_CLOSED_DM = {50007, 50278}
_DMS_TOO_FAST = 40003
_UNKNOWN_CHANNEL = 10003
_NOT_A_MEMBER = {10007, 10013}  # unknown member, unknown user


class MessageSender:
    """Sends what the stores of `serving` have to say."""

    def __init__(self, bot: discord.Client, serving: Serving) -> None:
        self._bot = bot
        self.serving = serving
        self._wake = asyncio.Event()
        self._gate = asyncio.Semaphore(PARALLEL)
        self._running: set[asyncio.Task[None]] = set()
        self._direct = 0  # direct messages on their way
        self._dms: OrderedDict[int, int] = OrderedDict()  # channels by person
        self._dm_turn = asyncio.Lock()
        self._next_dm = 0.0
        self._locked_out_until = 0.0
        self._is_storm = False  # Discord had trouble of its own, and may still have

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
        """Let messages that are on their way arrive; they have two seconds."""
        if self._running:
            _done, late = await asyncio.wait(self._running, timeout=FINISH_SECS)
            for task in late:
                task.cancel()

    async def _round(self) -> None:
        if time.monotonic() < self._locked_out_until:
            return
        now = clock.now()
        due = await bridge.across(
            list_due_messages,
            self.serving,
            now=now,
            direct=DIRECT_AT_ONCE - self._direct,
        )
        for tenant_id, message_ids in due.items():
            claimed = await bridge.call(tenant_id, sending.claim, message_ids, now=now)
            for message in claimed:
                task = asyncio.create_task(self._deliver(tenant_id, message))
                self._running.add(task)
                self._direct += message.is_direct
                task.add_done_callback(partial(self._done, message))

    def _done(self, message: Claimed, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._direct -= message.is_direct
        self._wake.set()  # the next message for that place may go now

    async def _deliver(self, tenant_id: int, message: Claimed) -> None:
        async with self._gate:
            try:
                discord_id, has_left = await asyncio.gather(
                    self._carry(tenant_id, message), self._has_reader_left(message)
                )
            except discord.HTTPException as error:
                await self._refused(tenant_id, message, error)
            except Exception as error:
                log.exception("Message %s (%s) failed", message.pk, message.kind)
                await self._later(tenant_id, message, type(error).__name__)
            else:
                await bridge.call(
                    tenant_id,
                    sending.note_sent,
                    message,
                    discord_id=discord_id,
                    now=clock.now(),
                    reader_has_left=has_left,
                )
                await self._end_storm()

    async def _end_storm(self) -> None:
        """Discord works again: what waits because it did not goes now."""
        if self._is_storm:
            self._is_storm = False
            await bridge.across(hurry_messages, self.serving, now=clock.now())
            self._wake.set()

    async def _has_reader_left(self, message: Claimed) -> bool:
        """Whether the buyer of the ticket is no longer in its server.

        Discord tells who comes and goes only to bots with a privileged intent, so it is
        asked, beside the sending, when something has to be read. Without an answer the
        buyer counts as there: the message stands in their ticket.
        """
        if not message.must_be_read or message.reader_id is None:
            return False
        try:
            await self._bot.http.get_member(message.guild_discord_id, message.reader_id)
        except discord.NotFound as error:
            return error.code in _NOT_A_MEMBER
        except (discord.HTTPException, discord.RateLimited, *CUT) as error:
            log.warning("Whether a buyer is there is not known: %s", error)
        return False

    async def _carry(self, tenant_id: int, message: Claimed) -> int | None:
        """Do what the message asks for; the id of what was posted, if anything."""
        if message.kind == Chore.CLOSE_TICKET:
            await self._close(tenant_id, message)
            return None
        place = await self._place(message)
        if message.kind == Chore.REMOVE_MESSAGE:
            await place.get_partial_message(int(message.payload["message"])).delete()
            return None
        if message.kind == Chore.RETIRE_BUTTONS:
            await self._retire(tenant_id, message, place)
            return None
        if message.kind == Chore.REDRAW:
            await self._redraw(tenant_id, message, place)
            return None
        draft = await bridge.call(tenant_id, wording.write, message)
        if draft is None:
            return None
        failpoint("discord.send:before_call")
        sent = await place.send(**to_message(draft), nonce=f"outgoing{message.pk}")
        failpoint("discord.send:after_call")
        return sent.id

    async def _place(self, message: Claimed) -> discord.PartialMessageable:
        if message.recipient_id is not None:
            channel_id = await self._direct_channel(message.recipient_id)
            return self._bot.get_partial_messageable(channel_id)
        return self._bot.get_partial_messageable(message.channel_id or 0)

    async def _direct_channel(self, person_id: int) -> int:
        """Where the bot writes to this person; a new one is opened once a second."""
        if person_id in self._dms:
            self._dms.move_to_end(person_id)
            return self._dms[person_id]
        async with self._dm_turn:
            await asyncio.sleep(max(0.0, self._next_dm - time.monotonic()))
            self._next_dm = time.monotonic() + DM_EVERY_SECS
            channel = await self._bot.create_dm(discord.Object(person_id))
        self._dms[person_id] = channel.id
        while len(self._dms) > KNOWN_DMS:
            self._dms.popitem(last=False)
        return channel.id

    async def _retire(
        self, tenant_id: int, message: Claimed, place: discord.PartialMessageable
    ) -> None:
        discord_id = await bridge.call(
            tenant_id, sending.sent_message_id, message.payload["outgoing"]
        )
        if discord_id is not None:
            await place.get_partial_message(discord_id).edit(
                view=None, allowed_mentions=discord.AllowedMentions.none()
            )

    async def _redraw(
        self, tenant_id: int, message: Claimed, place: discord.PartialMessageable
    ) -> None:
        """Have a message say what is true now; repeating that changes nothing."""
        found = await bridge.call(
            tenant_id, wording.rewrite, message.payload["outgoing"]
        )
        if found is None:
            return
        discord_id, draft = found
        await place.get_partial_message(discord_id).edit(
            content=draft.text or None,
            embed=to_embed(draft.embed) if draft.embed is not None else None,
            view=to_view(draft.rows),
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def _close(self, tenant_id: int, message: Claimed) -> None:
        """Keep what was written last, then delete the channel."""
        place = self._bot.get_partial_messageable(message.channel_id or 0)
        try:
            last = [line async for line in place.history(limit=100)]
        except discord.NotFound:
            return
        for line in reversed(last):
            await transcript_recorder.keep(tenant_id, line)
        await self._bot.http.delete_channel(
            message.channel_id or 0, reason="The ticket is finished"
        )

    async def _refused(
        self, tenant_id: int, message: Claimed, error: discord.HTTPException
    ) -> None:
        answer = f"discord {error.status}/{error.code}"
        self._is_storm |= error.status >= 500
        log.warning("Message %s (%s): %s", message.pk, message.kind, answer)
        if error.status == 404 and message.kind in set(Chore):
            await bridge.call(
                tenant_id,
                sending.note_sent,
                message,
                discord_id=None,
                now=clock.now(),
            )
            return
        if error.status == 401:
            # Of no message's making: the bot's token is not known, for the moment.
            self._locked_out_until = time.monotonic() + LOCKED_OUT_SECS
            await bridge.call(
                tenant_id,
                sending.put_back,
                message,
                error=answer,
                due_at=clock.now() + timedelta(seconds=LOCKED_OUT_SECS),
            )
        elif _is_final(error, tries=message.attempts):
            await bridge.call(
                tenant_id,
                sending.give_up,
                message,
                error=answer,
                now=clock.now(),
                place_is_gone=error.code == _UNKNOWN_CHANNEL,
            )
        else:
            await self._later(tenant_id, message, answer)

    async def _later(self, tenant_id: int, message: Claimed, error: str) -> None:
        await bridge.call(
            tenant_id, sending.retry_later, message, error=error, now=clock.now()
        )


def _is_final(error: discord.HTTPException, *, tries: int) -> bool:
    """Whether trying again is of no use after this answer."""
    if error.code == _DMS_TOO_FAST:
        return False
    if error.code in _CLOSED_DM:
        return True
    if error.status == 403:
        # The rights of a channel that was just made can arrive after it.
        return tries >= FORBIDDEN_TRIES
    return error.status in (400, 404)
