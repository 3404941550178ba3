"""From a panel's top-up to its ticket and its card, without Discord."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from bot.message_kinds import About
from bot.models import OutgoingMessage, Ticket
from bot.presenters import topups as drawing
from bot.services import panels, topups, wording
from bot.services.tickets import SameOfLate
from catalog.destinations import BadDestination
from inventory.models import AccountCheck, SavedDestination, SupplierProduct
from inventory.services import serving
from inventory.states import CheckState, Obstacle
from inventory.suppliers.base import OutcomeUnknown
from payments.models import MoneyPolicy, Order
from payments.services.orders.quote import NeedsDestination, NotForSale, NotServed
from ppob.kit.errors import NotFound
from tests.bot.diamonds import (
    NOBODY,
    PRICE,
    buy,
    entered,
    game,
    nothing_remembered,
    paid,
    press,
    product,
    supplier,
)
from tests.conftest import NOON
from tests.factories import CategoryFactory, make_customer, make_policy
from tests.inventory.suppliers import (
    make_topup,
    map_product,
)

__all__ = ["game", "nothing_remembered", "product", "supplier"]


# --- The panel ------------------------------------------------------------------------


def test_a_panel_says_how_a_top_up_arrives_and_never_a_stock(store, product):
    [shown] = [each for each in panels.list_panel_products() if each.pk == product.pk]

    assert shown.can_be_bought
    assert shown.serving == serving.Serving()


def test_what_nobody_can_deliver_is_named_last_with_the_reason(
    store, product, django_assert_num_queries
):
    bare = make_topup(category=product.category, price=9_000, name="12 Diamonds")

    with django_assert_num_queries(3):
        found = topups.find_items("diamonds", now=NOON)

    assert found == [
        (f"item:{product.pk}", "86 Diamonds · Rp 20.000"),
        (f"item:{bare.pk}", "12 Diamonds · Rp 9.000 · ⚠️ Not available"),
    ]


def test_nobody_confirms_an_account_for_what_cannot_be_bought(store, product, supplier):
    SupplierProduct.objects.update(is_available=False)

    with pytest.raises(NotServed):
        entered(store, product)

    assert not AccountCheck.objects.exists()


def test_a_top_up_that_nobody_can_deliver_is_grey(store, product):
    SupplierProduct.objects.update(is_available=False)

    [shown] = [each for each in panels.list_panel_products() if each.pk == product.pk]

    assert not shown.can_be_bought
    assert shown.serving.obstacle == Obstacle.UNAVAILABLE


# --- For whom -------------------------------------------------------------------------


def test_pressing_buy_without_an_account_asks_for_one(store, product):
    with pytest.raises(NeedsDestination):
        press(store, product)
    assert not Order.objects.exists()


def test_the_question_names_what_the_game_wants(store, product):
    offer = topups.offer(
        customer=store.buyer, product_id=product.pk, panel_id=7, now=NOON
    )

    assert (offer.product_name, offer.price, offer.saved) == ("86 Diamonds", PRICE, ())
    assert "5" in offer.needed
    assert "12" in offer.needed


def test_a_code_is_for_nobodys_account(store):
    with pytest.raises(NotForSale):
        topups.offer(
            customer=store.buyer, product_id=store.product.pk, panel_id=7, now=NOON
        )


def test_the_nickname_is_shown_before_anything_is_ordered(store, product):
    found = entered(store, product)

    assert (found.account, found.name, found.state) == (
        "123456789 (1234)",
        "RizkyGG",
        CheckState.VERIFIED,
    )
    assert not Order.objects.exists()


def test_an_account_that_does_not_exist_has_no_button_to_go_on(store, product):
    draft = drawing.confirm(entered(store, product, NOBODY))

    [[only]] = draft.rows
    assert only.custom_id == f"v1:account:{store.panel.pk}:{product.pk}"
    with pytest.raises(NotFound):
        press(store, product, check_id=AccountCheck.objects.get().pk)
    assert not Order.objects.exists()


def test_what_cannot_be_checked_has_to_be_confirmed_as_such(store, product, supplier):
    supplier.names["123456789"] = OutcomeUnknown("slow")

    found = entered(store, product)
    draft = drawing.confirm(found)

    assert (found.state, found.name) == (CheckState.UNCHECKED, "")
    assert "cannot be checked" in draft.embed.text
    assert "RizkyGG" not in str(draft)


def test_what_can_be_no_account_says_what_the_game_wants(store, product):
    with pytest.raises(BadDestination):
        entered(store, product, "halo")


# --- The order ------------------------------------------------------------------------


def test_the_order_goes_to_the_account_that_was_confirmed(store, product):
    opened = buy(store, product)

    line = opened.ticket.order.lines.get()
    assert (line.destination, line.destination_name) == ("123456789|1234", "RizkyGG")
    assert opened.ticket.destination == "123456789|1234"
    assert opened.is_new
    saved = SavedDestination.objects.get()
    assert (saved.destination, saved.name) == ("123456789|1234", "RizkyGG")


def test_the_guide_says_where_it_goes_and_nothing_of_stock(store, product):
    ticket = buy(store, product).ticket
    message = OutgoingMessage.objects.get(kind="ticket_guide")

    [about] = [About(message.payload, ticket.pk)]
    draft = wording._worded("ticket_guide", about)
    words = str(draft)
    assert "RizkyGG · 123456789 (1234)" in words
    assert "Stock" not in words
    assert "Stok" not in words


def test_somebody_elses_check_orders_nothing(store, product):
    other = make_customer()
    found = entered(store, product, customer=other)

    with pytest.raises(NotFound):
        press(store, product, check_id=found.check_id)
    assert not Order.objects.exists()


def test_a_check_of_another_game_orders_nothing(store, product, supplier):
    other_game = CategoryFactory(code="FF", name="Free Fire")
    other = make_topup(price=9_000, category=other_game)
    map_product(other, make_account_of(product), sku="ff70")
    found = entered(store, product)

    with pytest.raises(NotFound):
        press(store, other, check_id=found.check_id)


def make_account_of(product):
    return SupplierProduct.objects.get(product=product).account


def test_a_check_counts_for_an_hour(store, product):
    found = entered(store, product)
    hour = NOON + timedelta(hours=1)

    with pytest.raises(topups.CheckIsOld):
        press(
            store,
            product,
            check_id=found.check_id,
            now=hour + timedelta(seconds=1),
        )
    assert press(store, product, check_id=found.check_id, now=hour).is_new


def test_what_is_closed_meanwhile_is_not_sold(store, product):
    found = entered(store, product)
    SupplierProduct.objects.update(is_available=False)

    with pytest.raises(NotServed):
        press(store, product, check_id=found.check_id)
    assert not Order.objects.exists()


def test_the_same_for_the_same_account_shows_the_ticket_that_is_open(store, product):
    first = buy(store, product)

    again = buy(store, product, request_key="discord:2")

    assert again.ticket == first.ticket
    assert Order.objects.count() == 1


def test_another_account_has_a_ticket_of_its_own(store, product, supplier):
    supplier.names["55555555"] = "Bima"
    first = buy(store, product)

    second = buy(store, product, "55555555 (2222)", request_key="discord:2")

    assert second.is_new
    assert second.ticket != first.ticket
    assert {each.destination for each in Ticket.objects.all()} == {
        "123456789|1234",
        "55555555|2222",
    }


def test_one_more_on_purpose_goes_to_the_same_account(store, product):
    first = buy(store, product)

    more = press(store, product, request_key="discord:2", after=first.ticket.pk)

    assert more.is_new
    assert more.ticket.order.lines.get().destination == "123456789|1234"


def test_the_same_again_within_minutes_asks_first(store, product, jobs):
    make_policy(undo_secs=0)
    ticket = paid(buy(store, product).ticket, jobs)
    soon = NOON + timedelta(minutes=9)
    ticket.status = "completed"
    ticket.save()

    found = entered(store, product, now=soon)
    assert found.again_code == ticket.order.code
    assert "sure" in str(drawing.confirm(found).rows)
    with pytest.raises(SameOfLate, match=ticket.order.code):
        press(
            store,
            product,
            check_id=found.check_id,
            request_key="discord:2",
            now=soon,
        )
    assert press(
        store,
        product,
        check_id=found.check_id,
        request_key="discord:3",
        now=soon,
        is_sure=True,
    ).is_new


def test_later_nobody_is_asked(store, product, jobs):
    make_policy(undo_secs=0)
    ticket = paid(buy(store, product).ticket, jobs)
    ticket.status = "completed"
    ticket.save()
    late = NOON + timedelta(minutes=11)

    assert buy(store, product, request_key="discord:2", now=late).is_new


def test_a_saved_account_is_offered_and_checked_again(store, product, supplier):
    buy(store, product)
    supplier.names["123456789"] = "RizkyOP"
    cache.clear()

    offer = topups.offer(
        customer=store.buyer, product_id=product.pk, panel_id=0, now=NOON
    )
    [(saved_id, words)] = offer.saved
    found = topups.check_known(
        customer=store.buyer,
        product_id=product.pk,
        panel_id=0,
        saved_id=saved_id,
        now=NOON,
    )

    assert words == "RizkyGG · 123456789 (1234)"
    assert found.name == "RizkyOP"


def test_time_to_think_again_is_promised_where_there_is_some(store, product, jobs):
    make_policy(undo_secs=0)
    paid(buy(store, product).ticket, jobs)
    MoneyPolicy.objects.update(undo_secs=30)

    assert entered(store, product).undo_secs == 0
    assert entered(store, product, "99999998 (1234)").undo_secs == 30


def test_nobody_elses_saved_account_can_be_used(store, product):
    buy(store, product)

    with pytest.raises(NotFound):
        topups.check_known(
            customer=make_customer(),
            product_id=product.pk,
            panel_id=0,
            saved_id=SavedDestination.objects.get().pk,
            now=NOON,
        )


# --- Commands -------------------------------------------------------------------------


def test_items_are_found_by_name_and_game(store, product):
    chosen = f"item:{product.pk}"
    found = [(chosen, "86 Diamonds · Rp 20.000")]
    assert topups.find_items("mobile 86", now=NOON) == found
    assert topups.find_items("valorant", now=NOON) == []
    assert topups.find_items("ML\0 DIAMONDS", now=NOON) == found
    assert topups.find_item(chosen) == product.pk
    assert topups.find_item("86 dia") == product.pk
    with pytest.raises(NotFound):
        topups.find_item("nothing like it")


def test_a_number_that_was_typed_is_an_amount_and_no_id_of_ours(store, product):
    another = make_topup(id=86_000_086, name="Another")

    with pytest.raises(NotFound):
        topups.find_item(str(another.pk))
    assert topups.find_item("86") == product.pk
    with pytest.raises(NotFound):
        topups.find_item(f"item:{another.pk + 1}")


def test_a_check_by_command_offers_what_can_be_bought(store, product, supplier):
    found = topups.check_for_game(
        customer=store.buyer, game="ml", user_id="123456789", server="1234", now=NOON
    )

    assert (found.name, found.account) == ("RizkyGG", "123456789 (1234)")
    assert found.items == ((product.pk, "86 Diamonds", PRICE),)
    again = topups.check_again(
        customer=store.buyer,
        check_id=found.check_id,
        product_id=product.pk,
        now=NOON,
    )
    assert (again.account, again.price) == ("123456789 (1234)", PRICE)


def test_a_game_that_the_store_has_not_is_said_so(store, product):
    with pytest.raises(NotFound, match="no such game"):
        topups.check_for_game(
            customer=store.buyer, game="DOTA", user_id="1", server="", now=NOON
        )
