"""The supplier of a run, in a process that nobody kills: it knows what it sold."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from inventory.simulator.client import SupplierControl
from inventory.simulator.keys import SHOPS
from inventory.simulator.server import make_app
from inventory.simulator.storage import Memory
from inventory.suppliers.digiflazz.simulator.engine import sign_callback
from inventory.suppliers.digiflazz.simulator.world import find_buyer
from tests.crash.clock import SharedClock

Json = dict[str, Any]

FLIP_SECS = 90


class OutsideSupplier:
    """What luck does at the supplier, and what the supplier knows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = SupplierControl(url, "digiflazz")
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def forget(self) -> None:
        """Start a new run: nothing is known, nothing is reported by itself."""
        self.control.reset()
        self.control.switch(silent=True, balance=_plenty())

    def sold(self) -> list[Json]:
        """Every purchase there was, with what was charged and delivered."""
        return self.control.list_transactions()

    def sold_to(self, destination: str) -> list[Json]:
        """The purchases for one destination, oldest first."""
        answer = self._client.get(f"/crash/sold/{destination}").raise_for_status()
        sold: list[Json] = answer.json()["sold"]
        return sold

    def callback(self, ref_id: str) -> Json:
        """The signed callback about a purchase: `headers` and `body`."""
        answer: Json = (
            self._client.get(f"/crash/callbacks/{ref_id}").raise_for_status().json()
        )
        return answer

    def close(self) -> None:
        self.control.close()
        self._client.close()


def make_supplier(folder: Path, clock: SharedClock) -> web.Application:
    """The simulated supplier, on the run's clock and with nothing to write down."""
    Memory.keep = lambda *_: None  # type: ignore[assignment, method-assign]
    app = make_app(
        folder=folder,
        fresh=True,
        clock=lambda: clock.peek().timestamp(),
        flip_secs=FLIP_SECS,
    )
    app.add_routes(
        [
            web.get("/crash/callbacks/{ref_id}", _callback),
            web.get("/crash/sold/{destination}", _sold),
        ]
    )
    return app


async def _callback(request: web.Request) -> web.Response:
    engine = request.app[SHOPS]["digiflazz"].engine
    wanted = request.match_info["ref_id"]
    found = next(each for each in engine.all_transactions() if each.ref_id == wanted)
    body = json.dumps({"data": found.present()})
    buyer = find_buyer(found.username)
    assert buyer is not None
    headers = {
        "X-Digiflazz-Event": "update",
        "X-Hub-Signature": sign_callback(buyer, body),
        "User-Agent": "Digiflazz-Hookshot",
    }
    return web.json_response({"headers": headers, "body": body})


async def _sold(request: web.Request) -> web.Response:
    wanted = request.match_info["destination"]
    everything = request.app[SHOPS]["digiflazz"].engine.all_transactions()
    sold = [asdict(each) for each in everything if each.customer_no == wanted]
    return web.json_response({"sold": sold})


def _plenty() -> Json:
    return {"rizkytoko": 10**12, "dewitoko": 10**12}
