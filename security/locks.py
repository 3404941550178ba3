"""Locks of the security app."""

from allauth.mfa.models import Authenticator
from django.db import connections

from ppob.kit.db import require_transaction
from security.models import User

_SEALER = 0x41554449  # any number that no other advisory lock has


def hold_sealer() -> bool:
    """Be the only sealer of audit entries until the platform's transaction ends.

    False if somebody else is at it.
    """
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_SEALER,))
        held: bool = cursor.fetchone()[0]
    return held


def account(user_id: int) -> User:
    """The account, held until the transaction ends: its factors change one by one."""
    require_transaction()
    found: User = User.objects.select_for_update().get(pk=user_id)
    return found


def authenticators(user_id: int) -> list[Authenticator]:
    """The account's factors and emergency codes, held so that none is used twice."""
    require_transaction()
    rows = Authenticator.objects.filter(user_id=user_id).order_by("pk")
    return list(rows.select_for_update())
