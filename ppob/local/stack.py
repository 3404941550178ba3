"""Which programs make up the product on one machine, and where they answer."""

import http.client
import os
import shutil
import socket
import sys
from pathlib import Path

from ppob import env
from ppob.local import paths, postgres, valkey
from ppob.local.processes import Program

HOST = "127.0.0.1"
COMMON = {"PYTHONUNBUFFERED": "1"}

# Open pages keep a socket and reconnect by themselves, so stopping waits briefly.
WEB = (
    "-m uvicorn ppob.asgi:application --lifespan off --log-level warning"
    " --no-access-log --timeout-graceful-shutdown 2"
    # Who asks is decided in one place (security/origin.py); pages say nothing long.
    " --no-proxy-headers --ws-max-size 4096"
)
WORKER = (
    "-m celery -A ppob --quiet worker --concurrency 2 --loglevel WARNING"
    " --without-gossip --without-mingle"
)
# No pid file: one left by a kill would keep beat from starting.
BEAT = "-m celery -A ppob --quiet beat --loglevel WARNING --pidfile="


class PortTaken(RuntimeError):
    """Another program listens on a port we need; says which and what to do."""


def servers() -> list[Program]:
    """The embedded servers this environment asks for; creates the cluster if needed.

    Raises BinaryNotFound or StartFailed.
    """
    embedded = []
    if env.IS_LOCAL:
        embedded.append(postgres.program(postgres.prepare()))
    if not env.REDIS_URL:
        embedded.append(valkey.program())
    return embedded


def ensure_roles() -> None:
    """Give the embedded database its roles; nothing to do for another one."""
    if env.IS_LOCAL:
        postgres.ensure_roles(postgres.prepare())


def programs(*, is_simulated: bool) -> list[Program]:
    """The product's processes, with the local Discord where there is no real one."""
    simulator = [_simulator()] if is_simulated else []
    return [_web(), *simulator, _bot(is_simulated=is_simulated), _worker(), _beat()]


def addresses(*, is_simulated: bool) -> list[tuple[str, str]]:
    """What a person can open, by name."""
    web = f"http://localhost:{env.WEB_PORT}"
    local_discord = ("Local Discord", f"http://localhost:{env.SIMULATOR_PORT}/")
    return [
        ("Dashboard", f"{web}/"),
        ("Admin", f"{web}/admin/"),
        *([local_discord] if is_simulated else []),
        ("API docs", f"{web}/api/docs/"),
    ]


def check_ports(*, is_simulated: bool) -> None:
    """Raise PortTaken if somebody else already listens where we will."""
    wanted = {"PPOB_WEB_PORT": env.WEB_PORT}
    if is_simulated:
        wanted["PPOB_SIMULATOR_PORT"] = env.SIMULATOR_PORT
        wanted["PPOB_GATEWAY_PORT"] = env.GATEWAY_PORT
        wanted["PPOB_SUPPLIER_PORT"] = env.SUPPLIER_PORT
    for variable, port in wanted.items():
        if _is_taken(port):
            raise PortTaken(
                f"Port {port} is in use by another program. Stop it, or choose "
                f"another port: {variable}={port + 1} make run"
            )


def _web() -> Program:
    host = os.environ.get("PPOB_WEB_HOST", HOST)
    return Program(
        name="web",
        command=_python(WEB, "--host", host, "--port", str(env.WEB_PORT)),
        probe=_answers_ready,
        environment=COMMON,
        folder=paths.ROOT,
    )


def _simulator() -> Program:
    return Program(
        name="discord",
        command=_manage("runsimulator"),
        probe=lambda: _is_taken(env.SIMULATOR_PORT),
        environment=COMMON,
        folder=paths.ROOT,
    )


def _bot(*, is_simulated: bool) -> Program:
    return Program(
        name="bot",
        command=_manage("runbot"),
        needs=("discord",) if is_simulated else (),
        environment=COMMON,
        folder=paths.ROOT,
    )


def _worker() -> Program:
    return Program(
        name="worker",
        command=_python(WORKER),
        environment={**COMMON, **_quiet_about_root()},
        folder=paths.ROOT,
    )


def _beat() -> Program:
    folder = paths.data_dir() / "beat"
    return Program(
        name="beat",
        command=_python(BEAT, "--schedule", str(folder / "schedule")),
        before=lambda: _empty(folder),
        environment=COMMON,
        folder=paths.ROOT,
    )


def _python(words: str, *more: str) -> tuple[str, ...]:
    return (sys.executable, *words.split(), *more)


def _manage(command: str) -> tuple[str, ...]:
    return (sys.executable, str(paths.ROOT / "manage.py"), command)


def _empty(folder: Path) -> None:
    # The schedule is in the code; a file cut short by a kill would only stop beat.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _quiet_about_root() -> dict[str, str]:
    # Celery warns root at every start; on one's own machine that is no news.
    if os.geteuid() != 0:
        return {}
    return {"PYTHONWARNINGS": "ignore:You're running the worker"}


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def _answers_ready() -> bool:
    connection = http.client.HTTPConnection(HOST, env.WEB_PORT, timeout=1)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
