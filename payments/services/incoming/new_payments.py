"""New payment rows, with a unique amount where the money is recognised by it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import Deposit, Order, Payment, PaymentMethod
from payments.selectors import may_offer
from payments.services.incoming.gateway_client import is_automatic
from payments.states import PaymentStatus
from ppob.kit import ids
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict, DomainError
from ppob.kit.rows import insert_rows, insert_unless

CODE_ATTEMPTS = 20  # lost races for a unique amount, one after the other
_AMOUNT_TAKEN = "(tenant_id, method_id, amount) WHERE reserves_amount"


@dataclass(frozen=True)
class Wanted:
    """Money to ask for: whole rupiah, before a unique code is added."""

    subject: Order | Deposit
    method: PaymentMethod
    amount: int
    expires_at: datetime


class MethodUnavailable(DomainError):
    """This way to pay does not work right now; the stock stays set aside."""

    code = "METHOD_UNAVAILABLE"
    http_status = 503
    default = _(
        "This payment method has a problem right now. Your order is safe; "
        "please choose another one or try again."
    )


class RequestTaken(Conflict):
    """Another buyer's order or top-up has this request key; nothing was ordered."""

    code = "REQUEST_TAKEN"


def insert(wanted: Wanted, *, now: datetime) -> Payment:
    """Write the row of a payment that is asked for.

    Raises MethodUnavailable when no unique amount is left, or when the method only
    knows test money and the store sells for real; then nothing is written.
    """
    require_transaction()
    method = wanted.method
    # All charges pass here. Top-ups and orders that name a method ask nowhere else.
    if not may_offer(method):
        raise MethodUnavailable(_("This way to pay is in test mode."))
    if not method.uses_unique_code:
        payment = _draft(wanted, 0, now=now)
        insert_rows([payment])
        return payment
    for _attempt in range(CODE_ATTEMPTS):
        code = locks.find_free_code(method.pk, price=wanted.amount)
        if code is None:
            break
        payment = _draft(wanted, code, now=now)
        # A lost race is no error, so no savepoint is needed. Any other collision
        # raises.
        if insert_unless(payment, taken=_AMOUNT_TAKEN):
            return payment
        # Somebody else drew the same code at the same moment.
    raise MethodUnavailable(
        _("Too many transfers are waiting. Please choose another payment method.")
    )


def _draft(wanted: Wanted, code: int, *, now: datetime) -> Payment:
    public_id = ids.new_id()
    subject, method = wanted.subject, wanted.method
    return Payment(
        tenant_id=subject.tenant_id,
        public_id=public_id,
        order=subject if isinstance(subject, Order) else None,
        deposit=subject if isinstance(subject, Deposit) else None,
        method=method,
        # An order may have many payments, and its code alone would repeat.
        reference=f"T{subject.tenant_id}-{subject.code}-{public_id.hex[-8:]}",
        amount=wanted.amount + code,
        unique_code=code,
        is_test=method.is_test,
        reserves_amount=method.uses_unique_code,
        # A gateway has to be asked first; an account is known at once.
        status=(
            PaymentStatus.CREATED if is_automatic(method) else PaymentStatus.PENDING
        ),
        created_at=now,
        expires_at=wanted.expires_at,
    )
