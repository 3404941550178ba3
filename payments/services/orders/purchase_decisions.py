"""What staff decides about a top-up that did not end by itself.

Beyond what one person may give back, two have to say the same: it decides whether a
buyer's money goes back or stays.
"""

from dataclasses import dataclass
from datetime import datetime

from inventory import locks
from inventory.models import Purchase
from inventory.services import purchase_resolution
from payments.models import OrderLine, PurchaseVerdict
from payments.services.ledger.policy import approval_limits
from payments.states import PurchaseOutcome
from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import NotFound
from security.services import audit
from tenants.actors import Actor
from tenants.auth import is_second_person, require, require_not_own
from tenants.permissions import Permission

MOST_REASON = 200


@dataclass(frozen=True)
class Verdict:
    """What somebody saw at the supplier, under which number, and how they know."""

    outcome: PurchaseOutcome
    reason: str
    serial_number: str = ""


def decide(
    *, actor: Actor, purchase: Purchase, verdict: Verdict, now: datetime
) -> bool:
    """Settle a purchase as the verdict says; False while a second person has to agree.

    The second person's word counts as a whole: another outcome replaces the first one's
    and waits itself. Raises NotAllowed, OwnMoney, NotYours, BeingSent, OutcomeUnclear
    or InvalidInput.
    """
    require(actor, Permission.SETTLE_MONEY)
    line = line_of(purchase)
    require_not_own(actor, line.order.customer)
    with unit_of_work("payments.decide_purchase"):
        locked = locks.lock_purchase(purchase.pk)
        given = PurchaseVerdict.objects.filter(purchase=locked).first()
        is_agreed = (
            given is not None
            and given.outcome == verdict.outcome
            and is_second_person(actor, first=given.given_by)
        )
        if needs_two(line, now=now) and not is_agreed:
            _keep(locked, verdict, actor=actor, now=now)
            return False
        if given is not None:
            verdict = _first_number(verdict, given)
            PurchaseVerdict.objects.filter(pk=given.pk).delete()
        _apply(locked, verdict, actor=actor, now=now)
    return True


def needs_two(line: OrderLine, *, now: datetime) -> bool:
    """Whether the top-up costs more than one person may give back."""
    return bool(line.unit_price > approval_limits(now=now).refund)


def line_of(purchase: Purchase) -> OrderLine:
    """The order line that a purchase is for, with its order and buyer; or NotFound."""
    line: OrderLine | None = (
        OrderLine.objects.filter(public_id=purchase.holder)
        .select_related("order__customer")
        .first()
    )
    if line is None:
        raise NotFound
    return line


def verdict_about(purchase: Purchase) -> PurchaseVerdict | None:
    """What a first person said, while a second one has to agree."""
    found: PurchaseVerdict | None = PurchaseVerdict.objects.filter(
        purchase=purchase
    ).first()
    return found


def drop_verdict(purchase: Purchase) -> None:
    """Forget what a first person said: the purchase went on, or ended by itself.

    Part of the transaction that moves the purchase. Whoever looks later has seen
    something newer, and so must the one who agrees.
    """
    require_transaction()
    PurchaseVerdict.objects.filter(purchase=purchase).delete()


def _first_number(verdict: Verdict, given: PurchaseVerdict) -> Verdict:
    """A serial number that only the first person entered counts."""
    if verdict.serial_number or given.serial_number is None:
        return verdict
    return Verdict(verdict.outcome, verdict.reason, given.serial_number.reveal())


def _keep(purchase: Purchase, verdict: Verdict, *, actor: Actor, now: datetime) -> None:
    # Refused now, and not when the second person agrees.
    purchase_resolution.require_waiting(purchase, reason=verdict.reason, now=now)
    PurchaseVerdict.objects.filter(purchase=purchase).delete()
    row = PurchaseVerdict(
        tenant_id=purchase.tenant_id,  # the seal names the store
        purchase=purchase,
        outcome=verdict.outcome,
        reason=verdict.reason.strip()[:MOST_REASON],
        given_by=actor.name,
        given_at=now,
    )
    row.serial_number = verdict.serial_number.strip()[:200] or None
    row.save()
    audit.record(
        actor=actor.name,
        action="purchase.verdict",
        object=f"purchase:{purchase.public_id}",
        now=now,
        reason=verdict.reason,
        data={"outcome": verdict.outcome},
    )
    live.announce(purchase.tenant_id, "money")


def _apply(
    purchase: Purchase, verdict: Verdict, *, actor: Actor, now: datetime
) -> None:
    if verdict.outcome == PurchaseOutcome.SUCCEEDED:
        purchase_resolution.mark_succeeded(
            actor=actor,
            purchase=purchase,
            serial_number=verdict.serial_number,
            reason=verdict.reason,
            now=now,
        )
    else:
        purchase_resolution.mark_failed(
            actor=actor, purchase=purchase, reason=verdict.reason, now=now
        )
    live.announce(purchase.tenant_id, "money")
