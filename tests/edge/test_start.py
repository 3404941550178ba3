"""Nothing that serves starts as a role that policies do not bind, and it says why."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings

from ppob.kit import checks
from ppob.kit.checks import NOT_STARTED, exit_if_unbound
from ppob.local import paths
from tests.factories import wait_until
from tests.kit.test_role_check import bypassing, connected_as
from tests.processes.installation import free_port

__all__ = ["bypassing"]

BIN = Path(sys.executable).parent


def commands() -> dict[str, list[str]]:
    """What is started as compose.yaml and the image do, and `manage.py up`."""
    python, port = sys.executable, str(free_port())
    celery = [python, "-m", "celery", "-A", "ppob"]
    return {
        "web": [str(BIN / "gunicorn"), "ppob.wsgi:application", f"-b127.0.0.1:{port}"],
        "ws": [python, "-m", "uvicorn", "ppob.asgi:application", "--port", port],
        "worker": [*celery, "worker", "--concurrency=1", "--loglevel=ERROR"],
        "beat": [*celery, "beat", "--pidfile=", "--schedule=/dev/null"],
        "bot": [python, "manage.py", "runbot"],
    }


def url_of(role: str) -> str:
    """As `DATABASE_URL` would name this role on the test run's server."""
    usual = paths.database_url("app", settings.DATABASE)
    return usual.replace("ppob_app", quote(role))


def start(name: str, **roles: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PPOB"))},
        "DJANGO_SETTINGS_MODULE": "ppob.settings",
        "DEBUG": "1",
        "DATABASE_URL": url_of(roles.get("app", "ppob_app")),
        "DATABASE_PLATFORM_URL": url_of(roles.get("platform", "ppob_platform")),
        "REDIS_URL": "redis://127.0.0.1:1",
        "PPOB_SECRET_KEY": "x" * 50,
        "PPOB_MASTER_KEYS": "k1:" + "A" * 43 + "=",
    }
    return subprocess.run(
        commands()[name],
        env=environment,
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["web", "ws", "worker", "beat", "bot"])
def test_it_does_not_start_as_superuser_and_says_why(db, name):
    ended = start(name, app=paths.POSTGRES_SUPERUSER)

    said = ended.stdout + ended.stderr
    assert ended.returncode == NOT_STARTED, said
    assert "The role of database 'default' bypasses row-level security." in said
    assert "Connect as ppob_app or ppob_platform" in said
    assert "Nothing was started." in said


def test_every_service_of_compose_is_tried():
    compose = (paths.ROOT / "compose.yaml").read_text()
    served = set(re.findall(r"^  (\w+):\n    <<: \*app", compose, re.MULTILINE))

    assert served - {"migrate"} == set(commands())


@pytest.mark.parametrize(
    ("alias", "role"),
    [("default", "ppob_owner"), ("platform", paths.POSTGRES_SUPERUSER)],
)
def test_an_owner_and_the_platforms_superuser_are_refused_too(db, alias, role, capfd):
    with connected_as(role, alias), pytest.raises(SystemExit) as ended:
        exit_if_unbound()

    assert ended.value.code == NOT_STARTED
    assert f"database '{alias}'" in capfd.readouterr().err


def test_a_role_that_bypasses_policies_is_refused(db, bypassing):
    with connected_as(bypassing), pytest.raises(SystemExit):
        exit_if_unbound()


def test_our_own_roles_start_and_leave_no_connection_open(db, superuser):
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE usename IN"
        " ('ppob_app', 'ppob_platform') AND datname = current_database()"
    )
    before = superuser.execute(query).fetchone()

    exit_if_unbound()

    # A server process ends a moment after its connection was closed.
    wait_until(lambda: superuser.execute(query).fetchone() == before)


def test_a_database_that_is_away_keeps_nobody_from_starting(db):
    with connected_as("nobody_of_this_name"):
        exit_if_unbound()


def test_the_code_is_the_one_that_ends_gunicorn():
    """Any other code makes it start the same worker again, for ever."""
    assert shutil.which("gunicorn", path=str(BIN))
    from gunicorn.arbiter import Arbiter

    assert checks.NOT_STARTED == Arbiter.WORKER_BOOT_ERROR
