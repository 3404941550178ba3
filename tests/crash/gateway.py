"""The gateway of a run, in a process that nobody kills: it knows what it took in."""

import asyncio
import hashlib
import hmac
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from payments.simulator.client import GatewayControl
from payments.simulator.control import get_transaction
from payments.simulator.engine import callback_body
from payments.simulator.keys import GATEWAY
from payments.simulator.records import State
from payments.simulator.server import make_app
from payments.simulator.world import find_merchant
from tests.factories import NOON

Json = dict[str, Any]


class OutsideGateway:
    """What a payer does at the gateway, and what the gateway says about it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = GatewayControl(url)
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def callback(self, reference: str) -> Json:
        """The signed callback about a transaction: `headers` and `body`."""
        return self._get(f"/crash/callbacks/{reference}")

    def charges_of(self, merchant_ref: str) -> list[Json]:
        """What was asked for under our reference, newest first."""
        return self.control.list_transactions(merchant_ref=merchant_ref)

    def captured(self) -> list[Json]:
        """Everything that was paid: our reference, the gateway's and the amount."""
        listed: list[Json] = self._get("/crash/captured")["captured"]
        return listed

    def forget(self) -> None:
        """Start a new run: nothing is known, nothing is reported by itself."""
        self.control.reset()
        self.control.silence()

    def close(self) -> None:
        self.control.close()
        self._client.close()

    def _get(self, path: str) -> Json:
        answer: Json = self._client.get(path).raise_for_status().json()
        return answer


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Serve a gateway from a process of its own; its address without a path."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        try:
            asyncio.run(_serve(folder, writer))
        finally:
            os._exit(0)
    os.close(writer)
    try:
        with os.fdopen(reader) as stream:
            yield stream.readline().strip()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


async def _serve(folder: Path, writer: int) -> None:
    # Its clock stands still: what expires there is a step's business.
    app = make_app(folder=folder, fresh=True, clock=NOON.timestamp)
    app.add_routes(
        [
            web.get("/crash/callbacks/{reference}", _callback),
            web.get("/crash/captured", _captured),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    os.write(writer, f"http://{host}:{port}\n".encode())
    os.close(writer)
    await asyncio.Event().wait()


async def _callback(request: web.Request) -> web.Response:
    transaction = get_transaction(request)
    body = callback_body(transaction)
    merchant = find_merchant(transaction.merchant_code)
    key = merchant.private_key if merchant else ""
    signature = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Callback-Event": "payment_status",
        "X-Callback-Signature": signature,
    }
    return web.json_response({"headers": headers, "body": body})


async def _captured(request: web.Request) -> web.Response:
    memory = request.app[GATEWAY].engine.memory
    captured = [
        {
            "reference": transaction.reference,
            "merchant_ref": transaction.order.merchant_ref,
            "amount": transaction.amount,
        }
        for transaction in memory.transactions.values()
        if transaction.state is State.PAID
    ]
    return web.json_response({"captured": captured})
