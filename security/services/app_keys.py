"""The secrets of authenticator apps when the master key changes."""

import base64

from allauth.mfa.models import Authenticator

from ppob.kit.db import unit_of_work
from security import app_codes, crypto, locks

# Inside allauth's own JSON, where `keys` does not find it among the sealed columns.
COLUMN = "mfa_authenticator.data"


def count_by_key() -> dict[str, int]:
    """How many apps' secrets each key has sealed."""
    counts: dict[str, int] = {}
    for row in _apps():
        key_id = _key_of(row)
        counts[key_id] = counts.get(key_id, 0) + 1
    return counts


def seal_again(*, dry_run: bool) -> tuple[int, int]:
    """Seal with the newest key what another has sealed; how many, how many cannot be.

    One account at a time, held meanwhile: a code that is used in this moment changes
    the same column.
    """
    done = unreadable = 0
    others = [row for row in _apps() if _key_of(row) != crypto.active_key_id()]
    for found in others:
        with unit_of_work("security.seal_app"):
            # Read again under the lock: an older row would put back which code was used
            # last, and that code would count once more.
            for row in locks.authenticators(found.user_id):
                if row.pk != found.pk:
                    continue
                try:
                    secret = app_codes.open_sealed(
                        row.data["secret"], user_id=row.user_id
                    )
                except crypto.CannotOpen:
                    unreadable += 1
                    continue
                done += 1
                if not dry_run:
                    row.data["secret"] = app_codes.seal(secret, user_id=row.user_id)
                    row.save(update_fields=["data"])
    return done, unreadable


def _apps() -> list[Authenticator]:
    rows = Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    return list(rows.order_by("pk"))


def _key_of(row: Authenticator) -> str:
    return crypto.key_id_of(base64.b64decode(row.data["secret"]))
