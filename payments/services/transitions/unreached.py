"""Whether a buyer whom no message reached knows by now."""

from typing import Any

from payments.models import UnreachedBuyer
from payments.states import UNREACHED_TRANSITIONS, UnreachedStatus
from ppob.kit.machine import Machine, Transition


def _columns(step: Transition[UnreachedStatus]) -> dict[str, Any]:
    return {"closed_at": step.now, "closed_by": step.actor}


# A read page and a note of staff may come at the same moment: the second is late.
UNREACHED = Machine(model=UnreachedBuyer, table=UNREACHED_TRANSITIONS, columns=_columns)
