"""The embedded servers for one test run.

`PPOB_DATA_DIR` must name the run's folder before the settings are read: they compute
the sockets' paths from it. With several test processes only the first one starts
servers; the others find the sockets there.
"""

import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

from ppob.local import folders, paths, postgres, processes, valkey
from ppob.local.processes import Program


class Servers:
    """PostgreSQL and Valkey in one folder."""

    def __init__(self) -> None:
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._lock = ExitStack()

    def start(self, data_dir: Path, *, is_durable: bool = False) -> None:
        """Start both in `data_dir` and return when they are ready.

        Only `is_durable` servers write each commit to the disk, as production's do.
        Servers left by a killed run are ended first. Raises DataFolderInUse while
        another run works there, RuntimeError if the settings would look somewhere else.
        """
        os.environ.setdefault("PPOB_DATA_DIR", str(data_dir))
        if paths.data_dir() != paths.ROOT / data_dir:
            raise RuntimeError(f"PPOB_DATA_DIR is {paths.data_dir()}, not {data_dir}.")
        folder = folders.make_data_dir()
        self._lock.enter_context(processes.data_folder_lock(folder))
        try:
            processes.end_left_overs(folder)
            self._start_in(folder, for_tests=not is_durable)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what `start` started; does nothing if there is nothing."""
        while self._running:
            processes.stop(*self._running.pop())
        self._lock.close()

    def remove(self, data_dir: Path) -> None:
        """Stop the servers and delete everything `start` made."""
        self.stop()
        for folder in {paths.runtime_dir(), paths.server_dir(), paths.ROOT / data_dir}:
            shutil.rmtree(folder, ignore_errors=True)

    def _start_in(self, folder: Path, *, for_tests: bool) -> None:
        cluster = postgres.prepare(for_tests=for_tests)
        for server in (postgres.program(cluster), valkey.program(for_tests=for_tests)):
            self._running.append((server, processes.spawn(server)))
            running = [(program, process.pid) for program, process in self._running]
            processes.record(folder, running)
        for server, process in self._running:
            processes.wait_until_ready(server, process)
        postgres.ensure_roles(cluster)


# One test run has one pair of servers.
_of_this_run = Servers()
start = _of_this_run.start
stop = _of_this_run.stop
remove = _of_this_run.remove
