"""Reactions to facts from below."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from bot.services import deed_notices, money_notices, notices
from inventory.signals import account_troubled, stock_ran_low
from payments.models import (
    Deposit,
    Discrepancy,
    Order,
    Payment,
    Refund,
    Reversal,
    UnmatchedMoney,
    UnreachedBuyer,
)
from payments.signals import (
    buyer_unreached,
    codes_disclosed,
    deposit_changed,
    discrepancy_found,
    method_troubled,
    money_credited,
    money_returned,
    money_unmatched,
    order_changed,
    payment_changed,
    payment_reversed,
    refund_changed,
)
from payments.states import DepositStatus, OrderStatus, PaymentStatus, RefundStatus
from ppob.kit import clock
from security.models import AuditEntry
from security.signals import audit_entry_recorded
from tenants.models import Handover, HealthProof
from tenants.signals import health_changed, store_offered


@receiver(order_changed)
def on_order_changed(
    order: Order, source: OrderStatus | None, target: OrderStatus, **kwargs: Any
) -> None:
    notices.order_moved(
        order,
        source=OrderStatus(source) if source else None,
        target=OrderStatus(target),
        now=clock.now(),
    )


@receiver(payment_changed)
def on_payment_changed(payment: Payment, target: PaymentStatus, **kwargs: Any) -> None:
    notices.payment_moved(payment, target=PaymentStatus(target), now=clock.now())


@receiver(money_unmatched)
def on_money_unmatched(money: UnmatchedMoney, **kwargs: Any) -> None:
    money_notices.money_unmatched(money, now=clock.now())


@receiver(money_returned)
def on_money_returned(money: UnmatchedMoney, **kwargs: Any) -> None:
    money_notices.money_returned(money, now=clock.now())


@receiver(money_credited)
def on_money_credited(money: UnmatchedMoney, **kwargs: Any) -> None:
    money_notices.money_credited(money, now=clock.now())


@receiver(deposit_changed)
def on_deposit_changed(deposit: Deposit, target: DepositStatus, **kwargs: Any) -> None:
    money_notices.deposit_moved(deposit, target=DepositStatus(target), now=clock.now())


@receiver(refund_changed)
def on_refund_changed(refund: Refund, target: RefundStatus, **kwargs: Any) -> None:
    money_notices.refund_moved(refund, target=RefundStatus(target), now=clock.now())


@receiver(payment_reversed)
def on_payment_reversed(payment: Payment, reversal: Reversal, **kwargs: Any) -> None:
    money_notices.payment_reversed(payment, reversal=reversal, now=clock.now())


@receiver(discrepancy_found)
def on_discrepancy_found(discrepancy: Discrepancy, **kwargs: Any) -> None:
    money_notices.discrepancy_found(discrepancy, now=clock.now())


@receiver(method_troubled)
def on_method_troubled(
    method_id: int, trouble: str, at: datetime, **kwargs: Any
) -> None:
    money_notices.method_troubled(method_id, trouble=trouble, now=at)


@receiver(account_troubled)
def on_account_troubled(
    account_id: int, trouble: str, at: datetime, **kwargs: Any
) -> None:
    money_notices.account_troubled(account_id, trouble=trouble, now=at)


@receiver(codes_disclosed)
def on_codes_disclosed(order: Order, entry: int, reason: str, **kwargs: Any) -> None:
    notices.codes_disclosed(order, entry=entry, reason=reason, now=clock.now())


@receiver(audit_entry_recorded)
def on_audit_entry_recorded(entry: AuditEntry, **kwargs: Any) -> None:
    deed_notices.deed_done(entry, now=clock.now())


@receiver(buyer_unreached)
def on_buyer_unreached(unreached: UnreachedBuyer, **kwargs: Any) -> None:
    notices.buyer_unreached(unreached, now=clock.now())


@receiver(health_changed)
def on_health_changed(proof: HealthProof, **kwargs: Any) -> None:
    notices.health_changed(proof, now=clock.now())


@receiver(store_offered)
def on_store_offered(offer: Handover, **kwargs: Any) -> None:
    deed_notices.store_offered(offer, now=clock.now())


@receiver(stock_ran_low)
def on_stock_ran_low(
    alert_id: int, product_id: int, level: str, available: int, **kwargs: Any
) -> None:
    notices.stock_ran_low(
        alert_id=alert_id,
        product_id=product_id,
        level=level,
        available=available,
        now=clock.now(),
    )
