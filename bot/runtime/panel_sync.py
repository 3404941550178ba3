"""Keeps the panels of one bot as they should look.

A nudge says that something changed; a tick looks for changes that no nudge told about.
Both only mark panels; the queue of the panel's channel draws them.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

import discord
from django.db import Error as DatabaseError

from bot import bridge
from bot.cross_tenant.panels import PanelState, list_panel_states
from bot.cross_tenant.serving import Serving
from bot.network import CUT
from bot.runtime.edit_queue import EditQueue, Outcome
from bot.services import panels
from bot.services.panels import PanelSnapshot
from bot.states import PanelLayout, PauseReason
from bot.ui.panels import PanelPayload, to_discord
from ppob.kit import clock
from ppob.kit.waiting import wait_until_set

log = logging.getLogger(__name__)

TICK_SECS = 5.0
BREATH_SECS = 0.25  # one nudge is heard at once, a stream of them four times a second
LOOK_AT_ALL_EVERY = 12  # ticks: versions can be overtaken, pictures cannot
PARALLEL_EDITS = 8
SLOW_SECS = 3.0  # the library waits by itself when Discord limits us
OLD_AFTER = timedelta(minutes=58)
_GONE_MESSAGE, _GONE_CHANNEL = 10008, 10003


class MessageGone(Exception):
    """The message that was to be edited is not there any more."""

    def __init__(self, message_id: int) -> None:
        super().__init__(message_id)
        self.message_id = message_id


@dataclass(frozen=True)
class Shown:
    """A panel's message; whether it is known to show what was asked for."""

    message_id: int
    layout: str
    is_known: bool = True


class PanelSync:
    """Draws the panels of the stores that `serving` names."""

    def __init__(self, bot: discord.Client, serving: Serving) -> None:
        self._bot = bot
        self.serving = serving
        self._queues: dict[int, EditQueue] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._states: dict[int, PanelState] = {}
        self._looked_at: dict[int, float] = {}
        self._gate = asyncio.Semaphore(PARALLEL_EDITS)
        self._nudged: set[int] = set()
        self._wake = asyncio.Event()

    def nudge(self, tenant_id: int) -> None:
        """Something that panels show may have changed in this store."""
        if self.serving.accepts(tenant_id):
            self._nudged.add(tenant_id)
            self._wake.set()

    async def messages_deleted(self, channel_id: int, message_ids: list[int]) -> None:
        """Post panels again whose message was among the deleted ones."""
        for state in list(self._states.values()):
            if state.channel_id != channel_id:
                continue
            if await bridge.call(
                state.tenant_id,
                panels.note_if_deleted,
                state.pk,
                message_ids=message_ids,
                now=clock.now(),
            ):
                self._queue(channel_id).mark(state.pk)

    async def run(self) -> None:
        """Look for changes for ever."""
        tick = 0
        next_tick = time.monotonic()
        try:
            while True:
                now = time.monotonic()
                is_tick = now >= next_tick
                if is_tick:
                    next_tick = now + TICK_SECS
                    tick += 1
                await self._look(is_tick, everything=tick % LOOK_AT_ALL_EVERY == 1)
                await self._pause_until(next_tick)
        finally:
            for task in self._tasks.values():
                task.cancel()

    async def _pause_until(self, moment: float) -> None:
        await asyncio.sleep(min(BREATH_SECS, max(0.0, moment - time.monotonic())))
        left = max(0.0, moment - time.monotonic())
        if await wait_until_set(self._wake, secs=left):
            self._wake.clear()

    async def _look(self, is_tick: bool, *, everything: bool) -> None:
        nudged, self._nudged = self._nudged, set()
        try:
            if is_tick:
                states = await bridge.across(list_panel_states, self.serving)
                self._states = {state.pk: state for state in states}
            else:
                everything = False
                states = []
                for tenant_id in nudged:
                    states += await bridge.across(
                        list_panel_states, self.serving, tenant_id=tenant_id
                    )
                self._states |= {state.pk: state for state in states}
        except DatabaseError:
            log.exception("Panels could not be looked at")
            return
        for state in states:
            if everything or state.version != state.sent_version:
                self._mark(state, now=time.monotonic())

    def _mark(self, state: PanelState, *, now: float) -> None:
        # A seller who chose a slower refresh gets it; five seconds mean: at once.
        since = now - self._looked_at.get(state.pk, -1e9)
        if state.refresh_secs > TICK_SECS and since < state.refresh_secs - 1:
            return
        self._looked_at[state.pk] = now
        self._queue(state.channel_id).mark(state.pk)

    def _queue(self, channel_id: int) -> EditQueue:
        if channel_id not in self._queues:
            queue = self._queues[channel_id] = EditQueue(self._turn)
            self._tasks[channel_id] = asyncio.create_task(
                queue.run(), name=f"queue-{channel_id}"
            )
        return self._queues[channel_id]

    async def _turn(self, panel_id: int) -> Outcome:
        """Draw one panel; a queue never ends because of one."""
        state = self._states.get(panel_id)
        if state is None:
            return Outcome.NOTHING
        try:
            return await self._draw(state)
        except discord.RateLimited:
            log.warning("Panel %s waits: too many edits", panel_id)
            return Outcome.LIMITED
        except (DatabaseError, *CUT) as error:
            log.warning("Panel %s waits: %s", panel_id, type(error).__name__)
            return Outcome.AGAIN
        except MessageGone as gone:
            await bridge.call(
                state.tenant_id,
                panels.note_message_gone,
                state.pk,
                message_id=gone.message_id,
                now=clock.now(),
            )
            return Outcome.AGAIN
        except discord.HTTPException as error:
            return await self._refused(state, error)
        except Exception:
            log.exception("Panel %s cannot be drawn", panel_id)
            return Outcome.NOTHING

    async def _draw(self, state: PanelState) -> Outcome:
        snapshot = await bridge.call(state.tenant_id, panels.read_panel, state.pk)
        if snapshot is None:
            return Outcome.NOTHING
        payload = to_discord(snapshot.view)
        fingerprint = payload.fingerprint
        # The settings may have changed since the state was read, and change back.
        version = state.drawn_with(snapshot.settings_key)
        if fingerprint == snapshot.sent_hash and snapshot.message_id is not None:
            if version != state.sent_version:
                await bridge.call(
                    state.tenant_id, panels.note_unchanged, state.pk, version=version
                )
            return Outcome.NOTHING
        started = time.monotonic()
        shown = await self._show(state.tenant_id, snapshot, payload)
        if shown is None:
            self._queue(state.channel_id).mark(state.pk)
            return Outcome.SENT
        took = time.monotonic() - started
        await bridge.call(
            state.tenant_id,
            panels.note_sent,
            snapshot,
            message_id=shown.message_id,
            layout=shown.layout,
            fingerprint=fingerprint if shown.is_known else "",
            version=version,
            now=clock.now(),
        )
        if not shown.is_known:
            self._queue(state.channel_id).mark(state.pk)
        posted_at = discord.utils.snowflake_time(shown.message_id)
        is_old = clock.now() - posted_at > OLD_AFTER
        self._queue(state.channel_id).is_old(is_old=is_old)
        return Outcome.SLOW if took > SLOW_SECS else Outcome.SENT

    async def _show(
        self, tenant_id: int, snapshot: PanelSnapshot, payload: PanelPayload
    ) -> Shown | None:
        """Post or edit the panel's message; None if it has to be looked at again."""
        channel = self._bot.get_partial_messageable(snapshot.channel_id)
        old_id = snapshot.message_id
        was_cards = snapshot.sent_layout == PanelLayout.CARDS
        is_cards = snapshot.view.layout == PanelLayout.CARDS
        # Discord never turns a card message back into a classic one. A post that was
        # begun is ended first: its message may be there.
        is_editable = is_cards or not was_cards
        if old_id is not None and is_editable and not snapshot.post_is_open:
            message = channel.get_partial_message(old_id)
            try:
                async with self._gate:
                    await message.edit(**payload.to_edit())
            except discord.NotFound as error:
                if error.code != _GONE_MESSAGE:
                    raise
                raise MessageGone(old_id) from error
            return Shown(old_id, snapshot.view.layout)
        post = await bridge.call(tenant_id, panels.begin_post, snapshot)
        if post is None:
            return None
        try:
            async with self._gate:
                sent = await channel.send(**payload.to_send(), nonce=post.nonce)
        except discord.NotFound as error:
            if error.code != _GONE_MESSAGE:
                raise
            # Its nonce is known and its message deleted: nobody took a panel away.
            await bridge.call(
                tenant_id, panels.forget_post, snapshot.pk, nonce=post.nonce
            )
            return None
        # One that was begun before may show what the panel looked like then.
        layout = PanelLayout.CARDS if sent.flags.components_v2 else PanelLayout.CLASSIC
        return Shown(sent.id, layout, is_known=post.is_new)

    async def _refused(
        self, state: PanelState, error: discord.HTTPException
    ) -> Outcome:
        now = clock.now()
        log.warning("Panel %s: Discord said %s", state.pk, error.code or error.status)
        if error.status == 429:
            return Outcome.LIMITED
        if error.status >= 500:
            return Outcome.AGAIN
        reason = PauseReason.REJECTED
        if error.status == 404:
            reason = PauseReason.GONE
        elif error.status == 403:
            reason = PauseReason.FORBIDDEN
        await bridge.call(
            state.tenant_id, panels.pause_panel, state.pk, reason=reason, now=now
        )
        return Outcome.SENT
