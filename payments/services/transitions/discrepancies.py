"""What a person made of a gateway's contradicting news."""

from typing import Any

from payments.models import Discrepancy
from payments.services.transitions.words import MOVED_ON
from payments.states import DISCREPANCY_TRANSITIONS, DiscrepancyStatus
from ppob.kit import live
from ppob.kit.machine import Machine, Transition


def _columns(step: Transition[DiscrepancyStatus]) -> dict[str, Any]:
    return {"decided_at": step.now, "decided_by": step.actor, "due_at": None}


def _announce(found: Discrepancy, _step: Transition[DiscrepancyStatus]) -> None:
    live.announce(found.tenant_id, "money", discrepancy=str(found.public_id))


DISCREPANCIES = Machine(
    model=Discrepancy,
    table=DISCREPANCY_TRANSITIONS,
    columns=_columns,
    announce=_announce,
    refusal=MOVED_ON,
)
move_discrepancy = DISCREPANCIES.move
