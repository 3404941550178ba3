"""The audit trail."""

from datetime import datetime
from typing import Any

from ppob.kit import scope
from ppob.kit.db import require_transaction
from security.models import AuditEntry


def record(
    *,
    actor: str,
    action: str,
    object: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write down a deed of the tenant in scope, inside the deed's own transaction."""
    require_transaction()
    return AuditEntry.objects.create(
        tenant_id=scope.get_tenant_id(),
        at=now,
        actor=actor,
        action=action,
        object=object,
        data=data or {},
    )
