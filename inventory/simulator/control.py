"""The control API under `/<code>/sim/api/`: what luck, or bad luck, can do.

    GET  transactions                      all purchases with the truth about them
    GET  callbacks                         all callbacks with their answers
    POST transactions/<ref>/finish         {rc, report}: end a pending one
    POST transactions/<ref>/change         {rc}: the opposite of an outcome
    POST transactions/<ref>/report         {times}: report the present state again
    POST plan                              {codes}: outcomes of the next new orders
    POST faults                            {fault, times, call}: let requests fail
    POST switch                            {silent, refuses_addresses, balance, off}
    POST reset                             forget everything

Bodies are JSON objects, so that no other website can send them unasked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from inventory.simulator.engine import NotPossible, Order
from inventory.simulator.faults import Call, Fault
from inventory.simulator.keys import SHOPS, Shop
from ppob.local.simulators.bodies import Body, read_body, read_times

PREFIX = "/{code}/sim/api"

Action = Callable[[Shop, Order, Body], None]


def routes() -> list[web.RouteDef]:
    """The control API's routes, for all suppliers."""
    one = f"{PREFIX}/transactions/{{ref_id}}"
    return [
        web.get(f"{PREFIX}/transactions", list_transactions),
        web.get(f"{PREFIX}/callbacks", list_callbacks),
        web.post(f"{one}/finish", _acting(_finish)),
        web.post(f"{one}/change", _acting(_change)),
        web.post(f"{one}/report", _acting(_report)),
        web.post(f"{PREFIX}/plan", plan),
        web.post(f"{PREFIX}/faults", order_faults),
        web.post(f"{PREFIX}/switch", switch),
        web.post(f"{PREFIX}/reset", reset),
    ]


def _shop(request: web.Request) -> Shop:
    try:
        return request.app[SHOPS][request.match_info["code"]]
    except KeyError:
        raise web.HTTPNotFound(text="There is no such supplier.") from None


async def list_transactions(request: web.Request) -> web.Response:
    """All purchases, oldest first, and which references were asked for."""
    engine = _shop(request).engine
    return web.json_response(
        {
            "transactions": [asdict(each) for each in engine.all_transactions()],
            "requests": [ref_id for _at, ref_id in engine.requests],
        }
    )


async def list_callbacks(request: web.Request) -> web.Response:
    """All callbacks, oldest first."""
    engine = _shop(request).engine
    return web.json_response({"callbacks": [asdict(c) for c in engine.callbacks]})


async def plan(request: web.Request) -> web.Response:
    """Say how the next new orders end."""
    body = await read_body(request)
    _shop(request).engine.plan.extend(str(rc) for rc in body.get("codes", []))
    return web.json_response({})


async def order_faults(request: web.Request) -> web.Response:
    """Let the next requests fail, those to buy unless the body says which."""
    body = await read_body(request)
    try:
        fault = Fault(body.get("fault", ""))
        call = Call(body.get("call", Call.BUY))
    except ValueError:
        raise web.HTTPBadRequest(text="There is no such fault or call.") from None
    _shop(request).faults.order(fault, times=read_times(body), call=call)
    return web.json_response({})


async def switch(request: web.Request) -> web.Response:
    """Change what holds for all orders from now on."""
    body = await read_body(request)
    _shop(request).engine.switch(body)
    return web.json_response({})


async def reset(request: web.Request) -> web.Response:
    """Forget all purchases, callbacks, plans, faults and switches."""
    await read_body(request)
    shop = _shop(request)
    shop.faults.clear()
    shop.engine.forget()
    shop.memory.keep(shop.engine)
    return web.json_response({})


def _acting(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        body = await read_body(request)
        shop = _shop(request)
        ref_id = request.match_info["ref_id"]
        found = shop.engine.find(ref_id)
        if found is None:
            raise web.HTTPNotFound(text="There is no such transaction.")
        try:
            action(shop, found, body)
        except NotPossible as refusal:
            raise web.HTTPConflict(text=str(refusal)) from refusal
        shop.memory.keep(shop.engine)
        return web.json_response(asdict(found))

    return handle


def _finish(shop: Shop, order: Order, body: Body) -> None:
    report = body.get("report", True) is True
    shop.engine.finish(order, str(body.get("rc", "00")), report=report)


def _change(shop: Shop, order: Order, body: Body) -> None:
    shop.engine.change_mind(order, str(body.get("rc", "")))


def _report(shop: Shop, order: Order, body: Body) -> None:
    shop.engine.report(order, times=read_times(body))
