"""Apigames, from Apigames' side: for machines on which nothing is bought.

`world` names its merchants, `engine` is what happens there, `make_engine` and `routes`
are what the server of all suppliers asks for.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from inventory.simulator import faults
from inventory.simulator.faults import Call, Spoiled
from inventory.simulator.keys import SHOPS
from inventory.suppliers import wire
from inventory.suppliers.apigames import SPEC
from inventory.suppliers.apigames.simulator.engine import Engine, granted
from inventory.suppliers.apigames.simulator.world import API_PATH

make_engine = Engine

Content = dict[str, Any]
Deed = Callable[[Engine, web.Request, Content], Content]


def routes() -> list[web.RouteDef]:
    """The API that stores use."""
    merchant = f"{API_PATH}/merchant/{{merchant_id}}"
    return [
        web.post(f"{API_PATH}/v2/transaksi", _answering(Call.BUY, _transact)),
        web.post(f"{API_PATH}/v2/transaksi/status", _answering(Call.ASK, _status)),
        web.get(merchant, _answering(Call.BALANCE, _show_account)),
        web.get(f"{merchant}/cek-username/{{game}}", _answering(Call.NAME, _player)),
    ]


def _transact(engine: Engine, request: web.Request, body: Content) -> Content:
    return engine.transact(body)


def _status(engine: Engine, request: web.Request, body: Content) -> Content:
    return engine.check_status(body)


def _show_account(engine: Engine, request: web.Request, body: Content) -> Content:
    return engine.show_account(request.match_info["merchant_id"], body)


def _player(engine: Engine, request: web.Request, body: Content) -> Content:
    wanted = request.match_info
    return engine.find_player(wanted["merchant_id"], wanted["game"], body)


def _answering(
    call: Call, deed: Deed
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Do it and answer, with the fault that was ordered for this kind of call."""

    async def handle(request: web.Request) -> web.StreamResponse:
        shop = request.app[SHOPS][SPEC.code]
        engine = shop.engine
        assert isinstance(engine, Engine)  # noqa: S101 - `make_engine` made it
        body = await _read(request)
        fault = shop.faults.take(call)
        if fault is not None and faults.happens_before(fault):
            return await faults.play(fault, request, _spoiled({}))
        said = deed(engine, request, body)
        shop.memory.keep(engine)
        if fault is not None:
            return await faults.play(fault, request, _spoiled(said))
        return web.json_response(said)

    return handle


async def _read(request: web.Request) -> Content:
    if request.method == "GET":
        return dict(request.query)
    try:
        return wire.read_object(await request.read())
    except wire.Malformed:
        return {}


def _spoiled(said: Content) -> Spoiled:
    data = said.get("data") or {}
    return Spoiled(
        wrong_ref=granted(data | {"ref_id": "somebody-elses"}),
        new_code=granted(data | {"status": "Ditinjau"}),
        # A success inside of an error: a client that believes it delivers for nothing.
        failed=granted(data | {"status": "Sukses"}),
    )
