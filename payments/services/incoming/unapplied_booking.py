"""Money that really came in and is not what was asked for.

It is never refused into nothing: it is booked once per receipt and goes to the buyer's
balance, as far as limits and the rule of the second person allow. Otherwise it waits
for the seller, with a deadline.
"""

from datetime import datetime, timedelta

from django.db.models import Q, Sum

from payments.events import MoneyCredited, MoneyWaits
from payments.models import Payment, Receipt, UnmatchedMoney
from payments.services import ledger, transitions
from payments.services.incoming import receipts
from payments.services.ledger import Posting, wallet_limits
from payments.services.ledger.policy import approval_limits, find_policy
from payments.states import AccountKind, EntryKind, UnmatchedReason, UnmatchedStatus
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.events import announce
from tenants.models import Customer

DECIDE_WITHIN = timedelta(hours=24)
ACTOR = "system"
ONE_DAY = timedelta(days=1)
# Beyond what was asked for; less than that is a part of it.
BEYOND = (
    UnmatchedReason.OVERPAID,
    UnmatchedReason.WRONG_AMOUNT,
    UnmatchedReason.ALREADY_PAID,
)


def keep(
    payment: Payment,
    receipt: Receipt,
    reason: UnmatchedReason,
    *,
    amount: int | None = None,
    now: datetime,
) -> UnmatchedMoney:
    """Book what a new receipt of a locked payment brought, and find a place for it.

    `amount` is the part of it that is odd (rupiah), all of it unless given.
    """
    require_transaction()
    amount = receipt.amount if amount is None else amount
    money: UnmatchedMoney = UnmatchedMoney.objects.create(
        payment=payment,
        event_key=receipt.key,
        amount=amount,
        reason=reason,
        received_at=receipt.received_at,
        due_at=now + DECIDE_WITHIN,
        recorded_by=receipt.recorded_by,
        needs_second_person=_needs_second_person(payment, receipt, now=now),
    )
    # Booked as unmatched even where it is credited at once: it has its place in the
    # books whatever the limits say.
    ledger.book(
        subject=payment.subject,
        kind=EntryKind.UNMATCHED,
        source=money.public_id,
        postings=[
            Posting(AccountKind.CLEARING, amount, method_id=payment.method_id),
            Posting(AccountKind.UNMATCHED, -amount),
        ],
        now=now,
    )
    place(money, now=now)
    return money


def place(money: UnmatchedMoney, *, now: datetime) -> None:
    """Credit open money to its buyer where that needs no decision, else ask for one."""
    require_transaction()
    customer_id = money.payment.subject.customer_id
    # Before the room is read: two credits at once would use it twice.
    ledger.lock_wallet(customer_id)
    may_credit = (
        find_policy().wallet_is_on
        and not money.needs_second_person
        and money.amount <= wallet_limits.room_for(customer_id)
    )
    if may_credit:
        credit(money, actor=ACTOR, now=now)
        return
    announce(MoneyWaits(money.tenant_id, money))
    live.announce(money.tenant_id, "money", money=str(money.public_id))


def credit(money: UnmatchedMoney, *, actor: str, now: datetime) -> None:
    """Add open money to its buyer's balance.

    Raises IllegalMove if it is settled, WalletFull if the balance has no room.
    """
    subject = money.payment.subject
    transitions.move_unapplied(money, UnmatchedStatus.CREDITED, actor=actor, now=now)
    # A buyer who asked for it back may be given the balance again, once.
    was_theirs = money.asked_back_at is not None
    ledger.book(
        subject=subject,
        kind=EntryKind.RECREDITED if was_theirs else EntryKind.CREDITED,
        source=money.public_id,
        postings=[
            Posting(AccountKind.UNMATCHED, money.amount),
            Posting(
                AccountKind.WALLET,
                -money.amount,
                customer_id=subject.customer_id,
                # What lay on the balance before always fits back.
                unlimited=money.amount if was_theirs else 0,
            ),
        ],
        now=now,
    )
    announce(MoneyCredited(money.tenant_id, money))


def withdraw(
    money: UnmatchedMoney, amount: int, *, note: str, actor: str, now: datetime
) -> None:
    """Take `amount` of open money out of the books; what is left of it goes on waiting.

    Its payment has to be locked.
    """
    require_transaction()
    payment = money.payment
    transitions.move_unapplied(
        money, UnmatchedStatus.RETURNED, actor=actor, now=now, note=note
    )
    # The whole row, and what is left anew: an entry is never edited, and its source is
    # booked once.
    ledger.book(
        subject=payment.subject,
        kind=EntryKind.WITHDRAWN,
        source=money.public_id,
        postings=[
            Posting(AccountKind.UNMATCHED, money.amount),
            Posting(AccountKind.CLEARING, -money.amount, method_id=payment.method_id),
        ],
        now=now,
    )
    if money.amount > amount:
        _split_off(money, money.amount - amount, now=now)


def _split_off(money: UnmatchedMoney, amount: int, *, now: datetime) -> None:
    """A row of its own for the part of withdrawn money that is still here."""
    rest: UnmatchedMoney = UnmatchedMoney.objects.create(
        payment=money.payment,
        event_key=f"rest:{money.public_id}",
        amount=amount,
        reason=money.reason,
        received_at=money.received_at,
        due_at=now + DECIDE_WITHIN,
        asked_back_at=money.asked_back_at,
        recorded_by=money.recorded_by,
        needs_second_person=money.needs_second_person,
    )
    ledger.book(
        subject=money.payment.subject,
        kind=EntryKind.UNMATCHED,
        source=rest.public_id,
        postings=[
            Posting(AccountKind.CLEARING, amount, method_id=money.payment.method_id),
            Posting(AccountKind.UNMATCHED, -amount),
        ],
        now=now,
    )


def _needs_second_person(payment: Payment, receipt: Receipt, *, now: datetime) -> bool:
    """Whether one person's word is not enough to make this receipt a balance.

    What was asked for may be confirmed alone, and a small sum beyond it: all such sums
    of one buyer and day together.
    """
    # A gateway signs what it reports. What staff notes is one person's word.
    if not receipt.is_by_staff:
        return False
    subject = payment.subject
    beyond = receipts.total_of(subject) - payment.amount
    if beyond <= 0:
        return False
    earlier = _noted_alone(subject.customer, payment, since=now - ONE_DAY)
    return beyond + earlier > approval_limits(now=now).surplus


def _noted_alone(customer: Customer, payment: Payment, *, since: datetime) -> int:
    """What staff noted beyond other payments of this buyer lately, without a second."""
    return (
        UnmatchedMoney.objects.filter(
            Q(payment__order__customer=customer)
            | Q(payment__deposit__customer=customer),
            recorded_by__startswith="user:",
            reason__in=BEYOND,
            needs_second_person=False,
            received_at__gte=since,
        )
        # This order's receipts are in `beyond` already.
        .exclude(
            payment__order_id=payment.order_id, payment__deposit_id=payment.deposit_id
        )
        .aggregate(total=Sum("amount"))["total"]
        or 0
    )
