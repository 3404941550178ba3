"""Asking for the money of an order: by the seller's gateway or by bank transfer.

Write, call, write: the payment row with our reference is committed first, then the
gateway is called with no transaction open, then its answer is written down. A call
whose outcome is unknown stays `created`; the poller finds it by our reference.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.gateways.base import (
    Charge,
    ChargeRequest,
    GatewayRefused,
    GatewayUnreachable,
    OutcomeUnknown,
)
from payments.gateways.unique_amount import pick_codes
from payments.models import Deposit, Order, Payment, PaymentMethod
from payments.services import (
    charge_checks,
    held_codes,
    instalments,
    payment_moves,
    reservations,
)
from payments.services.connect import is_automatic, is_balance, open_gateway
from payments.states import OPEN_PAYMENTS, OrderStatus, PaymentStatus
from ppob.kit import ids
from ppob.kit.db import forbid_transaction, require_transaction, savepoint, unit_of_work
from ppob.kit.errors import Conflict, DomainError
from ppob.kit.rows import insert_rows

log = logging.getLogger(__name__)

COOLDOWN = timedelta(hours=24)  # how long a used amount stays reserved after its end
CALL_LEASE = timedelta(seconds=45)


@dataclass(frozen=True)
class Wanted:
    """Money to ask for: whole rupiah, before a unique code is added."""

    subject: Order | Deposit
    method: PaymentMethod
    amount: int
    expires_at: datetime


class OrderNotPayable(Conflict):
    """The order does not wait for money (any more)."""

    code = "ORDER_NOT_PAYABLE"
    default = _("This order is no longer waiting for payment.")


class MethodUnavailable(DomainError):
    """This way to pay does not work right now; the stock stays set aside."""

    code = "METHOD_UNAVAILABLE"
    http_status = 503
    default = _(
        "This payment method has a problem right now. Your order is safe; "
        "please choose another one or try again."
    )


def choose_method(*, order_id: int, method_id: UUID, now: datetime) -> Payment:
    """The payment of this order by this method, ready to be paid.

    Choosing the same method again gives the same payment; another one closes the
    earlier. Raises OrderNotPayable or MethodUnavailable.
    """
    forbid_transaction()
    with unit_of_work("payments.choose_method"):
        order = locks.lock_order(order_id)
        if order.status != OrderStatus.AWAITING_PAYMENT:
            raise OrderNotPayable
        method = PaymentMethod.objects.filter(
            public_id=method_id, is_active=True
        ).first()
        if method is None or is_balance(method):
            raise MethodUnavailable
        payment = _same_payment(order, method)
        if payment is None:
            close_open_payments(order, now=now, keep_reserved=True)
            came = instalments.waiting_total(order)
            payment = open_payment(order, method, came=came, now=now)
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

    `came` of the price (rupiah) came before and waits for the rest.

    The order and its stock wait at least as long as the payment may run. A manual
    method is ready at once; a gateway still has to be asked.
    """
    require_transaction()
    expires_at = now + timedelta(seconds=method.hold_secs)
    payment = _insert(
        Wanted(order, method, order.total - order.reserved - came, expires_at), now=now
    )
    if order.expires_at < expires_at:
        _extend(order, expires_at=expires_at)
    if payment.status == PaymentStatus.PENDING:
        payment_moves.announce(payment)
    return payment


def open_deposit_payment(
    deposit: Deposit, method: PaymentMethod, *, now: datetime
) -> Payment:
    """Write the payment row of a new deposit; a gateway still has to be asked."""
    require_transaction()
    return _insert(Wanted(deposit, method, deposit.amount, deposit.expires_at), now=now)


def _extend(order: Order, *, expires_at: datetime) -> None:
    if not held_codes.keep(order, until=expires_at):
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
        gateway = open_gateway(payment.method)
        # Two charges for one reference would be two ways to pay once.
        charge = gateway.find_charge(payment.reference) if was_tried else None
        if charge is None:
            charge = gateway.create_charge(_request_for(payment))
    except GatewayRefused as refusal:
        log.warning("Gateway refused %s: %s", payment.reference, refusal.code)
        _write_refusal(payment_id, now=now)
    except (GatewayUnreachable, OutcomeUnknown):
        _write_unclear(payment, now=now)
    else:
        misfit = charge_checks.find_misfit(charge, payment)
        if misfit:
            log.error("The gateway asks %s with %s.", payment.reference, misfit)
            _write_refusal(payment_id, now=now)
        else:
            _write_charge(payment_id, charge, now=now)


def close_open_payments(
    subject: Order | Deposit, *, now: datetime, keep_reserved: bool = False
) -> None:
    """Expire what still waits for this locked order's or deposit's money.

    Money that comes in anyway is still recognised: the row and its reference stay. What
    is set aside from the balance goes back, unless it shall be kept.
    """
    require_transaction()
    for payment in locks.lock_payments_of(subject):
        if payment.status in OPEN_PAYMENTS and not payment.from_balance:
            payment_moves.move_payment(
                payment, PaymentStatus.EXPIRED, now=now, expires_at=now
            )
    if isinstance(subject, Order) and subject.reserved and not keep_reserved:
        reservations.release(subject, now=now)


def release_amounts(*, now: datetime) -> int:
    """Let amounts whose cool-down is over be asked for again; how many."""
    with unit_of_work("payments.release_amounts"):
        return (
            Payment.objects.filter(reserves_amount=True, expires_at__lt=now - COOLDOWN)
            .exclude(status__in=OPEN_PAYMENTS)
            .update(reserves_amount=False)
        )


def _same_payment(order: Order, method: PaymentMethod) -> Payment | None:
    return Payment.objects.filter(
        order=order, method=method, status__in=OPEN_PAYMENTS, from_balance=False
    ).first()


def _insert(wanted: Wanted, *, now: datetime) -> Payment:
    if not wanted.method.uses_unique_code:
        return _create(wanted, 0, now=now)
    for code in pick_codes(random.SystemRandom()):
        try:
            with savepoint():
                return _create(wanted, code, now=now)
        except IntegrityError:
            continue  # somebody else is asked for this amount: try another code
    raise MethodUnavailable(
        _("Too many transfers are waiting. Please choose another payment method.")
    )


def _create(wanted: Wanted, code: int, *, now: datetime) -> Payment:
    public_id = ids.new_id()
    subject, method = wanted.subject, wanted.method
    payment = Payment(
        tenant_id=subject.tenant_id,
        public_id=public_id,
        order=subject if isinstance(subject, Order) else None,
        deposit=subject if isinstance(subject, Deposit) else None,
        method=method,
        reference=f"T{subject.tenant_id}-{subject.code}-{public_id.hex[-8:]}",
        amount=wanted.amount + code,
        unique_code=code,
        reserves_amount=method.uses_unique_code,
        # A gateway has to be asked first; an account is known at once.
        status=(
            PaymentStatus.CREATED if is_automatic(method) else PaymentStatus.PENDING
        ),
        created_at=now,
        expires_at=wanted.expires_at,
    )
    insert_rows([payment])
    return payment


def _claim(payment_id: int, *, now: datetime) -> tuple[Payment, bool] | None:
    """Take the call for a while; the flag says that an earlier call may have worked."""
    with unit_of_work("payments.claim_charge"):
        payment = locks.lock_payment(payment_id)
        busy = payment.claimed_until is not None and payment.claimed_until >= now
        if payment.status != PaymentStatus.CREATED or busy:
            return None
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
        amount=payment.amount,
        expires_at=payment.expires_at,
        description=f"#{payment.subject.code}",
        customer_name=payment.subject.customer.username,
        callback_url=f"{base}/api/v1/callbacks/{method.gateway}/{method.public_id}/",
        return_url=settings.BUYER_RETURN_URL,
    )


def _write_charge(payment_id: int, charge: Charge, *, now: datetime) -> None:
    with unit_of_work("payments.write_charge"):
        payment = _lock(payment_id)
        if payment.status != PaymentStatus.CREATED:
            Payment.objects.filter(pk=payment_id, gateway_reference="").update(
                gateway_reference=charge.gateway_reference
            )
            return
        payment_moves.move_payment(
            payment,
            PaymentStatus.PENDING,
            now=now,
            gateway_reference=charge.gateway_reference,
            qr_text=charge.qr_text,
            pay_url=charge.pay_url,
            claimed_until=None,
            checked_at=now,
        )


def _write_refusal(payment_id: int, *, now: datetime) -> None:
    with unit_of_work("payments.write_refusal"):
        payment = _lock(payment_id)
        if payment.status == PaymentStatus.CREATED:
            payment_moves.move_payment(
                payment, PaymentStatus.FAILED, now=now, claimed_until=None
            )


def _write_unclear(claimed: Payment, *, now: datetime) -> None:
    """Leave it `created` and free for the poller, which looks before it asks again.

    A lease that ended meanwhile and is somebody else's now is left to them.
    """
    with unit_of_work("payments.write_unclear"):
        Payment.objects.filter(
            pk=claimed.pk,
            status=PaymentStatus.CREATED,
            claimed_until=claimed.claimed_until,
        ).update(claimed_until=None, checked_at=now)


def _lock(payment_id: int) -> Payment:
    locks.lock_subject_of(payment_id)
    return locks.lock_payment(payment_id)
