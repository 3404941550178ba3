"""The embedded PostgreSQL: one cluster in the data folder, reached by socket only."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from ppob.local import binaries, folders, paths
from ppob.local.processes import Program, StartFailed

ROLES_FILE = Path(__file__).with_name("roles.sql")
MAX_CONNECTIONS = 200

# The same order of text here and in compose.yaml, whatever the machine's locale.
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--data-checksums",
)
SETTINGS = {
    "listen_addresses": "",
    "port": str(paths.POSTGRES_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "timezone": "UTC",
    "jit": "off",
}
MB = 2**20
# Web, worker, bot and Valkey live on the same machine and want their share.
LEAST_BUFFERS, MOST_BUFFERS = 64 * MB, 1024 * MB
# Test data may be lost with the machine, not with a killed server: tests do kill it.
TEST_SETTINGS = {
    "shared_buffers": f"{LEAST_BUFFERS // MB}MB",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A prepared cluster: its binaries, its folder and whether it is for tests."""

    bin_folder: Path
    folder: Path
    for_tests: bool = False


def prepare(*, for_tests: bool = False) -> Cluster:
    """Find the binaries and create the cluster if there is none.

    Raises BinaryNotFound or StartFailed.
    """
    folders.make_data_dir()
    folders.make_private(paths.runtime_dir())
    bin_folder = binaries.find_postgres()
    if folders.server_user():
        bin_folder = binaries.reachable_copy(bin_folder, paths.server_dir())
    cluster = Cluster(
        bin_folder=bin_folder,
        folder=paths.server_dir() / "postgres",
        for_tests=for_tests,
    )
    if not cluster.folder.exists():
        _create(cluster)
    return cluster


def program(cluster: Cluster) -> Program:
    """The server as a program to start; ready when it takes connections."""
    settings = {
        **SETTINGS,
        **memory_settings(psutil.virtual_memory().total),
        "unix_socket_directories": str(paths.runtime_dir()),
        **(TEST_SETTINGS if cluster.for_tests else {}),
    }
    options = [f"-c{name}={value}" for name, value in settings.items()]
    return Program(
        name="postgres",
        command=(str(cluster.bin_folder / "postgres"), f"-D{cluster.folder}", *options),
        probe=_answers,
        before=lambda: _forget_dead_server(cluster),
        folder=paths.server_dir(),
        log=_log_file(),
        user=folders.server_user(),
        stop_signal=signal.SIGINT,  # fast shutdown: end sessions, write, stop
    )


def memory_settings(total: int) -> dict[str, str]:
    """What the server may use of a machine with `total` bytes of memory."""
    buffers = min(max(total // 8, LEAST_BUFFERS), MOST_BUFFERS)
    return {
        "shared_buffers": f"{buffers // MB}MB",
        # What the planner may take for cached, by the server or by the system.
        "effective_cache_size": f"{max(total // 2, 2 * buffers) // MB}MB",
    }


def ensure_roles(cluster: Cluster) -> None:
    """Create the product's roles and database on the running server (idempotent).

    Raises StartFailed with psql's message.
    """
    answer = subprocess.run(
        [
            str(cluster.bin_folder / "psql"),
            "--no-psqlrc",
            "--output=/dev/null",
            f"--file={ROLES_FILE}",
            paths.superuser_dsn(),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise StartFailed(f"roles.sql failed: {answer.stderr.strip()}")


def _create(cluster: Cluster) -> None:
    # Made aside and moved into place, so that an interrupted initdb leaves nothing.
    draft = cluster.folder.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    folders.make_private(draft)
    user = folders.server_user()
    answer = subprocess.run(
        [
            str(cluster.bin_folder / "initdb"),
            f"--pgdata={draft}",
            f"--username={paths.POSTGRES_SUPERUSER}",
            # Whoever can open the socket's folder is the owner of the machine.
            "--auth=trust",
            *INITDB_OPTIONS,
            *(["--no-sync"] if cluster.for_tests else []),
        ],
        capture_output=True,
        text=True,
        cwd=paths.server_dir(),
        user=user,
        extra_groups=[] if user else None,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    if answer.returncode:
        raise StartFailed(f"initdb failed: {answer.stderr.strip()}")
    draft.rename(cluster.folder)


def _answers() -> bool:
    try:
        with psycopg.connect(paths.superuser_dsn(), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _forget_dead_server(cluster: Cluster) -> None:
    """Remove the pid file of a server that is gone.

    Its number may belong to another program by now, and PostgreSQL would then refuse
    to start.
    """
    pid_file = cluster.folder / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if not _is_server(pid, cluster.folder):
        pid_file.unlink(missing_ok=True)


def _is_server(pid: int, folder: Path) -> bool:
    try:
        return f"-D{folder}" in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False


def _log_file() -> Path:
    folder = paths.data_dir() / "logs"
    folder.mkdir(exist_ok=True)
    return folder / "postgres.log"
