"""The socket of a store's open pages: it says what changed, never the data."""

import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from ppob.kit.live import tenant_group
from tenants import platform

NOT_HERE = 4404  # a stranger or somebody of another store; don't try again
CHECK_AGAIN_SECS = 60


class StoreConsumer(AsyncJsonWebsocketConsumer):
    """One open page of one store's member."""

    group = ""

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

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Pages have nothing to say here; what they send is not even parsed."""

    async def nudge(self, message: dict[str, Any]) -> None:
        """Pass on what changed, as long as the person still works here."""
        is_due = time.monotonic() > self._checked_at + CHECK_AGAIN_SECS
        if is_due and await self._find_tenant_id() is None:
            await self.close(NOT_HERE)
            return
        await self.send_json({"topic": message["topic"], "ids": message["ids"]})

    async def _find_tenant_id(self) -> int | None:
        self._checked_at = time.monotonic()
        user = self.scope["user"]
        if not user.is_authenticated:
            return None
        slug = self.scope["url_route"]["kwargs"]["store"]
        return await database_sync_to_async(_tenant_id_of)(user.pk, slug)


def _tenant_id_of(user_id: int, slug: str) -> int | None:
    member = platform.find_member(user_id=user_id, slug=slug)
    return member.tenant_id if member is not None else None
