"""Makes reality follow the rows: every bot that should run, runs once."""

import asyncio
import logging
import os
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import discord
from django.db import Error as DatabaseError

from bot import bridge
from bot.cross_tenant.accounts import (
    claim_instances,
    own_bot_tenants,
    release_dead,
    release_instances,
    report,
)
from bot.cross_tenant.serving import Serving
from bot.models import BotInstance
from bot.runtime import application
from bot.runtime.application import TokenRefused
from bot.runtime.client import TokoBot
from bot.states import Observed
from ppob.kit import clock
from ppob.kit.waiting import wait_until_set
from security.fields import Sealed

log = logging.getLogger(__name__)

RECONCILE_SECS = 15.0
LEASE_LOST_SECS = 40.0  # a lease lives for 45
PARALLEL_LOGINS = 5
STEADY_SECS = 900.0
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 900.0
_FATAL = {  # close codes after which connecting again is no use
    4004: "token_revoked",
    4010: "bad_shard",
    4011: "needs_shards",
    4012: "bad_version",
    4013: "bad_intents",
}
_INTENTS_REFUSED, _NO_INTENTS = 4014, "intents_not_enabled"


@dataclass(frozen=True)
class Wanted:
    """One bot to run. Its text form does not show the token."""

    pk: int
    generation: int
    tenant_id: int | None
    token: str = field(repr=False)


@dataclass(frozen=True)
class Ended:
    """Why a connection ended, and who can do something about it."""

    reason: str
    only_owner_helps: bool = False
    goes_on_at_once: bool = False


class Runner:
    """Keeps one bot connected until it is stopped.

    Where only its owner can help it says so, and looks again every quarter of an hour.
    """

    def __init__(
        self, wanted: Wanted, serving: Serving, gate: asyncio.Semaphore
    ) -> None:
        self.wanted = wanted
        self.serving = serving
        self._gate = gate
        self.client: TokoBot | None = None
        self._may_ask = True  # Discord has not just refused the intent
        self._asks_for_content = False
        self._looks_again = False  # while only its owner can help: no news, no rows
        self.task = asyncio.create_task(self._run(), name=f"bot-{wanted.pk}")

    async def stop(self) -> None:
        """Leave Discord and end."""
        if self.client is not None and not self.client.is_closed():
            await self.client.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def is_broken(self) -> bool:
        """Whether it ended in a way nobody foresaw and has to be made anew."""
        task = self.task
        return task.done() and not task.cancelled() and task.exception() is not None

    def serve(self, serving: Serving) -> None:
        """Speak for these stores from now on."""
        self.serving = serving
        if self.client is not None:
            self.client.serve(serving)

    async def beat(self) -> None:
        """Write down that the bot is well, if it is."""
        if self.client is not None and self.client.is_ready():
            await self._report(Observed.ONLINE)

    async def _run(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            ended = await self._connect()
            lasted = time.monotonic() - started
            failures = 0 if lasted > STEADY_SECS else failures + 1
            if ended.only_owner_helps:
                # What the owner changes at Discord is told to nobody: look again.
                self._looks_again = True
                await asyncio.sleep(_jittered(_LONGEST_WAIT))
                continue
            await self._report(Observed.DEGRADED, ended.reason)
            if ended.goes_on_at_once:
                continue
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (failures - 1))
            await asyncio.sleep(_jittered(wait))

    async def _connect(self) -> Ended:
        """Run until the connection ends, and say why."""
        try:
            if not self._looks_again:
                await self._report(Observed.STARTING)
            await self._log_in_and_run()
        except (discord.LoginFailure, TokenRefused):
            return await self._needs_owner("token_invalid")
        except discord.PrivilegedIntentsRequired:
            return await self._without_content()
        except discord.ConnectionClosed as closed:
            if closed.code == _INTENTS_REFUSED:
                return await self._without_content()
            if closed.code in _FATAL:
                return await self._needs_owner(_FATAL[closed.code])
            return Ended(f"gateway_{closed.code}")
        except Exception as error:
            log.exception("Bot %s lost its connection", self.wanted.pk)
            return Ended(type(error).__name__)
        finally:
            if self.client is not None and not self.client.is_closed():
                await self.client.close()
        return Ended("closed")

    async def _log_in_and_run(self) -> None:
        async with self._gate:
            about = await bridge.across(application.read, self.wanted.token)
            # A closed client cannot be opened again, so each attempt gets a new one.
            self._asks_for_content = about.has_message_content and self._may_ask
            self._may_ask = True
            self.client = TokoBot(
                self.serving, has_message_content=self._asks_for_content
            )
            self.client.add_listener(self._on_ready, "on_ready")
            await self.client.login(self.wanted.token)
        if self._looks_again:
            self._looks_again = False
            await self._report(Observed.STARTING)
        await self.client.connect(reconnect=True)

    async def _without_content(self) -> Ended:
        """Discord refused the privileged intent: everything but transcripts works."""
        if not self._asks_for_content:
            return await self._needs_owner(_NO_INTENTS)
        log.error("Bot %s goes on without reading messages", self.wanted.pk)
        self._may_ask = False
        return Ended(_NO_INTENTS, goes_on_at_once=True)

    async def _on_ready(self) -> None:
        client = self.client
        if client is not None and client.user is not None:
            log.info("%s is online in %d servers", client.user, len(client.guilds))
        await self._report(Observed.ONLINE)

    async def _needs_owner(self, reason: str) -> Ended:
        log.error("Bot %s needs its owner: %s", self.wanted.pk, reason)
        await self._report(Observed.NEEDS_OWNER, reason)
        return Ended(reason, only_owner_helps=True)

    async def _report(self, observed: Observed, reason: str = "") -> None:
        try:
            await bridge.across(
                report, self.wanted.pk, observed, reason=reason, now=clock.now()
            )
        except DatabaseError:
            log.warning("The state of bot %s could not be noted", self.wanted.pk)


class Supervisor:
    """Runs the bots this process holds a lease for."""

    def __init__(self, *, only_tenant: int | None = None) -> None:
        self._host = socket.gethostname()
        self._owner = f"{self._host}:{os.getpid()}"
        self._only_tenant = only_tenant
        self._runners: dict[int, Runner] = {}
        self._gate = asyncio.Semaphore(PARALLEL_LOGINS)
        self._renewed_at = time.monotonic()

    async def run(self, stopping: asyncio.Event) -> None:
        """Reconcile until `stopping` is set; then leave Discord, give leases back."""
        await _quietly(release_dead, host=self._host)
        try:
            while not stopping.is_set():
                await self._round()
                await wait_until_set(stopping, secs=RECONCILE_SECS)
        finally:
            await self._stop_all()

    async def _round(self) -> None:
        try:
            await self._reconcile()
        except (DatabaseError, OSError):
            log.exception("The fleet could not be looked at")
        if time.monotonic() - self._renewed_at > LEASE_LOST_SECS:
            # Somebody else may hold the leases by now: one token, one process.
            await self._stop_runners(list(self._runners))

    async def _reconcile(self) -> None:
        rows = await bridge.across(
            claim_instances,
            owner=self._owner,
            now=clock.now(),
            only_tenant=self._only_tenant,
        )
        self._renewed_at = time.monotonic()
        excluded = await bridge.across(own_bot_tenants)
        wanted = {row.pk: _wanted(row, row.token) for row in rows if row.token}
        await self._stop_runners(
            [
                pk
                for pk, runner in self._runners.items()
                if wanted.get(pk) != runner.wanted or runner.is_broken
            ]
        )
        for pk, want in wanted.items():
            serving = self._serving(want, excluded)
            if pk in self._runners:
                self._runners[pk].serve(serving)
                await self._runners[pk].beat()
            else:
                self._runners[pk] = Runner(want, serving, self._gate)

    def _serving(self, wanted: Wanted, excluded: frozenset[int]) -> Serving:
        if wanted.tenant_id is not None:
            return Serving(only=wanted.tenant_id)
        return Serving(only=self._only_tenant, excluded=excluded)

    async def _stop_runners(self, keys: list[int]) -> None:
        runners = [self._runners.pop(key) for key in keys]
        await asyncio.gather(*(runner.stop() for runner in runners))
        for runner in runners:
            await _quietly(report, runner.wanted.pk, Observed.STOPPED, now=clock.now())

    async def _stop_all(self) -> None:
        await self._stop_runners(list(self._runners))
        await _quietly(release_instances, owner=self._owner)


def _jittered(secs: float) -> float:
    return secs * random.uniform(0.8, 1.2)  # noqa: S311


def _wanted(row: BotInstance, token: Sealed) -> Wanted:
    return Wanted(row.pk, row.generation, row.tenant_id, token.reveal())


async def _quietly(
    work: Callable[..., object], *args: object, **kwargs: object
) -> None:
    try:
        await bridge.across(work, *args, **kwargs)
    except DatabaseError:
        log.warning("The database was away while stopping")
