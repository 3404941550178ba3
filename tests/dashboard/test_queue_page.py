"""What waits for a person: in which order, until when, and what one can decide."""

from datetime import timedelta

import pytest

from payments.models import (
    Deposit,
    MoneyPolicy,
    Order,
    Payment,
    Refund,
    UnmatchedMoney,
)
from payments.services import ledger
from payments.services.incoming import deposits, settlement, unapplied
from payments.services.orders import expiry
from payments.states import (
    DepositStatus,
    OrderStatus,
    PaymentStatus,
    UnmatchedStatus,
)
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.money import (
    make_delivered,
    make_deposit,
    make_paid,
    make_refund,
    make_transfer,
    make_unapplied,
)
from tests.factories import make_member

QUEUE = "/toko/arcadia/uang/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def money(in_arcadia) -> UnmatchedMoney:
    return make_unapplied(make_transfer(29_000))


def test_an_empty_queue_says_so(english):
    assert "Nothing is waiting" in text_of(english.get(QUEUE))


def test_the_most_urgent_comes_first(english, owner, in_arcadia):
    MoneyPolicy.objects.create(refund_approval_above=0)
    quiet = make_transfer()
    claimed = make_transfer()
    settlement.buyer_says_paid(payment_id=claimed.pk, now=clock.now())
    refund = make_refund(make_delivered(), owner, 10_000)
    stuck = make_paid()
    long_ago = clock.now() - timedelta(hours=30)
    Order.objects.filter(pk=stuck.pk).update(paid_at=long_ago)

    page = english.get(QUEUE).content.decode()

    things = (stuck, claimed.order, refund.order, quiet.order)
    places = [page.index(f"/pesanan/{order.public_id}/") for order in things]
    assert places == sorted(places)
    assert page.count("Overdue") == 1
    assert "1 thing is overdue" in page


def test_a_paid_order_waits_only_after_two_minutes(english, in_arcadia):
    order = make_paid()
    assert "Nothing is waiting" in text_of(english.get(QUEUE))

    Order.objects.filter(pk=order.pk).update(paid_at=clock.now() - timedelta(minutes=3))

    words = text_of(english.get(QUEUE))
    assert "Paid, not delivered" in words
    assert "Refunds itself" in words
    assert order.code in words


def test_unapplied_money_waits_with_its_order_and_deadline(english, money):
    words = text_of(english.get(QUEUE))

    assert "Odd payment Rp 59.000" in words
    assert money.payment.order.code in words
    assert "Until" in words


def test_paying_back_needs_a_note(english, guild, money):
    address = f"{QUEUE}{money.public_id}/kembali/"

    refused = english.post(address, {"note": "  "}, follow=True)
    assert "Say how and to whom you paid it back" in text_of(refused)

    english.post(address, {"note": "BCA 123, 21 Nov"})
    money.refresh_from_db()
    assert (money.status, money.note) == ("returned", "BCA 123, 21 Nov")
    assert "Nothing is waiting" in text_of(english.get(QUEUE))


def test_unapplied_money_can_pay_its_order(english, money):
    english.post(f"{QUEUE}{money.public_id}/pakai/")

    money.refresh_from_db()
    assert money.status == "applied"
    money.payment.order.refresh_from_db()
    assert money.payment.order.status == OrderStatus.PAID


def test_unapplied_money_can_go_to_the_buyers_balance_once(english, money):
    address = f"{QUEUE}{money.public_id}/saldo/"

    first = english.post(address, follow=True)
    again = english.post(address, follow=True)

    assert "The money is on the buyer's balance now" in text_of(first)
    assert "Somebody has settled this money already" in text_of(again)
    assert ledger.wallet_balance(money.payment.order.customer_id) == 59_000


def test_what_the_buyer_wants_back_says_so(english, in_arcadia):
    transfer = make_transfer()
    settlement.confirm_transfer(
        actor=make_member(), payment=transfer, received=20_000, now=clock.now()
    )
    money = UnmatchedMoney.objects.get()
    assert money.status == UnmatchedStatus.CREDITED
    assert "Odd payment" not in text_of(english.get(QUEUE))

    unapplied.ask_return(
        customer=transfer.order.customer, money_id=money.pk, now=clock.now()
    )

    page = english.get(QUEUE)
    assert "The buyer wants it back where it came from" in text_of(page)
    assert f"{money.public_id}/pakai/" not in page.content.decode()


def test_a_cashier_confirms_but_does_not_decide_about_unapplied_money(
    in_arcadia, money
):
    transfer = make_transfer()
    cashier = browser_of(make_member(Role.CASHIER))
    page = cashier.get(QUEUE).content.decode()

    assert f"/transfer/{transfer.public_id}/terima/" in page
    for deed in ("pakai", "saldo", "kembali"):
        assert f"{money.public_id}/{deed}/" not in page
        answer = cashier.post(f"{QUEUE}{money.public_id}/{deed}/")
        assert answer.status_code == 403
    money.refresh_from_db()
    assert money.status == UnmatchedStatus.OPEN


def test_another_stores_money_does_not_exist(english, borealis):
    with tenant_scope(borealis.pk):
        money = make_unapplied(make_transfer())

    assert "59.000" not in text_of(english.get(QUEUE))
    for deed in ("pakai", "saldo", "kembali"):
        answer = english.post(f"{QUEUE}{money.public_id}/{deed}/", {"note": "x"})
        assert answer.status_code == 404
    with tenant_scope(borealis.pk):
        money.refresh_from_db()
        assert money.status == UnmatchedStatus.OPEN


@pytest.fixture
def deposit(in_arcadia) -> Payment:
    return make_deposit(50_000)


def test_a_deposits_transfer_leads_from_the_orders_page_to_the_queue(english, deposit):
    page = english.get("/toko/arcadia/pesanan/").content.decode()

    assert f"Balance top-up #{deposit.deposit.code}" in page
    assert f"{QUEUE}#transfer-{deposit.public_id}" in page
    assert f'id="transfer-{deposit.public_id}"' in english.get(QUEUE).content.decode()


def test_a_deposits_transfer_is_confirmed_once(english, deposit):
    address = f"/toko/arcadia/transfer/{deposit.public_id}/terima/"

    first = english.post(address, follow=True)
    again = english.post(address, follow=True)

    assert "The buyer's balance was topped up" in text_of(first)
    assert "This transfer was confirmed before" in text_of(again)
    assert Deposit.objects.get().status == DepositStatus.CREDITED
    assert ledger.wallet_balance(deposit.deposit.customer_id) == deposit.amount


def test_a_deposits_transfer_is_rejected(english, deposit):
    english.post(f"/toko/arcadia/transfer/{deposit.public_id}/tolak/", {"reason": "no"})

    deposit.refresh_from_db()
    assert deposit.status == PaymentStatus.FAILED
    assert ledger.wallet_balance(deposit.deposit.customer_id) == 0
    assert "Nothing is waiting" in text_of(english.get(QUEUE))


def test_another_amount_for_a_deposit_is_the_buyers_all_the_same(english, deposit):
    address = f"/toko/arcadia/transfer/{deposit.public_id}/terima/"

    done = english.post(address, {"received": "45.000"}, follow=True)

    assert "Written down: Rp 45.000" in text_of(done)
    assert ledger.wallet_balance(deposit.deposit.customer_id) == 45_000
    # The rest may still come: it is the second transfer then.
    page = done.content.decode()
    assert f"/transfer/{deposit.public_id}/terima/" in page
    assert 'name="number" value="2"' in page
    assert "Yes, it came in" not in page


def test_a_second_transfer_is_written_down_once_however_often_it_is_sent(
    english, deposit
):
    address = f"/toko/arcadia/transfer/{deposit.public_id}/terima/"
    english.post(address, {"received": "20.000", "number": "1"})

    for _ in range(2):
        done = english.post(address, {"received": "25.000", "number": "2"}, follow=True)

    assert "in the meantime" in text_of(done)
    assert ledger.wallet_balance(deposit.deposit.customer_id) == 45_000
    for number in ("0", "", "-1", "x", "99999"):
        english.post(address, {"received": "1.000", "number": number})
    assert ledger.wallet_balance(deposit.deposit.customer_id) == 45_000


@pytest.mark.parametrize("kind", ["order", "deposit"])
def test_a_claimed_transfer_that_ran_out_still_waits_for_a_day(
    english, in_arcadia, kind
):
    payment = make_transfer() if kind == "order" else make_deposit()
    settlement.buyer_says_paid(payment_id=payment.pk, now=clock.now())
    later = payment.expires_at + timedelta(minutes=1)
    if kind == "order":
        expiry.expire_order(order_id=payment.order_id, now=later)
    else:
        deposits.expire_deposit(deposit_id=payment.deposit_id, now=later)
    address = f"/toko/arcadia/transfer/{payment.public_id}/terima/"

    page = english.get(QUEUE)
    assert address in page.content.decode()
    assert f"/transfer/{payment.public_id}/tolak/" not in page.content.decode()
    assert "Overdue" in text_of(page)

    english.post(address)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SETTLED
    assert "Nothing is waiting" in text_of(english.get(QUEUE))


def test_after_a_day_a_claimed_transfer_is_out_of_sight(english, in_arcadia):
    payment = make_transfer()
    settlement.buyer_says_paid(payment_id=payment.pk, now=clock.now())
    later = payment.expires_at + timedelta(minutes=1)
    expiry.expire_order(order_id=payment.order_id, now=later)
    Payment.objects.update(expires_at=clock.now() - timedelta(hours=25))

    assert "Nothing is waiting" in text_of(english.get(QUEUE))


def test_the_page_counts_its_queries_not_its_rows(
    english, owner, in_arcadia, django_assert_max_num_queries
):
    MoneyPolicy.objects.create(refund_approval_above=0)
    for _number in range(3):
        make_transfer()
        make_deposit()
        make_refund(make_delivered(), owner, 10_000)
    assert Refund.objects.count() == 3

    with django_assert_max_num_queries(22):
        english.get(QUEUE)
