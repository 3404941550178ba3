"""The embedded Valkey: Redis's protocol on a socket in the private folder."""

from pathlib import Path

import redis

from ppob.local import binaries, folders, paths
from ppob.local.processes import Program


def program(*, for_tests: bool = False) -> Program:
    """The server as a program to start; ready when it answers a ping.

    Writes are kept in an append-only file, except for tests. Raises BinaryNotFound.
    """
    folders.make_data_dir()
    folders.make_private(paths.runtime_dir())
    folder = _make(paths.data_dir() / "valkey")
    options = {
        "port": "0",
        "unixsocket": str(paths.valkey_socket()),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no" if for_tests else "yes",
        "appendfsync": "everysec",
        "daemonize": "no",
        "databases": "16",
        "loglevel": "warning",
        # Jobs live here: a full server must say so instead of dropping some.
        "maxmemory-policy": "noeviction",
    }
    arguments = [part for name, value in options.items() for part in _as(name, value)]
    return Program(
        name="valkey",
        command=(str(binaries.find_valkey()), *arguments),
        probe=_answers,
        folder=folder,
        log=_make(paths.data_dir() / "logs") / "valkey.log",
    )


def _as(name: str, value: str) -> tuple[str, str]:
    return f"--{name}", value


def _make(folder: Path) -> Path:
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _answers() -> bool:
    client = redis.Redis.from_url(paths.redis_url(0), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
