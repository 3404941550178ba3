"""The one place where the status of a purchase or an attempt changes."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from inventory.events import PurchaseProgressed, PurchaseSettled, PurchaseStalled
from inventory.models import Purchase, PurchaseAttempt, PurchaseEvent
from inventory.services import deposits
from inventory.states import (
    ATTEMPT_TRANSITIONS,
    LIVE_ATTEMPTS,
    OPEN_PURCHASES,
    PURCHASE_TRANSITIONS,
    AttemptStatus,
    PurchaseStatus,
)
from ppob.kit import live
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition

OWNER_DECIDES_WITHIN = timedelta(hours=24)
MOVED_ON = _("This purchase has moved on in the meantime.")


def _purchase_event(purchase: Purchase) -> PurchaseEvent:
    return PurchaseEvent(tenant_id=purchase.tenant_id, purchase=purchase)


def _purchase_columns(step: Transition[PurchaseStatus]) -> dict[str, Any]:
    if step.target == PurchaseStatus.NEEDS_OWNER:
        return {"due_at": step.now + OWNER_DECIDES_WITHIN}
    return {}


def _announce_purchase(purchase: Purchase, step: Transition[PurchaseStatus]) -> None:
    _show(purchase)
    announce(PurchaseProgressed(purchase.tenant_id, purchase, step.target.value))
    if step.target not in OPEN_PURCHASES:
        # Last of all locks: many orders share the account's row.
        deposits.end(purchase, now=step.now)
        announce(PurchaseSettled(purchase.tenant_id, purchase))
    elif step.target == PurchaseStatus.NEEDS_OWNER:
        announce(PurchaseStalled(purchase.tenant_id, purchase))


def _attempt_event(attempt: PurchaseAttempt) -> PurchaseEvent:
    return PurchaseEvent(
        tenant_id=attempt.tenant_id, purchase=attempt.purchase, attempt=attempt
    )


def _attempt_columns(step: Transition[AttemptStatus]) -> dict[str, Any]:
    if step.target in LIVE_ATTEMPTS:
        return {}
    over: dict[str, Any] = {"due_at": None, "claimed_until": None}
    if step.target == AttemptStatus.FAILED:
        # Fenced at the same moment: what failed is never sent again.
        over["fenced_at"] = step.now
    return over


def _announce_attempt(
    attempt: PurchaseAttempt, step: Transition[AttemptStatus]
) -> None:
    _show(attempt.purchase)
    # That it is on its way, or tried elsewhere; where it ends, the purchase says.
    if step.target in (AttemptStatus.SENDING, AttemptStatus.FAILED):
        name = f"{step.target.value}:{attempt.pk}"
        announce(PurchaseProgressed(attempt.tenant_id, attempt.purchase, name))


def _show(purchase: Purchase) -> None:
    live.announce(purchase.tenant_id, "purchases", purchase=str(purchase.public_id))


PURCHASES = Machine(
    model=Purchase,
    table=PURCHASE_TRANSITIONS,
    event=_purchase_event,
    times={
        PurchaseStatus.SUCCEEDED: "settled_at",
        PurchaseStatus.FAILED: "settled_at",
    },
    columns=_purchase_columns,
    announce=_announce_purchase,
    refusal=MOVED_ON,
)
ATTEMPTS = Machine(
    model=PurchaseAttempt,
    table=ATTEMPT_TRANSITIONS,
    event=_attempt_event,
    columns=_attempt_columns,
    announce=_announce_attempt,
    refusal=MOVED_ON,
)
move_purchase = PURCHASES.move
move_attempt = ATTEMPTS.move
