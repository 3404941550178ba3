"""Folders and servers for what is shipped."""

from pathlib import Path

import pytest

from tests.deployment.front import NGINX


@pytest.fixture
def has_nginx() -> None:
    if not NGINX:
        pytest.skip("nginx is not installed here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For configuration, sockets and logs of one test's servers."""
    return tmp_path
