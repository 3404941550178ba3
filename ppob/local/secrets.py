"""Keys of a developer's own machine, made once and kept beside the data."""

import base64
import json
import os
import secrets
from pathlib import Path


def local_secrets(data_dir: Path) -> dict[str, str]:
    """The machine's own keys by name; created on first use, readable by the owner.

    Two processes that start at once agree: the file is linked into place whole, and
    whoever comes second reads the first one's.
    """
    path = data_dir / "secrets.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path)
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def _write_once(path: Path) -> None:
    fresh = path.with_name(f".secrets.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(_make(), file)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def _make() -> dict[str, str]:
    master = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {
        "PPOB_SECRET_KEY": secrets.token_urlsafe(48),
        "PPOB_MASTER_KEYS": f"k1:{master}",
    }
