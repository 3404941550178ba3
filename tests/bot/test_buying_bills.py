"""From a panel's bill to its ticket, its card and its receipt, without Discord."""

from datetime import timedelta

import pytest

from bot.message_kinds import About
from bot.models import OutgoingMessage, Ticket
from bot.presenters import bills as drawing
from bot.presenters import topups as asking
from bot.presenters.bills import BillAnswer
from bot.presenters.panel import price_line
from bot.services import buyer, panels, tickets, topups, wording
from inventory.models import BillInquiry, SavedDestination
from payments.models import Order
from payments.services.orders.quote import BillNotPayable, NeedsInquiry
from ppob.kit.errors import NotFound
from tests.factories import make_customer
from tests.inventory.billing import DIGIFLAZZ, FEE, NEXT_DAY, BillShop
from tests.payments.acts import open_transfer, pending, tell

PAID, NOTHING = DIGIFLAZZ.numbers.paid, DIGIFLAZZ.numbers.nothing
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(store, monkeypatch, jobs):
    shop = BillShop(monkeypatch, jobs, DIGIFLAZZ)
    shop.product.name = "PLN Pascabayar"
    shop.product.save()
    return shop


def looked_up(store, shop, text=PAID, *, customer=None):
    return topups.check_entered(
        customer=customer or store.buyer,
        product_id=shop.product.pk,
        panel_id=store.panel.pk,
        text=text,
        now=shop.now,
    )


def press(store, shop, **changes):
    arguments = {
        "customer": store.buyer,
        "guild_id": store.guild.pk,
        "product_id": shop.product.pk,
        "panel_id": store.panel.pk,
        "request_key": "discord:1",
        "now": shop.now,
        **changes,
    }
    return tickets.open_ticket(**arguments)


def buy(store, shop, **changes):
    found = looked_up(store, shop)
    return press(store, shop, inquiry_id=found.inquiry_id, **changes)


def card_of(ticket):
    message = OutgoingMessage.objects.get(kind="top_up_card")
    return str(wording._worded("top_up_card", About(message.payload, ticket.pk)))


# --- The panel and the question -------------------------------------------------------


def test_a_panel_shows_a_bills_fee_and_no_stock(store, shop):
    [shown] = [each for each in panels.list_panel_products() if each.is_bill]

    assert shown.can_be_bought
    assert "fee Rp 2.000" in price_line(shown)


def test_a_command_finds_the_bill_with_its_fee(store, shop):
    [(value, words)] = topups.find_items("pascabayar", now=shop.now)

    assert words == "PLN Pascabayar · fee Rp 2.000"
    assert topups.find_item(value) == shop.product.pk


def test_pressing_buy_without_an_answer_asks_for_the_number(store, shop):
    with pytest.raises(NeedsInquiry):
        press(store, shop)

    offer = topups.offer(
        customer=store.buyer, product_id=shop.product.pk, panel_id=7, now=shop.now
    )
    draft = asking.choose_account(offer)
    [[enter]] = draft.rows
    assert enter.custom_id == f"v1:number:7:{shop.product.pk}"
    assert "Rp 2.000" in str(draft.embed.fields[0])
    assert not Order.objects.exists()


def test_the_card_says_whose_bill_it_is_and_what_it_costs_with_the_fee(store, shop):
    found = looked_up(store, shop)

    draft = drawing.confirm(found)

    words = str(draft)
    assert DIGIFLAZZ.name in words
    assert "January 2019" in words
    assert "Rp 11.000 + Rp 2.000 = **Rp 13.000**" in words
    pay, change = draft.rows[0]
    assert pay.custom_id == (
        f"v1:paybill:{store.panel.pk}:{shop.product.pk}:{found.inquiry_id}"
    )
    assert change.custom_id == f"v1:number:{store.panel.pk}:{shop.product.pk}"
    assert not Order.objects.exists()


def test_without_a_bill_there_is_no_button_to_pay(store, shop):
    found = looked_up(store, shop, NOTHING)

    draft = drawing.confirm(found)

    assert isinstance(found, BillAnswer)
    assert found.receipt is None
    assert "There is no bill for this number" in draft.embed.text
    [[only]] = draft.rows
    assert only.custom_id.startswith("v1:number:")
    with pytest.raises(NotFound):
        press(store, shop, inquiry_id=found.inquiry_id)


def test_a_number_of_before_is_looked_up_again(store, shop):
    buy(store, shop)
    saved = SavedDestination.objects.get()

    found = topups.check_known(
        customer=store.buyer,
        product_id=shop.product.pk,
        panel_id=store.panel.pk,
        saved_id=saved.pk,
        now=shop.now,
    )

    assert (found.number, found.receipt.name) == (PAID, DIGIFLAZZ.name)


# --- The order ------------------------------------------------------------------------


def test_two_presses_are_one_ticket_and_one_order(store, shop):
    first = buy(store, shop)

    again = press(
        store,
        shop,
        inquiry_id=BillInquiry.objects.get().pk,
        request_key="discord:2",
    )

    assert (first.is_new, again.is_new) == (True, False)
    assert first.ticket == again.ticket
    assert Order.objects.get().total == DIGIFLAZZ.billed + FEE


def test_somebody_elses_answer_opens_nothing(store, shop):
    found = looked_up(store, shop, customer=make_customer())

    with pytest.raises(NotFound):
        press(store, shop, inquiry_id=found.inquiry_id)

    assert not Order.objects.exists()


def test_an_answer_of_yesterday_opens_nothing(store, shop):
    found = looked_up(store, shop)
    shop.now = NEXT_DAY

    with pytest.raises(BillNotPayable):
        press(store, shop, inquiry_id=found.inquiry_id)

    assert not Order.objects.exists()
    assert not Ticket.objects.exists()


def test_one_more_of_the_same_asks_for_the_number_again(store, shop):
    first = buy(store, shop)

    with pytest.raises(NeedsInquiry):
        press(store, shop, after=first.ticket.pk, request_key="discord:2")

    assert Order.objects.count() == 1


def test_the_same_bill_within_minutes_is_asked_twice(store, shop):
    first = buy(store, shop)
    tickets.close_ticket(first.ticket.pk, now=shop.now)

    found = looked_up(store, shop)

    assert found.again_code == first.ticket.order.code
    draft = drawing.confirm(found)
    assert draft.rows[0][0].custom_id.startswith("v1:surebill:")
    assert f"#{found.again_code}" in draft.embed.text
    with pytest.raises(tickets.SameOfLate):
        press(store, shop, inquiry_id=found.inquiry_id, request_key="discord:2")


def test_a_whole_sale_ends_with_a_receipt(store, shop):
    ticket = buy(store, shop).ticket

    tell(pending(ticket.order, method=open_transfer(), now=shop.now), now=shop.now)
    shop.work()

    ticket.order.refresh_from_db()
    assert ticket.order.status == "delivered"
    card = card_of(ticket)
    assert DIGIFLAZZ.name in card
    assert "Januari 2019" in card
    assert "Rp 11.000 + Rp 2.000 = **Rp 13.000**" in card
    assert "Rp 2.500" in card  # what of it is others' admin
    look = buyer.look_at_codes(
        customer=store.buyer, order_id=ticket.order_id, now=shop.now
    )
    [code] = look.codes
    assert code.code.startswith("S")
    # The number that proves the payment is shown to its buyer alone.
    assert code.code not in card
    assert shop.charged() == {BillInquiry.objects.get().ref_id: 1}
