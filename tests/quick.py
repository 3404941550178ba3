"""`make quick`: what a change most likely broke, in at most three minutes.

The rules of the house, every test that needs no database, and all tests of the apps
that the change touches; long proofs are left to `make test`. A change is what differs
from where the branch began, committed or not; on the main branch, the last commit.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.together import SLOW

ROOT = Path(__file__).resolve().parents[1]
MAIN = ("origin/main", "main", "origin/master", "master")
ALWAYS = "tests/architecture/"

# Where the tests are of what lies in these places; the first that fits counts.
TESTS_OF = (
    (r"(\w+)/dashboard/|templates/|ppob/home", ["dashboard"]),
    (r"\w+/api/", ["api"]),
    (r"\w+/admin", ["admin"]),
    (r"locale/", ["messages"]),
    (r"deploy/|compose\.yaml|Dockerfile|docs/env\.example|\.ci/", ["deployment"]),
    (r"ppob/(env|settings)\.py", ["deployment", "kit"]),
    (r"ppob/local/", ["local"]),
    (r"ppob/", ["kit"]),
    (r"bot/simulator/", ["simulator"]),
    (r"bot/", ["bot", "messages", "rights"]),
    (r"payments/", ["payments", "verify", "rights", "constraints"]),
    (r"inventory/", ["inventory", "rights", "constraints"]),
    (r"catalog/", ["catalog", "rights", "constraints"]),
    (r"tenants/", ["tenants", "rights", "constraints"]),
    (r"security/", ["security", "rights", "constraints"]),
    (r"tests/\w+\.py$|tests/factories/", ["suite"]),
)


def changed_files(root: Path = ROOT) -> list[str]:
    """Paths that differ from where the branch began, new files included."""
    base = _base(root)
    names = _git(root, "diff", "--name-only", base).splitlines()
    names += _git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    return sorted(set(names))


def touched(names: list[str]) -> set[str]:
    """The beginnings of the tests that belong to these files."""
    found = set()
    for name in names:
        if name.startswith("tests/") and Path(name).name.startswith("test_"):
            found.add(name)
            continue
        for pattern, folders in TESTS_OF:
            if re.match(pattern, name):
                found.update(f"tests/{folder}/" for folder in folders)
                break
    return found


def is_wanted(item: pytest.Item, beginnings: tuple[str, ...]) -> bool:
    """Whether a quick run needs this test."""
    if any(item.get_closest_marker(mark) for mark in SLOW):
        return False
    is_unit = "django_db_setup" not in getattr(item, "fixturenames", ())
    return is_unit or item.nodeid.startswith((ALWAYS, *beginnings))


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what a quick run needs, if one was asked for."""
    if not config.option.quick:
        return
    beginnings = tuple(touched(changed_files()))
    wanted = [item for item in items if is_wanted(item, beginnings)]
    config.hook.pytest_deselected(items=[i for i in items if i not in set(wanted)])
    items[:] = wanted


def _base(root: Path) -> str:
    head = _git(root, "rev-parse", "HEAD").strip()
    for main in MAIN:
        base = _git(root, "merge-base", "HEAD", main).strip()
        if base and base != head:
            return base
    is_clean = not _git(root, "status", "--porcelain").strip()
    return "HEAD~1" if is_clean else "HEAD"


def _git(root: Path, *arguments: str) -> str:
    """What git says; nothing if it refuses (no such branch, no repository)."""
    answer = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return answer.stdout if answer.returncode == 0 else ""
