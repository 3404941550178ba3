"""`manage.py up`: the whole product on this machine, until Ctrl-C."""

import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from ppob.local import folders, processes, stack
from ppob.local.binaries import BinaryNotFound
from ppob.local.console import Console
from ppob.local.processes import DataFolderInUse, StartFailed
from ppob.local.supervisor import Supervisor

EXPECTED = (BinaryNotFound, DataFolderInUse, StartFailed, stack.PortTaken)


class Command(BaseCommand):
    """Starts the servers, prepares the database, then runs and watches everything."""

    help = (
        "Run the whole product on this machine: database, Redis, web, worker, beat, "
        "bot and, without a Discord token, a local Discord. Example: manage.py up"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to start without the demo store."""
        parser.add_argument(
            "--no-demo", action="store_true", help="do not load the demo store"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM; CommandError if it cannot start."""
        self._started_at = time.monotonic()
        self._console = Console(sys.stdout)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        folder = folders.make_data_dir()
        try:
            with processes.data_folder_lock(folder):
                self._run(folder, has_demo=not options["no_demo"])
        except EXPECTED as problem:
            raise CommandError(str(problem)) from None

    def _run(self, folder: Path, *, has_demo: bool) -> None:
        left_over = processes.end_left_overs(folder)
        if left_over:
            self._console.say(f"Ended {left_over} processes of an interrupted run.")
        stack.check_ports(is_simulated=settings.IS_SIMULATED)
        supervisor = Supervisor(console=self._console, folder=folder)
        try:
            supervisor.start_now(stack.servers())
            self._prepare_database(has_demo=has_demo and settings.IS_SIMULATED)
            supervisor.add(stack.programs(is_simulated=settings.IS_SIMULATED))
            supervisor.run(on_ready=self._show_addresses)
        except KeyboardInterrupt:
            pass  # during the start; `run` itself ends quietly
        finally:
            self._stop(supervisor)

    def _prepare_database(self, *, has_demo: bool) -> None:
        self._console.say("Preparing the database …")
        stack.ensure_roles()
        call_command("migrate", interactive=False, verbosity=0)
        if has_demo:
            self._load_demo()
        for connection in connections.all(initialized_only=True):
            connection.close()
            if isinstance(connection, DatabaseWrapper):
                connection.close_pool()

    def _load_demo(self) -> None:
        if "seed_demo" not in get_commands():
            self._console.say("No demo store: there is no seed_demo command.")
            return
        self._console.say("Loading the demo store …")
        call_command("seed_demo")

    def _show_addresses(self) -> None:
        took = time.monotonic() - self._started_at
        rows = stack.addresses(is_simulated=settings.IS_SIMULATED)
        lines = [f"    {name:<15} {address}" for name, address in rows]
        table = "\n".join(lines)
        self._console.write(
            f"\n  Ready in {took:.1f} s.\n\n{table}\n\n  Ctrl-C stops.\n"
        )

    def _stop(self, supervisor: Supervisor) -> None:
        # Stopping takes seconds and must not be cut short half-way.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._console.say("Stopping …")
        supervisor.stop()
        self._console.say("Stopped.")
