"""The product as real processes: web, worker, beat, bot and the simulators.

They share the test run's PostgreSQL and Valkey, in a database of their own, and can be
killed and started one by one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from bot.simulator import world
from bot.simulator.client import SimulatedPerson
from bot.simulator.control import SimulatedDiscord
from payments.simulator.client import GatewayControl
from ppob.local import paths
from tests import databases
from tests.factories import wait_until
from tests.production import IN_PRODUCTION

DATABASE = "ppob"
PYTHON = sys.executable


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """All processes of one installation, with the demo stores loaded."""

    def __init__(
        self, log_dir: Path, *, without_debug: Collection[str] = (), workers: int = 2
    ) -> None:
        self.log_dir = log_dir
        self.without_debug = without_debug
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._seller: subprocess.Popen[str] | None = None
        self.web, self.discord, self.gateway = free_port(), free_port(), free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            "DJANGO_SETTINGS_MODULE": "ppob.settings",
            "PPOB_WEB_PORT": str(self.web),
            "PPOB_SIMULATOR_PORT": str(self.discord),
            "PPOB_GATEWAY_PORT": str(self.gateway),
            "PPOB_SUPPLIER_PORT": str(free_port()),
            "DEBUG": "1",
            "PPOB_MOST_PRESSES": "1000000",  # people here are quick
            "PYTHONUNBUFFERED": "1",
        }
        self.commands = {
            "simulator": ["manage.py", "runsimulator"],
            "web": [
                *("-m", "uvicorn", "ppob.asgi:application", "--log-level", "warning"),
                *("--port", str(self.web), "--lifespan", "off"),
            ],
            "worker": [
                *("-m", "celery", "-A", "ppob", "--quiet", "worker"),
                *("--concurrency", str(workers), "--without-gossip"),
                "--without-mingle",
            ],
            "beat": [
                *("-m", "celery", "-A", "ppob", "--quiet", "beat", "--pidfile="),
                *("--schedule", str(log_dir / "beat")),
            ],
            "bot": ["manage.py", "runbot"],
        }

    @property
    def site(self) -> str:
        return f"http://localhost:{self.web}"

    def start(self) -> None:
        """Load the demo stores, start everything and wait until it answers."""
        databases.make_database(DATABASE)
        self.run("manage.py", "seed_demo")
        for name in ("simulator", "web", "worker", "beat"):
            self.start_process(name)
        self.start_process("bot")
        wait_until(self._answers, secs=60)
        self.control.wait_for_bot(secs=60)

    def start_process(self, name: str) -> None:
        with (self.log_dir / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [PYTHON, *self.commands[name]],
                stdout=log,
                stderr=log,
                env=self._environment_of(name),
                cwd=paths.ROOT,
                start_new_session=True,
            )
        if name == "simulator":
            wait_until(lambda: _listens(self.discord), secs=30)

    def _environment_of(self, name: str) -> dict[str, str]:
        is_debug = name not in self.without_debug
        return self.environment | ({} if is_debug else IN_PRODUCTION)

    def revive(self) -> None:
        """Start again whatever is not running, and wait for the bot."""
        for name in self.commands:
            process = self.running.get(name)
            if process is None or process.poll() is not None:
                self.start_process(name)
        self.control.wait_for_bot(secs=60)

    def kill(self, name: str) -> None:
        """kill -9 the process with everything it started."""
        process = self.running.pop(name)
        children = psutil.Process(process.pid).children(recursive=True)
        for victim in [*children, process]:
            victim.kill()
        process.wait()

    def stop(self) -> None:
        if self._seller is not None:
            self._seller.kill()
            self._seller.communicate()
            self._seller = None
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in list(self.running.items()):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.running.clear()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, read by the superuser across all stores."""
        with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
            return connection.execute(statement, values).fetchall()

    def value(self, statement: str, *values: Any) -> Any:
        rows = self.query(statement, *values)
        return rows[0][0] if rows else None

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
            connection.execute(statement, values)

    def let_expire(self, order_id: int) -> None:
        """Move an unpaid order's deadlines into the past; the sweeper does the rest."""
        with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
            for statement in (
                "UPDATE payments_order SET expires_at = now() WHERE id = %s",
                "UPDATE inventory_hold h SET expires_at = now()"
                " FROM payments_orderline l"
                " WHERE l.public_id = h.holder AND l.order_id = %s",
            ):
                connection.execute(statement, (order_id,))
        self.until(lambda: self._has_expired(order_id), secs=60)

    def _has_expired(self, order_id: int) -> bool:
        status: str = self.value(
            "SELECT status FROM payments_order WHERE id = %s", order_id
        )
        return status == "expired"

    @contextmanager
    def locked_stock(self, order_id: int) -> Iterator[None]:
        """Lock the codes held for the order: nobody can deliver it meanwhile."""
        with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
            connection.execute(
                "SELECT i.id FROM inventory_stockitem i JOIN payments_orderline l"
                " ON l.public_id = i.holder WHERE l.order_id = %s FOR UPDATE",
                (order_id,),
            )
            yield

    def until(self, condition: Callable[[], bool], *, secs: float = 30) -> None:
        wait_until(condition, secs=secs)

    def sell(self, action: str, *arguments: object) -> None:
        """Have the seller do something; see `tests.processes.seller`."""
        if self._seller is None:
            self._seller = subprocess.Popen(
                [PYTHON, "-m", "tests.processes.seller"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self.environment,
                cwd=paths.ROOT,
            )
        assert self._seller.stdin is not None
        assert self._seller.stdout is not None
        self._seller.stdin.write(json.dumps([action, *map(str, arguments)]) + "\n")
        self._seller.stdin.flush()
        complaint = json.loads(self._seller.stdout.readline())
        assert not complaint, complaint

    def person(self, who: world.Person) -> SimulatedPerson:
        return SimulatedPerson(f"http://localhost:{self.discord}", who.id)

    @property
    def control(self) -> SimulatedDiscord:
        return SimulatedDiscord(f"http://localhost:{self.discord}")

    @property
    def payments(self) -> GatewayControl:
        return GatewayControl(f"http://localhost:{self.gateway}")

    def log(self, name: str) -> str:
        return (self.log_dir / f"{name}.log").read_text(errors="replace")

    def run(self, *command: str) -> None:
        """Run one command of the product to its end."""
        done = subprocess.run(
            [PYTHON, *command],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=paths.ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.site}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
