"""A browser, and the people who sit in front of it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.stage import Stage
from tests.processes.installation import Installation

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not os.path.exists(CHROMIUM):
        pytest.skip("Debian's chromium is not installed here")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
    expect.set_options(timeout=5_000)


@pytest.fixture
def stage(
    browser: Browser, installation: Installation, tmp_path: Path
) -> Iterator[Stage]:
    """Windows for everybody; anything a browser complains about fails the test."""
    installation.revive()
    asked = os.environ.get("PPOB_SCREENSHOTS")
    folder = Path(asked) if asked else tmp_path
    opened = Stage(browser, installation, folder, patience_ms=PATIENCE_MS)
    yield opened
    opened.close()
    assert opened.problems == []
