"""Digiflazz, from Digiflazz' side: for machines on which nothing is bought.

`world` names its buyers, `engine` is what happens there, `make_engine` and `routes` are
what the server of all suppliers asks for.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from inventory.simulator import faults
from inventory.simulator.faults import Spoiled
from inventory.simulator.keys import SHOPS
from inventory.suppliers import wire
from inventory.suppliers.digiflazz import SPEC
from inventory.suppliers.digiflazz.simulator.engine import Engine
from inventory.suppliers.digiflazz.simulator.world import API_PATH

make_engine = Engine


def routes() -> list[web.RouteDef]:
    """The API that stores use."""
    return [
        web.post(f"{API_PATH}/transaction", transaction),
        web.post(f"{API_PATH}/cek-saldo", _answering(Engine.balance)),
        web.post(f"{API_PATH}/price-list", _answering(Engine.price_list)),
        web.post(f"{API_PATH}/inquiry-pln", _answering(Engine.inquire_meter)),
    ]


async def transaction(request: web.Request) -> web.StreamResponse:
    """Buy, or ask what has become of it; with the fault that was ordered."""
    shop = request.app[SHOPS][SPEC.code]
    body = await _read(request)
    fault = shop.faults.take()
    if fault is not None and faults.happens_before(fault):
        return await faults.play(fault, request, _spoiled({}))
    data = _engine(request).transact(body)
    shop.memory.keep(shop.engine)
    if fault is not None:
        return await faults.play(fault, request, _spoiled(data))
    return web.json_response({"data": data})


def _answering(
    answer: Callable[[Engine, dict[str, Any]], Any],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await _read(request)
        return web.json_response({"data": answer(_engine(request), body)})

    return handle


async def _read(request: web.Request) -> dict[str, Any]:
    try:
        return wire.read_object(await request.read())
    except wire.Malformed as error:
        answer = '{"data": {"rc": "40", "status": "Gagal", "message": "Payload Error"}}'
        raise web.HTTPBadRequest(
            text=answer, content_type="application/json"
        ) from error


def _engine(request: web.Request) -> Engine:
    engine = request.app[SHOPS][SPEC.code].engine
    assert isinstance(engine, Engine)  # noqa: S101 - `make_engine` made it
    return engine


def _spoiled(data: dict[str, Any]) -> Spoiled:
    return Spoiled(
        wrong_ref={"data": data | {"ref_id": "somebody-elses"}},
        new_code={"data": data | {"rc": "77", "status": "Gagal"}},
        # A success inside of an error: a client that believes it delivers for nothing.
        failed={"data": {"rc": "00"}},
    )
