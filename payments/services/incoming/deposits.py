"""Topping up a balance: asked for here, credited when the money comes."""

from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import Deposit, Payment, PaymentMethod
from payments.services import ledger, transitions
from payments.services.incoming import charges
from payments.services.incoming.new_payments import MethodUnavailable, RequestTaken
from payments.services.ledger import quotas, wallet_limits
from payments.services.ledger.policy import find_policy
from payments.services.ledger.wallets import BALANCE
from payments.states import DepositStatus, PaymentStatus
from ppob.kit import ids
from ppob.kit.db import forbid_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotFound
from ppob.kit.i18n import filled
from ppob.kit.money import rupiah
from ppob.kit.rows import find_row
from tenants.models import Customer
from tenants.services.suspension import require_open

MOST_OPEN = 3
CODE_ATTEMPTS = 5


class WalletOff(Conflict):
    """The store keeps no balances."""

    code = "WALLET_OFF"
    default = _("This store does not keep balances.")


class TooManyDeposits(Conflict):
    """The buyer has top-ups open that are not paid yet."""

    code = "TOO_MANY_DEPOSITS"
    default = _("You have top-ups open. Pay or cancel one of them first.")


class FloatFull(Conflict):
    """The store holds as much of other people's money as it may."""

    code = "FLOAT_FULL"
    default = _("This store cannot take more balances right now. Please pay directly.")


def request_deposit(
    *,
    customer: Customer,
    amount: int,
    method_id: UUID,
    request_key: str,
    now: datetime,
) -> Payment:
    """The payment with which the buyer tops up their balance, ready to be paid.

    The same `request_key` finds the same deposit. Raises InvalidInput (with the range),
    WalletOff, StoreClosed, FloatFull, TooManyDeposits, OverQuota, BuyerBlocked,
    MethodUnavailable or
    RequestTaken.
    """
    forbid_transaction()
    payment = _find(customer, request_key) or _open(
        customer, amount, method_id, request_key, now
    )
    if payment.status == PaymentStatus.CREATED:
        charges.request_charge(payment_id=payment.pk, now=now)
        payment.refresh_from_db()
    if payment.status == PaymentStatus.FAILED:
        raise MethodUnavailable
    return payment


def cancel_deposit(*, customer: Customer, deposit_id: int, now: datetime) -> Deposit:
    """Give up an own deposit that is not paid; money that comes anyway is credited.

    Raises NotFound or IllegalMove.
    """
    with unit_of_work("payments.cancel_deposit"):
        try:
            deposit = locks.lock_deposit(deposit_id)
        except Deposit.DoesNotExist:
            raise NotFound from None
        # Like one that does not exist: somebody else's number tells nothing.
        if deposit.customer_id != customer.pk:
            raise NotFound
        return _end(deposit, DepositStatus.CANCELLED, actor=customer.actor, now=now)


def expire_deposit(*, deposit_id: int, now: datetime) -> bool:
    """Expire the deposit if it is unpaid and its deadline passed."""
    with unit_of_work("payments.expire_deposit"):
        deposit = locks.lock_deposit(deposit_id)
        # After the lock: money that came a moment ago has credited it.
        if deposit.status != DepositStatus.AWAITING_PAYMENT or deposit.expires_at > now:
            return False
        _end(
            deposit,
            DepositStatus.EXPIRED,
            actor="job:payments.expire_deposits",
            now=now,
        )
    return True


def _end(
    deposit: Deposit, target: DepositStatus, *, actor: str, now: datetime
) -> Deposit:
    transitions.move_deposit(deposit, target, actor=actor, now=now)
    charges.close_open_payments(deposit, now=now)
    return deposit


def _find(customer: Customer, request_key: str) -> Payment | None:
    deposit = find_row(Deposit, request_key=request_key)
    if deposit is None or deposit.customer_id != customer.pk:
        return None
    payments = Payment.objects.select_related("method", "deposit__customer")
    # All of them, and then the last: a LIMIT would have the whole table walked.
    return max(payments.filter(deposit=deposit), key=attrgetter("pk"), default=None)


def _open(
    customer: Customer, amount: int, method_id: UUID, request_key: str, now: datetime
) -> Payment:
    for _attempt in range(CODE_ATTEMPTS):
        try:
            with unit_of_work("payments.request_deposit"):
                return _write(customer, amount, method_id, request_key, now)
        except IntegrityError:
            # The same click won the race, or the code is taken: look, or draw again.
            payment = _find(customer, request_key)
            if payment is not None:
                return payment
            if Deposit.objects.filter(request_key=request_key).exists():
                raise RequestTaken from None
    raise RuntimeError("No free deposit code found; the alphabet is used up.")


def _write(
    customer: Customer, amount: int, method_id: UUID, request_key: str, now: datetime
) -> Payment:
    method = (
        PaymentMethod.objects.filter(public_id=method_id, is_active=True)
        .exclude(gateway=BALANCE)
        .first()
    )
    if method is None:
        raise MethodUnavailable
    # The buyer's lock first: two top-ups at once would each use the room of one.
    usage = quotas.lock_usage(customer.pk, now=now)
    _check_limits(customer, amount)
    if method.uses_unique_code:
        quotas.check_new_amount(usage)
    deposit: Deposit = Deposit.objects.create(
        code=ids.new_code(),
        request_key=request_key,
        customer=customer,
        amount=amount,
        created_at=now,
        expires_at=now + timedelta(seconds=method.hold_secs),
    )
    transitions.DEPOSITS.note_created(deposit, actor=customer.actor, now=now)
    return charges.open_deposit_payment(deposit, method, now=now)


def amount_range(customer: Customer) -> tuple[int, int]:
    """The least and the most this buyer may top up now (rupiah).

    The most is below the least when the balance is full. Raises WalletOff, and
    StoreClosed while the store is suspended: it takes no more of other people's money.
    """
    require_open()
    policy = find_policy()
    if not policy.wallet_is_on:
        raise WalletOff
    return policy.deposit_min, max(0, policy.wallet_limit - _held_by(customer))


def _check_limits(customer: Customer, amount: int) -> None:
    """Raise unless this much more may lie on the buyer's and the store's balances."""
    least, most = amount_range(customer)
    open_deposits = Deposit.objects.filter(
        customer=customer, status=DepositStatus.AWAITING_PAYMENT
    )
    if open_deposits.count() >= MOST_OPEN:
        raise TooManyDeposits
    if not least <= amount <= most:
        raise InvalidInput(range_text(least, most), field="amount")
    # A first answer: other buyers are not locked. When the money comes, the room is
    # compared again (`receiving`).
    if wallet_limits.all_balances() + amount > find_policy().float_limit:
        raise FloatFull


def range_text(least: int, room: int) -> Promise:
    """What a buyer may top up, in words of whoever reads it."""
    if room < least:
        full = _("Your balance is full; there is room for %(room)s.")
        return filled(full, room=rupiah(room))
    return filled(
        _("Choose an amount from %(least)s to %(most)s."),
        least=rupiah(least),
        most=rupiah(room),
    )


def _held_by(customer: Customer) -> int:
    """What lies on the balance, is set aside from it, or is about to come (rupiah)."""
    # Open ones count: all paid on the same day they would pass the limit together.
    coming = Deposit.objects.filter(
        customer=customer, status=DepositStatus.AWAITING_PAYMENT
    ).aggregate(total=Sum("amount"))["total"]
    reserved = wallet_limits.reserved_of(customer.pk)
    return ledger.wallet_balance(customer.pk) + reserved + (coming or 0)
