"""An account whose name changes between the buyer's yes and the sending."""

from datetime import timedelta

import pytest

from bot.message_kinds import About
from bot.models import OutgoingMessage, Ticket
from bot.services import wording
from inventory.models import Purchase, PurchaseAttempt
from inventory.services import account_checks, purchases, renamed_accounts
from inventory.suppliers.base import FactState, OutcomeUnknown, ProviderRefused
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit import clock
from tests.bot.diamonds import (
    NOBODY,
    PRICE,
    RIZKY,
    buy,
    game,
    nothing_remembered,
    paid,
    product,
    supplier,
)
from tests.conftest import NOON
from tests.factories import make_policy
from tests.inventory.suppliers import make_account, map_product, told
from tests.payments.acts import balance_of, deliver, open_transfer, pending, tell

__all__ = ["game", "nothing_remembered", "product", "supplier"]

LATER = NOON + timedelta(minutes=11)  # what was found out is forgotten by then


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, store):
    make_policy(undo_secs=0)
    monkeypatch.setattr(clock, "now", lambda: LATER)


def rename(supplier, name):
    """The player takes another name, and nobody remembers the old one."""
    supplier.names["123456789"] = name
    nothing_is_remembered()


def nothing_is_remembered():
    account_checks.cache.clear()


def card_of(order):
    message = OutgoingMessage.objects.get(kind="top_up_card")
    ticket = Ticket.objects.get(order=order)
    return str(wording._worded("top_up_card", About(message.payload, ticket.pk)))


def ordered(store, product, text=RIZKY):
    """An order whose account was confirmed, paid, before anything is sent."""
    order = buy(store, product, text).ticket.order
    tell(pending(order, method=open_transfer()))
    return order


def test_the_purchase_keeps_the_name_and_who_told_it(store, product, jobs):
    paid(buy(store, product).ticket, jobs)

    purchase = Purchase.objects.get()
    assert (purchase.player_name, purchase.named_by) == ("RizkyGG", "digiflazz")
    assert (purchase.renamed_to, purchase.status) == ("", "succeeded")


def test_an_account_with_another_name_gets_nothing_and_the_buyer_the_money(
    store, product, supplier, jobs
):
    order = ordered(store, product)
    rename(supplier, "SomebodyElse")

    jobs.run()

    assert supplier.asked == []
    purchase = Purchase.objects.get()
    assert (purchase.status, purchase.renamed_to) == ("failed", "SomebodyElse")
    order.refresh_from_db()
    assert order.status == "refunded"
    assert balance_of(store.buyer) == PRICE
    card = card_of(order)
    assert "SomebodyElse" in card
    assert "RizkyGG" in card


@pytest.mark.parametrize("name", ["RizkyGG", "rizkygg", " RizkyGG  "])
def test_the_same_name_written_otherwise_stops_nothing(
    store, product, supplier, jobs, name
):
    order = ordered(store, product)
    rename(supplier, name)

    jobs.run()

    order.refresh_from_db()
    assert order.status == "delivered"


@pytest.mark.parametrize(
    "answer", [None, OutcomeUnknown("slow"), ProviderRefused("no", "9")]
)
def test_without_a_name_the_top_up_goes_on(store, product, supplier, jobs, answer):
    order = ordered(store, product)
    rename(supplier, answer)

    jobs.run()

    order.refresh_from_db()
    assert order.status == "delivered"


def test_within_ten_minutes_nobody_is_asked_again(store, product, supplier, jobs):
    ordered(store, product)
    supplier.names["123456789"] = "SomebodyElse"

    jobs.run()

    assert len(supplier.named) == 1
    assert Purchase.objects.get().status == "succeeded"


def test_an_account_without_a_name_is_not_asked_about(store, product, supplier, jobs):
    supplier.names["99999999"] = OutcomeUnknown("slow")
    order = ordered(store, product, NOBODY)
    supplier.names["99999999"] = "SomebodyElse"

    jobs.run()

    order.refresh_from_db()
    assert (order.status, Purchase.objects.get().player_name) == ("delivered", "")


def test_what_was_sent_once_is_never_stopped_for_its_name(
    store, product, supplier, jobs
):
    supplier.answers = [FactState.PENDING]
    ordered(store, product)
    jobs.run()
    rename(supplier, "SomebodyElse")

    attempt = PurchaseAttempt.objects.get()
    assert not renamed_accounts.stop_if_renamed(attempt_id=attempt.pk, now=LATER)

    assert len(supplier.named) == 1
    assert Purchase.objects.get().renamed_to == ""


def test_a_second_supplier_is_asked_whatever_the_name_is_by_then(
    store, product, supplier, jobs
):
    second = make_account(TOKO_DEWI, deposit=90_000, deposit_at=NOON)
    map_product(product, second, sku="ML86-2")

    def refuse(request):
        rename(supplier, "SomebodyElse")
        return told(request.ref_id, FactState.NOT_FORMED)

    supplier.answers = [refuse]
    order = ordered(store, product)

    jobs.run()

    order.refresh_from_db()
    assert (order.status, len(supplier.asked)) == ("delivered", 2)


def test_who_sends_it_meanwhile_decides(store, product, supplier, jobs, monkeypatch):
    order = ordered(store, product)
    deliver(order, now=LATER)
    attempt = PurchaseAttempt.objects.get()
    rename(supplier, "SomebodyElse")
    find_name = account_checks.find_name

    def find_while_somebody_sends(*arguments, **options):
        supplier.answers = [FactState.PENDING]
        purchases.send(attempt_id=attempt.pk, now=LATER)
        return find_name(*arguments, **options)

    monkeypatch.setattr(account_checks, "find_name", find_while_somebody_sends)

    assert not renamed_accounts.stop_if_renamed(attempt_id=attempt.pk, now=LATER)

    purchase = Purchase.objects.get()
    assert (purchase.status, purchase.renamed_to) == ("open", "")
