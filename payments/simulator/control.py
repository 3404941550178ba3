"""The control API under `/sim/api/`: what a payer, or bad luck, can do.

    GET  transactions[?merchant_ref=…]     all transactions, newest first
    GET  transactions/<reference>          one, with its callbacks
    POST transactions/<reference>/pay      {times, parallel, late, amount}
    POST transactions/<reference>/expire   |  /fail  |  /refund  |  /resend  |  /forge
    POST silence                           {on}: drop all callbacks from now on
    POST faults                            {path, fault, times}: let requests fail
    POST reset                             forget everything

Bodies are JSON objects, so that no other website can send them unasked.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from payments.gateways import wire
from payments.simulator.engine import NotPossible
from payments.simulator.faults import Fault
from payments.simulator.keys import GATEWAY
from payments.simulator.records import Delivery, State, Transaction
from ppob.local.simulators.bodies import Body, read_body, read_times

PREFIX = "/sim/api"

Action = Callable[[web.Request, Transaction, Body], None]


def routes() -> list[web.RouteDef]:
    """The control API's routes."""
    one = f"{PREFIX}/transactions/{{reference}}"
    return [
        web.get(f"{PREFIX}/transactions", list_transactions),
        web.get(one, show),
        web.post(f"{one}/pay", _acting(_pay)),
        web.post(f"{one}/expire", _acting(_expire)),
        web.post(f"{one}/fail", _acting(_fail)),
        web.post(f"{one}/refund", _acting(_refund)),
        web.post(f"{one}/resend", _acting(_resend)),
        web.post(f"{one}/forge", _acting(_forge)),
        web.post(f"{PREFIX}/silence", silence),
        web.post(f"{PREFIX}/faults", order_faults),
        web.post(f"{PREFIX}/reset", reset),
    ]


async def list_transactions(request: web.Request) -> web.Response:
    """All transactions, newest first; with `merchant_ref`, only those."""
    memory = request.app[GATEWAY].engine.memory
    wanted = request.query.get("merchant_ref")
    found = [
        present(transaction)
        for transaction in reversed(memory.transactions.values())
        if wanted is None or transaction.order.merchant_ref == wanted
    ]
    return web.json_response({"transactions": found})


async def show(request: web.Request) -> web.Response:
    """One transaction with its callbacks."""
    return _shown(request, get_transaction(request))


async def silence(request: web.Request) -> web.Response:
    """Drop all callbacks from now on, or stop doing so."""
    body = await read_body(request)
    request.app[GATEWAY].engine.is_silent = body.get("on") is True
    return web.json_response({})


async def order_faults(request: web.Request) -> web.Response:
    """Let the next requests to a path fail."""
    body = await read_body(request)
    try:
        fault = Fault(body.get("fault", ""))
    except ValueError:
        raise web.HTTPBadRequest(text="There is no such fault.") from None
    path = str(body.get("path", "transaction/create"))
    request.app[GATEWAY].faults.order(path, fault, times=read_times(body))
    return web.json_response({})


async def reset(request: web.Request) -> web.Response:
    """Forget all transactions, callbacks, faults and the silence."""
    await read_body(request)
    request.app[GATEWAY].faults.clear()
    request.app[GATEWAY].engine.forget()
    return web.json_response({})


def get_transaction(request: web.Request) -> Transaction:
    """The transaction of the path, or HTTPNotFound."""
    memory = request.app[GATEWAY].engine.memory
    found = memory.transactions.get(request.match_info["reference"])
    if found is None:
        raise web.HTTPNotFound(text="There is no such transaction.")
    return found


def present(transaction: Transaction) -> dict[str, Any]:
    """What the page and tests see of a transaction."""
    return {
        "gateway": transaction.gateway,
        "reference": transaction.reference,
        "merchant_code": transaction.merchant_code,
        "merchant_name": transaction.merchant_name,
        "merchant_ref": transaction.order.merchant_ref,
        "description": ", ".join(item.name for item in transaction.order.items),
        "amount": transaction.order.amount,
        "paid_amount": transaction.paid_amount,
        "state": transaction.state,
        "created_at": transaction.created_at,
        "expires_at": transaction.order.expires_at,
        "paid_at": transaction.paid_at,
    }


def _present_delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "label": delivery.label,
        "is_done": delivery.due_at is None,
        "answers": [
            {"at": answer.at, "status": answer.status, "accepted": answer.accepted}
            for answer in delivery.answers
        ],
    }


def _acting(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        body = await read_body(request)
        transaction = get_transaction(request)
        try:
            action(request, transaction, body)
        except NotPossible as refusal:
            raise web.HTTPConflict(text=str(refusal)) from refusal
        return _shown(request, transaction)

    return handle


def _pay(request: web.Request, transaction: Transaction, body: Body) -> None:
    engine = request.app[GATEWAY].engine
    amount = _amount(body)
    queue = f"{transaction.reference}/late" if body.get("late") is True else ""
    if queue and transaction.state is State.UNPAID:
        engine.expire(transaction)
        engine.report(transaction, queue=queue)
    engine.pay(transaction, amount=amount)
    engine.report(
        transaction,
        times=read_times(body),
        parallel=body.get("parallel") is True,
        queue=queue,
    )


def _expire(request: web.Request, transaction: Transaction, body: Body) -> None:
    request.app[GATEWAY].engine.expire(transaction)
    request.app[GATEWAY].engine.report(transaction)


def _fail(request: web.Request, transaction: Transaction, body: Body) -> None:
    request.app[GATEWAY].engine.fail(transaction)
    request.app[GATEWAY].engine.report(transaction)


def _refund(request: web.Request, transaction: Transaction, body: Body) -> None:
    request.app[GATEWAY].engine.refund(transaction)
    request.app[GATEWAY].engine.report(transaction)


def _resend(request: web.Request, transaction: Transaction, body: Body) -> None:
    request.app[GATEWAY].engine.report(
        transaction, times=read_times(body), parallel=body.get("parallel") is True
    )


def _forge(request: web.Request, transaction: Transaction, body: Body) -> None:
    request.app[GATEWAY].engine.forge(transaction)


def _amount(body: Body) -> int | None:
    if body.get("amount") is None:
        return None
    try:
        return wire.amount(body, "amount")
    except wire.Malformed as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _shown(request: web.Request, transaction: Transaction) -> web.Response:
    memory = request.app[GATEWAY].engine.memory
    callbacks = [
        _present_delivery(delivery)
        for delivery in memory.deliveries_of(transaction.reference)
    ]
    return web.json_response(present(transaction) | {"callbacks": callbacks})
