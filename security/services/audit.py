"""The audit trail: every change by staff or by the system, and who made it."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from ppob.kit import live, scope
from ppob.kit.db import require_transaction
from ppob.kit.events import announce
from security import origin
from security.events import AuditRecorded
from security.models import AuditEntry
from security.secret_text import is_known_token

Facts = Mapping[str, Any]

MAX_REASON = 1000
HIDDEN = "***"
_EXACT = 2**53  # beyond it, a JSON number is not the same number everywhere


def record(  # noqa: PLR0913 - one column each
    *,
    actor: str,
    action: str,
    object: str,
    now: datetime,
    data: Facts | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write an audit entry of the tenant in scope, in the change's own transaction.

    Of `before` and `after` only the fields that differ are kept, so callers may pass
    all they know. The client's address comes from the request being served. Sealed
    secrets are refused with TypeError, tokens of well-known shapes are starred out.
    """
    require_transaction()
    old, new = differences(before or {}, after or {})
    entry = AuditEntry.objects.create(
        tenant_id=scope.get_tenant_id(),
        at=now,
        actor=actor,
        action=action,
        object=object,
        reason=_plain(reason)[:MAX_REASON],
        ip=origin.find_ip(),
        before=old,
        after=new,
        data=_plain(data or {}),
    )
    live.announce(scope.get_tenant_id(), "audit")
    # In the same transaction: owners never read of a change that was undone.
    announce(AuditRecorded(entry))
    return entry


def differences(before: Facts, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of both is not the same in the other, ready to be kept as JSON."""
    old: dict[str, Any] = _plain(before)
    new: dict[str, Any] = _plain(after)
    same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    return (
        {name: value for name, value in old.items() if name not in same},
        {name: value for name, value in new.items() if name not in same},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    if isinstance(value, str):
        # PostgreSQL keeps no zero characters.
        return HIDDEN if is_known_token(value) else value.replace("\0", "")
    # A sealed secret comes this far as itself, and JSON refuses it with TypeError.
    return value
