"""Locks of the security app."""

from django.db import connections

_SEALER = 0x41554449  # any number that no other advisory lock has


def hold_sealer() -> bool:
    """Be the only sealer of audit entries until the platform's transaction ends.

    False if somebody else is at it.
    """
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_SEALER,))
        held: bool = cursor.fetchone()[0]
    return held
