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

_running: list[tuple[Program, subprocess.Popen[bytes]]] = []
_lock = ExitStack()


def start(data_dir: Path) -> None:
    """Start PostgreSQL (without fsync) and Valkey in `data_dir`; return when ready.

    Servers left by a killed run are ended first. Raises DataFolderInUse while another
    run works there, RuntimeError if the settings would look somewhere else.
    """
    os.environ.setdefault("PPOB_DATA_DIR", str(data_dir))
    if paths.data_dir() != paths.ROOT / data_dir:
        raise RuntimeError(f"PPOB_DATA_DIR is {paths.data_dir()}, not {data_dir}.")
    folder = folders.make_data_dir()
    _lock.enter_context(processes.data_folder_lock(folder))
    try:
        processes.end_left_overs(folder)
        _start_servers(folder)
    except BaseException:
        stop()
        raise


def stop() -> None:
    """Stop the servers of `start`; does nothing if there are none."""
    while _running:
        processes.stop(*_running.pop())
    _lock.close()


def remove(data_dir: Path) -> None:
    """Stop the servers and delete everything `start` made."""
    stop()
    for folder in {paths.runtime_dir(), paths.server_dir(), paths.ROOT / data_dir}:
        shutil.rmtree(folder, ignore_errors=True)


def _start_servers(folder: Path) -> None:
    cluster = postgres.prepare(for_tests=True)
    for server in (postgres.program(cluster), valkey.program(for_tests=True)):
        _running.append((server, processes.spawn(server)))
        processes.record(folder, [(each, popen.pid) for each, popen in _running])
    for server, process in _running:
        processes.wait_until_ready(server, process)
    postgres.ensure_roles(cluster)
