"""The platform staff's account on a developer's machine."""

import os
import secrets
from pathlib import Path

from security.models import User

USERNAME = "staff"


def keep_staff(file: Path) -> str:
    """The password of the local `staff` account, which can open the admin.

    It is made once and kept in `file`, readable by the owner alone. A lost file means a
    new password.
    """
    user, _is_new = User.objects.get_or_create(
        username=USERNAME,
        defaults={
            "display_name": "Staff",
            "language": "en",  # the admin's theme speaks nothing else
            "is_staff": True,
            "is_superuser": True,
        },
    )
    kept = file.read_text().strip() if file.exists() else ""
    if kept and user.check_password(kept):
        return kept
    password = secrets.token_urlsafe(12)
    _write(file, password)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def _write(file: Path, password: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(password + "\n")
