"""A blocked buyer takes nothing new, and keeps everything that is theirs."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from bot.services import buyer as buyer_service
from bot.services import tickets, wallet
from inventory.models import Hold
from payments.models import Deposit, Order, Payment
from payments.services.incoming import balance, charges, deposits, unapplied
from payments.services.ledger import wallets
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.models import Customer
from tenants.services import customers
from tenants.services.customers import BuyerBlocked
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_guild,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import (
    balance_of,
    deliver,
    fund,
    open_transfer,
    pending,
    tell,
    top_up,
)
from tests.payments.racing import at_once

pytestmark = pytest.mark.usefixtures("right_books", "policy")


@pytest.fixture
def product(in_arcadia):
    return make_product(price=10_000, codes=9)


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


@pytest.fixture
def bima(in_arcadia):
    """Another buyer, who goes on as ever."""
    return make_customer("bima")


def block(customer, seller, reason="never pays"):
    assert customers.block(actor=seller, customer=customer, reason=reason, now=NOON)


def everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Order, Payment, Deposit, Hold)
    ]


def test_nothing_new_is_opened_and_the_reader_knows_why(ayu, bima, product, seller):
    fund(ayu, 50_000)
    method = make_transfer_method()
    order = make_order(product, customer=ayu)
    block(ayu, seller)
    before = everything()

    for act in (
        partial(make_order, product, customer=ayu),
        partial(make_order, product, customer=ayu, method=method),
        partial(top_up, ayu),
        partial(pending, order, method=method),
        partial(balance.pay_with_balance, order_id=order.pk, now=NOON),
        partial(balance.reserve_balance, order_id=order.pk, now=NOON),
        partial(wallet.deposit_offer, customer=ayu, typed=None),
        partial(
            tickets.open_ticket,
            customer=ayu,
            guild_id=make_guild().pk,
            product_id=product.pk,
            panel_id=None,
            request_key="discord:1",
            now=NOON,
        ),
    ):
        with pytest.raises(BuyerBlocked) as refusal:
            act()

    with speaking("en"):
        assert "Your codes and your balance stay yours" in str(refusal.value)
    with speaking("id"):
        assert "Kode dan saldo" in str(refusal.value)
    assert everything() == before
    make_order(product, customer=bima)
    assert top_up(bima).status == PaymentStatus.PENDING


def test_the_payment_that_is_shown_stays_shown_and_its_money_settles(
    ayu, product, seller, jobs
):
    method = make_transfer_method()
    order = make_order(product, customer=ayu)
    payment = pending(order, method=method)
    deposit = top_up(ayu, 20_000)
    block(ayu, seller)

    assert pending(order, method=method).pk == payment.pk
    tell(payment)
    tell(deposit)
    jobs.run()

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert balance_of(ayu) == 20_000 + payment.unique_code


def test_codes_and_balance_are_read_and_money_asked_back(ayu, product, seller, jobs):
    order = make_order(product, customer=ayu)
    tell(pending(order))
    deliver(order)
    short = pending(make_order(product, customer=ayu), method=open_transfer())
    tell(short, amount=4_000)
    money = short.unmatched.get()
    block(ayu, seller)

    look = buyer_service.look_at_codes(customer=ayu, order_id=order.pk, now=NOON)
    seen = wallet.view(customer=ayu)
    asked = unapplied.ask_return(customer=ayu, money_id=money.pk, now=NOON)

    assert len(look.codes) == 1
    assert seen.wallet.balance > 4_000
    assert wallets.statement(ayu, limit=5)
    assert asked.status == "open"


def test_an_own_deposit_can_be_given_up(ayu, seller):
    deposit = top_up(ayu).deposit
    block(ayu, seller)

    ended = deposits.cancel_deposit(customer=ayu, deposit_id=deposit.pk, now=NOON)

    assert ended.status == "cancelled"


def test_unblocking_lets_the_buyer_order_again(ayu, bima, product, seller):
    block(ayu, seller)
    block(bima, seller)

    assert customers.unblock(actor=seller, customer=ayu, now=NOON)
    assert not customers.unblock(actor=seller, customer=ayu, now=NOON)

    make_order(product, customer=ayu)
    ayu.refresh_from_db()
    bima.refresh_from_db()
    assert (ayu.blocked_at, ayu.blocked_reason) == (None, "")
    assert bima.blocked_at == NOON
    actions = AuditEntry.objects.order_by("pk").values_list("action", "object")
    assert list(actions) == [
        ("customer.blocked", f"customer:{ayu.public_id}"),
        ("customer.blocked", f"customer:{bima.public_id}"),
        ("customer.unblocked", f"customer:{ayu.public_id}"),
    ]


def test_blocking_twice_keeps_the_first_reason(ayu, seller):
    block(ayu, seller)

    assert not customers.block(actor=seller, customer=ayu, reason="other", now=NOON)

    ayu.refresh_from_db()
    assert ayu.blocked_reason == "never pays"
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_who_may_not_block_blocks_nobody(ayu, seller, role):
    member = make_member(role)

    with pytest.raises(NotAllowed):
        customers.block(actor=member, customer=ayu, reason="", now=NOON)
    with pytest.raises(NotAllowed):
        customers.unblock(actor=member, customer=ayu, now=NOON)

    ayu.refresh_from_db()
    assert ayu.blocked_at is None
    assert not AuditEntry.objects.exists()


def test_a_long_reason_is_refused(ayu, seller):
    with pytest.raises(InvalidInput):
        customers.block(actor=seller, customer=ayu, reason="x" * 201, now=NOON)

    ayu.refresh_from_db()
    assert ayu.blocked_at is None


def test_an_order_and_a_block_at_once_come_one_after_the_other(ayu, product, seller):
    """Either the order was first, or there is none: never an order of a blocked one."""
    orders = [
        partial(make_order, product, customer=ayu, request_key=f"click:{number}")
        for number in range(4)
    ]
    blocking = partial(customers.block, actor=seller, customer=ayu, reason="", now=NOON)

    results = at_once([*orders, blocking])

    refused = sum(isinstance(each, BuyerBlocked) for each in results)
    assert Order.objects.filter(customer=ayu).count() == 4 - refused
    with pytest.raises(BuyerBlocked):
        make_order(product, customer=ayu)
    assert Customer.objects.get(pk=ayu.pk).blocked_at == NOON


def test_a_block_in_another_store_does_not_count_here(ayu, product, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_customer("ayu", discord_id=ayu.discord_id)
        block(theirs, make_member())

    assert make_order(product, customer=ayu).status == OrderStatus.AWAITING_PAYMENT
    assert charges.choose_method(
        order_id=Order.objects.get().pk,
        method_id=make_transfer_method().public_id,
        now=NOON,
    )


def test_the_database_keeps_no_reason_without_a_block(ayu):
    with (
        pytest.raises(IntegrityError, match="customer_reason_when_blocked"),
        transaction.atomic(),
    ):
        Customer.objects.filter(pk=ayu.pk).update(blocked_reason="why")

    ayu.refresh_from_db()
    assert ayu.blocked_reason == ""
