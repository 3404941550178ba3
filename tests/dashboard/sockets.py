"""A browser's end of a WebSocket, spoken to the ASGI application directly."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

SEND = "websocket.send"
OUR_PAGE = (b"origin", settings.SITE_URL.encode())  # browsers always say it


class PageSocket(ApplicationCommunicator):
    """Connects, listens and closes."""

    def __init__(self, application: Any, path: str, **scope: Any) -> None:
        super().__init__(
            application,
            {
                "type": "websocket",
                "path": path,
                "query_string": b"",
                "headers": [OUR_PAGE],
                "subprotocols": [],
                **scope,
            },
        )

    async def connect(self) -> dict[str, Any]:
        await self.send_input({"type": "websocket.connect"})
        return await self.receive_output(timeout=5)

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, timeout: float = 5) -> dict[str, Any]:
        return json.loads((await self.receive_output(timeout))["text"])

    async def closing_code(self) -> int:
        while (said := await self.receive_output(timeout=5))["type"] == SEND:
            pass  # news that came before the end
        return said["code"]

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait()
