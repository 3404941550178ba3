"""Money that fits no order: the seller decides, the books follow."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.events import MoneyReturned, MoneyWaits
from payments.models import Order, Payment, UnmatchedMoney
from payments.services import ledger, transitions
from payments.services.incoming import (
    charges,
    instalments,
    paying,
    test_money,
    unapplied_booking,
)
from payments.services.ledger import Posting
from payments.states import (
    AccountKind,
    EntryKind,
    PaymentStatus,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotFound
from ppob.kit.events import announce
from ppob.kit.machine import IllegalMove
from security.services import audit
from tenants.actors import Actor
from tenants.auth import is_second_person, require, require_not_own
from tenants.models import Customer
from tenants.permissions import Permission
from tenants.selectors import is_open

RETURN_WITHIN = timedelta(days=3)


class DoesNotFit(Conflict):
    """The money cannot pay this order: it is paid, sold out, or the sum is short."""

    code = "DOES_NOT_FIT"
    default = _(
        "This money cannot complete the order: it is already paid, sold out, "
        "or the amount is too low."
    )


class NeedsSecondPerson(Conflict):
    """Who noted this money cannot decide that it becomes a balance."""

    code = "NEEDS_SECOND_PERSON"
    default = _(
        "You wrote this money down yourself, and it is more than was asked for. "
        "Somebody else has to decide about it."
    )


class AskedBefore(Conflict):
    """The buyer asked for this money before."""

    code = "ASKED_BEFORE"
    default = _("You have asked for this money before. The store has been told.")


class SpentAlready(ledger.BalanceTooLow):
    """The buyer has spent the money since: nothing is there to be sent back."""

    code = "SPENT_ALREADY"
    default = _("This money has been spent in this store, so it cannot be sent back.")


class StillOpen(Conflict):
    """The store sells: a balance is there to be spent."""

    code = "STORE_OPEN"
    default = _(
        "This store is open: your balance can be spent here. To have money back, ask "
        "the seller."
    )


class NothingToAskFor(Conflict):
    """The balance is empty."""

    code = "NOTHING_TO_ASK_FOR"
    default = _("Your balance is empty; there is nothing to ask for.")


def apply_to_order(*, actor: Actor, money: UnmatchedMoney, now: datetime) -> None:
    """Complete the order with this money after all; what is over goes to the buyer.

    Parts of its price that wait are used with it. Raises DoesNotFit when the order is
    paid, the money too little or the stock gone, NeedsSecondPerson and WalletFull.
    """
    require(actor, Permission.SETTLE_MONEY)
    with unit_of_work("payments.apply_to_order"):
        locked = _lock_open(money, actor=actor)
        order = locked.payment.order
        if order is None or order.status not in paying.PAYABLE:
            raise DoesNotFit
        _require_second_person(locked, actor=actor)
        parts = _other_parts(locked, order)
        missing = order.total - sum(part.amount for part in parts)
        if locked.amount < missing:
            raise DoesNotFit
        if not paying.pay_order(
            order,
            share=0,
            is_test=test_money.is_test(locked.payment),
            actor=actor.name,
            now=now,
        ):
            raise DoesNotFit
        instalments.apply_parts(order, parts, actor=actor.name, now=now)
        # What is still shown to the buyer would be paid a second time.
        charges.close_open_payments(order, now=now)
        ledger.book(
            subject=order,
            kind=EntryKind.APPLIED,
            source=locked.public_id,
            postings=[
                Posting(AccountKind.UNMATCHED, locked.amount),
                Posting(AccountKind.HELD, -missing),
                Posting(
                    AccountKind.WALLET,
                    missing - locked.amount,
                    customer_id=order.customer_id,
                ),
            ],
            now=now,
        )
        _settle(locked, UnmatchedStatus.APPLIED, actor=actor, note="", now=now)


def credit_buyer(*, actor: Actor, money: UnmatchedMoney, now: datetime) -> None:
    """Add the money to its buyer's balance.

    Raises NeedsSecondPerson for who noted it beyond what was asked for, and WalletFull.
    """
    require(actor, Permission.SETTLE_MONEY)
    with unit_of_work("payments.credit_buyer"):
        locked = _lock_open(money, actor=actor)
        _require_second_person(locked, actor=actor)
        unapplied_booking.credit(locked, actor=actor.name, now=now)
        _note(locked, actor=actor, note="", now=now)


def note_returned(
    *, actor: Actor, money: UnmatchedMoney, note: str, now: datetime
) -> None:
    """The seller paid the money back outside the system and says how."""
    require(actor, Permission.SETTLE_MONEY)
    if not note.strip():
        raise InvalidInput(_("Say how and to whom you paid it back."), field="note")
    with unit_of_work("payments.note_returned"):
        locked = _lock_open(money, actor=actor)
        ledger.book(
            subject=locked.payment.subject,
            kind=EntryKind.RETURNED,
            source=locked.public_id,
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
        _settle(locked, UnmatchedStatus.RETURNED, actor=actor, note=note, now=now)
        announce(MoneyReturned(locked.tenant_id, locked))


def ask_return(*, customer: Customer, money_id: int, now: datetime) -> UnmatchedMoney:
    """The buyer would rather have the money back where it came from.

    It leaves the balance and waits for the seller, three days at most. Raises NotFound
    for other people's money, AskedBefore, or SpentAlready.
    """
    with unit_of_work("payments.ask_return"):
        # Not locked yet: the order or deposit behind it has to be locked first.
        money = UnmatchedMoney.objects.filter(pk=money_id).first()
        if money is None:
            raise NotFound
        locked = _lock(money)
        subject = locked.payment.subject
        if subject.customer_id != customer.pk:
            raise NotFound
        if locked.asked_back_at is not None:
            raise AskedBefore
        transitions.move_unapplied(
            locked,
            UnmatchedStatus.OPEN,
            actor=customer.actor,
            now=now,
            asked_back_at=now,
            due_at=now + RETURN_WITHIN,
        )
        try:
            ledger.book(
                subject=subject,
                kind=EntryKind.ASKED_BACK,
                source=locked.public_id,
                postings=[
                    Posting(AccountKind.WALLET, locked.amount, customer_id=customer.pk),
                    Posting(AccountKind.UNMATCHED, -locked.amount),
                ],
                now=now,
            )
        # Raised out of the transaction, so that the move above is undone.
        except ledger.BalanceTooLow:
            raise SpentAlready from None
        announce(MoneyWaits(locked.tenant_id, locked))
    return locked


def ask_balance_back(*, customer: Customer, now: datetime) -> UnmatchedMoney:
    """The buyer of a store that is closed wants the whole balance back.

    It leaves the balance and waits for the seller, three days at most. It hangs on the
    last payment that brought the buyer's money in, which says where it goes. Raises
    StillOpen, or NothingToAskFor.
    """
    with unit_of_work("payments.ask_balance_back"):
        if is_open():
            raise StillOpen
        source = _last_receipt(customer)
        if source is None:
            raise NothingToAskFor
        # Two presses meet at this lock: the second one finds an empty balance.
        subject = locks.lock_subject_of(source.pk)
        amount = ledger.lock_wallet(customer.pk)
        if not amount:
            raise NothingToAskFor
        # A balance that grew again may be asked for again, under a key of its own.
        asked = UnmatchedMoney.objects.filter(
            payment=source, reason=UnmatchedReason.ASKED_BACK
        ).count()
        money: UnmatchedMoney = UnmatchedMoney.objects.create(
            payment=source,
            event_key=f"balance:{asked + 1}",
            amount=amount,
            reason=UnmatchedReason.ASKED_BACK,
            received_at=now,
            asked_back_at=now,
            due_at=now + RETURN_WITHIN,
        )
        money.payment = source
        ledger.book(
            subject=subject,
            kind=EntryKind.UNMATCHED,
            source=money.public_id,
            postings=[
                Posting(AccountKind.WALLET, amount, customer_id=customer.pk),
                Posting(AccountKind.UNMATCHED, -amount),
            ],
            now=now,
        )
        announce(MoneyWaits(money.tenant_id, money))
        live.announce(money.tenant_id, "money", money=str(money.public_id))
    return money


def _last_receipt(customer: Customer) -> Payment | None:
    """The newest payment that really brought money of this buyer in."""
    payments = Payment.objects.filter(
        Q(order__customer=customer) | Q(deposit__customer=customer),
        from_balance=False,
    ).filter(Q(status=PaymentStatus.SETTLED) | Q(unmatched__isnull=False))
    return (
        payments.select_related("order__customer", "deposit__customer", "method")
        .order_by("-pk")
        .first()
    )


def _lock(money: UnmatchedMoney) -> UnmatchedMoney:
    subject = locks.lock_subject_of(money.payment_id)
    locked = locks.lock_unapplied(money.pk)
    if isinstance(subject, Order):
        locked.payment.order = subject
    else:
        locked.payment.deposit = subject
    return locked


def _lock_open(money: UnmatchedMoney, *, actor: Actor) -> UnmatchedMoney:
    locked = _lock(money)
    require_not_own(actor, locked.payment.subject.customer)
    if locked.status != UnmatchedStatus.OPEN:
        raise IllegalMove(_("Somebody has settled this money already."))
    return locked


def _require_second_person(money: UnmatchedMoney, *, actor: Actor) -> None:
    if money.needs_second_person and not is_second_person(
        actor, first=money.recorded_by
    ):
        raise NeedsSecondPerson


def _other_parts(money: UnmatchedMoney, order: Order) -> tuple[UnmatchedMoney, ...]:
    """Parts of the price that wait beside this money, if it takes them to pay."""
    if money.amount >= order.total:
        return ()
    at_most = order.total - money.amount
    found = instalments.waiting_parts(order, at_most=at_most)
    return tuple(part for part in found if part.pk != money.pk)


def _settle(
    money: UnmatchedMoney,
    target: UnmatchedStatus,
    *,
    actor: Actor,
    note: str,
    now: datetime,
) -> None:
    transitions.move_unapplied(
        money, target, actor=actor.name, now=now, note=note.strip()[:200]
    )
    _note(money, actor=actor, note=note, now=now)


def _note(money: UnmatchedMoney, *, actor: Actor, note: str, now: datetime) -> None:
    audit.record(
        actor=actor.name,
        action=f"unmatched.{money.status}",
        object=f"unmatched:{money.public_id}",
        now=now,
        data={"amount": money.amount},
        reason=note.strip()[:200],
    )
    live.announce(money.tenant_id, "money", money=str(money.public_id))
