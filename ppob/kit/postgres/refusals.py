"""The database let somebody wait for too long: what they read instead of a crash.

PostgreSQL has undone the transaction by then, so the same may be asked for again. A
page says so with 503 and `Retry-After`; a job is tried again by whoever sweeps up.
"""

from typing import Any, ClassVar

import psycopg
from django.db import Error
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import errors
from psycopg_pool import PoolTimeout

from ppob.kit.db import units_kept
from ppob.kit.errors import DomainError


class NotInTime(DomainError):
    """Stopped and undone; `cautious` is for those who may have done a part before."""

    http_status = 503
    retry_secs = 5
    cautious: ClassVar[str | Promise]


class Busy(NotInTime):
    """Somebody else held what was needed, or every connection was in use."""

    code = "BUSY"
    default = _(
        "Too many people are changing the same thing right now. Nothing was changed. "
        "Please try again in a moment."
    )
    cautious = _(
        "Too many people are changing the same thing right now, so this was not "
        "finished. Money and codes are safe. Please look at it again, then repeat what "
        "is missing."
    )


class TooSlow(NotInTime):
    """The work itself took longer than anybody should wait."""

    code = "TOO_SLOW"
    default = _(
        "This took too long and was stopped. Nothing was changed. Please try again in "
        "a moment; ask for less at once if you can."
    )
    cautious = _(
        "This took too long and was stopped before it was finished. Money and codes "
        "are safe. Please look at it again, then repeat what is missing."
    )


_REFUSALS: tuple[tuple[type[psycopg.Error], type[NotInTime]], ...] = (
    (errors.LockNotAvailable, Busy),
    (errors.DeadlockDetected, Busy),
    (errors.SerializationFailure, Busy),
    (errors.TooManyConnections, Busy),
    (PoolTimeout, Busy),
    (errors.QueryCanceled, TooSlow),
    (errors.IdleInTransactionSessionTimeout, TooSlow),
    (errors.TransactionTimeout, TooSlow),
)


def refusal_for(error: BaseException, *, has_kept: bool = False) -> NotInTime | None:
    """The refusal that a database error means; None for one that is a fault.

    `has_kept` says that the same request has committed something before, or may have.
    """
    cause = error.__cause__ if isinstance(error, Error) else error
    for kind, refusal in _REFUSALS:
        if isinstance(cause, kind):
            return refusal(refusal.cautious if has_kept else None)
    return None


def watch(request: Any) -> None:
    """Remember what was committed before this request began."""
    request.units_kept = units_kept()


def refusal_in(request: Any, error: BaseException) -> NotInTime | None:
    """Like `refusal_for`, knowing what this request has committed."""
    before = getattr(request, "units_kept", None)  # None: no view has begun
    return refusal_for(error, has_kept=before not in (None, units_kept()))
