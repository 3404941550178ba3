"""What buyers and gateways do, in one call each."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db.models import Sum

from payments.gateways.base import FactState, PaymentFact
from payments.models import LedgerPosting, Order, Payment, PaymentMethod, Refund
from payments.services import ledger, refunds
from payments.services.incoming import charges, deposits, settlement
from payments.services.ledger import wallets
from payments.services.orders import delivery
from payments.services.refunds import RefundDraft
from payments.states import AccountKind, PaymentStatus, RefundTo
from tenants.models import Customer, Member
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


def open_transfer(**fields: Any) -> PaymentMethod:
    """A transfer method that asks for the amount itself, without a code."""
    return make_transfer_method(uses_unique_code=False, **fields)


def top_up(
    customer: Customer,
    amount: int = 50_000,
    *,
    method: PaymentMethod | None = None,
    key: str = "",
    now: datetime = NOON,
) -> Payment:
    """The payment of a deposit that waits for its money."""
    return deposits.request_deposit(
        customer=customer,
        amount=amount,
        method_id=(method or open_transfer()).public_id,
        request_key=key or f"deposit:{uuid4()}",
        now=now,
    )


def fund(customer: Customer, amount: int) -> Customer:
    """The buyer has this much more on their balance."""
    tell(top_up(customer, amount))
    return customer


def balance_of(customer: Customer) -> int:
    """What the buyer can spend; the statement must lead to the same sum."""
    lines = wallets.statement(customer, limit=1000)
    balance = wallets.wallet_of(customer).balance
    assert sum(line.amount for line in lines) == balance
    return balance


def deliver(order: Order, *, now: datetime = NOON) -> Order:
    """The order after its delivery was tried."""
    return delivery.deliver_order(order_id=order.pk, now=now)


def refund(
    member: Member,
    order: Order,
    amount: int | None = None,
    *,
    to: RefundTo = RefundTo.BALANCE,
    key: str = "",
    seen: int | None = None,
    now: datetime = NOON,
) -> Refund:
    """All or a part of an order is given back, as far as its form shows it."""
    order.refresh_from_db()
    left = order.total - order.refunded
    form = RefundDraft(
        amount=left if amount is None else amount,
        to=to,
        reason="the buyer asked",
        request_key=key or f"refund:{uuid4()}",
        seen_refunded=order.refunded if seen is None else seen,
    )
    return refunds.request_refund(actor=member, order=order, draft=form, now=now)


def booked(name: str, *, number: int = 1) -> dict[str, int]:
    """One entry, as `kind:source`: rupiah per kind of account, debits positive."""
    kind, source = name.split(":")
    postings = LedgerPosting.objects.filter(
        entry__kind=kind, entry__source=source, entry__number=number
    )
    return dict(
        postings.values_list("account__kind")
        .annotate(total=Sum("amount"))
        .values_list("account__kind", "total")
    )


def books() -> dict[str, int]:
    """The sums of all accounts of the store in scope; those at zero are left out."""
    sums = {kind.value: ledger.balance(kind) for kind in AccountKind}
    return {kind: amount for kind, amount in sums.items() if amount}


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the store in scope, for proving that nothing changed."""
    return {
        model._meta.label: sorted(model.objects.values_list(), key=repr)
        for app in ("payments", "inventory", "security")
        for model in apps.get_app_config(app).get_models()
        if hasattr(model, "across_tenants")
    }
