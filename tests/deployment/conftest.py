"""Folders and servers for what is shipped."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.simulator import world
from ppob.local import paths
from tests.deployment.front import NGINX, Front
from tests.processes.installation import Installation

SIGN_IN = """
import django
django.setup()
from django.test import Client
from security.models import User
rizky = User.objects.get(discord_id={discord_id})
client = Client()
client.force_login(rizky, backend="security.discord.backend.DiscordBackend")
print(client.cookies["ppob_session"].value)
"""


@pytest.fixture
def has_nginx() -> None:
    if not NGINX:
        pytest.skip("nginx is not installed here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For configuration, sockets and logs of one test's servers."""
    return tmp_path


@pytest.fixture(scope="module")
def session(installation: Installation) -> str:
    """The cookie of a seller who has signed in."""
    done = subprocess.run(
        [sys.executable, "-c", SIGN_IN.format(discord_id=world.RIZKY.id)],
        env=installation.environment,
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def open_front(
    has_nginx: None, installation: Installation, folder
) -> Iterator[Callable[..., Front]]:
    started = []

    def start(*, has_proxy: bool = True, **changes: object) -> Front:
        front = Front(folder, installation.environment, **changes)
        started.append(front)
        front.start(has_proxy=has_proxy)
        return front

    yield start
    for front in started:
        front.stop()
