"""Where this machine keeps its data and sockets. Asking creates and starts nothing."""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]

# A socket's path may have 104 bytes on macOS (108 on Linux), its own name included.
LONGEST_RUNTIME_DIR = 80
POSTGRES_SUPERUSER = "postgres"
POSTGRES_PORT = 5432
ROLES = ("app", "owner", "platform")


def data_dir() -> Path:
    """The folder of everything that outlives a stop (`PPOB_DATA_DIR`).

    Raises ValueError if the product itself lies in there: the folder can be deleted as
    a whole.
    """
    folder = ROOT / (os.environ.get("PPOB_DATA_DIR") or ".data")
    if ROOT.is_relative_to(folder.resolve()):
        raise ValueError(f"PPOB_DATA_DIR must be a folder of its own, not {folder}.")
    return folder


def server_dir() -> Path:
    """The folder of the database cluster and, where needed, of copied binaries.

    PostgreSQL refuses to run as root, so for root it runs as another user; when that
    user cannot reach the data folder (a project below /root), the cluster lives in
    /var/lib instead.
    """
    if os.geteuid() != 0 or others_can_reach(data_dir().parent):
        return data_dir()
    return Path("/var/lib") / _hashed_name()


def runtime_dir() -> Path:
    """The private folder of the sockets; short, so that their paths are valid."""
    usual = server_dir() / "run"
    name = str(usual)
    # Commas and spaces would need a different escape in each client.
    if len(name) <= LONGEST_RUNTIME_DIR and re.fullmatch(r"[\w./-]+", name, re.ASCII):
        return usual
    temporary = Path(tempfile.gettempdir())
    if len(str(temporary)) > LONGEST_RUNTIME_DIR // 2 + 20:
        temporary = Path("/tmp")  # noqa: S108 - the folder itself is private
    return temporary / _hashed_name()


def database_url(role: str, name: str = "ppob") -> str:
    """The URL with which `app`, `owner` or `platform` opens the embedded database.

    Raises ValueError for another role.
    """
    if role not in ROLES:
        raise ValueError(f"No database role {role!r}; there are {', '.join(ROLES)}.")
    return _socket_url("postgres", f"ppob_{role}", name)


def superuser_dsn(name: str = "postgres") -> str:
    """libpq's URL for the embedded server's superuser, who bypasses row security."""
    return _socket_url("postgresql", POSTGRES_SUPERUSER, name)


def valkey_socket() -> Path:
    """The socket of the embedded Valkey."""
    return runtime_dir() / "valkey.sock"


def redis_url(db: int) -> str:
    """The URL of database number `db` of the embedded Valkey."""
    return f"unix://{quote(str(valkey_socket()))}?db={db}"


def celery_broker_url() -> str:
    """The same server in the form Celery reads; jobs are in database 0."""
    return f"redis+socket://{quote(str(valkey_socket()))}?virtual_host=0"


def channel_host(db: int = 2) -> dict[str, str | None]:
    """One entry of the channel layer's `hosts`.

    Without a time-out: redis-py 8 otherwise gives up reading after five seconds, and
    every idle page would lose its socket.
    """
    return {"address": redis_url(db), "socket_timeout": None}


def others_can_reach(folder: Path) -> bool:
    """Whether any user of this machine may pass through `folder` to what is in it."""
    return all(
        step.stat().st_mode & stat.S_IXOTH
        for step in (folder, *folder.parents)
        if step.exists()
    )


def _socket_url(scheme: str, user: str, name: str) -> str:
    # The host goes into the query: Django's URL reader takes a folder only there. The
    # port names the socket's file, which $PGPORT would otherwise change.
    place = urlencode({"host": str(runtime_dir()), "port": POSTGRES_PORT})
    return f"{scheme}://{user}@/{quote(name)}?{place}"


def _hashed_name() -> str:
    digest = hashlib.sha256(str(data_dir()).encode()).hexdigest()
    return f"ppob-{digest[:12]}"
