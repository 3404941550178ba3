"""Money arrives while something else happens to the same order."""

from functools import partial

import pytest
from django.db import OperationalError, transaction

from inventory.models import StockItem
from inventory.services.stock import OutOfStock
from payments.models import (
    Delivery,
    LedgerAccount,
    LedgerEntry,
    LedgerPosting,
    Order,
    OrderEvent,
    Payment,
    Receipt,
    UnmatchedMoney,
)
from payments.services import ledger
from payments.services.incoming import settlement, unapplied
from payments.services.ledger import Posting
from payments.services.orders import checkout, completion, delivery, expiry
from payments.services.orders.quote import Item
from payments.states import AccountKind, EntryKind, OrderStatus, UnmatchedStatus
from ppob.kit.machine import IllegalMove
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_product,
    make_transfer_method,
)
from tests.payments.acts import LATE, keep_no_balances, pending, tell
from tests.payments.invariants import violations
from tests.payments.racing import at_once, meeting, outcomes, without_constraint

ROUNDS = 10


def paying(payment, *, now=NOON):
    return partial(tell, payment, now=now)


def delivering(order_id, *, now=NOON):
    return partial(delivery.deliver_order, order_id=order_id, now=now)


def of_type(results, kind):
    return [result for result in results if isinstance(result, kind)]


def look_without_locks(monkeypatch, *, meet):
    """Orders and payments are read as before, without their row locks."""

    def look_at_order(order_id):
        order = Order.objects.get(pk=order_id)
        meet()
        return order

    def look_at_subject_of(payment_id):
        return look_at_order(Payment.objects.get(pk=payment_id).order_id)

    def look_at_payment(payment_id):
        return Payment.objects.select_related("method", "order__customer").get(
            pk=payment_id
        )

    locks = settlement.locks
    monkeypatch.setattr(locks, "lock_order", look_at_order)
    monkeypatch.setattr(locks, "lock_subject_of", look_at_subject_of)
    monkeypatch.setattr(locks, "lock_payment", look_at_payment)


def test_the_same_news_twenty_times_at_once_counts_once(in_arcadia, superuser):
    payment = pending()
    news = paying(payment)

    def hear_and_deliver():
        news()
        return delivering(payment.order_id)()

    orders = at_once([hear_and_deliver] * 20)

    assert {order.status for order in orders} == {OrderStatus.DELIVERED}
    assert Delivery.objects.count() == 1
    assert LedgerEntry.objects.count() == 2
    assert OrderEvent.objects.count() == 4
    assert not UnmatchedMoney.objects.exists()
    assert violations(superuser) == {}


def test_without_the_locks_the_receipt_alone_lets_the_same_news_count_once(
    in_arcadia, monkeypatch, superuser
):
    payment = pending()
    look_without_locks(monkeypatch, meet=meeting(8))

    results = outcomes([paying(payment)] * 8)

    assert len(of_type(results, str)) == 8
    assert Receipt.objects.count() == 1
    assert violations(superuser) == {}


def test_without_locks_and_receipts_the_same_news_is_an_error_and_counts_once(
    in_arcadia, monkeypatch, superuser
):
    """The control: receipts make repeated news quiet, the moves make it single."""
    payment = pending()
    look_without_locks(monkeypatch, meet=meeting(8))

    with without_constraint(superuser, "payments_receipt", "receipt_once"):
        results = outcomes([paying(payment)] * 8)

        assert len(of_type(results, str)) == 1
        assert len(of_type(results, IllegalMove)) == 7


def test_a_transfer_that_ten_people_write_down_at_once_is_one(in_arcadia, superuser):
    payment = pending()
    staff = [make_member(Role.CASHIER) for _ in range(10)]

    results = at_once(
        [
            partial(
                settlement.confirm_transfer,
                actor=member,
                payment=payment,
                received=4_000,
                number=1,
                now=NOON,
            )
            for member in staff
        ]
    )

    assert len(of_type(results, IllegalMove)) == 9
    assert list(Receipt.objects.values_list("amount", flat=True)) == [4_000]
    assert ledger.balance(AccountKind.CLEARING) == 4_000
    assert violations(superuser) == {}


def test_delivering_an_order_many_times_at_once_delivers_it_once(in_arcadia, superuser):
    payment = pending(make_order(make_product(codes=5), quantity=3))
    paying(payment)()

    at_once([delivering(payment.order_id)] * 10)

    assert Delivery.objects.count() == 3
    assert StockItem.objects.filter(status="sold").count() == 3
    assert violations(superuser) == {}


def test_money_at_the_deadline_pays_or_is_late_and_never_both(in_arcadia, superuser):
    """The order expires, its money arrives and a rival buys, all in one moment."""
    method = make_transfer_method()
    for number in range(ROUNDS):
        product = make_product(codes=1)
        payment = pending(make_order(product), method=method)
        rival = partial(
            checkout.place_order,
            customer=make_customer(),
            items=[Item(product.pk)],
            request_key=f"rival:{number}",
            now=LATE,
        )

        results = at_once(
            [
                partial(expiry.expire_order, order_id=payment.order_id, now=LATE),
                paying(payment, now=LATE),
                rival,
            ]
        )
        delivering(payment.order_id, now=LATE)()

        order = Order.objects.get(pk=payment.order_id)
        waiting = UnmatchedMoney.objects.filter(payment=payment).count()
        assert (order.status, waiting, type(results[2])) in [
            ("delivered", 0, OutOfStock),
            ("expired", 1, Order),
        ]
    assert violations(superuser) == {}


def test_without_the_locks_the_deadline_is_an_error(in_arcadia, monkeypatch):
    """The control: both have seen an unpaid order, and only one can be right."""
    payment = pending()
    look_without_locks(monkeypatch, meet=meeting(2))

    results = outcomes(
        [
            partial(expiry.expire_order, order_id=payment.order_id, now=LATE),
            paying(payment, now=LATE),
        ]
    )

    assert len(of_type(results, (IllegalMove, OperationalError))) == 1


def test_a_cancelled_order_and_its_money_meet(in_arcadia, superuser):
    method = make_transfer_method()
    for _ in range(ROUNDS):
        payment = pending(method=method)

        at_once(
            [
                partial(
                    checkout.cancel_order,
                    order_id=payment.order_id,
                    actor="discord:1",
                    now=NOON,
                ),
                paying(payment),
            ]
        )
        delivering(payment.order_id)()

        # Whoever came first: the code was still there for the money.
        assert Order.objects.get(pk=payment.order_id).status == OrderStatus.DELIVERED
    assert violations(superuser) == {}


def test_two_of_the_staff_confirm_one_transfer(in_arcadia, superuser):
    payment = pending()

    results = at_once(
        [
            partial(
                settlement.confirm_transfer,
                actor=make_member(),
                payment=payment,
                now=NOON,
            )
            for _ in range(4)
        ]
    )

    assert len(of_type(results, Payment)) == 1
    assert len(of_type(results, IllegalMove)) == 3
    assert LedgerEntry.objects.count() == 1
    assert violations(superuser) == {}


def test_one_confirms_and_one_rejects_the_same_transfer(in_arcadia, superuser):
    for _ in range(ROUNDS):
        payment, seller = pending(), make_member()

        at_once(
            [
                partial(
                    settlement.confirm_transfer,
                    actor=seller,
                    payment=payment,
                    now=NOON,
                ),
                partial(
                    settlement.reject_transfer,
                    actor=seller,
                    payment=payment,
                    reason="not found",
                    now=NOON,
                ),
            ]
        )

        # A rejected transfer can be confirmed after all, never the other way round.
        payment.refresh_from_db()
        assert payment.status == "settled"
    assert violations(superuser) == {}


def test_two_ways_to_pay_at_once_sell_once(in_arcadia, superuser):
    order = make_order()
    first = pending(order)
    second = pending(order, method=make_transfer_method(name="BNI"))

    at_once([paying(first), paying(second)])
    delivering(order.pk)()

    money = UnmatchedMoney.objects.get()
    assert money.reason == "already_paid"
    assert Delivery.objects.count() == 1
    assert violations(superuser) == {}


@pytest.fixture
def late_money(in_arcadia):
    """Money that came when the code was gone, and a code that came back."""
    keep_no_balances()
    product = make_product(codes=1)
    payment = pending(make_order(product))
    expiry.expire_order(order_id=payment.order_id, now=LATE)
    rival = make_order(product, now=LATE)
    paying(payment, now=LATE)()
    checkout.cancel_order(order_id=rival.pk, actor="discord:1", now=LATE)
    return UnmatchedMoney.objects.get()


def applying(money, seller):
    return partial(unapplied.apply_to_order, actor=seller, money=money, now=LATE)


def returning(money, seller):
    return partial(
        unapplied.note_returned, actor=seller, money=money, note="by hand", now=LATE
    )


def test_unapplied_money_is_used_once(late_money, superuser):
    seller = make_member()

    results = at_once([applying(late_money, seller)] * 5)
    delivering(late_money.payment.order_id, now=LATE)()

    assert results.count(None) == 1
    assert len(of_type(results, IllegalMove)) == 4
    late_money.refresh_from_db()
    assert late_money.status == UnmatchedStatus.APPLIED
    assert violations(superuser) == {}


def test_unapplied_money_is_used_or_paid_back(late_money, superuser):
    seller = make_member()

    results = at_once([applying(late_money, seller), returning(late_money, seller)])

    assert results.count(None) == 1
    late_money.refresh_from_db()
    used = late_money.status == UnmatchedStatus.APPLIED
    assert ledger.balance(AccountKind.UNMATCHED) == 0
    assert (ledger.balance(AccountKind.HELD) != 0) == used
    assert violations(superuser) == {}


def test_without_the_locks_unapplied_money_is_an_error_the_second_time(
    late_money, monkeypatch, superuser
):
    """The control."""
    meet, locks = meeting(4), unapplied.locks
    look_without_locks(monkeypatch, meet=lambda: None)

    def look_at_money(money_id):
        money = UnmatchedMoney.objects.select_related("payment__method").get(
            pk=money_id
        )
        meet()
        return money

    monkeypatch.setattr(locks, "lock_unapplied", look_at_money)

    results = outcomes([returning(late_money, make_member())] * 4)

    assert results.count(None) == 1
    assert len(of_type(results, ledger.AlreadyBooked)) == 3
    assert violations(superuser) == {}


def spending(order, amount, *, number):
    customer = order.customer

    def spend():
        with transaction.atomic():
            ledger.book(
                subject=order,
                kind=EntryKind.SETTLED,
                source=f"spend:{number}",
                postings=[
                    Posting(AccountKind.WALLET, amount, customer_id=customer.pk),
                    Posting(AccountKind.HELD, -amount),
                ],
                now=NOON,
            )

    return spend


@pytest.fixture
def rich_order(in_arcadia):
    """An order whose buyer has 100 rupiah to spend."""
    order = make_order()
    with transaction.atomic():
        ledger.book(
            subject=order,
            kind=EntryKind.SETTLED,
            source="deposit",
            postings=[
                Posting(AccountKind.CLEARING, 100),
                Posting(AccountKind.WALLET, -100, customer_id=order.customer_id),
            ],
            now=NOON,
        )
    return order


def test_a_wallet_is_never_overdrawn_by_spending_at_once(rich_order):
    results = at_once([spending(rich_order, 30, number=number) for number in range(10)])

    assert results.count(None) == 3
    assert len(of_type(results, ledger.BalanceTooLow)) == 7
    assert ledger.wallet_balance(rich_order.customer_id) == 10
    assert ledger.balance(AccountKind.WALLET) == -10


def test_without_the_conditional_update_a_wallet_loses_count(rich_order, monkeypatch):
    """The control: read the balance, subtract, write it back."""
    meet = meeting(5)

    def read_then_write(*arguments):
        for posting in arguments[-1]:
            if posting.kind == AccountKind.WALLET:
                account = LedgerAccount.objects.get(customer_id=posting.customer_id)
                meet()
                account.balance -= posting.amount
                account.save(update_fields=["balance"])

    monkeypatch.setattr(ledger.entries, "_change_wallets", read_then_write)

    outcomes([spending(rich_order, 30, number=number) for number in range(5)])

    balance = ledger.wallet_balance(rich_order.customer_id)
    assert balance != -ledger.balance(AccountKind.WALLET)


def test_the_first_bookings_of_a_store_share_their_accounts(in_arcadia):
    order = make_order()
    customer = order.customer

    def deposit(number):
        with transaction.atomic():
            ledger.book(
                subject=order,
                kind=EntryKind.SETTLED,
                source=f"deposit:{number}",
                postings=[
                    Posting(AccountKind.CLEARING, 10),
                    Posting(AccountKind.WALLET, -10, customer_id=customer.pk),
                ],
                now=NOON,
            )

    at_once([partial(deposit, number) for number in range(12)])

    assert LedgerAccount.objects.count() == 2
    assert LedgerPosting.objects.count() == 24
    assert ledger.wallet_balance(customer.pk) == 120


def test_one_order_is_reviewed_once_however_often_it_is_pressed(in_arcadia):
    payment = pending()
    paying(payment)()
    delivering(payment.order_id)()
    customer = payment.order.customer

    results = at_once(
        [
            partial(
                completion.leave_review,
                customer=customer,
                order_id=payment.order_id,
                stars=stars,
                now=NOON,
            )
            for stars in (1, 2, 3, 4, 5)
        ]
    )

    assert len(of_type(results, completion.AlreadyReviewed)) == 4
    assert Order.objects.get().status == OrderStatus.COMPLETED


def test_every_look_at_a_code_is_counted(in_arcadia):
    payment = pending()
    paying(payment)()
    delivering(payment.order_id)()
    look = partial(
        delivery.reveal_codes,
        customer=payment.order.customer,
        order_id=payment.order_id,
        now=NOON,
    )

    shown = at_once([look] * 8)

    assert len({codes[0].code for codes in shown}) == 1
    assert Delivery.objects.get().reveals == 8
