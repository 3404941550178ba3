"""Private folders of the embedded servers, made for the user who runs them."""

import os
import pwd
from pathlib import Path

from ppob.local import paths


def server_user() -> str | None:
    """The user the database server runs as: None is ourselves.

    PostgreSQL refuses root, so for root it is `PPOB_SERVER_USER` or `nobody`.
    """
    if os.geteuid() != 0:
        return None
    return os.environ.get("PPOB_SERVER_USER", "nobody")


def make_data_dir() -> Path:
    """Create the data folder; another server user may pass through, not list it."""
    for folder in {paths.data_dir(), paths.server_dir()}:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if server_user():
            folder.chmod(folder.stat().st_mode | 0o011)
    return paths.data_dir()


def make_private(folder: Path) -> Path:
    """Create `folder` for the server's user alone.

    Raises PermissionError if it exists and belongs to anyone else: in the shared
    temporary folder somebody could have put it there first.
    """
    user = server_user()
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() == 0 and folder.stat().st_uid == 0:
        os.chown(folder, owner, -1)
    if folder.stat().st_uid != owner:
        raise PermissionError(f"{folder} belongs to somebody else.")
    folder.chmod(0o700)
    return folder
