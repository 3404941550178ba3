"""What became of money that fits no order."""

from typing import Any

from payments.models import UnmatchedMoney
from payments.services.transitions.words import MOVED_ON
from payments.states import UNAPPLIED_TRANSITIONS, UnmatchedStatus
from ppob.kit import live
from ppob.kit.machine import Machine, Transition


def _columns(step: Transition[UnmatchedStatus]) -> dict[str, Any]:
    if step.target == UnmatchedStatus.OPEN:
        return {"settled_at": None, "settled_by": ""}
    return {"settled_at": step.now, "settled_by": step.actor, "due_at": None}


def _announce(money: UnmatchedMoney, _step: Transition[UnmatchedStatus]) -> None:
    live.announce(money.tenant_id, "money", money=str(money.public_id))


UNAPPLIED = Machine(
    model=UnmatchedMoney,
    table=UNAPPLIED_TRANSITIONS,
    columns=_columns,
    announce=_announce,
    refusal=MOVED_ON,
)
move_unapplied = UNAPPLIED.move
