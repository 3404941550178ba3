"""The words of messages about money, from the rows they are about."""

from bot.presenters import log, money, money_log, paying
from bot.presenters.draft import Draft
from bot.services import subjects
from bot.services.sending import Claimed
from inventory.models import SupplierAccount
from payments.models import (
    Deposit,
    Discrepancy,
    PaymentMethod,
    Refund,
    RefundPart,
)
from payments.services.incoming import instalments, receipts
from payments.services.ledger import wallets
from payments.states import (
    OPEN_PAYMENTS,
    DiscrepancyStatus,
    OrderStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
    UnmatchedStatus,
)


def instructions(message: Claimed) -> Draft | None:
    """How to pay, unless another way was chosen before this was sent."""
    payment = subjects.get_payment(message.payload)
    return paying.instructions(payment) if payment.status in OPEN_PAYMENTS else None


def credited(message: Claimed) -> Draft | None:
    found = subjects.get_money(message.payload)
    if found.status != UnmatchedStatus.CREDITED:
        return None  # the buyer has asked for it back already
    customer = found.payment.subject.customer
    order = found.payment.order
    return money.credited(
        found,
        balance=wallets.wallet_of(customer).balance,
        missing=instalments.missing_of(order) if order is not None else 0,
    )


def unmatched(message: Claimed) -> Draft | None:
    found = subjects.get_money(message.payload)
    order = found.payment.order
    if (
        order is not None
        and order.status == OrderStatus.AWAITING_PAYMENT
        and found.status == UnmatchedStatus.OPEN
        and found.reason == UnmatchedReason.UNDERPAID
    ):
        return money.part_came(found, missing=instalments.missing_of(order))
    return money.waiting(found)


def returned(message: Claimed) -> Draft | None:
    return money.returned(subjects.get_money(message.payload))


def asked_back(message: Claimed) -> Draft | None:
    return money.asked_back(subjects.get_money(message.payload))


def deposit_credited(message: Claimed) -> Draft | None:
    found = subjects.get_deposit(message.payload)
    balance = wallets.wallet_of(found.customer).balance
    return money.deposit_credited(found, amount=_received(found), balance=balance)


def refund_on_its_way(message: Claimed) -> Draft | None:
    found = subjects.get_refund(message.payload)
    if found.status != RefundStatus.PAYING_OUT:
        return None  # it is done already, and that is told as well
    return money.refund_on_its_way(found, _parts(found))


def refund_done(message: Claimed) -> Draft | None:
    found = subjects.get_refund(message.payload)
    sent = sum(
        part.amount for part in _parts(found) if part.destination == RefundTo.SOURCE
    )
    if not found.note:
        sent = 0  # nobody said how it was paid out: it went to the balance instead
    balance = wallets.wallet_of(found.order.customer).balance
    return money.refund_done(
        found, to_balance=found.amount - sent, to_source=sent, balance=balance
    )


def reversed_payment(message: Claimed) -> Draft | None:
    payment = subjects.get_payment(message.payload)
    # Messages from before parts could be taken back say no amount.
    amount = message.payload.get("amount", payment.amount)
    return money.reversed_payment(payment, amount=amount)


def log_transfer(message: Claimed, *, page: str) -> Draft | None:
    payment = subjects.get_payment(message.payload)
    if payment.status not in OPEN_PAYMENTS:
        return None
    return money_log.transfer_announced(payment, page=page)


def log_unmatched(message: Claimed, *, page: str) -> Draft | None:
    return money_log.unmatched(subjects.get_money(message.payload), page=page)


def log_asked_back(message: Claimed, *, page: str) -> Draft | None:
    return money_log.asked_back(subjects.get_money(message.payload), page=page)


def log_credited(message: Claimed, *, page: str) -> Draft | None:
    return money_log.credited(subjects.get_money(message.payload))


def log_deposit(message: Claimed, *, page: str) -> Draft | None:
    found = subjects.get_deposit(message.payload)
    return money_log.deposit(found, amount=_received(found))


def log_refund(message: Claimed, *, page: str) -> Draft | None:
    found, status = (
        subjects.get_refund(message.payload),
        RefundStatus(message.payload["status"]),
    )
    if status == RefundStatus.PAYING_OUT and found.status != status:
        return None
    return money_log.refund(found, status, _parts(found), page=page)


def log_reversed(message: Claimed, *, page: str) -> Draft | None:
    payment = subjects.get_payment(message.payload)
    return money_log.reversed_payment(
        payment,
        amount=message.payload.get("amount", payment.amount),
        loss=message.payload["loss"],
    )


def log_discrepancy(message: Claimed, *, page: str) -> Draft | None:
    found: Discrepancy = Discrepancy.objects.select_related(
        "payment__order__customer", "payment__deposit__customer", "payment__method"
    ).get(pk=message.payload["discrepancy"])
    if found.status != DiscrepancyStatus.OPEN:
        return None
    return money_log.discrepancy(found, page=page)


def _received(deposit: Deposit) -> int:
    return receipts.total_of(deposit) or deposit.amount


def _parts(refund: Refund) -> list[RefundPart]:
    return list(refund.parts.select_related("payment__method").order_by("pk"))


def log_method_trouble(message: Claimed, *, page: str) -> Draft:
    """A way to pay needs the seller."""
    name = PaymentMethod.objects.values_list("name", flat=True).get(
        pk=message.payload["method"]
    )
    return log.method_trouble(name, message.payload["trouble"], page=f"{page}uang/")


def log_supplier_trouble(message: Claimed, *, page: str) -> Draft:
    """A supplier account needs the seller."""
    account = SupplierAccount.objects.get(pk=message.payload["account"])
    return log.supplier_trouble(
        str(account), message.payload["trouble"], page=f"{page}uang/"
    )
