"""The control API under `/digiflazz/sim/api/`: what luck, or bad luck, can do.

    GET  transactions                      all purchases with the truth about them
    GET  callbacks                         all callbacks with their answers
    POST transactions/<ref>/finish         {rc, report}: end a pending one
    POST transactions/<ref>/change         {rc}: 74 after a success, 00 after a failure
    POST transactions/<ref>/report         {times}: report the present state again
    POST plan                              {codes}: outcomes of the next new orders
    POST faults                            {fault, times}: let requests fail
    POST switch                            {silent, refuses_addresses, balance, off}
    POST reset                             forget everything

Bodies are JSON objects, so that no other website can send them unasked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from inventory.suppliers.digiflazz.simulator.engine import NotPossible
from inventory.suppliers.digiflazz.simulator.faults import Fault
from inventory.suppliers.digiflazz.simulator.keys import SHOP, Shop
from inventory.suppliers.digiflazz.simulator.records import Transaction
from inventory.suppliers.digiflazz.simulator.world import API_PATH
from ppob.local.simulators.bodies import Body, read_body, read_times

PREFIX = f"{API_PATH}/sim/api"

Action = Callable[[Shop, Transaction, Body], None]


def routes() -> list[web.RouteDef]:
    """The control API's routes."""
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


async def list_transactions(request: web.Request) -> web.Response:
    """All purchases, oldest first, and which references were asked for."""
    engine = request.app[SHOP].engine
    return web.json_response(
        {
            "transactions": [asdict(each) for each in engine.all_transactions()],
            "requests": [ref_id for _at, ref_id in engine.requests],
        }
    )


async def list_callbacks(request: web.Request) -> web.Response:
    """All callbacks, oldest first."""
    engine = request.app[SHOP].engine
    return web.json_response({"callbacks": [asdict(c) for c in engine.callbacks]})


async def plan(request: web.Request) -> web.Response:
    """Say how the next new orders end."""
    body = await read_body(request)
    request.app[SHOP].engine.plan.extend(str(rc) for rc in body.get("codes", []))
    return web.json_response({})


async def order_faults(request: web.Request) -> web.Response:
    """Let the next purchase requests fail."""
    body = await read_body(request)
    try:
        fault = Fault(body.get("fault", ""))
    except ValueError:
        raise web.HTTPBadRequest(text="There is no such fault.") from None
    request.app[SHOP].faults.order(fault, times=read_times(body))
    return web.json_response({})


async def switch(request: web.Request) -> web.Response:
    """Change what holds for all orders from now on."""
    body = await read_body(request)
    engine = request.app[SHOP].engine
    engine.is_silent = body.get("silent", engine.is_silent) is True
    engine.refuses_addresses = (
        body.get("refuses_addresses", engine.refuses_addresses) is True
    )
    engine.off = set(body.get("off", engine.off))
    for username, balance in body.get("balance", {}).items():
        engine.balances[username] = int(balance)
    return web.json_response({})


async def reset(request: web.Request) -> web.Response:
    """Forget all purchases, callbacks, plans, faults and switches."""
    await read_body(request)
    shop = request.app[SHOP]
    shop.faults.clear()
    shop.engine.forget()
    shop.memory.keep(shop.engine)
    return web.json_response({})


def _acting(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        body = await read_body(request)
        shop = request.app[SHOP]
        ref_id = request.match_info["ref_id"]
        found = [t for t in shop.engine.transactions.values() if t.ref_id == ref_id]
        if not found:
            raise web.HTTPNotFound(text="There is no such transaction.")
        try:
            action(shop, found[0], body)
        except NotPossible as refusal:
            raise web.HTTPConflict(text=str(refusal)) from refusal
        shop.memory.keep(shop.engine)
        return web.json_response(asdict(found[0]))

    return handle


def _finish(shop: Shop, transaction: Transaction, body: Body) -> None:
    report = body.get("report", True) is True
    shop.engine.finish(transaction, str(body.get("rc", "00")), report=report)


def _change(shop: Shop, transaction: Transaction, body: Body) -> None:
    shop.engine.change_mind(transaction, str(body.get("rc", "")))


def _report(shop: Shop, transaction: Transaction, body: Body) -> None:
    shop.engine.report(transaction, times=read_times(body))
