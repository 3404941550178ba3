"""Who came in through which door, who did not, and what they proved themselves with.

These entries belong to no store: people sign in to the installation. Whoever reads them
is platform staff, and everybody their own on the account page. Passwords, codes, tokens
and names that belong to no account never get here: people type passwords into the
wrong field.
"""

from datetime import datetime
from typing import Any

from ppob.kit.scope import no_tenant_scope
from security import cross_tenant, origin
from security.models import AuditEntry, User

VISITOR = "visitor"


def record(
    action: str,
    *,
    user: User | None,
    now: datetime,
    by: str = "",
    **data: Any,
) -> None:
    """Write down what happened at a door.

    `by` is who did it where that is not the person themselves: somebody who failed to
    prove that they are `user` is a visitor.
    """
    entry = AuditEntry(
        tenant_id=None,
        at=now,
        actor=by or (f"user:{user.pk}" if user else VISITOR),
        action=action,
        object=f"user:{user.pk}" if user else "user:unknown",
        ip=origin.find_ip(),
        data=data,
    )
    # On the platform's connection: it stays where the caller's transaction is undone.
    with no_tenant_scope():
        cross_tenant.record_audit_entry(entry)


def list_own(user: User, *, limit: int = 20) -> list[AuditEntry]:
    """What happened at the doors of this account, newest first."""
    return cross_tenant.audit_entries_about(f"user:{user.pk}", limit=limit)
