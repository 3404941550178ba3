"""Tripay's API for closed QRIS payments, from the gateway's side.

Paths, fields and errors as in https://tripay.co.id/developer. Every answer is JSON with
`success` and `message`, and `data` on success.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from payments.gateways import wire
from payments.gateways.tripay import SPEC
from payments.gateways.tripay.simulator.fees import (
    FEE_PERMILLE,
    FLAT_FEE,
    fee_of,
    fee_on,
)
from payments.gateways.tripay.simulator.world import (
    API_PATH,
    MERCHANTS,
    TripayMerchant,
)
from payments.simulator import faults
from payments.simulator.keys import GATEWAY
from payments.simulator.records import Item, Order, State, Transaction

MIN_AMOUNT = 1_000  # rupiah
MAX_AMOUNT = 10_000_000  # rupiah, Bank Indonesia's limit of one QRIS payment
DEFAULT_EXPIRY_SECS = 24 * 3600
PER_PAGE = 50

Handler = Callable[[web.Request, TripayMerchant], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The gateway says no, with this HTTP status and message."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.http_status = status


def routes() -> list[web.RouteDef]:
    """The API's routes."""
    return [
        web.post(f"{API_PATH}/transaction/create", _guarded(create)),
        web.get(f"{API_PATH}/transaction/detail", _guarded(detail)),
        web.get(f"{API_PATH}/transaction/check-status", _guarded(check_status)),
        web.get(f"{API_PATH}/merchant/transactions", _guarded(transactions)),
        web.get(f"{API_PATH}/merchant/payment-channel", _guarded(channels)),
        web.get(f"{API_PATH}/merchant/fee-calculator", _guarded(fee_calculator)),
        web.get(f"{API_PATH}/payment/instruction", _guarded(instruction)),
    ]


async def create(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """Ask for a payment."""
    gateway = request.app[GATEWAY]
    now = gateway.engine.clock()
    try:
        data = wire.read_object(await request.read())
        order = _read_order(data, now=now)
    except wire.Malformed as error:
        raise Refused(str(error)) from error
    signed = f"{merchant.code}{order.merchant_ref or ''}{order.amount}"
    expected = hmac.new(merchant.private_key.encode(), signed.encode(), hashlib.sha256)
    if not _same(expected.hexdigest(), str(data.get("signature", ""))):
        raise Refused("Invalid signature")
    # A known reference makes one more charge: Tripay does not promise to refuse it, so
    # clients must cope with two.
    made = gateway.engine.memory.add_transaction(
        merchant, order, gateway=SPEC.code, now=now
    )
    return _success(_present(made, gateway.origin(request)))


async def detail(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """One transaction with everything that is known about it."""
    found = _find(request, merchant)
    return _success(_present(found, request.app[GATEWAY].origin(request)))


async def check_status(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """Only the state, as a sentence."""
    found = _find(request, merchant)
    message = f"Status transaksi saat ini {found.state}"
    return web.json_response({"success": True, "message": message})


async def transactions(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """The merchant's transactions, page by page, filtered by `merchant_ref` etc."""
    memory = request.app[GATEWAY].engine.memory
    query = request.query
    found = [
        transaction
        for transaction in memory.transactions.values()
        if _is_of(transaction, merchant)
        and query.get("reference", transaction.reference) == transaction.reference
        and query.get("status", transaction.state) == transaction.state
        and query.get("method", "QRIS") == "QRIS"
        and _has_ref(transaction, query.get("merchant_ref"))
    ]
    if query.get("sort", "desc") == "desc":
        found.reverse()
    page, per_page = _number(query.get("page"), 1), _number(query.get("per_page"), 25)
    per_page = min(per_page, PER_PAGE)
    first = (page - 1) * per_page
    origin = request.app[GATEWAY].origin(request)
    # Without the QRIS text, as at Tripay: clients need the detail for it.
    shown = [_listed(item, origin) for item in found[first : first + per_page]]
    pages = {
        "sort": query.get("sort", "desc"),
        "offset": {"from": first + 1, "to": first + len(shown)},
        "current_page": page,
        "last_page": max(1, -(-len(found) // per_page)),
        "per_page": per_page,
        "total_records": len(found),
    }
    return web.json_response(
        {"success": True, "message": "Success", "data": shown, "pagination": pages}
    )


async def channels(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """The payment channels the merchant may use: QRIS."""
    fee = {"flat": FLAT_FEE, "percent": FEE_PERMILLE / 10}
    channel = {
        "group": "E-Wallet",
        "code": "QRIS",
        "name": "QRIS",
        "type": "direct",
        "fee_merchant": fee,
        "fee_customer": {"flat": 0, "percent": 0},
        "total_fee": {"flat": FLAT_FEE, "percent": f"{FEE_PERMILLE / 10:.2f}"},
        "minimum_fee": None,
        "maximum_fee": None,
        "minimum_amount": MIN_AMOUNT,
        "maximum_amount": MAX_AMOUNT,
        "icon_url": None,
        "active": True,
    }
    return _success([channel])


async def fee_calculator(
    request: web.Request, merchant: TripayMerchant
) -> web.Response:
    """What the gateway keeps of `amount` rupiah."""
    amount = _number(request.query.get("amount"), 0)
    total = {"merchant": fee_on(amount), "customer": 0}
    return _success([{"code": "QRIS", "name": "QRIS", "total_fee": total}])


async def instruction(request: web.Request, merchant: TripayMerchant) -> web.Response:
    """How a payer pays."""
    if request.query.get("code") != "QRIS":
        raise Refused("Payment channel is not available")
    return _success(_INSTRUCTIONS)


_INSTRUCTIONS = [
    {
        "title": "Pembayaran via QRIS",
        "steps": [
            "Masuk ke aplikasi dompet digital Anda yang telah mendukung QRIS",
            "Pindai kode QR yang tampil",
            "Pastikan nama penerima dan nominal sudah benar, lalu bayar",
        ],
    }
]


def _guarded(handler: Handler) -> Callable[[web.Request], Awaitable[Any]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        fault = request.app[GATEWAY].faults.take(
            request.path.removeprefix(f"{API_PATH}/")
        )
        if fault and not faults.happens_after(fault):
            return await faults.play(fault, request)
        try:
            answer = await handler(request, _merchant(request))
        except Refused as refusal:
            content = {"success": False, "message": str(refusal)}
            answer = web.json_response(content, status=refusal.http_status)
        # The request has had its effect here, and its sender will not hear of it.
        return await faults.play(fault, request) if fault else answer

    return handle


def _merchant(request: web.Request) -> TripayMerchant:
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    for merchant in MERCHANTS:
        if scheme.lower() == "bearer" and _same(merchant.api_key, key.strip()):
            return merchant
    raise Refused("Invalid API key", 401)


def _read_order(data: dict[str, Any], *, now: float) -> Order:
    if data.get("method") != "QRIS":
        raise Refused("Payment channel is not available")
    amount = wire.amount(data, "amount")
    if not MIN_AMOUNT <= amount <= MAX_AMOUNT:
        raise Refused(f"Amount must be between {MIN_AMOUNT} and {MAX_AMOUNT}")
    items = _read_items(data.get("order_items"))
    if sum(item.price * item.quantity for item in items) != amount:
        raise Refused("Amount does not equal the sum of the order items")
    expiry = wire.optional_moment(data, "expired_time")
    expires_at = int(expiry.timestamp() if expiry else now + DEFAULT_EXPIRY_SECS)
    if expires_at <= now:
        raise Refused("Expired time must be in the future")
    return Order(
        merchant_ref=wire.optional_text(data, "merchant_ref") or None,
        amount=amount,
        customer_name=wire.text(data, "customer_name"),
        customer_email=_email(data),
        items=items,
        callback_url=_address(data, "callback_url"),
        return_url=_address(data, "return_url"),
        expires_at=expires_at,
    )


def _read_items(value: object) -> list[Item]:
    if not isinstance(value, list) or not value:
        raise Refused("Order items are required")
    items = []
    for item in value:
        if not isinstance(item, dict):
            raise Refused("Order items are required")
        price, quantity = wire.amount(item, "price"), wire.amount(item, "quantity")
        items.append(Item(wire.text(item, "name"), price, quantity))
    return items


def _email(data: dict[str, Any]) -> str:
    email = wire.text(data, "customer_email")
    if "@" not in email:
        raise Refused("Customer email is not an email address")
    return email


def _address(data: dict[str, Any], key: str) -> str:
    address = wire.optional_text(data, key)
    if address and urlsplit(address).scheme not in ("http", "https"):
        raise Refused(f"{key} is not a URL")
    return address


def _find(request: web.Request, merchant: TripayMerchant) -> Transaction:
    memory = request.app[GATEWAY].engine.memory
    found = memory.transactions.get(request.query.get("reference", ""))
    if found is None or not _is_of(found, merchant):
        raise Refused("Transaction not found", 404)
    return found


def _is_of(transaction: Transaction, merchant: TripayMerchant) -> bool:
    owner = (transaction.gateway, transaction.merchant_code)
    return owner == (SPEC.code, merchant.code)


def _has_ref(transaction: Transaction, wanted: str | None) -> bool:
    return wanted is None or transaction.order.merchant_ref == wanted


def _listed(transaction: Transaction, origin: str) -> dict[str, Any]:
    fee = fee_of(transaction)
    return {
        "reference": transaction.reference,
        "merchant_ref": transaction.order.merchant_ref,
        "payment_selection_type": "static",
        "payment_method": "QRIS",
        "payment_name": "QRIS",
        "customer_name": transaction.order.customer_name,
        "customer_email": transaction.order.customer_email,
        "customer_phone": None,
        "callback_url": transaction.order.callback_url or None,
        "return_url": transaction.order.return_url or None,
        "amount": transaction.amount,
        "fee_merchant": fee,
        "fee_customer": 0,
        "total_fee": fee,
        "amount_received": transaction.amount - fee,
        "pay_code": None,
        "pay_url": None,
        "checkout_url": f"{origin}/checkout/{transaction.reference}",
        "status": transaction.state,
        "note": None,
        "created_at": transaction.created_at,
        "expired_at": transaction.order.expires_at,
        "expired_time": transaction.order.expires_at,
        "paid_at": transaction.paid_at,
        "order_items": [
            {
                "sku": None,
                "name": item.name,
                "price": item.price,
                "quantity": item.quantity,
                "subtotal": item.price * item.quantity,
            }
            for item in transaction.order.items
        ],
    }


def _present(transaction: Transaction, origin: str) -> dict[str, Any]:
    shown = _listed(transaction, origin) | {"instructions": _INSTRUCTIONS}
    if transaction.state is State.UNPAID:
        shown |= {
            "qr_string": transaction.qr_text,
            "qr_url": f"{origin}/qr/{transaction.reference}",
        }
    return shown


def _success(data: object) -> web.Response:
    return web.json_response({"success": True, "message": "", "data": data})


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
