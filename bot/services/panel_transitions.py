"""The one place where a panel's status changes."""

from datetime import datetime
from typing import Any

from bot.models import Panel, PanelEvent
from bot.states import PANEL_TRANSITIONS, PanelStatus, PauseReason
from ppob.kit import live
from ppob.kit.machine import Machine, Transition

BOT = "bot"


def _event(panel: Panel) -> PanelEvent:
    return PanelEvent(tenant_id=panel.tenant_id, panel=panel.public_id)


def _announce(panel: Panel, _step: Transition[PanelStatus]) -> None:
    live.announce(panel.tenant_id, "panels", panel=panel.pk)


PANELS = Machine(model=Panel, table=PANEL_TRANSITIONS, event=_event, announce=_announce)


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
    # Somebody asked for it, so the three posts of a day begin anew.
    forgotten: dict[str, Any] = {"message_id": None, "reposts": 0} if is_gone else {}
    return move(
        panel_id,
        PanelStatus.ACTIVE,
        actor=actor,
        now=now,
        paused_reason="",
        # What Discord shows after a rest is not known: it is drawn whatever it was.
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
    # Read without a lock: the machine goes by the row, whatever this one says.
    panel = Panel.objects.filter(pk=panel_id).first()
    return panel is not None and PANELS.try_move(
        panel, target, actor=actor, now=now, reason=reason, **changes
    )
