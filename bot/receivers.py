"""Reactions to facts from below: a ticket goes on, or the messages that answer it."""

from bot.services import ticket_progress, topup_cards
from bot.services.announcing import announce
from inventory.events import (
    CostsMoved,
    DepositRunsDry,
    PurchaseContradicted,
    PurchaseLate,
    PurchaseProgressed,
    PurchaseStalled,
    StockRanLow,
    SupplierBack,
    SupplierDown,
    SupplierTroubled,
)
from payments.events import (
    BuyerUnreached,
    CodesDisclosed,
    DepositMoved,
    MethodTroubled,
    MoneyCredited,
    MoneyReturned,
    MoneyWaits,
    OrderMoved,
    PaymentContradicted,
    PaymentMoved,
    PaymentTakenBack,
    RefundMoved,
)
from ppob.kit import clock
from ppob.kit.events import receives
from security.events import AuditRecorded
from tenants.events import HealthChanged, StoreOffered


@receives(OrderMoved)
def on_order_moved(event: OrderMoved) -> None:
    ticket_progress.order_moved(
        event.order, source=event.source, target=event.target, now=clock.now()
    )


@receives(PaymentMoved)
def on_payment_moved(event: PaymentMoved) -> None:
    ticket_progress.payment_moved(event.payment, target=event.target, now=clock.now())


@receives(MoneyWaits, MoneyReturned, MoneyCredited)
def on_money_moved(event: MoneyWaits | MoneyReturned | MoneyCredited) -> None:
    announce(event.name, money=event.money, now=clock.now())


@receives(DepositMoved)
def on_deposit_moved(event: DepositMoved) -> None:
    announce(event.name, deposit=event.deposit, now=clock.now())


@receives(RefundMoved)
def on_refund_moved(event: RefundMoved) -> None:
    announce(event.name, refund=event.refund, target=event.target, now=clock.now())


@receives(PaymentTakenBack)
def on_payment_taken_back(event: PaymentTakenBack) -> None:
    announce(
        event.name, payment=event.payment, reversal=event.reversal, now=clock.now()
    )


@receives(PaymentContradicted)
def on_payment_contradicted(event: PaymentContradicted) -> None:
    announce(event.name, discrepancy=event.discrepancy, now=clock.now())


@receives(MethodTroubled)
def on_method_troubled(event: MethodTroubled) -> None:
    announce(
        event.name,
        method_id=event.method_id,
        trouble=event.trouble,
        at=event.at,
        now=event.at,
    )


@receives(SupplierTroubled)
def on_supplier_troubled(event: SupplierTroubled) -> None:
    announce(
        event.name,
        account_id=event.account_id,
        trouble=event.trouble,
        at=event.at,
        now=event.at,
    )


@receives(SupplierDown)
def on_supplier_down(event: SupplierDown) -> None:
    announce(
        event.name,
        account_id=event.account_id,
        reason=event.reason,
        at=event.at,
        now=event.at,
    )


@receives(CostsMoved)
def on_costs_moved(event: CostsMoved) -> None:
    announce(
        event.name,
        account_id=event.account_id,
        moves=event.moves,
        at=event.at,
        now=event.at,
    )


@receives(DepositRunsDry)
def on_deposit_runs_dry(event: DepositRunsDry) -> None:
    announce(
        event.name,
        account_id=event.account_id,
        minutes_left=event.minutes_left,
        to_add=event.to_add,
        at=event.at,
        now=event.at,
    )


@receives(SupplierBack)
def on_supplier_back(event: SupplierBack) -> None:
    announce(event.name, account_id=event.account_id, at=event.at, now=event.at)


@receives(CodesDisclosed)
def on_codes_disclosed(event: CodesDisclosed) -> None:
    announce(
        event.name,
        order=event.order,
        entry=event.entry,
        reason=event.reason,
        now=clock.now(),
    )


@receives(AuditRecorded)
def on_audit_recorded(event: AuditRecorded) -> None:
    announce(event.name, entry=event.entry, now=clock.now())


@receives(BuyerUnreached)
def on_buyer_unreached(event: BuyerUnreached) -> None:
    announce(event.name, unreached=event.unreached, now=clock.now())


@receives(HealthChanged)
def on_health_changed(event: HealthChanged) -> None:
    announce(event.name, proof=event.proof, now=clock.now())


@receives(StoreOffered)
def on_store_offered(event: StoreOffered) -> None:
    announce(event.name, offer=event.offer, now=clock.now())


@receives(PurchaseProgressed)
def on_purchase_progressed(event: PurchaseProgressed) -> None:
    topup_cards.progressed(event.purchase, step=event.step, now=clock.now())


@receives(PurchaseLate)
def on_purchase_late(event: PurchaseLate) -> None:
    announce(event.name, purchase=event.purchase, now=clock.now())


@receives(PurchaseStalled)
def on_purchase_stalled(event: PurchaseStalled) -> None:
    announce(event.name, purchase=event.purchase, now=clock.now())


@receives(PurchaseContradicted)
def on_purchase_contradicted(event: PurchaseContradicted) -> None:
    announce(event.name, attempt=event.attempt, now=clock.now())


@receives(StockRanLow)
def on_stock_ran_low(event: StockRanLow) -> None:
    announce(
        event.name,
        alert_id=event.alert_id,
        product_id=event.product_id,
        level=event.level,
        available=event.available,
        now=clock.now(),
    )
