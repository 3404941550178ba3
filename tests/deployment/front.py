"""The shipped nginx and gunicorn as real processes, before servers that run already.

Ports, folders and who stands behind are the only things that differ from compose.yaml,
besides the time-outs a test asks for.
"""

import datetime as dt
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import httpx
import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ppob.browser_rules import cookie_name
from ppob.local import paths
from tests.deployment.shipped import DEPLOY, SERVICES, render_proxy
from tests.factories import wait_until
from tests.processes.installation import free_port
from tests.production import IN_PRODUCTION

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or ""
START_SECS = 60
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")

# What gunicorn's connections to the database are called.
APPLICATION_NAME = "ppob-gunicorn"

# Where browsers keep a session that came over TLS.
COOKIE = cookie_name("ppob_session", is_secure=True)


class Front:
    """Both servers, and how to reach them."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        **changes: object,
    ) -> None:
        """`changes` are values of the proxy that differ from compose.yaml's."""
        self.folder = folder
        self.web_port, self.port = free_port(), free_port()
        self.site = f"https://localhost:{self.port}"
        self.certificate = make_certificate(folder)
        self.environment = {
            **environment,
            **IN_PRODUCTION,
            "DJANGO_SETTINGS_MODULE": "tests.deployment.settings",
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": self.site,
            "PPOB_PROXY_HOPS": "1",
            "PPOB_TEST_NAME": APPLICATION_NAME,
        }
        self.places: dict[str, object] = {
            "HTTPS_PORT": f"127.0.0.1:{self.port}",
            "HTTP_PORT": f"127.0.0.1:{free_port()}",
            "STATUS_PORT": free_port(),
            "WEB": f"127.0.0.1:{self.web_port}",
            "WS": f"127.0.0.1:{free_port()}",
            "RUN": folder,
            "CERTS": folder,
            "ACME": folder,
            "ERRORS": DEPLOY / "proxy" / "errors",
            **changes,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, has_proxy: bool = True) -> None:
        """Start gunicorn, and nginx before it; return when they answer."""
        self._spawn("gunicorn", self._gunicorn())
        wait_until(self._answers(self.web_port, "http"), secs=START_SECS)
        if has_proxy:
            self._spawn("nginx", nginx(render_proxy(self.folder, **self.places)))
            wait_until(self._answers(self.port, "https"), secs=START_SECS)

    def stop(self) -> None:
        """End what was started, and what that started."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                process.wait()
        self.running.clear()

    def client(self, **options: object) -> httpx.Client:
        """A browser that trusts the certificate of this installation."""
        trusted = ssl.create_default_context(cafile=self.certificate)
        return httpx.Client(
            base_url=self.site, verify=trusted, trust_env=False, timeout=30, **options
        )

    def memory_mb(self, name: str) -> int:
        """What a server and its children hold in memory, each page of it once."""
        top = psutil.Process(self.running[name].pid)
        family = [top, *top.children(recursive=True)]
        return sum(each.memory_full_info().pss for each in family) // 1_000_000

    def peak_mb(self, name: str) -> int:
        """The most that one process of a server has held since `forget_peaks`."""
        found = [
            PEAK.search(each.read_text()) for each in self._of_each(name, "status")
        ]
        return max(int(match[1]) for match in found if match) // 1000

    def forget_peaks(self, name: str) -> None:
        """Count what is held now as the most (proc(5), clear_refs: 5)."""
        for each in self._of_each(name, "clear_refs"):
            each.write_text("5")

    def _of_each(self, name: str, file: str) -> list[Path]:
        top = psutil.Process(self.running[name].pid)
        family = [top, *top.children(recursive=True)]
        return [Path(f"/proc/{each.pid}/{file}") for each in family]

    def log(self, name: str) -> str:
        """What a server has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _gunicorn(self) -> list[str]:
        program, *arguments = SERVICES["web"]["command"]
        bind = f"127.0.0.1:{self.web_port}"
        return [sys.executable, "-m", program, "--bind", bind, *arguments]

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment, cwd=paths.ROOT
            )

    def _answers(self, port: int, scheme: str):
        # /livez asks no database: nothing is connected before a test begins.
        def is_up() -> bool:
            try:
                headers = {"Host": "localhost"}
                answer = httpx.get(
                    f"{scheme}://127.0.0.1:{port}/livez",
                    headers=headers,
                    verify=False,
                    trust_env=False,
                )
            except httpx.TransportError:
                return False
            return answer.is_success

        return is_up


def nginx(configuration: Path, *more: str) -> list[str]:
    """The command that starts the proxy as its container does.

    Started by root, nginx would serve as a user who cannot read a test's folder.
    """
    settings = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    return [NGINX, "-e", "stderr", "-c", str(configuration), "-g", settings, *more]


def make_certificate(folder: Path) -> Path:
    """A certificate for localhost that nobody else trusts, with its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "fullchain.pem"


class SlowSocket:
    """Somebody who begins a request and never ends it."""

    def __init__(
        self, port: int, sent: bytes, *, source: str, trusted: ssl.SSLContext | None
    ) -> None:
        self.socket: socket.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=30, source_address=(source, 0)
        )
        if trusted is not None:
            self.socket = trusted.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.sendall(sent)
        self.socket.setblocking(False)
        self.answer = b""
        self.is_open = True

    def look(self) -> bool:
        """Read what came meanwhile; whether the other side still waits."""
        while self.is_open:
            try:
                read = self.socket.recv(65_536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return True
            except OSError:
                read = b""
            self.answer += read
            self.is_open = bool(read)
        return False

    def close(self) -> None:
        """Go away."""
        self.socket.close()
