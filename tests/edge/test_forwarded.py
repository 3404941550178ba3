"""What a request says of its way here is believed of our own proxies alone."""

import contextlib
import socket
import subprocess
import sys

import httpx
import pytest
import yaml
from django.test import RequestFactory

from ppob.local import paths, stack
from security.origin import client_ip, client_ip_of_socket
from tests.edge import production

REMOTE = "10.0.0.1"
CLIENT = "203.0.113.9"

CASES = [
    # Without a proxy of ours the header is the client's own invention.
    (0, ["1.1.1.1"], REMOTE),
    (0, [], REMOTE),
    (1, [CLIENT], CLIENT),
    (1, [f"1.1.1.1, {CLIENT}"], CLIENT),
    (1, ["1.1.1.1", CLIENT], CLIENT),
    (1, [f"1.1.1.1,{CLIENT} "], CLIENT),
    (2, [f"1.1.1.1, {CLIENT}, 10.0.0.2"], CLIENT),
    (2, [f"1.1.1.1, {CLIENT}", "10.0.0.2"], CLIENT),
    # Fewer addresses than proxies: it came around them.
    (2, [CLIENT], REMOTE),
    (2, [], REMOTE),
    (1, [""], REMOTE),
    (1, [f"1.1.1.1, {CLIENT}:4711"], CLIENT),
    (1, ["[2001:db8::9]:4711"], "2001:db8::9"),
    (1, ["2001:0DB8::0009"], "2001:db8::9"),
    (1, ["fe80::1%eth0"], "fe80::1"),
    (1, ["unknown"], None),
    (1, ["1.1.1.1, _hidden"], None),
    (1, ["1.1.1.999"], None),
    (1, ["'; DROP TABLE x"], None),
    (1, ["x" * 10_000], None),
    (1, ["," * 5_000 + CLIENT], CLIENT),
]


@pytest.mark.parametrize(("hops", "headers", "expected"), CASES)
def test_pages_and_sockets_read_the_same_address(hops, headers, expected, settings):
    settings.PROXY_HOPS = hops
    joined = {"HTTP_X_FORWARDED_FOR": ",".join(headers)} if headers else {}
    request = RequestFactory().get("/", REMOTE_ADDR=REMOTE, **joined)
    scope = {
        "client": (REMOTE, 4711),
        "headers": [(b"x-forwarded-for", value.encode()) for value in headers],
    }

    assert client_ip(request) == expected
    assert client_ip_of_socket(scope) == expected


def test_a_socket_without_a_client_has_no_address(settings):
    settings.PROXY_HOPS = 0

    assert client_ip_of_socket({"client": None, "headers": []}) is None


@pytest.mark.parametrize("hops", ["0", "1", "2"])
def test_tls_in_front_is_believed_of_a_proxy_of_ours_alone(hops):
    found = production.run(PPOB_PROXY_HOPS=hops)

    is_believed = hops != "0"
    assert (found["proxy_header"] is not None) == is_believed
    # “It came over TLS” spares the redirect to TLS.
    assert found["without_tls"] == (200 if is_believed else 301)
    assert found["settings"]["USE_X_FORWARDED_HOST"] is False
    assert found["settings"]["USE_X_FORWARDED_PORT"] is False


def test_our_servers_leave_it_to_us():
    """uvicorn believes a proxy on this machine by itself, whatever we decided."""
    compose = yaml.safe_load((paths.ROOT / "compose.yaml").read_text())

    assert "--no-proxy-headers" in stack.WEB.split()
    assert "--no-proxy-headers" in compose["services"]["ws"]["command"]


APPLICATION = """
import django
django.setup()
from security.origin import client_ip_of_socket

async def application(scope, receive, send):
    said = f"{client_ip_of_socket(scope)} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said})
"""


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--no-proxy-headers"], "127.0.0.1 http"),
        ([], "1.1.1.1 https"),  # the control: what its own default makes of it
    ],
)
def test_a_spoofed_header_does_not_get_through_uvicorn(flags, said, tmp_path, until):
    (tmp_path / "probe_app.py").write_text(APPLICATION)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["probe_app:application", "--port", str(port), "--lifespan", "off", *flags]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--app-dir", str(tmp_path), *words],
        cwd=paths.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    headers = {"X-Forwarded-For": "1.1.1.1", "X-Forwarded-Proto": "https"}
    found = []

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            found.append(httpx.get(f"http://127.0.0.1:{port}/", headers=headers).text)
        return bool(found)

    try:
        until(answers)
    finally:
        server.kill()
        server.wait()

    assert found == [said]
