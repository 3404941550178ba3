"""Only a connection that was never made means "not reached"; the rest is open.

A request that may have been worked on and is called unreachable is sent again: a second
charge, a second top-up.
"""

import inspect

import httpx
import pytest

from ppob.kit.http import HttpClient, NoAnswer, Unreachable
from tests.kit import rough

NEVER_LEFT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
ERRORS = {
    name: error
    for name, error in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(error, httpx.TransportError | httpx.DecodingError)
}
LARGE = {"text": "x" * 8_000_000}  # more than all buffers between two sockets


def client_for(url):
    return HttpClient(url, name="test", connect_secs=0.4, read_secs=0.4)


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_of_the_library_has_its_kind(name):
    def fail(request):
        raise ERRORS[name]("no")

    client = client_for("http://127.0.0.1")
    client._client = httpx.Client(
        base_url="http://127.0.0.1", transport=httpx.MockTransport(fail)
    )

    with pytest.raises(Unreachable if name in NEVER_LEFT else NoAnswer):
        client.request("POST", "/buy", json={})


def test_the_library_has_the_errors_that_we_know():
    """A new one is looked at by a person before it means anything."""
    assert set(ERRORS) == NEVER_LEFT | {
        "CloseError",
        "DecodingError",
        "LocalProtocolError",
        "NetworkError",
        "ProtocolError",
        "ProxyError",
        "ReadError",
        "ReadTimeout",
        "RemoteProtocolError",
        "TimeoutException",
        "TransportError",
        "UnsupportedProtocol",
        "WriteError",
        "WriteTimeout",
    }


@pytest.mark.parametrize("way", rough.NOT_REACHED)
def test_a_connection_that_was_not_made_was_not_reached(way):
    with rough.NOT_REACHED[way]() as server, pytest.raises(Unreachable):
        client_for(server.url).request("POST", "/buy", json={})


@pytest.mark.parametrize("way", rough.WAYS)
def test_what_happens_after_the_connection_leaves_the_outcome_open(way):
    with rough.rough_server(rough.WAYS[way]) as server, pytest.raises(NoAnswer):
        client_for(server.url).request("POST", "/buy", json={})


@pytest.mark.parametrize(
    "manner", [rough.never_reads, rough.closes_unheard, rough.resets_half_heard]
)
def test_a_request_that_stuck_half_way_leaves_the_outcome_open(manner):
    """What has left may be enough to act on."""
    with rough.rough_server(manner) as server, pytest.raises(NoAnswer) as no_answer:
        client_for(server.url).request("POST", "/buy", json=LARGE)

    if manner is rough.never_reads:
        assert str(no_answer.value) == "WriteTimeout"


def test_no_request_is_sent_twice_by_itself():
    """A kept connection that ends under a request: it may have been the last heard."""
    answered = []

    def answers_once(connection, server):
        rough.read_head(connection, server)
        if not answered:
            answered.append(True)
            connection.sendall(rough.response(b"{}"))
            rough.read_head(connection, server)

    with rough.rough_server(answers_once) as server:
        client = client_for(server.url)
        client.request("POST", "/first")
        with pytest.raises(NoAnswer):
            client.request("POST", "/second")

        assert server.heard == ["POST /first HTTP/1.1", "POST /second HTTP/1.1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"Authorization": "Bearer kunci-é"}},
        {"headers": {"Authorization": "Bearer \N{FULLWIDTH LATIN SMALL LETTER A}"}},
        {"json": {"name": "\ud800"}},
        {"json": {"amount": float("nan")}},
        {"json": {"what": object()}},
    ],
)
def test_a_request_that_cannot_be_written_has_not_left(wrong):
    with rough.rough_server(rough.closes_after_hearing) as server:
        with pytest.raises(Unreachable) as refusal:
            client_for(server.url).request("POST", "/buy", **wrong)

        assert server.heard == []
    assert refusal.value.__cause__ is None
    assert "kunci" not in str(refusal.value)
