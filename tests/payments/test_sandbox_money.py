"""Test money is not money: it pays nothing real, and it never counts."""

import json
from datetime import timedelta

import pytest

from bot.setup_steps import Step, read_progress
from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchase_routes
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from payments import figures, selectors
from payments.gateways.base import FactState
from payments.models import (
    Deposit,
    LedgerEntry,
    Order,
    Payment,
    PaymentMethod,
    UnmatchedMoney,
)
from payments.services import transitions
from payments.services.incoming import (
    balance,
    charges,
    deposits,
    methods,
    settlement,
    unapplied,
)
from payments.services.incoming.charges import MethodUnavailable
from payments.services.incoming.test_money import TestMoneyOnly as OnlyTestMoney
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from payments.states import (
    DepositStatus,
    OrderStatus,
    PaymentStatus,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.db import unit_of_work
from security.models import AuditEntry
from tests.conftest import NOON
from tests.factories import (
    gateway_draft,
    make_customer,
    make_gateway_method,
    make_order,
    make_policy,
    make_product,
    make_transfer_method,
)
from tests.inventory.suppliers import SUCCEEDS, make_account, make_topup, map_product
from tests.payments.acts import (
    balance_of,
    books,
    deliver,
    fund,
    open_transfer,
    pending,
    tell,
    top_up,
)

SANDBOX = gateway_draft()


@pytest.fixture
def real(settings, in_arcadia):
    """From here on buyers, stock and Discord are real."""
    settings.IS_SIMULATED = False


@pytest.fixture
def sandbox(in_arcadia) -> PaymentMethod:
    return make_gateway_method(hold_secs=900)


def asked(order: Order, method: PaymentMethod) -> Payment:
    """The order's payment by a gateway that was asked for a code."""
    with_payment = checkout.place_order(
        customer=order.customer,
        items=[Item(order.lines.get().product_id)],
        request_key=f"again:{order.pk}",
        method=method,
        now=NOON,
    )
    payment: Payment = with_payment.payments.get()
    return payment


def in_the_sandbox(*, codes: int = 2) -> Payment:
    """An order that waits for money of the sandbox."""
    return asked(make_order(make_product(price=10_000, codes=codes)), make_sandbox())


def make_sandbox() -> PaymentMethod:
    return PaymentMethod.objects.filter(is_test=True).first() or make_gateway_method()


# --- Where sales are real -------------------------------------------------------------


def test_a_sandbox_is_kept_with_its_keys_and_offered_to_nobody(real, seller):
    live = make_transfer_method()

    method = methods.add_gateway(actor=seller, draft=SANDBOX, now=NOON)

    assert json.loads(PaymentMethod.objects.get(pk=method.pk).credentials.reveal()) == {
        "merchant_code": "T1",
        "api_key": "DEV-key",
        "private_key": "private",
    }
    assert not method.is_active
    assert selectors.active_methods() == [live]


def test_a_sandbox_cannot_be_switched_on(real, seller):
    method = methods.add_gateway(actor=seller, draft=SANDBOX, now=NOON)

    with pytest.raises(OnlyTestMoney):
        methods.switch_method(actor=seller, method=method, is_active=True, now=NOON)

    method.refresh_from_db()
    assert not method.is_active


def test_a_row_that_is_on_all_the_same_is_neither_offered_nor_taken(
    real, sandbox, policy
):
    order = make_order(make_product(price=10_000, codes=2))

    assert selectors.active_methods() == []
    with pytest.raises(MethodUnavailable):
        charges.choose_method(order_id=order.pk, method_id=sandbox.public_id, now=NOON)
    with pytest.raises(MethodUnavailable):
        asked(order, sandbox)
    with pytest.raises(MethodUnavailable):
        deposits.request_deposit(
            customer=order.customer,
            amount=20_000,
            method_id=sandbox.public_id,
            request_key="d",
            now=NOON,
        )

    assert not Payment.objects.exists()
    assert not Deposit.objects.exists()
    assert list(Order.objects.all()) == [order]


@pytest.mark.usefixtures("right_books")
@pytest.mark.parametrize("amount", [10_000, 9_000, 12_000])
def test_what_a_sandbox_reports_of_a_live_order_settles_nothing(
    sandbox, policy, settings, amount
):
    payment = in_the_sandbox()
    settings.IS_SIMULATED = False

    assert tell(payment, amount=amount) == PaymentStatus.CREATED
    assert tell(payment, amount=amount) == PaymentStatus.CREATED

    order = Order.objects.get(pk=payment.order_id)
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert not UnmatchedMoney.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert balance_of(order.customer) == 0
    noted = AuditEntry.objects.get(action="payment.test_money")
    assert noted.data["amount"] == amount


@pytest.mark.usefixtures("right_books")
def test_a_method_that_became_a_sandbox_before_the_money_pays_nothing(policy, settings):
    method = open_transfer(gateway="tripay", channel="qris", name="QRIS")
    payment = in_the_live_gateway(method)
    settings.IS_SIMULATED = False
    PaymentMethod.objects.filter(pk=method.pk).update(is_test=True)

    assert tell(payment) == PaymentStatus.CREATED
    assert Order.objects.get(pk=payment.order_id).status == OrderStatus.AWAITING_PAYMENT

    # Back with its production keys, the real money still counts.
    PaymentMethod.objects.filter(pk=method.pk).update(is_test=False)
    assert tell(payment) == PaymentStatus.SETTLED
    order = Order.objects.get(pk=payment.order_id)
    assert (order.status, order.is_test) == (OrderStatus.PAID, False)


@pytest.mark.usefixtures("right_books")
def test_a_sandbox_takes_no_real_money_back(policy, settings):
    method = open_transfer(gateway="tripay", channel="qris", name="QRIS")
    payment = in_the_live_gateway(method)
    tell(payment)
    settings.IS_SIMULATED = False
    PaymentMethod.objects.filter(pk=method.pk).update(is_test=True)

    assert tell(payment, FactState.REVERSED) == PaymentStatus.SETTLED

    assert Order.objects.get(pk=payment.order_id).status == OrderStatus.PAID


@pytest.mark.usefixtures("right_books")
def test_a_sandbox_that_became_live_before_the_news_pays_nothing(
    sandbox, policy, settings
):
    payment = in_the_sandbox()
    settings.IS_SIMULATED = False
    PaymentMethod.objects.filter(pk=sandbox.pk).update(is_test=False)

    assert tell(payment) == PaymentStatus.CREATED

    assert Order.objects.get(pk=payment.order_id).status == OrderStatus.AWAITING_PAYMENT


@pytest.mark.usefixtures("right_books")
def test_a_top_up_in_a_sandbox_reaches_no_balance(sandbox, policy, settings):
    ayu, bima = make_customer("ayu"), fund(make_customer("bima"), 20_000)
    payment = deposit_in(sandbox, ayu)
    settings.IS_SIMULATED = False

    tell(payment)

    assert (balance_of(ayu), balance_of(bima)) == (0, 20_000)
    deposit = Deposit.objects.get(pk=payment.deposit_id)
    assert deposit.status == DepositStatus.AWAITING_PAYMENT


@pytest.mark.usefixtures("right_books")
def test_test_money_that_is_confirmed_by_hand_pays_nothing_either(
    seller, policy, settings
):
    method = open_transfer()
    payment = pending(make_order(make_product(price=10_000, codes=1)), method=method)
    settings.IS_SIMULATED = False
    PaymentMethod.objects.filter(pk=method.pk).update(is_test=True)

    with pytest.raises(OnlyTestMoney):
        settlement.confirm_transfer(actor=seller, payment=payment, now=NOON)

    assert not AuditEntry.objects.filter(action="payment.confirmed").exists()
    assert Order.objects.get(pk=payment.order_id).status == OrderStatus.AWAITING_PAYMENT


def in_the_live_gateway(method: PaymentMethod) -> Payment:
    return asked(make_order(make_product(price=10_000, codes=2)), method)


def deposit_in(method: PaymentMethod, customer, amount: int = 20_000) -> Payment:
    """A top-up whose gateway was not asked yet."""
    deposit = Deposit.objects.create(
        code="DEP-OSI",
        request_key=f"deposit:{customer.pk}",
        customer=customer,
        amount=amount,
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=15),
    )
    with unit_of_work("test.deposit"):
        transitions.DEPOSITS.note_created(deposit, actor=customer.actor, now=NOON)
        return charges.open_deposit_payment(deposit, method, now=NOON)


# --- Where everything is simulated ----------------------------------------------------


@pytest.fixture
def rehearsal(sandbox, policy) -> Order:
    """An order that was paid with test money and delivered."""
    payment = in_the_sandbox()
    tell(payment)
    return deliver(payment.order)


@pytest.mark.usefixtures("right_books")
def test_an_order_of_test_money_is_marked_and_counts_in_no_figure(rehearsal):
    live = make_order(make_product(price=29_000, codes=1))
    tell(pending(live, method=open_transfer()))
    deliver(live)

    rehearsal.refresh_from_db()
    live.refresh_from_db()

    assert (rehearsal.status, rehearsal.is_test) == (OrderStatus.DELIVERED, True)
    assert not live.is_test
    assert figures.income_since(NOON) == 29_000
    assert figures.paid_orders() == [live]
    # The order it was made from, and the one that was sold.
    assert figures.count_orders_since(NOON) == 2


@pytest.mark.usefixtures("right_books")
def test_a_rehearsal_opens_no_store(rehearsal):
    assert Step.ORDER not in read_progress().done

    live = make_order(make_product(price=29_000, codes=1))
    tell(pending(live, method=open_transfer()))

    assert Step.ORDER in read_progress().done


@pytest.mark.usefixtures("right_books")
def test_choosing_real_money_instead_makes_it_a_real_order(sandbox, policy):
    payment = in_the_sandbox()
    order = Order.objects.get(pk=payment.order_id)
    assert order.is_test

    tell(pending(order, method=open_transfer()))

    order.refresh_from_db()
    assert (order.status, order.is_test) == (OrderStatus.PAID, False)
    assert figures.income_since(NOON) == 10_000


@pytest.mark.usefixtures("right_books")
def test_late_test_money_marks_the_order_that_it_pays(sandbox, policy):
    payment = in_the_sandbox()
    order = Order.objects.get(pk=payment.order_id)
    pending(order, method=open_transfer())  # chosen, and not paid

    tell(payment)

    order.refresh_from_db()
    assert (order.status, order.is_test) == (OrderStatus.PAID, True)


@pytest.mark.usefixtures("right_books")
def test_test_money_for_an_order_that_was_paid_leaves_it_a_real_one(sandbox, policy):
    payment = in_the_sandbox()
    order = Order.objects.get(pk=payment.order_id)
    tell(pending(order, method=open_transfer()))

    tell(payment)

    order.refresh_from_db()
    assert not order.is_test
    assert figures.income_since(NOON) == 10_000


@pytest.mark.usefixtures("right_books")
def test_what_a_balance_of_test_money_buys_is_a_rehearsal_too(sandbox, policy):
    ayu, bima = make_customer("ayu"), fund(make_customer("bima"), 30_000)
    tell(deposit_in(sandbox, ayu))
    bought = [
        balance.pay_with_balance(
            order_id=make_order(make_product(price=10_000, codes=1), customer=buyer).pk,
            now=NOON,
        )
        for buyer in (ayu, bima)
    ]

    assert [Order.objects.get(pk=order.pk).is_test for order in bought] == [True, False]
    assert figures.income_since(NOON) == 10_000


@pytest.mark.usefixtures("right_books")
def test_unfitting_test_money_that_is_used_after_all_marks_the_order(sandbox, seller):
    make_policy(wallet_is_on=False)
    payment = in_the_sandbox()
    checkout.cancel_order(order_id=payment.order_id, actor="buyer", now=NOON)
    product = payment.order.lines.get().product
    other = make_order(product)  # takes the code that was given back
    tell(payment)
    money = UnmatchedMoney.objects.get()
    assert (money.reason, money.status) == (
        UnmatchedReason.OUT_OF_STOCK,
        UnmatchedStatus.OPEN,
    )
    checkout.cancel_order(order_id=other.pk, actor="buyer", now=NOON)
    unapplied.apply_to_order(actor=seller, money=money, now=NOON)

    assert Order.objects.get(pk=payment.order_id).is_test
    assert "sales" not in books()


def paid_top_up(method: PaymentMethod, product) -> Order:
    """A top-up that was paid this way, and whose delivery has begun."""
    order = checkout.place_order(
        customer=make_customer("dewi"),
        items=[Item(product.pk, destination=SUCCEEDS)],
        request_key=f"top-up:{method.pk}",
        method=method,
        now=NOON,
    )
    tell(order.payments.get())
    return deliver(order)


@pytest.mark.parametrize("is_rehearsal", [True, False])
def test_a_top_up_of_a_rehearsal_is_bought_from_a_test_account(
    sandbox, policy, is_rehearsal
):
    product = make_topup(price=12_000)
    live, test = make_account(TOKO_DEWI, is_test=False), make_account(position=5)
    for account in (live, test):
        map_product(product, account)

    paid_top_up(sandbox if is_rehearsal else open_transfer(), product)

    assert PurchaseAttempt.objects.get().account == (test if is_rehearsal else live)


def test_test_money_never_buys_from_a_live_account_however_often_it_is_tried(
    sandbox, policy
):
    product = make_topup(price=12_000)
    map_product(product, make_account(TOKO_DEWI, is_test=False))

    paid_top_up(sandbox, product)
    purchase = Purchase.objects.get()
    with unit_of_work("test.again"):
        purchase_routes.queue_attempt(purchase, actor="test", now=NOON, again=True)

    assert (purchase.is_test, purchase.status) == (True, "open")
    assert not PurchaseAttempt.objects.exists()


def test_a_payment_remembers_what_its_method_was(sandbox, policy):
    payment = in_the_sandbox()
    PaymentMethod.objects.filter(pk=sandbox.pk).update(is_test=False)

    assert Payment.objects.get(pk=payment.pk).is_test
    assert not top_up(make_customer("citra")).is_test
