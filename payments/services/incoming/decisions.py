"""What a person makes of a gateway's contradicting news."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import Discrepancy, Payment
from payments.services import transitions
from payments.services.incoming import receipts, receiving, reversals, sent_back
from payments.services.incoming.receipts import Incoming
from payments.services.incoming.receiving import Arrival
from payments.states import DiscrepancyKind, DiscrepancyStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.machine import IllegalMove
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require, require_not_own
from tenants.permissions import Permission


class NothingLeft(Conflict):
    """The books have nothing that could go back; the news can only be put aside."""

    code = "NOTHING_LEFT"
    default = _(
        "Nothing of this payment is left in the books. Put the news aside with a note."
    )


class RefundUnsettled(Conflict):
    """A refund of the payment is larger than the news, or of other payments too."""

    code = "REFUND_UNSETTLED"
    default = _(
        "A refund of this payment is larger than what the provider sent back. "
        "See to the refund first, then decide about this news."
    )


def dismiss(
    *, actor: Actor, discrepancy: Discrepancy, note: str, now: datetime
) -> None:
    """What is known was right: nothing is booked, and a note says why.

    Raises NotAllowed, OwnMoney, InvalidInput without a note, or IllegalMove.
    """
    require(actor, Permission.SETTLE_MONEY)
    if len(note.strip()) < 3:
        raise InvalidInput(_("Say why."), field="note")
    with unit_of_work("payments.dismiss_discrepancy"):
        found, _payment = _lock(discrepancy, actor=actor)
        _decide(found, DiscrepancyStatus.DISMISSED, actor=actor, note=note, now=now)


def book_as_told(*, actor: Actor, discrepancy: Discrepancy, now: datetime) -> None:
    """The gateway was right: the books follow its news.

    A higher total of a transaction brings the difference as money beyond what was
    asked, so it needs a second person like any that staff notes. Money that went back
    leaves the books as far as they have it, less a refund that was noted: that is part
    of it. Raises NotAllowed, OwnMoney, NothingLeft, RefundUnsettled or IllegalMove.
    """
    require(actor, Permission.SETTLE_MONEY)
    with unit_of_work("payments.book_discrepancy"):
        found, payment = _lock(discrepancy, actor=actor)
        difference = found.amount - found.expected
        if found.kind != DiscrepancyKind.SECOND_TOTAL:
            _follow(payment, found, actor=actor, now=now)
        elif difference < 0:
            _require_room(payment, -difference)
            _take_back(payment, found, -difference, actor=actor, now=now)
        else:
            _add(payment, found, difference, actor=actor, now=now)
        _decide(found, DiscrepancyStatus.BOOKED, actor=actor, note="", now=now)


def _add(
    payment: Payment,
    found: Discrepancy,
    amount: int,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    # Without the transaction's id: that has its receipt already, with the first total.
    incoming = Incoming(
        amount=amount, key=_key(found), transaction="", at=now, by=actor.name
    )
    receipt = receipts.record(payment, incoming, now=now)
    if receipt is None:
        raise IllegalMove(transitions.MOVED_ON)
    receiving.use(Arrival(payment, receipt, actor.name, now))


def _follow(
    payment: Payment, found: Discrepancy, *, actor: Actor, now: datetime
) -> None:
    """All that went back is what the news says; a refund that was noted is part of it.

    Only what goes beyond that refund leaves the books now.
    """
    noted = sent_back.noted_of(payment)
    further = found.amount - noted
    waiting = sent_back.waiting_parts(payment)
    to_send = sum(part.amount for part in waiting)
    # News of less than was noted contradicts what staff says. News of less than what
    # still waits leaves that refund to be paid out whole: a part would go back twice.
    if (
        further < 0
        or 0 < further < to_send
        or (further and sent_back.has_others(waiting))
    ):
        raise RefundUnsettled
    if noted:
        reversals.record(
            payment,
            f"{_key(found)}:refund",
            amount=noted,
            confirmed=noted,
            actor=actor.name,
            now=now,
        )
    if further or not noted:
        _take_back(payment, found, further, actor=actor, now=now)


def _require_room(payment: Payment, amount: int) -> None:
    """Raise unless what waits to be sent back is still there after `amount` is not."""
    to_send = sum(part.amount for part in sent_back.waiting_parts(payment))
    if to_send > receipts.left_of(payment) - sent_back.confirmed_of(payment) - amount:
        raise RefundUnsettled


def _take_back(
    payment: Payment,
    found: Discrepancy,
    amount: int,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    left = receipts.left_of(payment) - sent_back.confirmed_of(payment)
    if left <= 0:
        raise NothingLeft
    reversals.take_back(
        payment, min(amount, left), key=_key(found), actor=actor.name, now=now
    )


def _key(found: Discrepancy) -> str:
    # Not the gateway's key, which stays with the news itself: told again, that changes
    # nothing.
    return f"decided:{found.public_id}"


def _lock(discrepancy: Discrepancy, *, actor: Actor) -> tuple[Discrepancy, Payment]:
    # In the order of `settlement.record_fact`, which has the payment locked when it
    # keeps contradicting news.
    payment = locks.lock_payment_with_subject(discrepancy.payment_id)
    require_not_own(actor, payment.subject.customer)
    found = locks.lock_discrepancy(discrepancy.pk)
    if found.status != DiscrepancyStatus.OPEN:
        raise IllegalMove(_("Somebody has decided already."))
    return found, payment


def _decide(
    found: Discrepancy,
    target: DiscrepancyStatus,
    *,
    actor: Actor,
    note: str,
    now: datetime,
) -> None:
    transitions.move_discrepancy(
        found, target, actor=actor.name, now=now, note=note.strip()[:200]
    )
    audit.record(
        actor=actor.name,
        action=f"discrepancy.{target.value}",
        object=f"discrepancy:{found.public_id}",
        now=now,
        data={"amount": found.amount, "expected": found.expected},
        reason=note.strip()[:200],
    )
