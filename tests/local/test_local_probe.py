import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ppob.local import probe


class Readiness(BaseHTTPRequestHandler):
    """Healthy on /livez, and only for the host name of the installation."""

    def do_GET(self) -> None:
        is_right = self.headers["Host"] == "toko.example.com"
        self.send_response(200 if is_right and self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def port(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "toko.example.com,www.toko.example.com")
    server = HTTPServer(("127.0.0.1", 0), Readiness)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_exit_code_says_whether_the_web_server_is_healthy(port):
    assert probe.main(["web", str(port), "/livez"]) == 0
    assert probe.main(["web", str(port), "/readyz"]) == 1


def test_nobody_listening_is_unhealthy(port):
    assert probe.main(["web", "1", "/livez"]) == 1


def test_bots_are_unhealthy_without_a_database(monkeypatch):
    monkeypatch.setenv("DATABASE_PLATFORM_URL", "postgres://nobody@127.0.0.1:1/none")

    assert probe.main(["bot"]) == 1


def test_an_unknown_question_is_a_mistake_of_the_caller(capsys):
    assert probe.main(["cat"]) == 2
    assert "probe.py web" in capsys.readouterr().out
