"""A buyer's balance in a store: to look at, to top up, to have money sent back."""

from datetime import datetime

from bot.access import access_own_payment
from bot.presenters.paying import ways_of
from bot.presenters.wallet import DepositOffer, Held, WalletView
from bot.services import buyer
from bot.services.announcing import announce
from payments.models import Deposit, Order, Payment, UnmatchedMoney
from payments.services.incoming import deposits, unapplied
from payments.services.incoming.gateway_client import is_automatic
from payments.services.ledger import wallets
from payments.services.ledger.policy import find_policy
from payments.services.ledger.wallets import StatementLine
from payments.states import (
    OPEN_PAYMENTS,
    DepositStatus,
    OrderStatus,
    PaymentStatus,
)
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.money import read_amount
from tenants.models import Customer
from tenants.selectors import is_open
from tenants.services.customers import BuyerBlocked

LINES = 10
MOST_HELD = 10


def view(*, customer: Customer) -> WalletView:
    """The buyer's balance, what is tied up and for which orders, the last changes."""
    wallet = wallets.wallet_of(customer)
    policy = find_policy()
    return WalletView(
        wallet=wallet,
        held=_held(customer),
        deposits=_open_payments(customer),
        lines=wallets.statement(customer, limit=LINES),
        limit=policy.wallet_limit,
        is_on=policy.wallet_is_on,
        is_open=is_open(),
    )


def statement(
    *, customer: Customer, before: int | None
) -> tuple[list[StatementLine], int | None]:
    """Ten changes of the buyer's balance, and where it goes on (None at the end)."""
    lines = wallets.statement(customer, limit=LINES + 1, before=before)
    is_more = len(lines) > LINES
    return lines[:LINES], lines[LINES - 1].pk if is_more else None


def deposit_offer(*, customer: Customer, typed: str | None) -> DepositOffer:
    """What the buyer may top up and how; with `typed` the amount they chose.

    Raises WalletOff, BuyerBlocked, or InvalidInput that names the range.
    """
    if customer.blocked_at is not None:  # known before anything is typed
        raise BuyerBlocked
    least, most = deposits.amount_range(customer)
    if most < least:
        raise InvalidInput(deposits.range_text(least, most), field="amount")
    amount = None
    if typed is not None:
        amount = read_amount(typed, minimum=least, maximum=most, field="amount")
    return DepositOffer(
        least=least, most=most, amount=amount, methods=ways_of(buyer.methods_of_store())
    )


def request_deposit(
    *,
    customer: Customer,
    amount: int,
    method_id: int,
    request_key: str,
    now: datetime,
) -> Payment:
    """The payment of a top-up by this method (our row's id), ready to be paid.

    A transfer takes longer than an answer only the buyer sees stays open, so how to pay
    is sent to them directly as well. Raises what `deposits.request_deposit` raises.
    """
    payment = deposits.request_deposit(
        customer=customer,
        amount=amount,
        method_id=buyer.method_key(method_id),
        request_key=request_key,
        now=now,
    )
    if not is_automatic(payment.method):
        # If it is lost, `/saldo` still shows the payment.
        with unit_of_work("bot.send_deposit"):
            announce("deposit.requested", payment=payment, customer=customer, now=now)
    return payment


def how_to_pay(*, customer: Customer, payment_id: int) -> Payment:
    """The buyer's own payment, to be shown again; NotYours or NotFound."""
    return access_own_payment(customer, payment_id)


def cancel_deposit(*, customer: Customer, deposit_id: int, now: datetime) -> Deposit:
    """Give up the buyer's own unpaid top-up; NotFound, or IllegalMove if it is late."""
    return deposits.cancel_deposit(customer=customer, deposit_id=deposit_id, now=now)


def ask_back(*, customer: Customer, money_id: int, now: datetime) -> UnmatchedMoney:
    """Have unapplied money sent back to its source; raises what `ask_return` raises."""
    return unapplied.ask_return(customer=customer, money_id=money_id, now=now)


def ask_balance_back(*, customer: Customer, now: datetime) -> UnmatchedMoney:
    """Have the whole balance sent back, while the store is closed.

    Raises what `unapplied.ask_balance_back` raises.
    """
    return unapplied.ask_balance_back(customer=customer, now=now)


def _held(customer: Customer) -> list[Held]:
    """Orders for which some of the buyer's balance is tied up, newest first."""
    waiting = Order.objects.filter(
        customer=customer, status=OrderStatus.AWAITING_PAYMENT, reserved__gt=0
    )
    tied = [
        Held(row.pk, row.code, row.reserved, is_paid=False)
        for row in waiting.order_by("-pk")[:MOST_HELD]
    ]
    # By the orders' ids: behind a join the LIMIT could have all payments walked.
    running = Order.objects.filter(
        customer=customer, status__in=[OrderStatus.PAID, OrderStatus.DELIVERING]
    )
    paid = Payment.objects.filter(
        order__in=list(running.values_list("pk", flat=True)),
        from_balance=True,
        status=PaymentStatus.SETTLED,
    )
    for row in paid.select_related("order").order_by("-pk")[:MOST_HELD]:
        tied.append(Held(row.order.pk, row.order.code, row.amount, is_paid=True))
    return tied


def _open_payments(customer: Customer) -> list[Payment]:
    """Payments of top-ups that wait for their money, newest first."""
    waiting = Deposit.objects.filter(
        customer=customer, status=DepositStatus.AWAITING_PAYMENT
    )
    # By the deposits' ids for the reason above.
    payments = Payment.objects.filter(
        deposit__in=list(waiting.values_list("pk", flat=True)),
        status__in=OPEN_PAYMENTS,
    )
    return list(payments.select_related("deposit", "method").order_by("-pk"))
