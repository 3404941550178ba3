"""Play money's own side: charges over plain JSON, and signed callbacks about them."""

import json
from typing import Any, ClassVar

from aiohttp import web

from payments.gateways import wire
from payments.gateways.playmoney import SIGNATURE, SPEC, sign
from payments.simulator.engine import NotPossible
from payments.simulator.keys import GATEWAY
from payments.simulator.records import Item, Merchant, Order, State, Transaction
from payments.simulator.voice import Callback, Voice

API_PATH = f"/{SPEC.code}"
EVERYBODY = Merchant(code="PLAY", name="TOKO MAINAN", city="JAKARTA", nmid="0" * 15)
_STATES = {
    State.UNPAID: "pending",
    State.PAID: "settled",
    State.EXPIRED: "expired",
    State.FAILED: "failed",
    State.REFUND: "reversed",
}


class PlayMoneyVoice(Voice):
    """Charges that anybody may ask for: there is nothing to take."""

    code: ClassVar[str] = SPEC.code

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        return [
            web.post(f"{API_PATH}/charges", create),
            web.get(f"{API_PATH}/charges", find),
            web.get(f"{API_PATH}/charges/{{reference}}", show),
            web.delete(f"{API_PATH}/charges/{{reference}}", withdraw),
        ]

    def callback(
        self,
        transaction: Transaction,
        *,
        claimed: State | None = None,
        is_forged: bool = False,
    ) -> Callback:
        """What is reported, signed over its bytes."""
        content = _present(transaction) | {
            "state": _STATES[claimed or transaction.state]
        }
        body = json.dumps(content)
        signature = "0" * 64 if is_forged else sign(body.encode())
        return Callback(
            body, {"Content-Type": "application/json", SIGNATURE: signature}
        )

    def is_yes(self, answer: Any) -> bool:
        """`{"success": true}` is what we answer to everybody."""
        return isinstance(answer, dict) and answer.get("success") is True


VOICE = PlayMoneyVoice()


async def create(request: web.Request) -> web.Response:
    """Ask for a payment."""
    gateway = request.app[GATEWAY]
    now = gateway.engine.clock()
    try:
        order = _read_order(wire.read_object(await request.read()))
    except wire.Malformed as error:
        return web.json_response({"error": str(error)}, status=400)
    if order.expires_at <= now:
        return web.json_response({"error": "This time is over."}, status=400)
    made = gateway.engine.memory.add_transaction(
        EVERYBODY, order, gateway=SPEC.code, now=now, has_qr=False
    )
    return _shown(request, made)


async def find(request: web.Request) -> web.Response:
    """The charges of one reference: those that were paid first, then the newest."""
    wanted = request.query.get("reference", "")
    memory = request.app[GATEWAY].engine.memory
    found = [
        each
        for each in reversed(memory.transactions.values())
        if each.gateway == SPEC.code and each.order.merchant_ref == wanted
    ]
    found.sort(key=lambda each: each.state is not State.PAID)
    charges = [_present(each) | {"url": _page(request, each)} for each in found]
    return web.json_response({"charges": charges})


async def show(request: web.Request) -> web.Response:
    """One charge as it is now."""
    return _shown(request, _find(request))


async def withdraw(request: web.Request) -> web.Response:
    """End a charge before it is paid; again, or after its time, changes nothing."""
    charge = _find(request)
    engine = request.app[GATEWAY].engine
    try:
        engine.fail(charge)
    except NotPossible:
        if charge.state in (State.PAID, State.REFUND):
            return web.json_response({"error": "This was paid."}, status=409)
    else:
        engine.report(charge)
    return _shown(request, charge)


def _find(request: web.Request) -> Transaction:
    memory = request.app[GATEWAY].engine.memory
    found = memory.transactions.get(request.match_info["reference"])
    if found is None or found.gateway != SPEC.code:
        raise web.HTTPNotFound(
            text='{"error": "There is no such charge."}',
            content_type="application/json",
        )
    return found


def _read_order(data: dict[str, Any]) -> Order:
    amount = wire.amount(data, "amount")
    return Order(
        merchant_ref=wire.text(data, "reference"),
        amount=amount,
        customer_name="",
        customer_email="",
        items=[Item(wire.text(data, "description"), amount, 1)],
        callback_url=wire.optional_text(data, "callback_url", most=500),
        return_url=wire.optional_text(data, "return_url", most=500),
        expires_at=int(wire.moment(data, "expires_at").timestamp()),
    )


def _present(charge: Transaction) -> dict[str, Any]:
    return {
        "id": charge.reference,
        "reference": charge.order.merchant_ref,
        "amount": charge.amount,
        "state": _STATES[charge.state],
        "paid_at": charge.paid_at,
        "expires_at": charge.order.expires_at,
    }


def _page(request: web.Request, charge: Transaction) -> str:
    return f"{request.app[GATEWAY].origin(request)}/checkout/{charge.reference}"


def _shown(request: web.Request, charge: Transaction) -> web.Response:
    return web.json_response(_present(charge) | {"url": _page(request, charge)})
