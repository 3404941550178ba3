"""The gateway of a run, in a process that nobody kills: it knows what it took in."""

from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from payments.simulator.client import GatewayControl
from payments.simulator.control import get_transaction
from payments.simulator.keys import GATEWAY
from payments.simulator.records import State
from payments.simulator.server import make_app
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

    def asked(self) -> list[str]:
        """Our reference of each charge that was asked for."""
        return [str(charge["merchant_ref"]) for charge in self.charges_of("")]

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


def make_gateway(folder: Path) -> web.Application:
    """The simulated gateway; its clock stands still: steps say what expires there."""
    app = make_app(folder=folder, fresh=True, clock=NOON.timestamp)
    app.add_routes(
        [
            web.get("/crash/callbacks/{reference}", _callback),
            web.get("/crash/captured", _captured),
        ]
    )
    return app


async def _callback(request: web.Request) -> web.Response:
    callback = request.app[GATEWAY].engine.callback_of(get_transaction(request))
    return web.json_response({"headers": callback.headers, "body": callback.body})


async def _captured(request: web.Request) -> web.Response:
    memory = request.app[GATEWAY].engine.memory
    captured = [
        {
            "reference": transaction.reference,
            "merchant_ref": transaction.order.merchant_ref,
            "amount": transaction.amount,
            "is_back": transaction.state is State.REFUND,
        }
        for transaction in memory.transactions.values()
        if transaction.state in (State.PAID, State.REFUND)
    ]
    return web.json_response({"captured": captured})
