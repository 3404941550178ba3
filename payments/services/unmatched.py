"""Money that fits no order: the seller decides, the books follow."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import UnmatchedMoney
from payments.services import charges, ledger, settlement
from payments.services.ledger import Posting
from payments.services.order_moves import IllegalMove
from payments.states import (
    UNMATCHED_MOVES,
    AccountKind,
    OrderStatus,
    UnmatchedStatus,
)
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from security.services import audit
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission

_STILL_UNPAID = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.EXPIRED,
    OrderStatus.CANCELLED,
)


class DoesNotFit(Conflict):
    """The money cannot pay this order: it is paid, sold out, or the sum is short."""

    code = "DOES_NOT_FIT"
    default = _(
        "This money cannot complete the order: it is already paid, sold out, "
        "or the amount is too low."
    )


def apply_to_order(*, member: Member, money: UnmatchedMoney, now: datetime) -> None:
    """Complete the order with this money after all; what is over goes to the buyer.

    Raises DoesNotFit when the order is paid, the money too little or the stock gone.
    """
    require(member, Permission.SETTLE_MONEY)
    with unit_of_work("payments.apply_to_order"):
        locked = _lock(money)
        order = locked.payment.order
        if order.status not in _STILL_UNPAID or locked.amount < order.total:
            raise DoesNotFit
        if not settlement.pay_order(locked.payment, actor=member.actor, now=now):
            raise DoesNotFit
        charges.close_open_payments(order, now=now)
        ledger.book(
            tenant_id=locked.tenant_id,
            reason=f"applied:{locked.public_id}",
            postings=[
                Posting(AccountKind.UNMATCHED, locked.amount),
                Posting(AccountKind.HELD, -order.total),
                Posting(
                    AccountKind.WALLET,
                    order.total - locked.amount,
                    customer_id=order.customer_id,
                ),
            ],
            now=now,
        )
        _settle(locked, UnmatchedStatus.APPLIED, member=member, note="", now=now)


def note_returned(
    *, member: Member, money: UnmatchedMoney, note: str, now: datetime
) -> None:
    """The seller paid the money back outside the system and says how."""
    require(member, Permission.SETTLE_MONEY)
    if not note.strip():
        raise InvalidInput(_("Say how and to whom you paid it back."), field="note")
    with unit_of_work("payments.note_returned"):
        locked = _lock(money)
        ledger.book(
            tenant_id=locked.tenant_id,
            reason=f"returned:{locked.public_id}",
            postings=[
                Posting(AccountKind.UNMATCHED, locked.amount),
                Posting(
                    AccountKind.CLEARING,
                    -locked.amount,
                    method_id=locked.payment.method_id,
                ),
            ],
            now=now,
        )
        _settle(locked, UnmatchedStatus.RETURNED, member=member, note=note, now=now)


def _lock(money: UnmatchedMoney) -> UnmatchedMoney:
    order = locks.lock_order(money.payment.order_id)
    locked = locks.lock_unmatched(money.pk)
    if locked.status != UnmatchedStatus.OPEN:
        raise IllegalMove(_("Somebody has settled this money already."))
    locked.payment.order = order
    return locked


def _settle(
    money: UnmatchedMoney,
    target: UnmatchedStatus,
    *,
    member: Member,
    note: str,
    now: datetime,
) -> None:
    source = UnmatchedStatus(money.status)
    moved = target in UNMATCHED_MOVES[source] and UnmatchedMoney.objects.filter(
        pk=money.pk, status=source
    ).update(
        status=target,
        settled_at=now,
        settled_by=member.actor,
        note=note.strip()[:200],
    )
    if not moved:
        raise IllegalMove
    audit.record(
        actor=member.actor,
        action=f"money.{target.value}",
        object=f"unmatched:{money.public_id}",
        now=now,
        data={"amount": money.amount},
    )
    live.announce(money.tenant_id, "money", money=str(money.public_id))
