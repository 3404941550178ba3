"""TokoVoucher, from TokoVoucher's side: for machines on which nothing is bought.

`world` names its members, `engine` is what happens there, `make_engine` and `routes`
are what the server of all suppliers asks for.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from inventory.simulator import faults
from inventory.simulator.faults import Call, Spoiled
from inventory.simulator.keys import SHOPS
from inventory.suppliers import wire
from inventory.suppliers.tokovoucher import SPEC
from inventory.suppliers.tokovoucher.simulator.engine import Engine
from inventory.suppliers.tokovoucher.simulator.world import API_PATH

make_engine = Engine

Content = dict[str, Any]
Deed = Callable[[Engine, Content], Content]


def routes() -> list[web.RouteDef]:
    """The API that stores use."""
    lists = {"member/produk/full": Engine.list_all, "produk/code": Engine.search}
    return [
        web.post(f"{API_PATH}/v1/transaksi", _answering(Call.BUY, Engine.transact)),
        web.post(
            f"{API_PATH}/v1/transaksi/status",
            _answering(Call.ASK, Engine.check_status),
        ),
        web.get(f"{API_PATH}/member", _answering(Call.BALANCE, Engine.show_member)),
        *(
            web.get(f"{API_PATH}/{path}", _answering(Call.PRICES, deed))
            for path, deed in lists.items()
        ),
    ]


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
        said = deed(engine, body)
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
    return Spoiled(
        wrong_ref=said | {"ref_id": "somebody-elses"},
        new_code=said | {"status": "ditinjau"},
        # A success inside of an error: a client that believes it delivers for nothing.
        failed=said | {"status": "sukses"},
    )
