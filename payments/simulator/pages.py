"""What a browser sees: the checkout page of one payment, and the list of payments."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from payments.gateways import qris
from payments.simulator import control
from payments.simulator.keys import GATEWAY
from payments.simulator.records import State, Transaction
from ppob.kit.money import rupiah

LISTED = 100
_QRIS_BADGE = '<span class="qris" aria-hidden="true">QRIS</span>'
_FOLDER = Path(__file__).parent / "page"
_ASSETS = {"checkout.css": "text/css", "checkout.js": "text/javascript"}
_CHECKOUT = Template((_FOLDER / "checkout.html").read_text())
_INDEX = Template((_FOLDER / "index.html").read_text())
_ZONE = ZoneInfo("Asia/Jakarta")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STATES = {
    State.UNPAID: "Menunggu pembayaran",
    State.PAID: "Lunas",
    State.EXPIRED: "Kedaluwarsa",
    State.FAILED: "Dibatalkan",
    State.REFUND: "Dana kembali",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    """The pages' routes."""
    return [
        web.get("/", index),
        web.get("/checkout/{reference}", checkout),
        web.get("/qr/{reference}", picture),
        web.get("/assets/{name}", asset),
    ]


@web.middleware
async def security_headers(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Every answer forbids what no page of ours needs."""
    answer = await handler(request)
    if not answer.prepared:
        answer.headers["Content-Security-Policy"] = _POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


async def index(request: web.Request) -> web.Response:
    """The newest payments."""
    memory = request.app[GATEWAY].engine.memory
    newest = list(reversed(memory.transactions.values()))[:LISTED]
    rows = "".join(_row(transaction) for transaction in newest)
    empty = '<p class="muted">Belum ada pembayaran.</p>'
    listed = f'<ul class="rows">{rows}</ul>' if rows else empty
    return _html(_INDEX.substitute(rows=listed))


async def checkout(request: web.Request) -> web.Response:
    """The page on which one payment is paid."""
    transaction = control.get_transaction(request)
    now = request.app[GATEWAY].engine.clock()
    shown = control.present(transaction)
    expires_at = datetime.fromtimestamp(transaction.order.expires_at, _ZONE)
    values = {
        "rupiah": rupiah(transaction.order.amount),
        "merchant": shown["merchant_name"],
        "initial": shown["merchant_name"].removeprefix("TOKO ")[:1],
        "description": shown["description"],
        "state": transaction.state,
        "reference": transaction.reference,
        "merchant_ref": transaction.order.merchant_ref or "–",
        "expires_at": transaction.order.expires_at,
        "expires_text": f"{expires_at:%H.%M}",
        "wrong_amount": max(1, transaction.order.amount - 1_000),
        "now": now,
        "api": control.PREFIX,
    }
    escaped = {name: escape(str(value)) for name, value in values.items()}
    parts = {
        "back": _back_link(transaction),
        "code": _code(transaction, escaped["rupiah"]),
        "badge": _QRIS_BADGE if transaction.qr_text else "",
    }
    return _html(_CHECKOUT.substitute(escaped, **parts))


async def picture(request: web.Request) -> web.Response:
    """The QR code of one payment as PNG."""
    transaction = control.get_transaction(request)
    if not transaction.qr_text:
        raise web.HTTPNotFound(text="This payment is not scanned.")
    return web.Response(body=qris.qr_png(transaction.qr_text), content_type="image/png")


async def asset(request: web.Request) -> web.Response:
    """The page's style and script."""
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise web.HTTPNotFound
    text = (_FOLDER / name).read_text()
    return web.Response(text=text, content_type=_ASSETS[name])


def _row(transaction: Transaction) -> str:
    names = ", ".join(item.name for item in transaction.order.items)
    made_at = datetime.fromtimestamp(transaction.created_at, _ZONE)
    return (
        f'<li><a href="/checkout/{escape(transaction.reference)}">'
        f"<span>{escape(names)}</span>"
        f"<strong>{rupiah(transaction.order.amount)}</strong>"
        f'<span class="muted">{escape(transaction.merchant_name)} · '
        f"{made_at:%d/%m %H.%M} WIB</span>"
        f'<span class="muted">{_STATES[transaction.state]}</span></a></li>'
    )


def _code(transaction: Transaction, amount: str) -> str:
    if not transaction.qr_text:
        return ""
    address = f"/qr/{escape(transaction.reference)}"
    return (
        f'<img class="code" src="{address}" width="280" height="280" '
        f'alt="Kode QRIS untuk {amount}">'
    )


def _back_link(transaction: Transaction) -> str:
    address = transaction.order.return_url
    if urlsplit(address).scheme not in ("http", "https"):
        return ""
    return f'<a class="back" href="{escape(address)}">Kembali ke toko</a>'


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")
