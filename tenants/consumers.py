"""The socket of a store's open pages: it says what changed, never the data."""

import asyncio
import hashlib
import logging
import time
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from ppob.kit import slots
from ppob.kit.live import tenant_group
from tenants import cross_tenant
from tenants.permissions import Permission

log = logging.getLogger(__name__)

STAFF = "members"  # the topic of whoever joins, leaves or gets another role
NOT_HERE = 4404  # a stranger or somebody of another store; don't try again
TOO_MANY = 4429  # open pages; this one looks for itself from time to time
TALKS = 1008  # the protocol's own “policy violation”
# One browser with more open pages than that is no person; a store with that many has
# everybody at work several times over.
PER_SESSION, PER_STORE = 10, 300
# A page has nothing to say. A few words of an older script are ignored.
MOST_SAID, LONGEST_SAID = 20, 1_000
# Whoever lost the job hears no more after the first, and the second cuts them off.
CHECK_AGAIN_SECS = 1.0
CHECK_EVERY_SECS = 4.0
RENEW_EVERY_SECS = slots.LEASE_SECS / 3


class StoreConsumer(AsyncJsonWebsocketConsumer):
    """One open page of one store's member."""

    group = ""
    _slots: dict[str, int] = {}
    _renewed_at = 0.0
    _said = 0
    _watching: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Let members in; everybody else learns nothing but that nothing is here."""
        tenant_id = await self._find_tenant_id()
        if tenant_id is None:
            await self._turn_away(NOT_HERE)
            return
        self._slots = self._limits(tenant_id)
        if not await self._has_slot():
            self._slots = {}  # it holds none
            await self._turn_away(TOO_MANY)
            return
        # Listens before it says so: a page that is connected misses nothing.
        self.group = tenant_group(tenant_id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        self._watching = asyncio.create_task(self._watch())

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self._watching is not None:
            self._watching.cancel()
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)
        try:
            await _give_back(self.channel_name, self._slots)
        except RedisError:
            log.warning("A slot of a page is free when its lease ends.")

    async def receive(
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        **kwargs: Any,
    ) -> None:
        """Pages have nothing to say here; what they send is not even parsed."""
        self._said += 1
        longest = max(len(text_data or ""), len(bytes_data or b""))
        if self._said > MOST_SAID or longest > LONGEST_SAID:
            await self.close(TALKS)

    async def nudge(self, message: dict[str, Any]) -> None:
        """Pass on what changed, as long as the person still works here."""
        # Whoever was sent away a moment ago must not hear of that either.
        is_about_staff = any(each["topic"] == STAFF for each in message["changes"])
        is_due = time.monotonic() > self._checked_at + CHECK_AGAIN_SECS
        if (is_due or is_about_staff) and await self._find_tenant_id() is None:
            await self.close(NOT_HERE)
            return
        for change in message["changes"]:
            await self.send_json(change)

    async def _watch(self) -> None:
        """Close the page of somebody who does not work here any more."""
        while await self._is_member_after(CHECK_EVERY_SECS):
            is_due = time.monotonic() > self._renewed_at + RENEW_EVERY_SECS
            if is_due and not await self._has_slot():
                await self.close(TOO_MANY)
                return
        await self.close(NOT_HERE)

    async def _turn_away(self, code: int) -> None:
        # A page only learns a code from a socket that was open.
        await self.accept()
        await self.close(code)

    async def _has_slot(self) -> bool:
        """Take this page's slots, or keep them for another while."""
        self._renewed_at = time.monotonic()
        try:
            return await _take(self.channel_name, self._slots) is None
        except RedisError as error:
            # Without Valkey no news go out either: nothing is gained by turning away.
            log.warning("Open pages are not counted: %s", type(error).__name__)
            return True

    def _limits(self, tenant_id: int) -> dict[str, int]:
        session = getattr(self.scope.get("session"), "session_key", None)
        browser = session or f"user-{self.scope['user'].pk}"
        # The key of a session opens it: only its digest leaves the database.
        digest = hashlib.sha256(browser.encode()).hexdigest()[:32]
        return {f"session:{digest}": PER_SESSION, f"store:{tenant_id}": PER_STORE}

    async def _is_member_after(self, secs: float) -> bool:
        await asyncio.sleep(secs)
        try:
            return await self._find_tenant_id() is not None
        except DatabaseError:
            return True  # nobody can tell right now; nudges carry no data

    async def _find_tenant_id(self) -> int | None:
        self._checked_at = time.monotonic()
        user = self.scope["user"]
        if not user.is_authenticated:
            return None
        slug = self.scope["url_route"]["kwargs"]["store"]
        session = self.scope.get("session")
        return await database_sync_to_async(_tenant_id_of)(user.pk, slug, session)


_take = sync_to_async(slots.take, thread_sensitive=False)
_give_back = sync_to_async(slots.give_back, thread_sensitive=False)


def _tenant_id_of(user_id: int, slug: str, session: Any) -> int | None:
    """The store, if this person works there, may sign in and still is signed in."""
    if session is not None and not session.is_alive_for(user_id):
        return None
    member = cross_tenant.find_member(user_id=user_id, slug=slug)
    if member is None or not member.user.is_active:
        return None
    return member.tenant_id if member.may(Permission.SEE_STORE) else None
