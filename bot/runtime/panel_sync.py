"""Keeps the panels of one bot as they should look.

A nudge says that something changed; a tick looks for changes that no nudge told about,
and reads nothing of stores in which nothing happened. Besides, each tick looks at the
next few panels whatever is known of them. All of them only mark panels; the queue of
the panel's channel draws them.
"""

import asyncio
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import discord
from django.db import Error as DatabaseError

from bot import bridge
from bot.cross_tenant.panels import (
    PanelState,
    list_panel_states,
    list_panel_states_after,
    read_changes,
)
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
# Panels a tick looks at in turn, changed or not: three hundred get their turn each
# minute. A store's language is in no version, and what was forgotten by mistake is not.
IN_TURN = 25
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
        self._serving = serving
        self._queues: dict[int, EditQueue] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._states: dict[int, PanelState] = {}
        self._looked_at: dict[int, float] = {}
        self._owed: dict[int, int] = {}  # panel -> store: not drawn as it should look
        self._since: int | None = None  # up to where changes are known; None: read all
        self._turn_of = 0  # the panel that was looked at last, in turn
        self._gate = asyncio.Semaphore(PARALLEL_EDITS)
        self._nudged: set[int] = set()
        self._wake = asyncio.Event()

    @property
    def serving(self) -> Serving:
        """The stores whose panels are drawn."""
        return self._serving

    @serving.setter
    def serving(self, serving: Serving) -> None:
        if serving != self._serving:
            self._serving, self._since = serving, None

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
        self._since = None
        next_tick = time.monotonic()
        try:
            while True:
                now = time.monotonic()
                is_tick = now >= next_tick
                if is_tick:
                    next_tick = now + TICK_SECS
                await self._look(is_tick)
                await self._pause_until(next_tick)
        finally:
            for task in self._tasks.values():
                task.cancel()

    async def _pause_until(self, moment: float) -> None:
        await asyncio.sleep(min(BREATH_SECS, max(0.0, moment - time.monotonic())))
        left = max(0.0, moment - time.monotonic())
        if await wait_until_set(self._wake, secs=left):
            self._wake.clear()

    async def _look(self, is_tick: bool) -> None:
        nudged, self._nudged = self._nudged, set()
        try:
            if is_tick and self._since is None:
                await self._look_at_all()
            elif is_tick:
                await self._look_for_changes(nudged)
                await self._look_in_turn()
            elif nudged:
                self._take(await self._read(nudged), of=nudged)
        except DatabaseError:
            # What was nudged is looked at again with the next tick.
            self._nudged |= nudged
            log.exception("Panels could not be looked at")

    async def _look_at_all(self) -> None:
        """At the start, and when other stores are served than before."""
        serving = self._serving
        # First where to go on: what changes between the two is read twice.
        changes = await bridge.across(read_changes, None)
        states = await bridge.across(list_panel_states, serving)
        if serving == self._serving:
            self._since = changes.until
        self._states, self._owed = {}, {}
        self._take(states, of=set(), everything=True)

    async def _look_for_changes(self, nudged: set[int]) -> None:
        changes = await bridge.across(read_changes, self._since)
        changed = {each for each in changes.tenant_ids if self._serving.accepts(each)}
        wanted = changed | nudged | self._stores_owed(now=time.monotonic())
        states = await self._read(wanted) if wanted else []
        # Only what was read counts as seen.
        if self._since is not None:
            self._since = changes.until
        # A change that commits late can leave the version as it was.
        self._take(states, of=wanted, changed=changed)

    async def _look_in_turn(self) -> None:
        states = await bridge.across(
            list_panel_states_after,
            self._serving,
            panel_id=self._turn_of,
            limit=IN_TURN,
        )
        is_end = len(states) < IN_TURN
        last = None if is_end else states[-1].pk
        found = {state.pk for state in states}
        for pk in [pk for pk in self._states if self._turn_of < pk]:
            if (last is None or pk <= last) and pk not in found:
                self._forget(pk)
        self._turn_of = 0 if last is None else last
        self._take(states, of=set(), everything=True)

    async def _read(self, tenant_ids: set[int]) -> list[PanelState]:
        return await bridge.across(
            list_panel_states, self._serving, tenant_ids=tenant_ids
        )

    def _take(
        self,
        states: list[PanelState],
        *,
        of: Collection[int],
        changed: Collection[int] = (),
        everything: bool = False,
    ) -> None:
        """Know these panels, which are all `of` those stores, and mark what is due."""
        found = {state.pk for state in states}
        for old in [old for old in self._states.values() if old.tenant_id in of]:
            if old.pk not in found:
                self._forget(old.pk)
        now = time.monotonic()
        for state in states:
            self._states[state.pk] = state
            is_owed = self._owed.pop(state.pk, None) is not None
            is_old = state.version != state.sent_version
            is_due = is_old or is_owed or state.tenant_id in changed
            is_marked = (is_due or everything) and self._mark(state, now=now)
            # Until it is known to be drawn.
            if is_old or (is_due and not is_marked):
                self._owed[state.pk] = state.tenant_id

    def _forget(self, panel_id: int) -> None:
        self._states.pop(panel_id, None)
        self._owed.pop(panel_id, None)

    def _stores_owed(self, *, now: float) -> set[int]:
        """Stores with a panel that is not drawn as it should look, and may be now."""
        return {
            tenant_id
            for pk, tenant_id in self._owed.items()
            if self._may_draw(self._states[pk], now=now)
        }

    def _may_draw(self, state: PanelState, *, now: float) -> bool:
        # A seller who chose a slower refresh gets it; five seconds mean: at once.
        since = now - self._looked_at.get(state.pk, -1e9)
        return state.refresh_secs <= TICK_SECS or since >= state.refresh_secs - 1

    def _mark(self, state: PanelState, *, now: float) -> bool:
        """Have a panel drawn; False if its seller wants to wait a little longer."""
        if not self._may_draw(state, now=now):
            return False
        self._looked_at[state.pk] = now
        self._queue(state.channel_id).mark(state.pk)
        return True

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
