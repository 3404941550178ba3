"""A filled database of an older version is brought to this one: nothing may be lost.

    python -m tests.upgrade COMMIT

The older version, in a checkout of its own, makes its tables and fills them: the demo
stores, and two stores with people, goods, orders, payments and tickets
(`tests/isolation/world.py`). This version migrates them and proves every rule. No table
may have lost a row, and no rule may be broken that was not before: those stores live at
a fixed time, so what is due is late in both.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
FILL = """
import django
django.setup()
from tests.isolation.world import make_side
for slug, word in (("lama-satu", "lama"), ("lama-dua", "dua")):
    make_side(slug, word)
"""


def main() -> None:
    """Ends with 1 if a rule is broken or a row is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade")
    parser.add_argument("commit", help="the older version, as git names it")
    commit = parser.parse_args().commit
    with tempfile.TemporaryDirectory(prefix="ppob-upgrade-") as name:
        old = Path(name) / "old"
        _git("worktree", "add", "--detach", "--quiet", str(old), commit)
        try:
            sys.exit(_upgrade(old, Path(name) / "data"))
        finally:
            _git("worktree", "remove", "--force", str(old))


def _upgrade(old: Path, data: Path) -> int:
    environment = _environment(data)
    os.environ.update(environment)
    import django

    django.setup()
    from ppob.local import paths, testing

    testing.start(data)
    try:
        for command in (["manage.py", "migrate"], ["manage.py", "seed_demo"]):
            _run(old, environment, *command)
        _run(old, environment, "-c", FILL)
        dsn = paths.superuser_dsn("ppob")
        before, broken = _rows(dsn), _broken(old, environment)
        _run(ROOT, environment, "manage.py", "migrate")
        after = _rows(dsn)
        lost = {
            table: (count, after.get(table, 0))
            for table, count in before.items()
            if after.get(table, 0) < count
        }
        filled = sum(count > 0 for count in before.values())
        print(f"{filled} of {len(before)} tables filled, rows {sum(before.values())}")
        print(f"lost: {lost or 'nothing'}")
        newly = _broken(ROOT, environment) - broken
        print(f"newly broken: {sorted(newly) or 'nothing'}")
        return 1 if lost or newly else 0
    finally:
        testing.remove(data)


def _environment(data: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN")
    }
    return kept | {
        "PPOB_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "ppob.settings",
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
    }


def _rows(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        ).fetchall()
        return {table: _count(connection, table) for (table,) in tables}


def _count(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> int:
    name = psycopg.sql.Identifier(table)
    row = connection.execute(
        psycopg.sql.SQL("SELECT count(*) FROM {}").format(name)
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _broken(folder: Path, environment: dict[str, str]) -> set[str]:
    """The rules that some row breaks, as a version says (`manage.py verify --json`)."""
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", "--json"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        check=False,
        capture_output=True,
        text=True,
    )
    rules = json.loads(done.stdout)["rules"]
    return {rule["name"] for rule in rules if rule["count"]}


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
