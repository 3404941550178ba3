"""Whose ticket, whose panel: what happens to one touches none of the others."""

from datetime import timedelta

import pytest

from bot.access import NotYours
from bot.models import OutgoingMessage, Ticket, TicketMessage
from bot.selectors import find_ticket, transcript
from bot.services import (
    buyer,
    outbox,
    own_orders,
    panels,
    sending,
    servers,
    ticket_channels,
    tickets,
    transcripts,
    wallet,
    wording,
)
from bot.services.announcing import announce
from bot.services.panel_drafts import PanelDraft
from bot.services.servers import ServerDraft
from bot.services.transcripts import KeptMessage
from bot.states import PanelStatus, PauseReason, TicketStatus
from inventory.models import StockAlert
from payments.models import Order
from payments.services.incoming import settlement
from payments.services.orders import checkout, completion, delivery
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.errors import NotFound
from security.models import AuditEntry
from tenants.services import guilds
from tests.bot.conftest import Store
from tests.bystanders import CHANNEL, DELIVERED_CHANNEL, MESSAGE
from tests.conftest import NOON
from tests.factories import make_customer, make_product, make_transfer_method
from tests.payments.acts import fund, pending

MINUTE = timedelta(minutes=1)
MY_CHANNEL = 55_500

# The others come first, so that whatever forgets whose it is finds theirs.
pytestmark = pytest.mark.usefixtures("bystanders")


@pytest.fixture
def store(bystanders, store) -> Store:
    return store


@pytest.fixture
def ticket(store: Store) -> Ticket:
    opened = press(store)
    ticket_channels.channel_ready(opened.pk, channel_id=MY_CHANNEL, name="ticket-ayu")
    opened.refresh_from_db()
    return opened


def press(store: Store, **changes) -> Ticket:
    arguments = {
        "customer": store.buyer,
        "guild_id": store.guild.pk,
        "product_id": store.product.pk,
        "panel_id": store.panel.pk,
        "request_key": "mine",
        "now": NOON,
        **changes,
    }
    return tickets.open_ticket(**arguments).ticket


def fresh(row):
    row.refresh_from_db()
    return row


def pay(store: Store, ticket: Ticket) -> Order:
    payment = buyer.pay_with(
        customer=store.buyer,
        order_id=ticket.order_id,
        method_id=make_transfer_method().pk,
        now=NOON,
    )
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=NOON)
    return Order.objects.get(pk=ticket.order_id)


def kinds_in(ticket: Ticket) -> list[str]:
    messages = OutgoingMessage.objects.filter(ticket=ticket).order_by("pk")
    return list(messages.values_list("kind", flat=True))


# --- Tickets --------------------------------------------------------------------------


def test_the_ticket_of_a_click_is_its_own_buyers(store):
    with pytest.raises(checkout.RequestTaken):
        press(store, request_key=f"bystander:{CHANNEL}")

    assert not Ticket.objects.filter(customer=store.buyer).exists()


def test_a_product_that_another_buyer_has_a_ticket_for(store):
    other = make_customer("bima")
    theirs = press(store, customer=other, request_key="theirs")

    mine = press(store)

    assert (theirs.customer, mine.customer) == (other, store.buyer)
    assert theirs.order_id != mine.order_id


def test_another_product_of_the_same_buyer_gets_another_ticket(store):
    first = press(store)

    second = press(store, product_id=make_product(codes=1).pk, request_key="other")

    assert first.pk != second.pk


def test_the_same_click_is_found_among_ones_own_tickets(store):
    first = press(store)
    other = press(store, product_id=make_product(codes=1).pk, request_key="other")
    tickets.close_ticket(first.pk, now=NOON)
    tickets.close_ticket(other.pk, now=NOON)

    assert press(store, request_key="other").pk == other.pk


def test_only_ones_own_tickets_are_too_many(store):
    for number in range(tickets.MAX_OPEN):
        product = make_product(codes=1)
        press(store, product_id=product.pk, request_key=f"mine:{number}")

    with pytest.raises(tickets.TooManyTickets):
        press(store, request_key="one too many")


def test_a_sale_in_a_ticket(store, ticket):
    order = pay(store, ticket)
    delivery.deliver_order(order_id=order.pk, now=NOON)

    assert find_ticket(order) == ticket
    assert fresh(ticket).status == TicketStatus.PAID
    assert kinds_in(ticket) == [
        "ticket_guide",
        "payment_instructions",
        "payment_received",
        "retire_buttons",
        "retire_buttons",
        "order_ready",
    ]


def test_another_way_to_pay_retires_the_buttons_of_ones_own(store, ticket):
    for name in ("BCA", "BNI"):
        buyer.pay_with(
            customer=store.buyer,
            order_id=ticket.order_id,
            method_id=make_transfer_method(name=name).pk,
            now=NOON,
        )

    retired = OutgoingMessage.objects.filter(kind="retire_buttons", ticket=ticket)
    mine = set(
        OutgoingMessage.objects.filter(ticket=ticket).values_list("pk", flat=True)
    )
    assert {row.payload["outgoing"] for row in retired} <= mine
    shown = OutgoingMessage.objects.filter(ticket=ticket, kind="payment_instructions")
    assert [row.payload["outgoing"] for row in retired] == [shown.order_by("pk")[0].pk]


def test_a_ticket_gets_its_own_channel(store, bystanders):
    ticket = press(store)

    plan = ticket_channels.plan_channel(ticket.pk)
    assert plan.ticket_id == ticket.pk
    assert plan.buyer_id == store.buyer.discord_id
    assert ticket_channels.channel_ready(ticket.pk, channel_id=MY_CHANNEL, name="mine")
    assert ticket_channels.plan_channel(ticket.pk) is None


def test_a_channel_that_is_lost(ticket):
    ticket_channels.channel_lost(MY_CHANNEL, now=NOON)

    assert fresh(ticket).status == TicketStatus.CLOSED


def test_without_a_channel_ones_own_order_ends(store):
    ticket = press(store)

    ticket_channels.abandon(ticket.pk, reason="full", now=NOON)

    assert fresh(ticket).status == TicketStatus.CLOSED
    assert Order.objects.get(pk=ticket.order_id).status == "cancelled"


def test_a_ticket_that_is_over(store, ticket):
    order = pay(store, ticket)
    delivery.deliver_order(order_id=order.pk, now=NOON)

    tickets.finish_ticket(ticket.pk, now=NOON + timedelta(days=1))
    assert fresh(ticket).status == TicketStatus.COMPLETED
    assert ticket.closes_at == NOON + timedelta(seconds=tickets.auto_close_secs(ticket))
    assert tickets.auto_close_secs(ticket) == 300
    tickets.finish_ticket(ticket.pk, now=NOON + timedelta(days=2))

    assert fresh(ticket).status == TicketStatus.CLOSED


def test_closing_in_a_while(ticket):
    closes_at = tickets.close_after(ticket, 60, now=NOON)

    assert fresh(ticket).closes_at == closes_at == NOON + MINUTE


def test_the_conversation_of_a_ticket(ticket, bystanders):
    theirs = bystanders.get("ticket")
    for number in (1, 2):
        transcripts.keep_message(
            KeptMessage(number, MY_CHANNEL, 3, "ayu", False, "hi", [], NOON, None),
            files=[],
        )
    transcripts.keep_message(
        KeptMessage(2, MY_CHANNEL, 3, "ayu", False, "hello", [], NOON, NOON), files=[]
    )
    transcripts.note_deleted(channel_id=MY_CHANNEL, discord_ids=[2], now=NOON)

    assert transcripts.is_kept(discord_id=2, channel_id=MY_CHANNEL)
    assert not transcripts.is_kept(discord_id=2, channel_id=CHANNEL)
    rows = [(row.discord_id, row.content, row.deleted_at) for row in transcript(ticket)]
    assert rows == [(1, "hi", None), (2, "hello", NOON)]
    assert TicketMessage.objects.filter(ticket=theirs).count() == 1


# --- Messages -------------------------------------------------------------------------


def message_of(ticket: Ticket):
    [guide] = OutgoingMessage.objects.filter(ticket=ticket, kind="ticket_guide")
    [claimed] = sending.claim([guide.pk], now=NOON)
    return guide, claimed


def test_a_message_that_is_sent(ticket):
    guide, claimed = message_of(ticket)

    sending.note_sent(claimed, discord_id=77, now=NOON)

    assert (fresh(guide).status, guide.discord_id) == ("sent", 77)
    assert sending.sent_message_id(guide.pk) == 77
    assert sending.claim([guide.pk], now=NOON + timedelta(days=1)) == []


def test_a_message_that_did_not_go_through(ticket):
    guide, claimed = message_of(ticket)

    sending.retry_later(claimed, error="503", now=NOON)

    assert (fresh(guide).status, guide.error, guide.attempts) == ("queued", "503", 1)


def test_a_message_that_is_given_up(ticket):
    guide, claimed = message_of(ticket)
    OutgoingMessage.objects.filter(pk=guide.pk).update(attempts=sending.MAX_ATTEMPTS)
    tired = type(claimed)(**{**vars(claimed), "attempts": sending.MAX_ATTEMPTS})

    sending.retry_later(tired, error="404", now=NOON)

    assert (fresh(guide).status, guide.error) == ("failed", "404")


def test_a_message_is_written_with_what_caused_it_or_not_at_all(store):
    with pytest.raises(OutsideTransaction):
        outbox.to_channel(
            guild_id=store.guild.pk,
            channel_id=1,
            kind="no_room",
            payload={},
            dedupe_key="alone",
            now=NOON,
        )

    assert not OutgoingMessage.objects.filter(dedupe_key="alone").exists()


def test_the_log_of_one_server(store):
    ticket_channels.tell_no_channels(guild_id=store.guild.pk, reason="full", now=NOON)

    rows = OutgoingMessage.objects.filter(kind="no_room")
    assert [row.guild_id for row in rows] == [store.guild.pk]


def test_the_log_tells_the_stars_of_its_own_order(store, ticket):
    order = pay(store, ticket)
    delivery.deliver_order(order_id=order.pk, now=NOON)
    completion.complete_order(order_id=order.pk, actor="clock", now=NOON)

    [row] = OutgoingMessage.objects.filter(
        kind="log_order_completed", payload__order=order.pk
    )
    [claimed] = sending.claim([row.pk], now=NOON)
    assert "⭐" not in str(wording.write(claimed))


def test_the_end_of_a_ticket_is_told_with_its_own_time(store, ticket):
    order = pay(store, ticket)
    delivery.deliver_order(order_id=order.pk, now=NOON)
    completion.complete_order(order_id=order.pk, actor="clock", now=NOON)

    [row] = OutgoingMessage.objects.filter(ticket=ticket, kind="order_completed")
    [claimed] = sending.claim([row.pk], now=NOON)
    seconds = int(fresh(ticket).closes_at.timestamp())
    assert str(seconds) in str(wording.write(claimed))


def test_a_stock_alert_has_the_time_of_its_own(store, bystanders):
    moment = NOON + MINUTE
    alert = StockAlert.objects.create(
        product=store.product,
        level="empty",
        raised_at=moment,
        changed_at=moment,
        available=0,
    )
    with unit_of_work("tests.tell"):
        announce(
            "stock.ran_low",
            alert_id=alert.pk,
            product_id=store.product.pk,
            level="empty",
            available=0,
            now=NOON,
        )

    keys = OutgoingMessage.objects.filter(
        kind="stock_alert", payload__product=store.product.pk
    ).values_list("dedupe_key", flat=True)
    assert all(f"{moment:%y%m%d%H%M%S%f}" in key for key in keys)
    assert keys


# --- Panels and servers ---------------------------------------------------------------


def draft(store: Store, **changes) -> PanelDraft:
    return PanelDraft(guild_id=store.guild.pk, **{"channel_id": 66, **changes})


def test_a_panel_that_is_changed_shown_and_removed(store):
    panel = store.panel
    panels.change_panel(
        actor=store.seller, panel=panel, draft=draft(store, title="Baru"), now=NOON
    )
    snapshot = panels.read_panel(panel.pk)
    assert snapshot.pk == panel.pk
    panels.note_sent(
        snapshot, message_id=9, layout="cards", fingerprint="f", version="v", now=NOON
    )
    panels.note_unchanged(panel.pk, version="w")

    assert panels.find_panel_of_message(9) == panel.pk
    assert (fresh(panel).title, panel.sent_version) == ("Baru", "w")
    opened = press(store)
    panels.remove_panel(actor=store.seller, panel=panel, now=NOON)
    assert fresh(opened).panel is None


def test_a_panel_whose_message_was_deleted(store, bystanders):
    snapshot = panels.read_panel(store.panel.pk)
    panels.note_sent(
        snapshot, message_id=9, layout="cards", fingerprint="f", version="v", now=NOON
    )

    assert not panels.note_if_deleted(store.panel.pk, message_ids=[MESSAGE], now=NOON)
    assert panels.note_if_deleted(store.panel.pk, message_ids=[9], now=NOON)

    assert (fresh(store.panel).message_id, store.panel.reposts) == (None, 1)


def test_a_panel_that_rests(store):
    panels.pause_channel(store.panel.channel_id, reason=PauseReason.FORBIDDEN, now=NOON)

    assert fresh(store.panel).status == PanelStatus.PAUSED


def test_a_panel_that_is_resumed(store, bystanders):
    panels.pause_channel(store.panel.channel_id, reason=PauseReason.FORBIDDEN, now=NOON)
    assert bystanders.get("panel").status == PanelStatus.ACTIVE

    panels.resume_panel(actor=store.seller, panel=store.panel, now=NOON)

    assert fresh(store.panel).status == PanelStatus.ACTIVE


def test_the_bot_leaves_one_server_and_comes_back(store):
    guilds.bot_left(guild_id=store.guild.discord_id, now=NOON)
    assert fresh(store.guild).bot_joined_at is None

    guilds.bot_joined(guild_id=store.guild.discord_id, name="Again", now=NOON + MINUTE)

    assert fresh(store.guild).bot_joined_at == NOON + MINUTE
    deeds = AuditEntry.objects.filter(action__startswith="bot.").order_by("pk")
    assert [deed.action for deed in deeds] == ["bot.left", "bot.joined"]


def test_the_settings_of_one_server(store):
    servers.change_settings(
        actor=store.seller,
        guild=store.guild,
        draft=ServerDraft(log_channel_id=5, auto_close_secs=60),
        now=NOON,
    )
    servers.note_category(guild_id=store.guild.pk, category_id=8)
    servers.note_commands(guild_id=store.guild.pk, fingerprint="mine")

    settings = servers.settings_of(store.guild.pk)
    assert (settings.auto_close_secs, settings.ticket_category_id) == (60, 8)
    assert settings.commands_hash == "mine"


# --- What a buyer sees ----------------------------------------------------------------


def test_a_buyer_who_has_nothing_sees_nothing(store):
    seen = wallet.view(customer=store.buyer)

    assert (seen.held, seen.deposits, seen.lines) == ([], [], [])
    assert own_orders.history(customer=store.buyer).orders == []


def test_a_buyers_balance_is_tied_up_for_their_own_orders(store):
    fund(store.buyer, 100_000)
    order = Order.objects.get(pk=press(store).order_id)
    buyer.pay_from_balance(customer=store.buyer, order_id=order.pk, now=NOON)

    [held] = wallet.view(customer=store.buyer).held

    assert (held.order_id, held.amount) == (order.pk, order.total)


def test_a_card_leads_to_the_channel_of_its_own_order(store, ticket):
    order = Order.objects.get(pk=ticket.order_id)
    pending(order, method=make_transfer_method())

    card = own_orders.card(customer=store.buyer, order_id=order.pk)

    assert card.channel_id == MY_CHANNEL
    assert card.first_seen_at is None
    assert MY_CHANNEL not in (CHANNEL, DELIVERED_CHANNEL)


@pytest.mark.parametrize(
    "press_button",
    [
        lambda who, order, payment: buyer.look_at_codes(
            customer=who, order_id=order.pk, now=NOON
        ),
        lambda who, order, payment: buyer.pay_from_balance(
            customer=who, order_id=order.pk, now=NOON
        ),
        lambda who, order, payment: buyer.set_aside(
            customer=who, order_id=order.pk, now=NOON
        ),
        lambda who, order, payment: buyer.methods_for(customer=who, order_id=order.pk),
        lambda who, order, payment: own_orders.card(customer=who, order_id=order.pk),
        lambda who, order, payment: buyer.say_paid(
            customer=who, payment_id=payment.pk, now=NOON
        ),
        lambda who, order, payment: wallet.how_to_pay(
            customer=who, payment_id=payment.pk
        ),
    ],
)
def test_the_buttons_of_another_buyer(store, bystanders, press_button):
    with pytest.raises(NotYours):
        press_button(store.buyer, bystanders.get("waiting"), bystanders.get("payment"))


def test_the_money_of_another_buyer(store, bystanders):
    with pytest.raises(NotFound):
        wallet.ask_back(
            customer=store.buyer, money_id=bystanders.get("odd").pk, now=NOON
        )
    with pytest.raises(NotFound):
        wallet.cancel_deposit(
            customer=store.buyer, deposit_id=bystanders.get("deposit").pk, now=NOON
        )


def test_a_method_is_the_one_whose_button_was_pressed(store, bystanders):
    method = make_transfer_method(name="BNI")

    assert buyer.method_key(method.pk) == method.public_id
