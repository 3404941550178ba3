"""Many hands on one code, one balance and one refund, and what guards each.

Every race has its control: the same hands with the guard taken away, and the harm.
"""

from collections import Counter
from functools import partial

import pytest
from django.db.models import F

from inventory import locks as stock_locks
from inventory.models import StockItem
from inventory.states import ItemStatus
from payments.models import (
    Delivery,
    LedgerAccount,
    Order,
    Refund,
)
from payments.services import ledger, refunds
from payments.services.incoming import balance
from payments.services.incoming.balance import BalanceShort
from payments.services.ledger import quotas
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from payments.services.refunds import RefundDraft
from payments.states import AccountKind, RefundTo
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_policy,
    make_product,
)
from tests.payments.acts import (
    balance_of,
    deliver,
    fund,
    open_transfer,
    pending,
    tell,
)
from tests.payments.invariants import violations
from tests.payments.racing import at_once, crowd, meeting, outcomes, without_constraint

BUYERS = 200
SPENDERS, AFFORDED = 100, 10
STAFF = 20


def kinds(results):
    """How often each type is among the results."""
    return dict(Counter(type(result).__name__ for result in results))


def buying(product):
    """Each call is another buyer's press on Buy."""
    customer = make_customer()
    return partial(
        checkout.place_order,
        customer=customer,
        items=[Item(product.pk)],
        request_key=f"click:{customer.pk}",
        now=NOON,
    )


def test_two_hundred_buyers_and_one_code(in_arcadia, superuser):
    product = make_product(codes=1)

    results = crowd([buying(product) for _ in range(BUYERS)])

    assert kinds(results) == {"Order": 1, "OutOfStock": BUYERS - 1}
    [holder] = StockItem.objects.values_list("holder", flat=True)
    assert holder == Order.objects.get().lines.get().public_id
    assert violations(superuser) == {}


def test_without_the_claiming_statement_one_code_is_sold_to_many(
    in_arcadia, monkeypatch
):
    """The control: look for a free code first, take it afterwards."""
    product, meet = make_product(codes=1), meeting(STAFF)

    def look_then_take(request, *, bucket, taken=0):
        free = StockItem.objects.filter(
            product_id=request.product, status=ItemStatus.FREE
        )
        chosen = list(free.values_list("pk", flat=True)[: request.quantity])
        meet()
        return StockItem.objects.filter(pk__in=chosen).update(
            status=ItemStatus.HELD, holder=request.holder
        )

    monkeypatch.setattr(stock_locks, "hold_free_items", look_then_take)

    results = at_once([buying(product) for _ in range(STAFF)])

    assert kinds(results)["Order"] > 1
    assert StockItem.objects.count() == 1


@pytest.fixture
def spender(in_arcadia, monkeypatch):
    """A buyer whose balance pays ten of their orders of a thousand rupiah.

    The quota of unpaid orders is out of the way: it is not what holds here.
    """
    monkeypatch.setattr(quotas, "MOST_OPEN_ORDERS", SPENDERS)
    monkeypatch.setattr(quotas, "MOST_UNPAID_PIECES", SPENDERS)
    make_policy(deposit_min=1_000)
    customer = fund(make_customer("ayu"), AFFORDED * 1_000)
    product = make_product(price=1_000, codes=SPENDERS)
    orders = [make_order(product, customer=customer) for _ in range(SPENDERS)]
    return customer, orders


def test_a_hundred_spends_of_a_balance_for_ten(spender, superuser):
    customer, orders = spender

    results = crowd(
        [
            partial(balance.pay_with_balance, order_id=order.pk, now=NOON)
            for order in orders
        ]
    )

    assert kinds(results) == {
        "Order": AFFORDED,
        "BalanceShort": SPENDERS - AFFORDED,
    }
    assert balance_of(customer) == 0
    assert Order.objects.filter(status="paid").count() == AFFORDED
    assert ledger.balance(AccountKind.HELD) == -AFFORDED * 1_000
    for order in Order.objects.filter(status="awaiting_payment"):
        checkout.cancel_order(order_id=order.pk, actor=customer.actor, now=NOON)
    assert violations(superuser) == {}


def spend_unguarded(*arguments):
    """Wallets change as they are told, without looking at what is there."""
    for posting in arguments[-1]:
        if posting.kind == AccountKind.WALLET:
            LedgerAccount.objects.filter(
                kind=AccountKind.WALLET, customer_id=posting.customer_id
            ).update(balance=F("balance") - posting.amount)


def test_without_condition_and_constraint_a_balance_is_overdrawn(
    spender, monkeypatch, superuser
):
    """The control."""
    customer, orders = spender
    monkeypatch.setattr(ledger.entries, "_change_wallets", spend_unguarded)

    with without_constraint(
        superuser, "payments_ledgeraccount", "account_never_negative"
    ):
        at_once(
            [
                partial(balance.pay_with_balance, order_id=order.pk, now=NOON)
                for order in orders[:STAFF]
            ]
        )

        assert ledger.wallet_balance(customer.pk) == (AFFORDED - STAFF) * 1_000
        assert "wallet_never_negative" in violations(superuser)


def test_one_balance_is_spent_or_set_aside_by_two_devices(in_arcadia, superuser):
    make_policy(deposit_min=1_000)
    product = make_product(price=10_000, codes=20)
    for _ in range(5):
        customer = fund(make_customer(), 10_000)
        first, second = (make_order(product, customer=customer) for _ in range(2))

        results = at_once(
            [
                partial(balance.pay_with_balance, order_id=first.pk, now=NOON),
                partial(balance.reserve_balance, order_id=second.pk, now=NOON),
            ]
        )

        # Nine thousand set aside leave too little; all spent leave nothing.
        assert len([each for each in results if isinstance(each, BalanceShort)]) == 1
        assert balance_of(customer) in (0, 1_000)
    assert violations(superuser) == {}


def test_a_balance_that_pays_while_money_comes_pays_once(in_arcadia, superuser):
    product, method = make_product(price=10_000, codes=10), open_transfer()
    for _ in range(5):
        customer = fund(make_customer(), 10_000)
        order = make_order(product, customer=customer)
        payment = pending(order, method=method)

        at_once(
            [
                partial(balance.pay_with_balance, order_id=order.pk, now=NOON),
                partial(tell, payment),
            ]
        )

        assert deliver(order).status == "delivered"
        assert balance_of(customer) == 10_000
    assert violations(superuser) == {}


@pytest.fixture
def delivered(in_arcadia):
    order = make_order(make_product(price=10_000, codes=1))
    tell(pending(order, method=open_transfer()))
    return deliver(order)


def clicking(order, *, key, member=None, amount=5_000):
    """A form that was built before anything was refunded."""
    form = RefundDraft(amount, RefundTo.BALANCE, "the buyer asked", key, 0)
    return partial(
        refunds.request_refund,
        actor=member or make_member(),
        order=order,
        draft=form,
        now=NOON,
    )


def test_one_form_clicked_by_twenty_is_one_refund(delivered, superuser):
    results = at_once([clicking(delivered, key="form") for _ in range(STAFF)])

    assert {result.pk for result in results} == {Refund.objects.get().pk}
    assert balance_of(delivered.customer) == 5_000
    assert violations(superuser) == {}


def test_twenty_forms_built_at_the_same_time_are_one_refund(delivered, superuser):
    works = [clicking(delivered, key=f"form:{number}") for number in range(STAFF)]

    results = at_once(works)

    assert kinds(results) == {"Refund": 1, "RefundedMeanwhile": STAFF - 1}
    assert balance_of(delivered.customer) == 5_000
    assert violations(superuser) == {}


def look_without_locks(monkeypatch, *, meet):
    def look_at_order(order_id):
        order = Order.objects.get(pk=order_id)
        meet()
        return order

    monkeypatch.setattr(refunds.refund_requests.locks, "lock_order", look_at_order)


def test_without_the_lock_many_forms_are_many_refunds(
    delivered, monkeypatch, superuser
):
    """The control: both halves of the price go out to two people, or more."""
    look_without_locks(monkeypatch, meet=meeting(8))
    works = [clicking(delivered, key=f"form:{number}") for number in range(8)]

    results = outcomes(works)

    # The row's own bound is the last guard: never more than the price.
    assert kinds(results)["Refund"] == 2
    assert balance_of(delivered.customer) == 10_000
    assert Refund.objects.count() == 2


def test_without_lock_and_key_one_form_is_many_refunds(
    delivered, monkeypatch, superuser
):
    """The control."""
    look_without_locks(monkeypatch, meet=meeting(8))
    works = [clicking(delivered, key="form", amount=1_000) for _ in range(8)]

    with without_constraint(superuser, "payments_refund", "refund_once_per_request"):
        outcomes(works)

        assert Refund.objects.count() > 1


def test_a_refund_is_approved_or_rejected_once(in_arcadia, superuser):
    make_policy(refund_approval_above=1_000)
    order = make_order(make_product(price=10_000, codes=1))
    tell(pending(order, method=open_transfer()))
    deliver(order)
    waiting = clicking(order, key="form")()
    approve = [
        partial(refunds.approve_refund, actor=make_member(), refund=waiting, now=NOON)
        for _ in range(6)
    ]
    reject = [
        partial(
            refunds.reject_refund,
            actor=make_member(),
            refund=waiting,
            reason="no",
            now=NOON,
        )
        for _ in range(6)
    ]

    results = at_once([*approve, *reject])

    assert kinds(results) == {"Refund": 1, "IllegalMove": 11}
    waiting.refresh_from_db()
    assert balance_of(order.customer) == (5_000 if waiting.status == "done" else 0)
    assert violations(superuser) == {}


def test_a_refund_is_paid_out_or_turned_to_the_balance_once(delivered, superuser):
    seller = make_member()
    form = RefundDraft(5_000, RefundTo.SOURCE, "the buyer asked", "form", 0)
    waiting = refunds.request_refund(
        actor=seller, order=delivered, draft=form, now=NOON
    )
    pay = partial(
        refunds.note_paid_out, actor=seller, refund=waiting, note="BCA", now=NOON
    )
    turn = partial(refunds.turn_to_balance, actor=seller, refund=waiting, now=NOON)

    results = at_once([pay, turn] * 5)

    assert kinds(results) == {"Refund": 1, "IllegalMove": 9}
    assert ledger.balance(AccountKind.PAYABLE) == 0
    assert violations(superuser) == {}


def test_an_order_is_delivered_or_refunded_and_never_both(in_arcadia, superuser):
    product, method = make_product(price=10_000, codes=5), open_transfer()
    for number in range(5):
        order = make_order(product)
        tell(pending(order, method=method))

        at_once(
            [
                partial(deliver, order),
                clicking(order, key=f"form:{number}", amount=10_000),
            ]
        )

        order.refresh_from_db()
        assert order.refunded == 10_000
        assert Delivery.objects.filter(line__order=order).count() == (
            1 if order.status == "delivered" else 0
        )
    assert violations(superuser) == {}
