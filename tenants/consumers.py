"""The socket of a store's open pages: it says what changed, never the data."""

import asyncio
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import Error as DatabaseError

from ppob.kit.live import tenant_group
from tenants import platform
from tenants.permissions import Permission

STAFF = "members"  # the topic of whoever joins, leaves or gets another role
NOT_HERE = 4404  # a stranger or somebody of another store; don't try again
# Whoever lost the job hears no more after the first, and the second cuts them off.
CHECK_AGAIN_SECS = 1.0
CHECK_EVERY_SECS = 4.0


class StoreConsumer(AsyncJsonWebsocketConsumer):
    """One open page of one store's member."""

    group = ""
    _watching: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Let members in; everybody else learns nothing but that nothing is here."""
        tenant_id = await self._find_tenant_id()
        if tenant_id is None:
            await self.accept()
            await self.close(NOT_HERE)
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

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Pages have nothing to say here; what they send is not even parsed."""

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
            pass
        await self.close(NOT_HERE)

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


def _tenant_id_of(user_id: int, slug: str, session: Any) -> int | None:
    """The store, if this person works there, may sign in and still is signed in."""
    if session is not None and not session.is_alive_for(user_id):
        return None
    member = platform.find_member(user_id=user_id, slug=slug)
    if member is None or not member.user.is_active:
        return None
    return member.tenant_id if member.may(Permission.SEE_STORE) else None
