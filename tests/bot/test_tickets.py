"""From the press on Buy to the ticket's end, without Discord."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from bot import ticket_names
from bot.cross_tenant.serving import Serving
from bot.cross_tenant.tickets import (
    TicketChannel,
    list_channelless_tickets,
    list_finished_tickets,
    list_ticket_channels,
)
from bot.models import OutgoingMessage, Ticket
from bot.services import ticket_channels, tickets
from bot.states import TicketStatus
from inventory import selectors
from inventory.services.stock import OutOfStock
from payments.models import Order
from payments.services.orders import checkout
from payments.services.orders.quote import NotForSale
from payments.states import OrderStatus
from ppob.kit.errors import NotFound
from ppob.kit.scope import tenant_scope
from tests.bot.conftest import Store, outbox_kinds
from tests.conftest import NOON
from tests.factories import make_customer, make_guild, make_product

EVERYBODY = Serving()


def press(store: Store, **changes):
    arguments = {
        "customer": store.buyer,
        "guild_id": store.guild.pk,
        "product_id": store.product.pk,
        "panel_id": store.panel.pk,
        "request_key": "discord:1",
        "now": NOON,
        **changes,
    }
    return tickets.open_ticket(**arguments)


def test_a_press_makes_order_ticket_and_guide_together(store):
    opened = press(store)

    ticket = opened.ticket
    assert opened.is_new
    assert (ticket.number, ticket.name) == (1, "ticket-ayu-netflix-1-bulan")
    assert ticket.order.status == OrderStatus.AWAITING_PAYMENT
    assert selectors.available([store.product.pk]) == {store.product.pk: 2}
    assert outbox_kinds() == ["ticket_guide"]


def test_pressing_again_shows_the_same_ticket(store):
    first = press(store)

    again = press(store, request_key="discord:2")

    assert again.ticket == first.ticket
    assert not again.is_new
    assert Order.objects.count() == 1


def test_the_same_click_twice_is_one_order_even_after_the_ticket_ended(store):
    first = press(store)
    tickets.close_ticket(first.ticket.pk, now=NOON)

    again = press(store)

    assert again.ticket == first.ticket
    assert Order.objects.count() == 1


def test_two_presses_at_once_make_one_order(store):
    def one(number):
        try:
            with tenant_scope(store.tenant.pk):
                return press(store, request_key=f"discord:{number}").ticket.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(one, range(8)))

    assert len(found) == 1
    assert Order.objects.count() == 1
    assert selectors.available([store.product.pk]) == {store.product.pk: 2}


def test_ticket_numbers_are_given_once_under_load(store):
    store.product = make_product(codes=20)
    buyers = [make_customer(f"buyer{number}") for number in range(12)]

    def one(buyer):
        try:
            with tenant_scope(store.tenant.pk):
                key = f"discord:{buyer.pk}"
                return press(store, customer=buyer, request_key=key).ticket.number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(one, buyers))

    assert numbers == list(range(1, 13))


def test_one_more_on_purpose_is_a_second_ticket(store):
    first = press(store)
    told = press(store, request_key="discord:2")

    second = press(store, request_key="discord:3", after=told.newest)

    assert told.newest == first.ticket.pk
    assert second.is_new
    assert second.newest == second.ticket.pk
    assert second.ticket.follows_id == first.ticket.pk
    assert [ticket.status for ticket in Ticket.objects.all()] == ["open", "open"]
    assert selectors.available([store.product.pk]) == {store.product.pk: 1}


def test_the_same_button_for_one_more_makes_one_ticket_however_often(store):
    first = press(store).ticket

    def one(number):
        try:
            with tenant_scope(store.tenant.pk):
                key = f"discord:{number}"
                return press(store, request_key=key, after=first.pk).ticket.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(one, range(10, 20)))

    assert len(found) == 1
    assert Order.objects.count() == 2
    assert selectors.available([store.product.pk]) == {store.product.pk: 1}


def test_a_stale_button_for_one_more_finds_what_it_made_even_when_that_ended(store):
    first = press(store).ticket
    second = press(store, request_key="discord:2", after=first.pk).ticket
    tickets.close_ticket(second.pk, now=NOON)

    again = press(store, request_key="discord:3", after=first.pk)

    assert again.ticket == second
    assert again.has_ended
    third = press(store, request_key="discord:4", after=again.newest)
    assert third.is_new
    assert third.ticket.follows_id == second.pk


def test_buy_shows_the_newest_of_several_open_tickets_and_orders_nothing(store):
    first = press(store).ticket
    second = press(store, request_key="discord:2", after=first.pk).ticket

    told = press(store, request_key="discord:3")

    assert (told.ticket, told.newest, told.is_new) == (second, second.pk, False)
    assert Order.objects.count() == 2


def test_of_several_tickets_those_that_ended_are_closed_and_the_open_one_is_shown(
    store,
):
    first = press(store).ticket
    second = press(store, request_key="discord:2", after=first.pk).ticket
    checkout.cancel_order(order_id=second.order_id, actor="clock", now=NOON)

    told = press(store, request_key="discord:3")

    second.refresh_from_db()
    assert second.status == TicketStatus.CLOSED
    assert (told.ticket, told.newest) == (first, second.pk)


def test_nobody_follows_anothers_ticket_or_one_of_another_product(store):
    bimas = press(store, customer=make_customer("bima"), request_key="discord:1b")
    other = make_product(codes=2)
    others = press(store, product_id=other.pk, request_key="discord:2")
    before = Order.objects.count()

    for ticket_id in (bimas.ticket.pk, others.ticket.pk, 10**9):
        with pytest.raises(NotFound):
            press(store, request_key=f"discord:3{ticket_id}", after=ticket_id)

    assert Order.objects.count() == before


def test_more_on_purpose_ends_at_the_limit_of_unpaid_tickets(store):
    store.product = make_product(codes=10)
    last = press(store).newest
    for number in range(tickets.MAX_OPEN - 1):
        last = press(store, request_key=f"discord:{number + 10}", after=last).newest

    with pytest.raises(tickets.TooManyTickets):
        press(store, request_key="discord:99", after=last)

    assert Ticket.objects.count() == tickets.MAX_OPEN


def test_the_last_code_goes_to_one_buyer(store):
    store.product = make_product(codes=1)
    press(store)

    with pytest.raises(OutOfStock):
        press(store, customer=make_customer("bima"), request_key="discord:2")

    assert Ticket.objects.count() == 1
    assert Order.objects.count() == 1


def test_another_stores_product_is_not_for_sale_here(store, borealis):
    with tenant_scope(borealis.pk):
        foreign = make_product(codes=1)

    with pytest.raises(NotForSale):
        press(store, product_id=foreign.pk)

    assert not Ticket.objects.exists()


def test_an_expired_order_makes_room_for_a_new_one(store):
    first = press(store).ticket
    checkout.cancel_order(order_id=first.order_id, actor="clock", now=NOON)

    second = press(store, request_key="discord:2")

    first.refresh_from_db()
    assert first.status == TicketStatus.CLOSED
    assert second.is_new
    assert second.ticket.order_id != first.order_id


def test_somebody_with_many_unpaid_orders_is_asked_to_pay_first(store):
    for number in range(tickets.MAX_OPEN):
        product = make_product(codes=1)
        press(store, product_id=product.pk, request_key=f"discord:{number + 10}")

    with pytest.raises(tickets.TooManyTickets):
        press(store, request_key="discord:99")

    assert selectors.available([store.product.pk]) == {store.product.pk: 3}


def test_without_a_channel_the_order_is_cancelled_and_the_seller_told(store):
    ticket = press(store).ticket

    ticket_channels.abandon(ticket.pk, reason="forbidden", now=NOON)

    ticket.refresh_from_db()
    ticket.order.refresh_from_db()
    assert ticket.status == TicketStatus.CLOSED
    assert ticket.order.status == OrderStatus.CANCELLED
    assert selectors.available([store.product.pk]) == {store.product.pk: 3}
    told = OutgoingMessage.objects.get(kind="no_room")
    assert (told.channel_id, told.payload["reason"]) == (77, "forbidden")


def test_a_ticket_gets_one_channel(store):
    ticket = press(store).ticket

    assert ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")
    assert not ticket_channels.channel_ready(ticket.pk, channel_id=902, name="other")

    ticket.refresh_from_db()
    assert ticket.channel_id == 901
    assert ticket_channels.plan_channel(ticket.pk) is None
    assert list_ticket_channels(EVERYBODY) == [
        TicketChannel(901, store.guild.discord_id, store.tenant.pk)
    ]


def test_a_ticket_without_channel_is_found_after_a_crash(store):
    ticket = press(store).ticket
    later = NOON + timedelta(minutes=1)

    found = list_channelless_tickets(EVERYBODY, created_before=later)

    assert found == [(store.tenant.pk, ticket.pk)]
    assert list_channelless_tickets(EVERYBODY, created_before=NOON) == []
    other = Serving(excluded=frozenset({store.tenant.pk}))
    assert list_channelless_tickets(other, created_before=later) == []


def test_a_deleted_channel_ends_the_ticket_but_not_the_order(store):
    ticket = press(store).ticket
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")

    ticket_channels.channel_lost(901, now=NOON)

    ticket.refresh_from_db()
    ticket.order.refresh_from_db()
    assert ticket.status == TicketStatus.CLOSED
    assert ticket.order.status == OrderStatus.AWAITING_PAYMENT


def test_a_finished_ticket_is_closed_once(store):
    ticket = press(store).ticket
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")
    tickets.close_after(ticket, 300, now=NOON)
    late = NOON + timedelta(seconds=301)

    ends = NOON + timedelta(seconds=300)
    assert list_finished_tickets(now=ends - timedelta(microseconds=1)) == []
    assert list_finished_tickets(now=ends) == [(store.tenant.pk, ticket.pk)]
    due = list_finished_tickets(now=late)
    tickets.close_ticket(ticket.pk, now=late)
    tickets.close_ticket(ticket.pk, now=late)

    assert due == [(store.tenant.pk, ticket.pk)]
    assert list_finished_tickets(now=late) == []
    assert outbox_kinds().count("close_ticket") == 1


def test_tickets_of_another_store_are_not_touched(store, borealis):
    with tenant_scope(borealis.pk):
        guild = make_guild()
        theirs = tickets.open_ticket(
            customer=make_customer("eko"),
            guild_id=guild.pk,
            product_id=make_product(codes=1).pk,
            panel_id=None,
            request_key="discord:1",
            now=NOON,
        ).ticket
        ticket_channels.channel_ready(theirs.pk, channel_id=901, name="ticket-eko")

    ticket_channels.channel_lost(901, now=NOON)

    with tenant_scope(borealis.pk):
        theirs.refresh_from_db()
    assert theirs.status == TicketStatus.OPEN


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("ticket-{username}-{product}", "ticket-ayu-netflix-1-bulan"),
        ("ticket-{order}", "ticket-k7f-3qx"),
        ("{product}", "netflix-1-bulan"),
        ("{unknown}", "ticket"),
        ("🛒", "ticket"),
    ],
)
def test_channel_names_follow_the_template(template, expected):
    name = ticket_names.base_name(
        template, username="Ayu", product="Netflix 1 Bulan!", code="K7F-3QX"
    )

    assert name == expected


def test_long_and_foreign_names_stay_within_discords_hundred_characters():
    name = ticket_names.base_name(
        "ticket-{username}-{product}", username="あ" * 90, product="X" * 200, code="A"
    )

    tries = ticket_names.attempts(name, number=12, reference="0123456789")

    assert all(1 <= len(attempt) <= 100 for attempt in tries)
    assert tries[1:] == [f"{name}-0012", "ticket-0012", "t-01234567"]
