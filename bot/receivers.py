"""Reactions to facts from below: a ticket goes on, or the messages that answer it."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from bot.services import ticket_progress
from bot.services.announcing import announce
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
    ticket_progress.order_moved(
        order,
        source=OrderStatus(source) if source else None,
        target=OrderStatus(target),
        now=clock.now(),
    )


@receiver(payment_changed)
def on_payment_changed(payment: Payment, target: PaymentStatus, **kwargs: Any) -> None:
    ticket_progress.payment_moved(
        payment, target=PaymentStatus(target), now=clock.now()
    )


@receiver(money_unmatched)
def on_money_unmatched(money: UnmatchedMoney, **kwargs: Any) -> None:
    # The same fact of the ledger: it fits nothing, or its buyer wants it back.
    news = "asked_back" if money.asked_back_at else "unmatched"
    announce(f"money.{news}", money=money, now=clock.now())


@receiver(money_returned)
def on_money_returned(money: UnmatchedMoney, **kwargs: Any) -> None:
    announce("money.returned", money=money, now=clock.now())


@receiver(money_credited)
def on_money_credited(money: UnmatchedMoney, **kwargs: Any) -> None:
    announce("money.credited", money=money, now=clock.now())


@receiver(deposit_changed)
def on_deposit_changed(deposit: Deposit, target: DepositStatus, **kwargs: Any) -> None:
    status = DepositStatus(target)
    announce(f"deposit.{status.value}", deposit=deposit, now=clock.now())


@receiver(refund_changed)
def on_refund_changed(refund: Refund, target: RefundStatus, **kwargs: Any) -> None:
    status = RefundStatus(target)
    announce(f"refund.{status.value}", refund=refund, target=status, now=clock.now())


@receiver(payment_reversed)
def on_payment_reversed(payment: Payment, reversal: Reversal, **kwargs: Any) -> None:
    announce("payment.reversed", payment=payment, reversal=reversal, now=clock.now())


@receiver(discrepancy_found)
def on_discrepancy_found(discrepancy: Discrepancy, **kwargs: Any) -> None:
    announce("payment.contradicted", discrepancy=discrepancy, now=clock.now())


@receiver(method_troubled)
def on_method_troubled(
    method_id: int, trouble: str, at: datetime, **kwargs: Any
) -> None:
    announce("method.troubled", method_id=method_id, trouble=trouble, at=at, now=at)


@receiver(account_troubled)
def on_account_troubled(
    account_id: int, trouble: str, at: datetime, **kwargs: Any
) -> None:
    announce("supplier.troubled", account_id=account_id, trouble=trouble, at=at, now=at)


@receiver(codes_disclosed)
def on_codes_disclosed(order: Order, entry: int, reason: str, **kwargs: Any) -> None:
    announce(
        "codes.disclosed", order=order, entry=entry, reason=reason, now=clock.now()
    )


@receiver(audit_entry_recorded)
def on_audit_entry_recorded(entry: AuditEntry, **kwargs: Any) -> None:
    announce("audit.recorded", entry=entry, now=clock.now())


@receiver(buyer_unreached)
def on_buyer_unreached(unreached: UnreachedBuyer, **kwargs: Any) -> None:
    announce("buyer.unreached", unreached=unreached, now=clock.now())


@receiver(health_changed)
def on_health_changed(proof: HealthProof, **kwargs: Any) -> None:
    announce("store.health_changed", proof=proof, now=clock.now())


@receiver(store_offered)
def on_store_offered(offer: Handover, **kwargs: Any) -> None:
    announce("store.offered", offer=offer, now=clock.now())


@receiver(stock_ran_low)
def on_stock_ran_low(
    alert_id: int, product_id: int, level: str, available: int, **kwargs: Any
) -> None:
    announce(
        "stock.ran_low",
        alert_id=alert_id,
        product_id=product_id,
        level=level,
        available=available,
        now=clock.now(),
    )
