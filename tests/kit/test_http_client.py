"""The only client for other people's servers, against a real, badly behaved one."""

import gzip
import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction

from ppob.kit import http
from ppob.kit.db import InsideTransaction
from ppob.kit.http import HttpClient, NoAnswer, Unreachable


class Server(BaseHTTPRequestHandler):
    """Answers by path; `seen` lists what arrived."""

    seen: list[str]

    def do_GET(self):
        self.server.seen.append(self.path)
        getattr(self, self.path.strip("/").split("?")[0].replace("/", "_"))()

    do_POST = do_GET

    def fine(self):
        self.answer(b'{"ok": true}')

    def teapot(self):
        self.answer(b'{"ok": false}', status=418)

    def away(self):
        self.answer(b"", status=302, headers={"Location": "/fine"})

    def page(self):
        self.answer(b"<html>maintenance</html>")

    def long(self):
        self.answer(b"x" * (http.MAX_BYTES + 1))

    def longest(self):
        self.answer(b"x" * http.MAX_BYTES)

    def bomb(self):
        packed = gzip.compress(b"x" * (20 * http.MAX_BYTES))
        self.answer(packed, headers={"Content-Encoding": "gzip"})

    def broken(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def mute(self):
        self.server.released.wait(5)

    def dripping(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.released.wait(0.05):
            self.wfile.write(b"x")

    def answer(self, body, *, status=200, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.seen, running.released = [], threading.Event()
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.released.set()
    running.shutdown()
    running.server_close()


@pytest.fixture
def client(server):
    made = HttpClient(
        f"http://127.0.0.1:{server.server_port}",
        name="test",
        connect_secs=0.5,
        read_secs=0.5,
    )
    yield made
    made.close()


def test_an_answer_is_returned_whatever_its_status(client):
    fine, teapot = client.request("GET", "/fine"), client.request("POST", "/teapot")

    assert (fine.status, fine.json()) == (200, {"ok": True})
    assert (teapot.status, teapot.json()) == (418, {"ok": False})
    assert "Content-Length" not in repr(fine)


def test_a_redirect_is_an_answer_and_is_not_followed(client, server):
    answer = client.request("GET", "/away")

    assert answer.status == 302
    assert server.seen == ["/away"]


def test_no_request_leaves_while_a_transaction_is_open(db, client, server):
    for using in ("default", "platform"):
        with transaction.atomic(using=using), pytest.raises(InsideTransaction):
            client.request("GET", "/fine")

    assert server.seen == []
    assert client.request("GET", "/fine").status == 200


def test_a_server_that_is_not_there_was_certainly_not_reached(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = HttpClient(f"http://127.0.0.1:{free.getsockname()[1]}", name="test")

        with pytest.raises(Unreachable):
            nobody.request("POST", "/fine", json={})


@pytest.mark.parametrize("path", ["/broken", "/mute", "/long", "/bomb"])
def test_a_bad_answer_leaves_open_what_happened(client, path):
    with pytest.raises(NoAnswer):
        client.request("POST", path, json={})


def test_a_page_is_not_json(client):
    answer = client.request("GET", "/page")

    with pytest.raises(NoAnswer):
        answer.json()


def test_an_answer_of_the_greatest_length_is_read(client):
    assert len(client.request("GET", "/longest").body) == http.MAX_BYTES


def test_an_answer_that_never_ends_is_given_up(client):
    started = time.monotonic()

    with pytest.raises(NoAnswer):
        client.request("GET", "/dripping")

    assert time.monotonic() - started < 3


def test_the_log_line_has_no_secrets(client, caplog):
    caplog.set_level(logging.DEBUG, logger="ppob.kit.http")

    client.request(
        "POST",
        "/fine?token=query-secret",
        params={"key": "param-secret"},
        headers={"Authorization": "Bearer header-secret"},
        json={"password": "body-secret"},
    )

    ours = [each for each in caplog.records if each.name == "ppob.kit.http"]
    assert len(ours) == 1
    assert "POST" in ours[0].getMessage()
    assert "/fine took" in ours[0].getMessage()
    assert "secret" not in " ".join(each.getMessage() for each in ours)


def test_the_machines_proxy_settings_are_ignored(client, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert client.request("GET", "/fine").status == 200
