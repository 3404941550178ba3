"""What buyers and gateways do, in one call each."""

from datetime import datetime, timedelta
from typing import Any

from payments.gateways.base import FactState, PaymentFact
from payments.models import Order, Payment, PaymentMethod
from payments.services import charges, settlement
from payments.states import PaymentStatus
from tests.conftest import NOON
from tests.factories import make_order, make_policy, make_transfer_method

LATE = NOON + timedelta(hours=2)  # later than any deadline of an order made at noon


def keep_no_balances() -> None:
    """From now on odd money in this store waits for the seller."""
    make_policy(wallet_is_on=False)


def pending(
    order: Order | None = None,
    *,
    method: PaymentMethod | None = None,
    now: datetime = NOON,
    **fields: Any,
) -> Payment:
    """An order's payment by transfer that waits for its money."""
    return charges.choose_method(
        order_id=(order or make_order()).pk,
        method_id=(method or make_transfer_method(**fields)).public_id,
        now=now,
    )


def news_of(
    payment: Payment,
    state: FactState = FactState.SETTLED,
    *,
    amount: int | None = None,
    now: datetime = NOON,
    **changes: Any,
) -> PaymentFact:
    """What a gateway says about this payment; its own amount unless given."""
    amount = payment.amount if amount is None else amount
    facts: dict[str, Any] = {
        "reference": payment.reference,
        "gateway_reference": "",
        "state": state,
        "amount": amount,
        "currency": "IDR",
        "happened_at": now,
        "event_key": f"{state}:{amount}",
    }
    return PaymentFact(**{**facts, **changes})


def tell(
    payment: Payment,
    state: FactState = FactState.SETTLED,
    *,
    now: datetime = NOON,
    **changes: Any,
) -> PaymentStatus:
    """Bring that news; the payment's status afterwards."""
    fact = news_of(payment, state, now=now, **changes)
    return settlement.record_fact(payment_id=payment.pk, fact=fact, now=now)
