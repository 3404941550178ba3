"""A body is here whole, and no longer than allowed, before anything else happens."""

import asyncio
import io
import json
import socket

import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client

from ppob.kit import bodies
from ppob.kit.bodies import MAX_UPLOAD_BYTES, BoundedBodies, WholeBodies

CALLBACK = "/api/v1/callbacks/tripay/0190a1b2-0000-7000-8000-000000000001/"
SUPPLIER = "/api/v1/suppliers/digiflazz/0190a1b2-0000-7000-8000-000000000001/callbacks/"
FORM = "application/x-www-form-urlencoded"
USUAL = 2_621_440


class Wire(io.RawIOBase):
    """A connection that ends after what was sent, and remembers how much was asked."""

    def __init__(self, sent: bytes, *, breaks: bool = False) -> None:
        self.sent, self.breaks = io.BytesIO(sent), breaks
        self.asked = 0

    def read(self, size: int = -1) -> bytes:
        self.asked += 1
        got = self.sent.read(size)
        if not got and self.breaks:
            raise ConnectionResetError
        return got


def environ(wire, *, length="", path=CALLBACK, content_type="application/json", **more):
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(length),
        "wsgi.input": wire,
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        **more,
    }


def serve(request) -> tuple[int, str]:
    """What the product answers over WSGI: status and text."""
    told = []

    def start_response(status, headers):
        told.append(int(status.split()[0]))

    body = b"".join(WholeBodies(get_wsgi_application())(request, start_response))
    return told[0], body.decode()


def seen_by_application(request) -> tuple[bytes, str]:
    seen = []

    def application(environ, start_response):
        seen.append((environ["wsgi.input"].read(), environ["CONTENT_LENGTH"]))
        return []

    WholeBodies(application)(request, None)
    return seen[0]


def test_the_application_gets_a_body_that_is_here_already():
    wire = Wire(b"a" * 200_000 + b"next request")

    body, length = seen_by_application(environ(wire, length=200_000))

    assert body == b"a" * 200_000
    assert length == "200000"
    assert wire.sent.read() == b"next request"


def test_chunks_are_a_body_too():
    chunked = environ(Wire(b'{"a": 1}'), HTTP_TRANSFER_ENCODING="chunked")

    assert seen_by_application(chunked) == (b'{"a": 1}', "8")


def test_a_request_without_a_body_is_passed_on_as_it_is():
    wire = Wire(b"")

    assert seen_by_application(environ(wire)) == (b"", "")
    assert wire.asked == 1  # by the application itself


@pytest.mark.parametrize("breaks", [False, True])
def test_a_body_cut_short_is_a_clear_error_before_any_query(db, breaks):
    status, text = serve(environ(Wire(b'{"refer', breaks=breaks), length=500))

    assert status == 400
    assert json.loads(text) == {
        "title": str(bodies.CutShort.default),
        "status": 400,
        "code": "CUT_SHORT",
    }


def test_a_silent_line_does_not_hold_a_thread_for_ever(db, monkeypatch):
    monkeypatch.setattr(bodies, "SILENCE_SECS", 0.01)
    ours, theirs = socket.socketpair()
    theirs.sendall(b'{"refer')
    request = environ(ours.makefile("rb"), length=500)

    with ours, theirs:
        status, text = serve({**request, "gunicorn.socket": ours})

        assert ours.gettimeout() is None  # the answer may take longer
    assert status == 400
    assert json.loads(text)["code"] == "CUT_SHORT"


def test_no_connection_is_taken_while_a_body_comes(db, monkeypatch):
    asked = []

    class Slow(Wire):
        def read(self, size: int = -1) -> bytes:
            asked.append([each.connection for each in connections.all()])
            return super().read(size)

    status, _text = serve(environ(Slow(b"{}"), length=2))

    assert status == 404  # no such way to pay: this took a query
    assert asked == [[None] * len(asked[0])]


def test_a_body_that_says_it_is_too_long_is_not_read():
    wire = Wire(b"a" * 100)

    status, text = serve(environ(wire, length=USUAL + 1))

    assert status == 413
    assert json.loads(text)["code"] == "TOO_LONG"
    assert wire.asked == 0


def test_a_body_in_chunks_is_read_up_to_its_limit_only():
    wire = Wire(b"a" * (USUAL + 200_000))
    request = environ(wire, HTTP_TRANSFER_ENCODING="chunked")

    assert seen_by_application(request)[1] == "0"
    assert request[bodies.REFUSAL_KEY] == "TOO_LONG"
    assert wire.sent.tell() == USUAL + 1


@pytest.mark.parametrize("address", [CALLBACK, SUPPLIER])
def test_a_callback_that_is_too_long_is_refused_before_any_query(
    db, django_assert_num_queries, address
):
    with (
        django_assert_num_queries(0, connection=connections["platform"]),
        django_assert_num_queries(0),
    ):
        answer = Client().post(
            address, data=b"a" * 65_537, content_type="application/json"
        )

    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_LONG"


def test_only_what_comes_in_several_parts_may_be_as_long_as_an_upload():
    parts = "multipart/form-data; boundary=x"
    fits = environ(Wire(b"a" * MAX_UPLOAD_BYTES), length=MAX_UPLOAD_BYTES)
    body, _length = seen_by_application({**fits, "CONTENT_TYPE": parts})

    assert len(body) == MAX_UPLOAD_BYTES
    assert serve(environ(Wire(b""), length=MAX_UPLOAD_BYTES))[0] == 413
    longer = environ(Wire(b""), length=MAX_UPLOAD_BYTES + 1, content_type=parts)
    assert serve(longer)[0] == 413


def test_a_page_says_it_in_the_readers_language(db):
    cookie = {"HTTP_COOKIE": "django_language=id"}
    cut = environ(Wire(b"a"), length=9, path="/buka-toko/", content_type=FORM, **cookie)

    status, text = serve(cut)

    assert status == 400
    assert "CUT_SHORT" in text
    assert '<html lang="id"' in text


def test_a_client_cannot_refuse_its_own_request(db):
    answer = Client().get("/livez", headers={"ppob.refused_body": "TOO_LONG"})

    assert answer.status_code == 200


async def serve_asgi(*parts: bytes, content_type: bytes = b"application/json"):
    """What the product answers over ASGI, and how often it read."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": CALLBACK,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", content_type)],
    }
    messages = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent, read, is_answered = [], [], asyncio.Event()

    async def receive():
        if not messages:
            await is_answered.wait()
            return {"type": "http.disconnect"}
        read.append(messages.pop(0))
        return read[-1]

    async def send(message):
        sent.append(message)
        if message.get("body"):
            is_answered.set()

    await BoundedBodies(get_asgi_application())(scope, receive, send)
    return sent, len(read)


async def test_over_asgi_a_body_ends_at_its_limit(db):
    sent, _read = await serve_asgi(*[b"a" * 1_000_000] * 9)

    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["code"] == "TOO_LONG"


async def test_over_asgi_a_body_within_its_limit_is_served(db):
    sent, _read = await serve_asgi(b"{}")

    assert sent[0]["status"] == 404
