"""VIP Reseller, from VIP Reseller's side: for machines on which nothing is bought.

`world` names its buyers, `engine` is what happens there, `make_engine` and `routes` are
what the server of all suppliers asks for.
"""

from typing import Any

from aiohttp import web

from inventory.simulator import faults
from inventory.simulator.faults import Call, Spoiled
from inventory.simulator.keys import SHOPS
from inventory.suppliers.vipreseller import SPEC
from inventory.suppliers.vipreseller.simulator.engine import Engine, granted, refusal
from inventory.suppliers.vipreseller.simulator.world import API_PATH, GAMES, PREPAID

make_engine = Engine

_CALLS = {
    "order": Call.BUY,
    "status": Call.ASK,
    "get-nickname": Call.NAME,
    "services": Call.PRICES,
    "service-stock": Call.PRICES,
}


def routes() -> list[web.RouteDef]:
    """The API that stores use."""
    return [
        web.post(f"{API_PATH}/{{family:profile|{GAMES}|{PREPAID}}}", answer),
    ]


async def answer(request: web.Request) -> web.StreamResponse:
    """Do what the form says and answer, with the fault that was ordered for it."""
    shop = request.app[SHOPS][SPEC.code]
    engine = shop.engine
    assert isinstance(engine, Engine)  # noqa: S101 - `make_engine` made it
    body = {name: str(value) for name, value in (await request.post()).items()}
    fault = shop.faults.take(_CALLS.get(body.get("type", ""), Call.BALANCE))
    if fault is not None and faults.happens_before(fault):
        return await faults.play(fault, request, _spoiled({}))
    said = engine.answer(request.match_info["family"], body)
    shop.memory.keep(engine)
    if fault is not None:
        return await faults.play(fault, request, _spoiled(said))
    return web.json_response(said)


def _spoiled(said: dict[str, Any]) -> Spoiled:
    data = said.get("data")
    order = data if isinstance(data, dict) else {}
    return Spoiled(
        wrong_ref=granted([order | {"data": "somebody-elses"}], "Success.")
        if isinstance(data, list)
        else granted(order | {"data": "somebody-elses"}, "Success."),
        new_code=refusal("Terjadi kesalahan 77."),
        # A success inside of an error: a client that believes it delivers for nothing.
        failed=granted(order | {"status": "success"}, "Success."),
    )
