"""An installation whose servers may be killed: nobody else uses them."""

import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from ppob.local import folders, paths, postgres, processes, valkey
from ppob.local.processes import Program
from tests.factories import wait_until
from tests.processes.installation import DATABASE, Installation

POSTGRES, VALKEY = "postgres", "valkey"
BROKER_DB = 0


class Ground(Installation):
    """PostgreSQL, Valkey and all processes of the product, each to be killed."""

    def __init__(self, log_dir: Path) -> None:
        super().__init__(log_dir)
        folders.make_data_dir()
        self.cluster = postgres.prepare(for_tests=True)
        self.programs: dict[str, Program] = {
            POSTGRES: postgres.program(self.cluster),
            VALKEY: valkey.program(for_tests=True),
        }
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.stopped: set[str] = set()
        self.deaths: Counter[str] = Counter()

    def start(self) -> None:
        """Start the servers, then everything else; Discord takes what it is sent.

        Its rate limits have tests of their own; here they would only spread hundreds of
        messages over minutes.
        """
        for name in self.programs:
            self.start_server(name)
        postgres.ensure_roles(self.cluster)
        super().start()
        self.control.set_limits(enabled=False)

    def start_server(self, name: str) -> None:
        """Start a server and return when it answers."""
        program = self.programs[name]
        self.servers[name] = processes.spawn(program)
        processes.wait_until_ready(program, self.servers[name])

    def crash_server(self, name: str) -> None:
        """End a server without letting it write anything down."""
        # PostgreSQL calls this the immediate mode: the next start recovers.
        number = signal.SIGQUIT if name == POSTGRES else signal.SIGKILL
        self.servers[name].send_signal(number)
        self.servers.pop(name).wait(30)

    def stop_process(self, name: str) -> None:
        """Kill a process of the product and leave it stopped."""
        self.stopped.add(name)
        self.kill(name)

    def start_again(self, name: str) -> None:
        """Start a process that was stopped."""
        self.stopped.discard(name)
        self.start_process(name)

    def supervise(self) -> None:
        """Start again what ended by itself, as the supervisor does; count it."""
        for name in self.commands:
            process = self.running.get(name)
            is_gone = process is None or process.poll() is not None
            if is_gone and name not in self.stopped:
                self.deaths[name] += 1
                self.start_process(name)

    def stop(self) -> None:
        """Stop everything and delete the data."""
        super().stop()
        for name, process in self.servers.items():
            processes.stop(self.programs[name], process)
        for folder in {paths.runtime_dir(), paths.server_dir(), paths.data_dir()}:
            shutil.rmtree(folder, ignore_errors=True)

    def asked(self, statement: str, *values: object) -> int | None:
        """A number from the database; None while it cannot be asked."""
        try:
            with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
                row = connection.execute(statement, values).fetchone()
        except psycopg.OperationalError:
            return None
        return int(row[0]) if row else None

    def until(self, condition: Callable[[], bool], *, secs: float = 60) -> None:
        """Wait for something, with the supervisor at work."""

        def is_so() -> bool:
            self.supervise()
            return condition()

        wait_until(is_so, secs=secs)

    @contextmanager
    def valkey(self) -> Iterator[redis.Redis]:
        """A client of the broker's database."""
        client = redis.Redis.from_url(paths.redis_url(BROKER_DB))
        try:
            yield client
        finally:
            client.close()
