"""A brake on guessing passwords and codes: counted before anything is looked at.

One statement counts and answers, so however many tries come at the same moment, only as
many as allowed get a number within the limit. Counting lives in the database: every
process sees the same number, and a cache that is away opens no door.

A password is counted in three ways. *Account and address* is strict: whoever guesses is
stopped there, and stops nobody else. *Address* keeps one visitor from trying many
accounts. *Account* is wide: it stops a guesser with many addresses. A browser in which
the person has signed in before proves that with a cookie and is counted by itself, so
that neither a stranger behind the same proxy nor a crowd of them can keep the person
out.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.core import signing
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import DomainError
from security.models import TryCount

DEVICE_COOKIE = "ppob_device"
DEVICE_SECS = 180 * 24 * 3600
_SALT = "security.known-device"


class TooManyTries(DomainError):
    """Tried too often; nothing was looked at.

    `wait_secs` says for how long, `is_first` whether this is the first refusal of the
    window: the audit trail tells of that one, and is not filled with the others.
    """

    code = "TOO_MANY_TRIES"
    http_status = 429
    default = _("Too many attempts. Please wait a few minutes.")

    def __init__(self, wait_secs: int, *, is_first: bool) -> None:
        super().__init__()
        self.wait_secs = max(wait_secs, 1)
        self.is_first = is_first


@dataclass(frozen=True)
class Limit:
    """How many tries within how many seconds."""

    tries: int
    secs: int


PAIR = Limit(10, 15 * 60)
ADDRESS = Limit(100, 15 * 60)
ACCOUNT = Limit(100, 15 * 60)
# Three codes of a million fit at any moment, so thirty tries a day find one in thirty
# years. Only somebody who has passed the first step gets this far.
CODE = Limit(5, 5 * 60)
CODE_A_DAY = Limit(30, 24 * 3600)

Counted = tuple[str, Limit]


def count_password(
    request: HttpRequest, *, username: str, ip: str | None, now: datetime
) -> None:
    """Count a try with this account from this address; raises TooManyTries."""
    account = _account(username)
    device = known_device(request, username=username)
    if device:
        # As strict as for strangers: a stolen cookie is no faster way to guess.
        _count([(f"device:{account}:{device}", PAIR)], now=now)
        return
    where = address_of(ip)
    # The address first, so that one visitor cannot fill the table; the account last,
    # so that what stops before is not counted against it and keeps nobody else out.
    _count(
        [
            (f"address:{where}", ADDRESS),
            (f"pair:{account}:{where}", PAIR),
            (f"account:{account}", ACCOUNT),
        ],
        now=now,
    )


def password_was_right(request: HttpRequest, *, username: str, ip: str | None) -> None:
    """Forget the wrong tries of whoever knew the password after all."""
    account = _account(username)
    device = known_device(request, username=username)
    # Not the wide counters: by a password of their own, a guesser would clear those.
    _forget([f"pair:{account}:{address_of(ip)}", f"device:{account}:{device}"])


def count_code(user_id: int, *, now: datetime) -> None:
    """Count a try of a second factor's code; raises TooManyTries."""
    _count([(f"code:{user_id}", CODE), (f"codes:{user_id}", CODE_A_DAY)], now=now)


def code_was_right(user_id: int) -> None:
    """Forget the wrong codes of whoever had the right one."""
    _forget([f"code:{user_id}", f"codes:{user_id}"])


def forget_ended(*, now: datetime) -> int:
    """Delete counts whose window is over; how many."""
    return TryCount.objects.filter(ends_at__lt=now).delete()[0]


def address_of(ip: str | None) -> str:
    """What counts as one address: a household has a whole /64 of IPv6 ones."""
    if not ip:
        return "unknown"
    address = ip_address(ip)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


# --- Browsers that are known ----------------------------------------------------------


def known_device(request: HttpRequest, *, username: str) -> str:
    """The name of a browser in which this account has signed in, or ""."""
    try:
        account, name = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=_SALT, max_age=DEVICE_SECS
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if account == _account(username) else ""


def device_cookie(username: str) -> str:
    """What a browser keeps after a complete sign-in; it opens nothing by itself."""
    name = secrets.token_urlsafe(12)
    return signing.dumps([_account(username), name], salt=_SALT)


# --- Counting -------------------------------------------------------------------------

# One row per key: the row lock of the upsert puts all tries in line, and each gets its
# own number back. A window that is over starts anew in the same statement.
# `least` keeps a flood from running over the end of the column.
_COUNT = """
    INSERT INTO security_trycount AS t (key, count, ends_at)
    VALUES (%(key)s, 1, %(end)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN t.ends_at <= %(now)s THEN 1
            ELSE least(t.count, 1000000) + 1 END,
        ends_at = CASE WHEN t.ends_at <= %(now)s THEN excluded.ends_at
            ELSE t.ends_at END
    RETURNING count, ends_at
"""


def _count(keys: Sequence[Counted], *, now: datetime) -> None:
    for key, limit in keys:
        values: dict[str, str | datetime] = {
            "key": _hash(key),
            "now": now,
            "end": now + timedelta(seconds=limit.secs),
        }
        # No transaction is open: what is refused a moment later stays counted.
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, values)
            count, ends_at = cursor.fetchone()
        if count > limit.tries:
            secs = int((ends_at - now).total_seconds())
            raise TooManyTries(secs, is_first=count == limit.tries + 1)


def _forget(keys: Sequence[str]) -> None:
    TryCount.objects.filter(key__in=[_hash(key) for key in keys]).delete()


def _account(username: str) -> str:
    return _hash(username.strip().casefold())[:32]


def _hash(text: str) -> str:
    # People type passwords where names belong, so nothing is kept as it was typed.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
