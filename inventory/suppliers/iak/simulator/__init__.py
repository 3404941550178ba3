"""IAK, from IAK's side: for machines on which nothing is bought.

`world` names its buyers, `engine` is what happens there, `make_engine` and `routes` are
what the server of all suppliers asks for.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from inventory.simulator import faults
from inventory.simulator.faults import Spoiled
from inventory.simulator.keys import SHOPS
from inventory.suppliers import wire
from inventory.suppliers.iak import SPEC
from inventory.suppliers.iak.simulator import inquiries
from inventory.suppliers.iak.simulator.engine import Engine
from inventory.suppliers.iak.simulator.world import BASE_PATH

make_engine = Engine

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Content = dict[str, Any]


def routes() -> list[web.RouteDef]:
    """The API that stores use."""
    api = f"{BASE_PATH}/api"
    games = {
        "inquiry-game": inquiries.find_player,
        "inquiry-game-server": inquiries.list_servers,
        "game/format": inquiries.show_format,
    }
    lists = ("pricelist", "pricelist/{kind}", "pricelist/{kind}/{operator}")
    return [
        web.post(f"{api}/top-up", _about_a_purchase(Engine.top_up)),
        web.post(f"{api}/check-status", _about_a_purchase(Engine.check_status)),
        web.post(f"{api}/v1/bill/check", _about_a_purchase(Engine.bill)),
        web.post(f"{api}/check-balance", check_balance),
        web.post(f"{api}/inquiry-pln", inquire_meter),
        *(web.post(f"{api}/{path}", list_prices) for path in lists),
        *(
            web.post(f"{api}/{path}", partial(inquire, about=about))
            for path, about in games.items()
        ),
    ]


async def check_balance(request: web.Request) -> web.Response:
    """The deposit."""
    body = await _read(request)
    return web.json_response({"data": _engine(request).balance(body)})


async def inquire_meter(request: web.Request) -> web.Response:
    """Whose prepaid meter a number is."""
    body = await _read(request)
    return web.json_response({"data": _engine(request).inquire_meter(body)})


async def list_prices(request: web.Request) -> web.Response:
    """The goods of all kinds, of one, or of one operator."""
    body = await _read(request)
    wanted = dict(request.match_info)
    return web.json_response({"data": _engine(request).price_list(body, **wanted)})


async def inquire(request: web.Request, about: inquiries.Inquiry) -> web.Response:
    """What a game knows."""
    body = await _read(request)
    return web.json_response({"data": _engine(request).inquire(body, about)})


def _about_a_purchase(answer: Callable[[Engine, Content], Content]) -> Handler:
    """Buy, or ask what has become of it; with the fault that was ordered."""

    async def handle(request: web.Request) -> web.StreamResponse:
        shop = request.app[SHOPS][SPEC.code]
        body = await _read(request)
        fault = shop.faults.take()
        if fault is not None and faults.happens_before(fault):
            return await faults.play(fault, request, _spoiled({}))
        data = answer(_engine(request), body)
        shop.memory.keep(shop.engine)
        if fault is not None:
            return await faults.play(fault, request, _spoiled(data))
        return web.json_response({"data": data})

    return handle


async def _read(request: web.Request) -> Content:
    try:
        return wire.read_object(await request.read())
    except wire.Malformed as error:
        answer = (
            '{"data": {"status": 2, "message": "ERROR IN XML FORMAT", "rc": "107"}}'
        )
        raise web.HTTPBadRequest(
            text=answer, content_type="application/json"
        ) from error


def _engine(request: web.Request) -> Engine:
    engine = request.app[SHOPS][SPEC.code].engine
    assert isinstance(engine, Engine)  # noqa: S101 - `make_engine` made it
    return engine


def _spoiled(data: Content) -> Spoiled:
    # Bills have another name for the code.
    unknown = {"rc": "77", "response_code": "777", "status": 2}
    return Spoiled(
        wrong_ref={"data": data | {"ref_id": "somebody-elses"}},
        new_code={"data": data | unknown},
        # A success inside of an error: a client that believes it delivers for nothing.
        failed={"data": {"rc": "00", "response_code": "00", "status": 1}},
    )
