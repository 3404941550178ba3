"""What the proxy hands on, to whom, and what it says when nobody is there."""

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from django.test import RequestFactory

from security.origin import client_ip
from tests.deployment.front import SlowSocket, make_certificate, nginx
from tests.deployment.shipped import DEPLOY, render_proxy
from tests.factories import wait_until
from tests.processes.installation import free_port

CALLBACKS = "/api/v1/callbacks/x/"
HEADERS = ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Upgrade")


class Echo(BaseHTTPRequestHandler):
    """A server behind the proxy that says what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = {name: self.headers.get(name) for name in HEADERS}
        told |= {
            "path": self.path,
            "size": len(self.rfile.read(length)),
            "chunks": "Transfer-Encoding" in self.headers,
            "name": self.server.name,
        }
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


class Proxy:
    """nginx alone, before servers that echo."""

    def __init__(self, folder, ports: dict[str, int], hops: int) -> None:
        self.http, self.https = free_port(), free_port()
        certificate = make_certificate(folder)
        main = render_proxy(
            folder,
            HOPS=hops,
            HTTP_PORT=f"127.0.0.1:{self.http}",
            HTTPS_PORT=f"127.0.0.1:{self.https}",
            STATUS_PORT=free_port(),
            WEB=f"127.0.0.1:{ports['web']}",
            WS=f"127.0.0.1:{ports['ws']}",
            RUN=folder,
            CERTS=folder,
            ACME=folder,
            ERRORS=DEPLOY / "proxy" / "errors",
        )
        self.trusted = ssl.create_default_context(cafile=certificate)
        self.process = subprocess.Popen(nginx(main), stderr=subprocess.DEVNULL)
        self.site = (
            f"https://localhost:{self.https}"
            if hops == 1
            else f"http://localhost:{self.http}"
        )
        wait_until(self._answers, secs=30)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, headers=headers)

    def send(self, method: str, path: str, **more: object) -> httpx.Response:
        address = path if "://" in path else f"{self.site}{path}"
        return httpx.request(
            method, address, verify=self.trusted, trust_env=False, timeout=30, **more
        )

    def _answers(self) -> bool:
        try:
            return self.get("/livez").is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def behind() -> Iterator[dict[str, ThreadingHTTPServer]]:
    servers = {}
    for name in ("web", "ws"):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        server.name = name
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers[name] = server
    yield servers
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def start(has_nginx, folder, behind) -> Iterator[Callable[..., Proxy]]:
    started = []

    def begin(*, hops: int = 1) -> Proxy:
        ports = {name: server.server_port for name, server in behind.items()}
        started.append(Proxy(folder, ports, hops))
        return started[-1]

    yield begin
    for proxy in started:
        proxy.process.terminate()
        proxy.process.wait(30)


def ip_by(told: dict, settings, *, hops: int) -> str | None:
    """Whom the product takes for the caller, by what the proxy handed on."""
    settings.PROXY_HOPS = hops
    forwarded = {"x-forwarded-for": told["X-Forwarded-For"]}
    return client_ip(RequestFactory().get("/", headers=forwarded))


def test_a_caller_cannot_choose_its_address_or_scheme(start, settings):
    told = (
        start()
        .get(
            "/toko/?a=1",
            **{
                "X-Forwarded-For": "6.6.6.6",
                "X-Forwarded-Proto": "http",
                "Forwarded": "for=6.6.6.6",
            },
        )
        .json()
    )

    assert told["X-Forwarded-For"] == "6.6.6.6, 127.0.0.1"
    assert ip_by(told, settings, hops=1) == "127.0.0.1"
    assert told["X-Forwarded-Proto"] == "https"
    assert told["Forwarded"] is None
    assert told["path"] == "/toko/?a=1"
    assert told["name"] == "web"


def test_behind_a_second_proxy_its_word_counts_and_no_earlier_one(start, settings):
    proxy = start(hops=2)

    told = proxy.get(
        "/toko/",
        **{"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"},
    ).json()

    assert told["X-Forwarded-For"] == "6.6.6.6, 203.0.113.9, 127.0.0.1"
    assert ip_by(told, settings, hops=2) == "203.0.113.9"
    assert told["X-Forwarded-Proto"] == "https"
    assert proxy.get("/toko/").json()["X-Forwarded-Proto"] == "http"


def test_the_product_sees_the_name_it_was_called_by(start):
    proxy = start()

    told = proxy.get("/", Host="toko.example.com").json()

    assert told["Host"] == "toko.example.com"


def test_live_pages_go_to_the_server_for_sockets(start):
    proxy = start()

    told = proxy.get("/ws/toko/a/", Upgrade="websocket", Connection="Upgrade").json()

    assert told["name"] == "ws"
    assert told["Upgrade"] == "websocket"
    assert told["X-Forwarded-For"] == "127.0.0.1"
    assert told["X-Forwarded-Proto"] == "https"
    assert proxy.get("/ws/toko/a/").status_code == 426


def test_a_body_in_chunks_arrives_whole_and_counted(start):
    def chunks() -> Iterator[bytes]:
        for _number in range(40):
            yield b"a" * 1_000

    told = start().send("POST", CALLBACKS, content=chunks()).json()

    assert told["size"] == 40_000
    assert told["chunks"] is False


def test_a_body_in_chunks_ends_at_its_limit(start):
    def chunks() -> Iterator[bytes]:
        for _number in range(70):
            yield b"a" * 1_000

    answer = start().send("POST", CALLBACKS, content=chunks())

    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_LONG"


@pytest.mark.parametrize(
    ("address", "size", "words"),
    [
        (CALLBACKS, 65_537, '"TOO_LONG"'),
        ("/api/v1/suppliers/x/", 65_537, '"TOO_LONG"'),
        ("/api/v1/orders", 262_145, '"TOO_LONG"'),
        ("/buka-toko/", 65_537, "Berkas ini terlalu besar"),
        ("/toko/a/produk/baru/", 6_291_457, "A product picture may have 5 MB"),
        ("/admin/login/", 3_145_729, "Tidak ada yang disimpan"),
    ],
)
def test_a_body_may_have_its_size_and_no_byte_more(start, address, size, words):
    proxy = start()

    fits = proxy.send("POST", address, content=b"a" * (size - 1))
    longer = proxy.send("POST", address, content=b"a" * size)

    assert fits.json()["size"] == size - 1
    assert longer.status_code == 413
    assert words in longer.text
    assert longer.headers["Server"] == "nginx"  # and not which


def test_one_address_cannot_take_all_places(start):
    proxy = start()
    half = (
        f"POST {CALLBACKS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{"
    )
    opened = [
        SlowSocket(
            proxy.https, half.encode(), source="127.0.0.9", trusted=proxy.trusted
        )
        for _number in range(70)
    ]
    try:
        wait_until(lambda: sum(not each.look() for each in opened) >= 6, secs=30)
        refused = [each for each in opened if not each.look()]
        same = httpx.Client(
            verify=proxy.trusted,
            transport=httpx.HTTPTransport(
                verify=proxy.trusted, local_address="127.0.0.9"
            ),
        )
        callback = same.post(f"{proxy.site}{CALLBACKS}", content=b"{}")
        page, health = same.get(f"{proxy.site}/"), same.get(f"{proxy.site}/livez")
        other = proxy.send("POST", CALLBACKS, content=b"{}")
    finally:
        for each in opened:
            each.close()

    assert len(refused) == 6
    assert {each.answer[:12] for each in refused} == {b"HTTP/1.1 429"}
    assert callback.status_code == 429
    assert callback.json()["code"] == "TOO_MANY"
    assert page.status_code == health.status_code == other.status_code == 200


def test_one_address_cannot_fill_the_room_for_uploads(start):
    proxy = start()
    half = (
        "POST /toko/a/produk/ HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Length: 100000\r\n\r\na"
    )
    opened = [
        SlowSocket(
            proxy.https, half.encode(), source="127.0.0.9", trusted=proxy.trusted
        )
        for _number in range(6)
    ]
    try:
        wait_until(lambda: sum(not each.look() for each in opened) >= 2, secs=30)
        refused = [each for each in opened if not each.look()]
    finally:
        for each in opened:
            each.close()

    assert len(refused) == 2
    assert {each.answer[:12] for each in refused} == {b"HTTP/1.1 429"}


def test_without_tls_there_is_only_the_way_to_tls_and_to_a_certificate(start, folder):
    proxy = start()
    challenge = folder / ".well-known" / "acme-challenge" / "token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("answer")
    plain = f"http://localhost:{proxy.http}"

    page = proxy.send("POST", f"{plain}/toko/?a=1", content=b"a=b")

    assert page.status_code == 308
    assert page.headers["Location"] == "https://localhost/toko/?a=1"
    assert proxy.get(f"{plain}/.well-known/acme-challenge/token").text == "answer"
    assert proxy.get(f"{plain}/.well-known/acme-challenge/").status_code == 403


def test_readers_and_programs_are_told_when_nobody_answers(start, behind):
    proxy = start()
    for server in behind.values():
        server.shutdown()
        server.server_close()

    page, call = proxy.get("/toko/"), proxy.get("/api/v1/orders")

    assert page.status_code == call.status_code == 503
    assert "Uang dan kode di toko tetap aman" in page.text
    assert "Money and codes in stores are safe" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Type"] == "text/html"
    assert call.json()["code"] == "AWAY"
