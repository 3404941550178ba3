"""Asking for the money of an order: by the seller's gateway or by bank transfer.

Write, call, write: the payment row with our reference is committed first, then the
gateway is called with no transaction open, then its answer is written down. A call
whose outcome is unknown stays `created`; the poller finds it by our reference.

Changing the way to pay sets a payment aside, and coming back shows the same one again:
neither unique amounts nor the time that stock is held grow with the number of changes.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.gateways.base import (
    Charge,
    ChargeRequest,
    Gateway,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    WrongCredentials,
)
from payments.gateways.instructions import pack
from payments.models import Deposit, Order, Payment, PaymentMethod
from payments.selectors import may_offer
from payments.services import transitions
from payments.services.incoming import (
    charge_checks,
    instalments,
    new_payments,
    stock_holds,
    test_money,
    troubles,
)
from payments.services.incoming.gateway_client import (
    is_automatic,
    is_balance,
    open_gateway,
)
from payments.services.incoming.new_payments import MethodUnavailable, Wanted
from payments.services.ledger import quotas, reservations
from payments.states import (
    OPEN_PAYMENTS,
    UNENDED_PAYMENTS,
    OrderStatus,
    PaymentStatus,
)
from ppob.kit.db import forbid_transaction, require_transaction, unit_of_work
from ppob.kit.errors import Conflict
from security.states import Trouble
from tenants.services.suspension import require_open

log = logging.getLogger(__name__)

COOLDOWN = timedelta(hours=24)  # how long a used amount stays reserved after its end
CALL_LEASE = timedelta(seconds=45)
CHOOSING = timedelta(minutes=15)  # from the press on Buy until a way to pay is chosen
LEAST_TO_PAY = timedelta(seconds=60)  # less is no time to pay in


class OrderNotPayable(Conflict):
    """The order does not wait for money (any more)."""

    code = "ORDER_NOT_PAYABLE"
    default = _("This order is no longer waiting for payment.")


class TooLate(Conflict):
    """The order ends before it could be paid this way; it goes on as it is."""

    code = "TOO_LATE"
    default = _(
        "There is too little time left to pay this order in another way. Pay it the "
        "way that is shown, or order again."
    )


def choose_method(*, order_id: int, method_id: UUID, now: datetime) -> Payment:
    """The payment of this order by this method, ready to be paid.

    Choosing the same method again gives the same payment, also when another one was
    chosen in between. Raises OrderNotPayable, StoreClosed, MethodUnavailable, TooLate,
    OverQuota or BuyerBlocked.
    """
    forbid_transaction()
    with unit_of_work("payments.choose_method"):
        order = locks.lock_order(order_id)
        if order.status != OrderStatus.AWAITING_PAYMENT:
            raise OrderNotPayable
        method = (
            PaymentMethod.objects.select_related("tenant")
            .filter(public_id=method_id, is_active=True)
            .first()
        )
        if method is None or is_balance(method) or not may_offer(method):
            raise MethodUnavailable
        require_open(method.tenant)
        payment = _show(order, method, now=now)
    if payment.status == PaymentStatus.CREATED:
        request_charge(payment_id=payment.pk, now=now)
        payment.refresh_from_db()
    if payment.status == PaymentStatus.FAILED:
        raise MethodUnavailable
    return payment


def open_payment(
    order: Order, method: PaymentMethod, *, came: int = 0, now: datetime
) -> Payment:
    """Write the payment row of a locked or new order, for what its balance leaves.

    `came` of the price (rupiah) came before and waits for the rest. The order and its
    stock wait as long as the payment may run. A manual method is ready at once; a
    gateway still has to be asked.
    """
    require_transaction()
    expires_at = _deadline(order, method, now=now)
    test_money.mark(order, is_test=method.is_test)
    wanted = order.total - order.reserved - came
    payment = new_payments.insert(Wanted(order, method, wanted, expires_at), now=now)
    _extend(order, expires_at=expires_at)
    if payment.status == PaymentStatus.PENDING:
        transitions.announce_payment(payment)
    return payment


def open_deposit_payment(
    deposit: Deposit, method: PaymentMethod, *, now: datetime
) -> Payment:
    """Write the payment row of a new deposit; a gateway still has to be asked."""
    require_transaction()
    return new_payments.insert(
        Wanted(deposit, method, deposit.amount, deposit.expires_at), now=now
    )


def _show(order: Order, method: PaymentMethod, *, now: datetime) -> Payment:
    """The payment of a locked order by this method: the shown one, an earlier, or new.

    What was shown till now is set aside. The buyer's quotas decide about everything
    that is not shown already.
    """
    payments = [
        payment
        for payment in locks.lock_payments_of(order)
        if payment.status in UNENDED_PAYMENTS and not payment.from_balance
    ]
    shown = next((each for each in payments if each.status in OPEN_PAYMENTS), None)
    if shown is not None and shown.method_id == method.pk:
        return shown
    usage = quotas.lock_usage(order.customer_id, now=now, order_id=order.pk)
    quotas.check_switch(usage)
    came = instalments.waiting_total(order)
    wanted = order.total - order.reserved - came
    earlier = _find_earlier(payments, wanted, method, now=now)
    if earlier is None and method.uses_unique_code:
        quotas.check_new_amount(usage)
    if shown is not None:
        # Before the next one: the database allows an order one open payment.
        transitions.move_payment(shown, PaymentStatus.SET_ASIDE, now=now)
    if earlier is None:
        _expire_unfit(payments, method, now=now)
        return open_payment(order, method, came=came, now=now)
    return _show_again(earlier, order, method, now=now)


def _find_earlier(
    payments: Sequence[Payment], wanted: int, method: PaymentMethod, *, now: datetime
) -> Payment | None:
    """The payment that was set aside and is right for today: price, code and time.

    `wanted` is what is still to be paid (rupiah).
    """
    fitting = [
        payment
        for payment in payments
        if payment.method_id == method.pk
        and payment.status == PaymentStatus.SET_ASIDE
        and payment.net == wanted
        # Once released, its amount may be asked of somebody else.
        and payment.reserves_amount == method.uses_unique_code
        # A gateway's charge has its own end; an account is there tomorrow, too.
        and (not is_automatic(method) or payment.expires_at >= now + LEAST_TO_PAY)
    ]
    return fitting[-1] if fitting else None


def _expire_unfit(
    payments: Sequence[Payment], method: PaymentMethod, *, now: datetime
) -> None:
    """What was set aside and is not right any more ends before a new one begins."""
    for payment in payments:
        is_aside = payment.status == PaymentStatus.SET_ASIDE
        if is_aside and payment.method_id == method.pk:
            transitions.move_payment(payment, PaymentStatus.EXPIRED, now=now)


def _show_again(
    payment: Payment, order: Order, method: PaymentMethod, *, now: datetime
) -> Payment:
    """Wait for a payment's money once more, with its own amount, code and charge."""
    test_money.mark(order, is_test=method.is_test)
    if not is_automatic(method):
        expires_at = _deadline(order, method, now=now)
        _extend(order, expires_at=expires_at)
        return transitions.move_payment(
            payment, PaymentStatus.PENDING, now=now, expires_at=expires_at
        )
    is_known = bool(payment.instructions or payment.pay_url)
    # Without the gateway's answer it is looked up before it is asked for again.
    target = PaymentStatus.PENDING if is_known else PaymentStatus.CREATED
    return transitions.move_payment(payment, target, now=now)


def _deadline(order: Order, method: PaymentMethod, *, now: datetime) -> datetime:
    """Until when an order may wait for this method's money; raises TooLate.

    Counted from the order's creation: no number of changes makes it later, and nothing
    makes it later than the order itself may wait.
    """
    hold = timedelta(seconds=method.hold_secs)
    last = max(order.expires_at, order.created_at + CHOOSING + hold)
    last = min(last, order.latest_at or last)
    expires_at = min(now + hold, last)
    if expires_at < now + LEAST_TO_PAY:
        raise TooLate
    return expires_at


def _extend(order: Order, *, expires_at: datetime) -> None:
    if expires_at <= order.expires_at:
        return
    # Without its codes an order must not ask for money: others may buy them already.
    if not stock_holds.keep(order, until=expires_at):
        raise OrderNotPayable
    Order.objects.filter(pk=order.pk).update(expires_at=expires_at)
    order.expires_at = expires_at


def request_charge(*, payment_id: int, now: datetime) -> None:
    """Ask the gateway for a payment that is still `created`; safe to repeat.

    One caller at a time: the row is claimed for `CALL_LEASE`.
    """
    forbid_transaction()
    claimed = _claim(payment_id, now=now)
    if claimed is None:
        return
    payment, was_tried = claimed
    try:
        gateway = _open(payment.method, now=now)
        # Two charges for one reference would be two ways to pay once.
        charge = gateway.find_charge(payment.reference) if was_tried else None
        if charge is None:
            charge = gateway.create_charge(_request_for(payment))
    except ProviderRefused as refusal:
        log.warning("Gateway refused %s: %s", payment.reference, refusal.code)
        _write_refusal(payment_id, now=now)
    # Silence is no refusal: the charge may exist, and somebody may pay it.
    except (ProviderUnreachable, OutcomeUnknown):
        _write_unclear(payment, now=now)
    else:
        misfit = charge_checks.find_misfit(charge, payment)
        if misfit:
            log.error("The gateway asks %s with %s.", payment.reference, misfit)
            _write_refusal(payment_id, now=now)
        else:
            _write_charge(payment_id, charge, now=now)


def close_open_payments(subject: Order | Deposit, *, now: datetime) -> None:
    """Expire what still waits for this locked order's or deposit's money.

    Money that comes in anyway is still recognised: the row and its reference stay. What
    is set aside from the balance goes back.
    """
    require_transaction()
    for payment in locks.lock_payments_of(subject):
        if payment.status in UNENDED_PAYMENTS and not payment.from_balance:
            transitions.move_payment(
                payment, PaymentStatus.EXPIRED, now=now, expires_at=now
            )
    if isinstance(subject, Order) and subject.reserved:
        reservations.release(subject, now=now)


def release_amounts(*, now: datetime) -> int:
    """Let amounts whose cool-down is over be asked for again; how many."""
    with unit_of_work("payments.release_amounts"):
        return (
            Payment.objects.filter(reserves_amount=True, expires_at__lt=now - COOLDOWN)
            # One that is open may be paid: nobody else may be asked for its sum.
            .exclude(status__in=OPEN_PAYMENTS)
            .update(reserves_amount=False)
        )


def _open(method: PaymentMethod, *, now: datetime) -> Gateway:
    """The method's adapter; that its keys do not work is told to the seller once."""
    try:
        return open_gateway(method)
    except WrongCredentials:
        with unit_of_work("payments.lack_charge_keys"):
            troubles.report(method, Trouble.KEYS, now=now)
        raise


def _claim(payment_id: int, *, now: datetime) -> tuple[Payment, bool] | None:
    """Take the call for a while; the flag says that an earlier call may have worked."""
    with unit_of_work("payments.claim_charge"):
        payment = locks.lock_payment(payment_id)
        busy = payment.claimed_until is not None and payment.claimed_until >= now
        if payment.status != PaymentStatus.CREATED or busy:
            return None
        # A lease nobody gave back counts: its holder may have died after the call.
        was_tried = (payment.claimed_until or payment.checked_at) is not None
        payment.claimed_until = now + CALL_LEASE
        Payment.objects.filter(pk=payment_id).update(
            claimed_until=payment.claimed_until
        )
        return payment, was_tried


def _request_for(payment: Payment) -> ChargeRequest:
    base = settings.CALLBACK_URL.rstrip("/")
    method = payment.method
    return ChargeRequest(
        reference=payment.reference,
        channel=method.channel,
        amount=payment.amount,
        expires_at=payment.expires_at,
        description=f"#{payment.subject.code}",
        customer_name=payment.subject.customer.username,
        customer_email=settings.BUYER_EMAIL,
        callback_url=f"{base}/api/v1/callbacks/{method.gateway}/{method.public_id}/",
        return_url=settings.BUYER_RETURN_URL,
    )


def _write_charge(payment_id: int, charge: Charge, *, now: datetime) -> None:
    with unit_of_work("payments.write_charge"):
        payment = _lock(payment_id)
        if payment.status != PaymentStatus.CREATED:
            # Set aside or paid meanwhile: kept, so that the same charge can be shown.
            Payment.objects.filter(pk=payment_id, gateway_reference="").update(
                gateway_reference=charge.gateway_reference,
                instructions=pack(charge.instructions),
                pay_url=charge.page_url,
            )
            return
        transitions.move_payment(
            payment,
            PaymentStatus.PENDING,
            now=now,
            gateway_reference=charge.gateway_reference,
            instructions=pack(charge.instructions),
            pay_url=charge.page_url,
            claimed_until=None,
            checked_at=now,
        )


def _write_refusal(payment_id: int, *, now: datetime) -> None:
    with unit_of_work("payments.write_refusal"):
        payment = _lock(payment_id)
        if payment.status == PaymentStatus.CREATED:
            transitions.move_payment(
                payment, PaymentStatus.FAILED, now=now, claimed_until=None
            )


def _write_unclear(claimed: Payment, *, now: datetime) -> None:
    """Leave it `created` and free for the poller, which looks before it asks again.

    A lease that ended meanwhile and is somebody else's now is left to them.
    """
    with unit_of_work("payments.write_unclear"):
        Payment.objects.filter(
            pk=claimed.pk,
            status__in=[PaymentStatus.CREATED, PaymentStatus.SET_ASIDE],
            claimed_until=claimed.claimed_until,
        ).update(claimed_until=None, checked_at=now)


def _lock(payment_id: int) -> Payment:
    locks.lock_subject_of(payment_id)
    return locks.lock_payment(payment_id)
