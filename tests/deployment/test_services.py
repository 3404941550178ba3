"""Each service does its work with the environment compose.yaml gives it, and no more.

The servers are the test run's own: only where they are stands in for compose's names.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
import redis
from django.conf import settings

from ppob.local import binaries, paths
from tests.deployment.shipped import DEPLOY, PRODUCT, environment_of
from tests.factories import wait_until
from tests.processes.installation import free_port

PASSWORD = "p@ss:w/o?r#d [%25]"  # of a Valkey whose address needs escaping

SETUP = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")
import django
django.setup()
import pytest
from asgiref.sync import async_to_sync
from celery import current_app
from channels.layers import get_channel_layer
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client
from ppob.celery import app
from security import crypto

def query(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]

def seal():
    return crypto.open_sealed(crypto.seal("x", context="c"), context="c")

async def speak():
    layer = get_channel_layer()
    await layer.send("here", {"type": "nudge"})
    return await layer.receive("here")

HOST = {"host": "toko.example.com"}
refused = pytest.raises(ImproperlyConfigured)
"""
BOTH_ROLES = """
assert [query("default"), query("platform")] == ["ppob_app", "ppob_platform"]
"""
CACHE = """
cache.set("a", 1)
assert cache.get("a") == 1
"""
NO_OWNER = 'assert "owner" not in settings.DATABASES\n'
NO_SIGNING = "with refused: settings.SECRET_KEY\n"
NO_MASTER = "with refused: seal()\n"
WORK = {
    "web": BOTH_ROLES
    + CACHE
    + NO_OWNER
    + """
assert seal() == "x"
assert Client().get("/readyz", secure=True, headers=HOST).status_code == 200
assert signing.loads(signing.dumps("x")) == "x"
""",
    "ws": BOTH_ROLES
    + CACHE
    + NO_OWNER
    + NO_MASTER
    + """
import ppob.asgi
assert settings.SECRET_KEY
assert async_to_sync(speak)() == {"type": "nudge"}
assert Client().get("/livez", secure=True, headers=HOST).status_code == 200
""",
    "worker": BOTH_ROLES
    + CACHE
    + NO_OWNER
    + NO_SIGNING
    + """
assert seal() == "x"
current_app.loader.import_default_modules()
current_app.tasks["payments.sweep_inbox"]()
""",
    "beat": NO_OWNER
    + NO_SIGNING
    + NO_MASTER
    + """
with refused: query("default")
with refused: query("platform")
app.send_task("bot.sweep_outbox")
""",
    "bot": BOTH_ROLES
    + CACHE
    + NO_OWNER
    + NO_SIGNING
    + """
assert seal() == "x"
assert settings.DISCORD["BOT_TOKEN"] == "change-me-6"
assert async_to_sync(speak)() == {"type": "nudge"}
""",
}


@dataclass
class Valkey:
    """A running server, started as its container starts it."""

    port: int
    process: psutil.Process
    folder: Path

    @property
    def url(self) -> str:
        return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}"

    def client(self, password: str | None) -> redis.Redis:
        return redis.Redis(port=self.port, password=password, socket_timeout=5)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    folder, port = tmp_path_factory.mktemp("valkey"), free_port()
    (folder / "valkey-server").symlink_to(binaries.find_valkey())
    started = subprocess.Popen(
        ["/bin/sh", DEPLOY / "valkey/start.sh", "--port", str(port), "--dir", folder],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "VALKEY_PASSWORD": PASSWORD,
            "VALKEY_RUN_DIR": str(folder),
        },
        stdout=subprocess.DEVNULL,
    )
    running = Valkey(port, psutil.Process(started.pid), folder)

    def answers() -> bool:
        try:
            return bool(running.client(PASSWORD).ping())
        except redis.ConnectionError:
            return False

    wait_until(answers, secs=30)
    yield running
    started.terminate()
    started.wait(30)


def container(service: str, valkey: Valkey) -> dict[str, str]:
    """The service's environment, with the test run's servers in it."""
    environment = environment_of(service)
    for name in environment:
        if name.startswith("DATABASE_"):
            role = name.removeprefix("DATABASE_").removesuffix("URL").strip("_").lower()
            environment[name] = paths.database_url(role or "app", settings.DATABASE)
        if name == "REDIS_URL":
            environment[name] = valkey.url
    return {"PATH": os.environ["PATH"], **environment}


def run(*command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=paths.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("service", sorted(WORK))
def test_a_service_works_with_the_secrets_it_has(service, db, valkey):
    code = SETUP + WORK[service]

    done = run("-c", code, environment=container(service, valkey))

    assert done.returncode == 0, done.stderr
    assert set(WORK) | {"migrate"} == PRODUCT


def test_migrating_works_with_the_secrets_it_has(db, valkey):
    command = ("manage.py", "migrate", "--check")

    done = run(*command, environment=container("migrate", valkey))

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_service_without_one_of_its_secrets_does_not_start(valkey):
    environment = container("web", valkey)
    del environment["PPOB_MASTER_KEYS"]

    done = run("-c", SETUP, environment=environment)

    assert done.returncode == 1
    assert "Set PPOB_MASTER_KEYS in the environment." in done.stderr


def test_a_process_without_a_name_needs_every_secret(valkey):
    environment = container("beat", valkey)
    del environment["PPOB_SERVICE"]
    environment["DATABASE_URL"] = "postgres://somewhere/else"

    done = run("-c", SETUP, environment=environment)

    assert done.returncode == 1
    assert "Set PPOB_SECRET_KEY in the environment." in done.stderr


def test_a_misspelt_service_does_not_start(valkey):
    environment = container("beat", valkey) | {"PPOB_SERVICE": "beet"}

    done = run("-c", SETUP, environment=environment)

    assert done.returncode == 1
    assert "PPOB_SERVICE is one of beat, bot, migrate, web, worker, ws." in done.stderr


@pytest.mark.parametrize("password", [None, "guess", ""])
def test_valkey_answers_nobody_without_its_password(valkey, password):
    with pytest.raises(redis.AuthenticationError):
        valkey.client(password).ping()


def test_valkeys_password_is_seen_nowhere(valkey):
    assert valkey.process.name() == "valkey-server"
    assert PASSWORD not in " ".join(valkey.process.cmdline())
    assert "VALKEY_PASSWORD" not in valkey.process.environ()
    for path in valkey.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert PASSWORD.encode() not in path.read_bytes()


def test_a_full_valkey_says_so_instead_of_dropping_jobs(valkey):
    server = valkey.client(PASSWORD)

    assert server.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert int(server.config_get("maxmemory")["maxmemory"]) == 384 * 1024 * 1024
    assert server.config_get("appendonly")["appendonly"] == "yes"
