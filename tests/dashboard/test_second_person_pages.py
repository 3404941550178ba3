"""What pages say about second persons, further transfers and contradicting news."""

import pytest
from django.urls import reverse

from payments.models import Receipt, UnmatchedMoney
from payments.services import ledger
from payments.services.incoming import settlement
from ppob.kit import clock
from tenants.states import Role
from tests.dashboard.conftest import text_of
from tests.dashboard.money import (
    make_delivered,
    make_deposit,
    make_discrepancy,
    make_transfer,
)
from tests.factories import make_member

QUEUE = "/toko/arcadia/uang/"
NOBODY = "Nobody else in this store may approve it."


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def refund_page(order):
    return reverse("payments:refund-order", args=["arcadia", order.public_id])


def test_a_lone_owner_reads_beforehand_what_is_possible(english, owner):
    order = make_delivered(600_000)
    for other in type(owner).objects.exclude(pk=owner.pk):
        other.delete()

    page = english.get(refund_page(order))

    words = text_of(page)
    assert "Refunds of one order above Rp 500.000 need a second person." in words
    assert NOBODY in words
    html = page.content.decode()
    assert reverse("tenants:members", args=["arcadia"]) in html
    assert reverse("payments:policy", args=["arcadia"]) in html


def test_with_a_second_person_nothing_is_missing(english, owner):
    order = make_delivered(600_000)
    make_member(Role.ADMIN)

    words = text_of(english.get(refund_page(order)))

    assert "need a second person" in words
    assert NOBODY not in words


def test_below_the_limit_nobody_is_needed(english, owner):
    order = make_delivered(500_000)

    assert "need a second person" not in text_of(english.get(refund_page(order)))


def test_money_beyond_what_was_asked_shows_who_may_decide(english, owner):
    payment = make_transfer(29_000)
    settlement.confirm_transfer(
        actor=owner, payment=payment, received=900_000, now=clock.now()
    )

    page = english.get(QUEUE)

    words = text_of(page)
    assert "somebody else has to decide" in words
    assert NOBODY in words
    assert "To the buyer's balance" not in words
    money = UnmatchedMoney.objects.get()
    english.post(f"{QUEUE}{money.public_id}/saldo/")
    assert ledger.wallet_balance(payment.order.customer_id) == payment.unique_code


def test_a_transfer_names_its_price_and_its_code(english, owner):
    payment = make_transfer(29_000)
    code = payment.unique_code

    words = text_of(english.get(QUEUE)).replace("\u00a0", " ")

    assert f"= Rp 29.000 + Rp {code} to the buyer's balance" in words


def test_the_second_part_of_an_order_is_written_down_on_its_page(english, owner):
    payment = make_transfer(29_000)
    page = reverse("payments:order", args=["arcadia", payment.order.public_id])
    address = reverse("payments:confirm-transfer", args=["arcadia", payment.public_id])
    told = text_of(english.post(address, {"received": "20.000"}, follow=True))
    assert "Written down: Rp 20.000. Rp 9.000 are missing" in told
    html = english.get(page).content.decode()
    assert 'name="number" value="2"' in html

    english.post(address, {"received": "9.000", "number": "2"})

    payment.order.refresh_from_db()
    assert payment.order.status == "paid"
    assert Receipt.objects.count() == 2
    assert "Another transfer came in" in text_of(english.get(page))


def test_a_deposits_transfers_stand_on_its_buyers_page(english, owner):
    payment = make_deposit(50_000)
    customer = payment.deposit.customer
    page = reverse("payments:wallet", args=["arcadia", customer.public_id])
    assert "Money came in" in text_of(english.get(page))
    address = reverse("payments:confirm-transfer", args=["arcadia", payment.public_id])

    english.post(address)

    words = text_of(english.get(page))
    assert "Another transfer came in" in words
    assert ledger.wallet_balance(customer.pk) == payment.amount


def test_contradicting_news_is_decided_in_the_queue(english, owner):
    found = make_discrepancy(make_transfer(29_000))
    words = text_of(english.get(QUEUE))
    assert "The same transaction, told with another total" in words

    address = reverse("payments:dismiss-discrepancy", args=["arcadia", found.public_id])
    refused = english.post(address, {"note": " "}, follow=True)
    assert "Say why" in text_of(refused)
    english.post(address, {"note": "their slip"})

    found.refresh_from_db()
    assert (found.status, found.note) == ("dismissed", "their slip")
    assert "told with another total" not in text_of(english.get(QUEUE))


def test_the_provider_can_be_right(english, owner):
    found = make_discrepancy(make_transfer(29_000))

    english.post(
        reverse("payments:book-discrepancy", args=["arcadia", found.public_id])
    )

    found.refresh_from_db()
    assert found.status == "booked"
    assert UnmatchedMoney.objects.filter(amount=2_000).exists()
