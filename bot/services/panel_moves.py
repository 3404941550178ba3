"""The one place where a panel's status changes."""

from datetime import datetime
from typing import Any

from bot.models import Panel, PanelEvent
from bot.states import PANEL_MOVES, PanelStatus, PauseReason
from ppob.kit import live
from ppob.kit.db import require_transaction

BOT = "bot"


def pause(panel_id: int, reason: PauseReason, *, now: datetime) -> bool:
    """Stop keeping a panel up to date; False if it was not active any more."""
    return move(
        panel_id,
        PanelStatus.PAUSED,
        actor=BOT,
        now=now,
        reason=reason.value,
        paused_reason=reason,
    )


def resume(panel_id: int, *, is_gone: bool, actor: str, now: datetime) -> bool:
    """Take a panel up again; a message that is gone is posted anew."""
    forgotten: dict[str, Any] = {"message_id": None, "reposts": 0} if is_gone else {}
    return move(
        panel_id,
        PanelStatus.ACTIVE,
        actor=actor,
        now=now,
        paused_reason="",
        sent_hash="",
        sent_version="",
        **forgotten,
    )


def move(
    panel_id: int,
    target: PanelStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    **changes: Any,
) -> bool:
    """Move the panel on together with other columns; False if it may not go there."""
    require_transaction()
    for source, targets in PANEL_MOVES.items():
        if target in targets and Panel.objects.filter(
            pk=panel_id, status=source
        ).update(status=target, **changes):
            panel = Panel.objects.get(pk=panel_id)
            record_event(
                panel, source=source, target=target, actor=actor, now=now, reason=reason
            )
            return True
    return False


def record_event(
    panel: Panel,
    *,
    source: PanelStatus | None,
    target: PanelStatus,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down a move (or that the panel was created) and tell open pages."""
    require_transaction()
    PanelEvent.objects.create(
        tenant_id=panel.tenant_id,
        panel=panel.public_id,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        reason=reason[:120],
        at=now,
    )
    live.announce(panel.tenant_id, "panels", panel=panel.pk)
