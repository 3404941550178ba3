"""Two hundred slow sockets: health checks answer, pages load, payments come in.

Each sends half a header or half a body and waits. What it waits for is shipped at ten
seconds; here the proxy is told to wait longer, so that all of it happens meanwhile.
"""

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.simulator import world
from payments.gateways.tripay import SPEC
from ppob.local.demo import TOKO_RIZKY
from tests.deployment.front import APPLICATION_NAME, COOKIE, Front, SlowSocket
from tests.processes.installation import Installation
from tests.processes.journey import Buyer
from tests.processes.test_sale import (
    assert_sold_once,
    gateway_reference,
    order_of,
    status_of,
)

pytestmark = pytest.mark.processes

STORE = TOKO_RIZKY.slug
PAGES = ("/livez", "/readyz", "/", f"/toko/{STORE}/")
BODY_SECS = 20  # until the proxy gives up on a body
ANSWER_SECS = 5.0  # within which everything has to be answered on a busy machine
THREADS = 8  # of one process of gunicorn
MOST_CONNECTIONS = 8  # of the database, while all of this is served


@pytest.fixture
def opened() -> Iterator[list[SlowSocket]]:
    sockets: list[SlowSocket] = []
    yield sockets
    for each in sockets:
        each.close()


@pytest.fixture
def callback(installation: Installation) -> str:
    """Where the gateway reports payments of the store."""
    method = installation.value(
        "SELECT m.public_id FROM payments_paymentmethod m JOIN tenants_tenant t"
        " ON t.id = m.tenant_id WHERE t.slug = %s AND m.gateway = 'tripay'",
        STORE,
    )
    return f"/api/v1/callbacks/tripay/{method}/"


def half_requests(session: str, callback: str) -> list[bytes]:
    """Half a header, and half a body of each kind; none of them ever ends."""

    def post(path: str, content_type: str, body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n"
            f"Cookie: {COOKIE}={session}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: 5000\r\n\r\n"
        )
        return head.encode() + body

    parts = "multipart/form-data; boundary=xx"
    part = b'--xx\r\nContent-Disposition: form-data; name="name"\r\n\r\nVou'
    return [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-For",
        post(callback, "application/json", b'{"reference": "'),
        post("/admin/login/", "application/x-www-form-urlencoded", b"username=st"),
        post(f"/toko/{STORE}/produk/baru/", parts, part),
    ]


def connections(installation: Installation) -> int:
    """How many connections gunicorn's processes hold."""
    return installation.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
        APPLICATION_NAME,
    )


def pay(
    installation: Installation, front: Front, reference: str, callback: str
) -> httpx.Response:
    """The buyer pays, and the gateway's report comes through the proxy alone."""
    installation.payments.silence()
    try:
        installation.payments.pay(reference)
    finally:
        installation.payments.silence(on=False)
    [(merchant_ref, amount)] = installation.query(
        "SELECT reference, amount FROM payments_payment WHERE gateway_reference = %s",
        reference,
    )
    news = {
        "reference": reference,
        "merchant_ref": merchant_ref,
        "payment_method": "QRIS",
        "total_amount": amount,
        "fee_merchant": 750,
        "fee_customer": 0,
        "amount_received": amount - 750,
        "is_closed_payment": 1,
        "status": "PAID",
        "paid_at": int(time.time()),
    }
    body = json.dumps(news).encode()
    key = SPEC.demo_keys[STORE]["private_key"].encode()
    headers = {
        "Content-Type": "application/json",
        "X-Callback-Event": "payment_status",
        "X-Callback-Signature": hmac.new(key, body, hashlib.sha256).hexdigest(),
    }
    with front.client() as gateway:
        return gateway.post(callback, content=body, headers=headers)


def read_to_the_end(port: int) -> list[str]:
    """Connections to this port whose server has taken everything that arrived."""
    ours = f":{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        remote
        for _number, local, remote, state, queues, *_rest in rows
        if local.endswith(ours) and state == "01" and queues.endswith(":00000000")
    ]


def timed(request: Callable[[], httpx.Response]) -> tuple[int, float]:
    started = time.monotonic()
    status = request().status_code
    return status, time.monotonic() - started


def buy_until_qr(installation: Installation) -> tuple[int, str]:
    """An order that waits for its payment: its id and the gateway's reference."""
    [(product, method)] = installation.query(
        "SELECT p.id, m.id FROM tenants_tenant t"
        " JOIN catalog_product p ON p.tenant_id = t.id AND p.kind = 'code'"
        " JOIN payments_paymentmethod m ON m.tenant_id = t.id AND m.gateway = 'tripay'"
        " WHERE t.slug = %s ORDER BY p.position, p.id LIMIT 1",
        STORE,
    )
    buyer = Buyer(installation, world.AYU)
    buyer.buy(product)
    buyer.choose_method(method)
    order_id = order_of(installation, buyer)
    return order_id, gateway_reference(installation, order_id)


def test_two_hundred_slow_sockets_keep_nobody_waiting(
    open_front, installation, session, callback, opened, record_property
):
    front = open_front(HEADER_SECS=BODY_SECS, BODY_SECS=BODY_SECS)
    order_id, reference = buy_until_qr(installation)
    trusted = ssl.create_default_context(cafile=front.certificate)
    client = front.client(cookies={COOKIE: session})
    for path in PAGES * 2:  # nobody is measured while the servers still start
        client.get(path)
    before = front.memory_mb("nginx"), front.memory_mb("gunicorn")

    halves = half_requests(session, callback)
    for number in range(200):
        source = f"127.0.0.{2 + number // 25}"
        half = halves[number % len(halves)]
        opened.append(SlowSocket(front.port, half, source=source, trusted=trusted))
    took = {path: timed(lambda path=path: client.get(path)) for path in PAGES}
    took["callback"] = timed(lambda: pay(installation, front, reference, callback))
    waiting = sum(each.look() for each in opened)
    held = connections(installation)
    after = front.memory_mb("nginx"), front.memory_mb("gunicorn")
    installation.until(lambda: status_of(installation, order_id) == "delivered")

    figures = {
        "secs": {name: round(secs, 3) for name, (_status, secs) in took.items()},
        "connections": held,
        "nginx_mb": [before[0], after[0]],
        "gunicorn_mb": [before[1], after[1]],
    }
    record_property("slow_sockets", figures)
    print(figures)
    assert {status for status, _secs in took.values()} == {200}
    assert max(secs for _status, secs in took.values()) < ANSWER_SECS
    assert waiting == 200
    assert held <= MOST_CONNECTIONS
    assert_sold_once(installation, order_id)
    # And the proxy itself ends every one of them, with nothing or with a 408.
    installation.until(
        lambda: not any(each.look() for each in opened), secs=BODY_SECS + 30
    )
    assert {each.answer[:12] for each in opened} <= {b"", b"HTTP/1.1 408"}
    assert session not in front.log("nginx")
    assert callback not in front.log("nginx")


def test_half_bodies_without_the_proxy_hold_no_database_connection(
    open_front, installation, session, callback, opened
):
    front = open_front(has_proxy=False)
    halves = half_requests(session, callback)[1:]

    for number in range(20):
        half = halves[number % len(halves)]
        opened.append(
            SlowSocket(front.web_port, half, source="127.0.0.1", trusted=None)
        )
    # Threads that have read what was sent are where a body is waited for.
    installation.until(lambda: len(read_to_the_end(front.web_port)) >= THREADS)

    # A worker that still starts looks at its role.
    installation.until(lambda: connections(installation) == 0)
    assert [connections(installation) for _time in range(20)] == [0] * 20
    assert sum(each.look() for each in opened) == 20
