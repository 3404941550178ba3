"""The one place where a panel's status changes."""

from bot.models import Panel
from bot.states import PanelStatus, PauseReason
from ppob.kit import live, scope
from ppob.kit.db import require_transaction


def pause(panel_id: int, reason: PauseReason) -> bool:
    """Stop keeping a panel up to date; False if it was not active any more."""
    return _move(
        panel_id,
        PanelStatus.ACTIVE,
        status=PanelStatus.PAUSED,
        paused_reason=reason,
    )


def resume(panel_id: int, *, is_gone: bool) -> bool:
    """Take a panel up again; a message that is gone is posted anew."""
    forgotten = {"message_id": None, "reposts": 0} if is_gone else {}
    return _move(
        panel_id,
        PanelStatus.PAUSED,
        status=PanelStatus.ACTIVE,
        paused_reason="",
        sent_hash="",
        sent_version="",
        **forgotten,
    )


def _move(panel_id: int, source: PanelStatus, **changes: object) -> bool:
    require_transaction()
    moved = Panel.objects.filter(pk=panel_id, status=source).update(**changes)
    if moved:
        live.announce(scope.get_tenant_id(), "panels", panel=panel_id)
    return bool(moved)
