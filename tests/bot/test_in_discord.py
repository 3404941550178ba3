"""The bot against a local Discord: what people see when things go right and wrong."""

from datetime import timedelta

import pytest

from bot.models import OutgoingMessage, Panel, ServerSettings, Ticket, TicketMessage
from bot.services import buyer, tickets
from bot.simulator import world
from bot.simulator.client import text_of
from bot.simulator.running import running
from bot.states import OutboxStatus, TicketStatus
from bot.tasks import close_finished_tickets
from bot.ui.context import directory
from inventory import selectors
from inventory.models import StockItem
from payments.models import Order
from payments.services.incoming import settlement
from payments.services.orders import delivery
from payments.states import OrderStatus
from ppob.kit import clock
from ppob.kit.i18n import speaking
from tenants.models import Guild
from tests.bot.conftest import Store
from tests.bot.town import Town, answer, find, has
from tests.factories import (
    make_customer,
    make_guild,
    make_member,
    make_product,
    make_transfer_method,
    wait_until,
)


@pytest.fixture
def store(in_arcadia):
    """A store in the local Discord's first server, on the real clock."""
    now = clock.now()
    guild = make_guild(world.RIZKY_GUILD_ID, bot_joined_at=now)
    ServerSettings.objects.create(
        guild=guild,
        log_channel_id=world.RIZKY_LOG_ID,
        staff_role_id=world.RIZKY_STAFF_ROLE_ID,
    )
    make_transfer_method()
    return Store(
        tenant=in_arcadia,
        guild=guild,
        seller=make_member(),
        buyer=make_customer("ayu", discord_id=world.AYU.id),
        product=make_product(name="Netflix 1 Bulan", price=29_000, codes=3),
        panel=Panel.objects.create(
            guild=guild, channel_id=world.RIZKY_PRODUCTS_ID, created_at=now
        ),
    )


@pytest.fixture
def town(store, monkeypatch, jobs):
    with running() as url, speaking("en"):
        directory.forget(world.RIZKY_GUILD_ID)  # of the test before
        found = Town(url, monkeypatch)
        found.start()
        yield found
        found.close()


def pay(store, jobs) -> Order:
    """Choose a transfer and let the seller confirm it."""
    order = Order.objects.latest("pk")
    method_id = order.tenant_id and make_transfer_method(name="BNI").pk
    payment = buyer.pay_with(
        customer=store.buyer, order_id=order.pk, method_id=method_id, now=clock.now()
    )
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=clock.now())
    jobs.run()
    order.refresh_from_db()
    return order


def code_of(store, order) -> str:
    [code] = delivery.reveal_codes(
        customer=store.buyer, order_id=order.pk, now=clock.now()
    )
    return code.code


def test_a_sale_from_panel_to_code(town, store, jobs):
    told = town.buy(town.bima, store.product.pk)
    channel = town.ticket_of(town.bima)
    store.buyer = Ticket.objects.get().customer
    order = pay(store, jobs)
    shown = answer(town.press(town.bima, channel, "v1:reveal:"))
    form = town.press(town.bima, channel, "v1:star:")
    thanks = answer(town.bima.submit(form, {"text": "Fast!"}))

    assert told == f"Your ticket: <#{channel}>"
    assert code_of(store, order) in shown
    assert "Thank you" in thanks
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    everything = "\n".join(map(text_of, town.rizky.messages(channel)))
    assert code_of(store, order) not in everything


def test_the_ticket_is_for_buyer_and_staff_alone(town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)

    def sees(person):
        visible = person.channels(town.guild_id)
        return channel in {int(found["id"]) for found in visible}

    assert sees(town.rizky)
    assert not sees(town.citra)
    assert not sees(town.bima)
    town.control.set_role(town.guild_id, world.BIMA.id, world.RIZKY_STAFF_ROLE_ID)
    assert sees(town.bima)


def test_ten_quick_presses_make_one_ticket(town, store):
    answers = {town.buy(town.ayu, store.product.pk) for _press in range(5)}

    assert Order.objects.count() == 1
    assert len({text.split("<#")[1].split(">")[0] for text in answers}) == 1


@pytest.mark.parametrize("kind", ["error_after", "lost_reply"])
def test_a_press_whose_acknowledgement_was_lost_is_answered(town, store, kind):
    town.panel()
    town.control.inject(method="POST", path="/interactions/*", kind=kind)

    said = town.buy(town.ayu, store.product.pk)

    assert "<#" in said
    assert Ticket.objects.count() == 1


def test_a_refusal_after_a_lost_acknowledgement_is_read(town, store):
    town.panel()
    StockItem.objects.update(status="void")
    town.control.inject(method="POST", path="/interactions/*", kind="error_after")

    said = town.buy(town.ayu, store.product.pk)

    assert "Baru saja habis" in said
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("kind", ["error_after", "lost_reply"])
def test_a_form_whose_answer_was_lost_is_shown_once(town, store, jobs, kind):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    pay(store, jobs)
    town.control.inject(method="POST", path="/interactions/*", kind=kind)

    form = town.press(town.ayu, channel, "v1:star:")
    town.ayu.submit(form, {"text": "cepat"})

    assert Order.objects.get().status == OrderStatus.COMPLETED


def test_a_stranger_pressing_the_buyers_button_is_told_so(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    order = pay(store, jobs)

    told = answer(town.press(town.rizky, channel, "v1:reveal:"))

    assert "orang lain" in told or "somebody else" in told
    assert code_of(store, order) not in told


def test_without_the_permission_nothing_is_sold_and_the_seller_knows(town, store):
    town.control.change_bot(town.guild_id, deny=["manage_channels"])

    told = town.buy(town.bima, store.product.pk)

    assert "nothing was charged" in told
    assert not Order.objects.exists()
    assert selectors.available([store.product.pk]) == {store.product.pk: 3}
    line = town.rizky.wait_for_message(town.log_id, lambda found: True)
    assert "Kelola channel" in text_of(line)


def test_a_channel_others_could_see_is_deleted_at_once(town, store, monkeypatch):
    monkeypatch.setattr("bot.runtime.channel_maker._overwrites", lambda guild, plan: {})

    told = town.buy(town.bima, store.product.pk)

    assert "nothing was charged" in told
    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert Ticket.objects.get().status == TicketStatus.CLOSED
    names = {found["name"] for found in town.rizky.channels(town.guild_id)}
    assert not any(name.startswith("ticket") for name in names)


def test_a_refused_channel_name_is_tried_with_the_number(town, store):
    town.run(make_category(town))
    town.control.inject(
        method="POST",
        path="*/guilds/*/channels",
        field="name",
        message="Contains words not allowed",
    )

    town.buy(town.ayu, store.product.pk)

    assert Ticket.objects.get().name == "ticket-ayu-netflix-1-bulan-0001"


async def make_category(town):
    """The category exists, so that the refused request is the ticket's."""
    await town.bot.get_guild(town.guild_id).create_category("TIKET")


def test_a_ticket_left_without_channel_by_a_crash_gets_one(town, store):
    opened = tickets.open_ticket(
        customer=store.buyer,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=None,
        request_key="discord:1",
        now=clock.now() - timedelta(minutes=1),
    )

    town.run(town.bot.get_cog("Tickets").repair())

    ticket = Ticket.objects.get(pk=opened.ticket.pk)
    assert ticket.channel_id == town.ticket_of(town.ayu)


def test_a_channel_made_just_before_a_crash_is_found_again(town, store):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    Ticket.objects.update(
        channel_id=None, created_at=clock.now() - timedelta(minutes=1)
    )

    town.run(town.bot.get_cog("Tickets").repair())

    assert Ticket.objects.get().channel_id == channel


def test_a_lost_answer_does_not_send_a_message_twice(town, store):
    town.panel()
    town.control.inject(
        method="POST", path="*/channels/*/messages", kind="lost_reply", times=1
    )

    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    wait_until(
        lambda: OutgoingMessage.objects.get().status == OutboxStatus.SENT, secs=15
    )

    assert len(town.ayu.messages(channel)) == 1


def test_after_the_channel_is_gone_the_buyer_hears_directly(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    town.control.delete_channel(town.ticket_of(town.ayu))
    wait_until(lambda: Ticket.objects.get().status == TicketStatus.CLOSED)
    order = pay(store, jobs)

    wait_until(lambda: town.ayu.dm_channel() is not None, secs=10)
    shown = answer(town.press(town.ayu, town.ayu.dm_channel(), "v1:reveal:"))

    assert code_of(store, order) in shown


def test_closed_direct_messages_lose_nothing(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    town.ayu.set_dm_open(False)
    town.control.delete_channel(town.ticket_of(town.ayu))
    wait_until(lambda: Ticket.objects.get().status == TicketStatus.CLOSED)
    order = pay(store, jobs)
    direct = OutgoingMessage.objects.filter(recipient_id=world.AYU.id)
    wait_until(
        lambda: {row.status for row in direct.all()} == {OutboxStatus.FAILED}, secs=10
    )

    wait_until(lambda: "history" in commands(town.ayu, town.products_id))
    shown = town.ayu.slash(town.products_id, "history")["message"]
    revealed = answer(town.ayu.click(shown, find(shown, "", "v1:reveal:")))

    assert code_of(store, order) in revealed


def test_a_deleted_log_channel_is_told_to_its_owner_directly(town, store):
    type(store.seller.user).objects.filter(pk=store.seller.user_id).update(
        discord_id=world.RIZKY.id
    )
    town.panel()

    town.control.delete_channel(town.log_id)

    wait_until(lambda: town.rizky.dm_channel() is not None)
    told = town.rizky.wait_for_message(
        town.rizky.dm_channel(), lambda found: "Channel log" in text_of(found)
    )
    assert "/toko/arcadia/pengaturan/discord/" in text_of(told)
    assert ServerSettings.objects.get().log_channel_id is None


def test_the_conversation_is_kept_and_the_channel_deleted(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    said = town.ayu.send(channel, "Halo kak", files=[("bukti.png", PNG)])
    town.rizky.send(channel, "Siap")
    wait_until(lambda: TicketMessage.objects.filter(is_bot=False).count() == 2)
    town.ayu.delete(said)
    wait_until(lambda: TicketMessage.objects.exclude(deleted_at=None).exists())

    order = pay(store, jobs)
    wait_until(lambda: has_sent("order_ready"))
    for _step in ("complete", "close"):
        Ticket.objects.update(closes_at=clock.now())
        close_finished_tickets()
    wait_until(lambda: not has_channel(town, channel), secs=10)

    kept = list(TicketMessage.objects.order_by("at"))
    assert [row.content for row in kept if not row.is_bot] == ["Halo kak", "Siap"]
    [proof] = next(row for row in kept if row.content == "Halo kak").attachments
    assert (proof["name"], bool(proof["file"])) == ("bukti.png", True)
    told = "".join(f"{row.content}{row.embeds}" for row in kept)
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    assert order.code in told
    assert code_of(store, order) not in told
    assert Ticket.objects.get().status == TicketStatus.CLOSED


def test_a_form_sent_after_a_restart_is_understood(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    order = pay(store, jobs)
    form = town.press(town.ayu, channel, "v1:star:")

    town.stop()
    town.start()
    town.ayu.submit(form, {"text": ""})

    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED


def test_buttons_work_after_a_restart(town, store):
    panel = town.panel()
    town.stop()
    town.start()

    told = answer(town.ayu.click(panel, find(panel, "", "v1:buy:")))

    assert "<#" in told


def test_old_and_unknown_buttons_are_answered(town, store):
    wait_until(lambda: Panel.objects.get().message_id is not None)
    town.run(post_old_buttons(town))
    old = town.bima.wait_for_message(town.products_id, lambda found: has(found, "v0:"))
    Panel.objects.update(message_id=int(old["id"]), status="paused")

    unknown = answer(town.bima.click(old, "v0:gone"))
    bought = answer(town.bima.click(old, "buy_btn"))
    methods = answer(town.bima.click(old, "payment_btn"))

    assert "older version" in unknown
    assert "<#" in bought  # a single product is bought at once
    assert "BCA" in methods


async def post_old_buttons(town):
    from discord import ui

    view = ui.View(timeout=None)
    for custom_id in ("v0:gone", "buy_btn", "payment_btn"):
        view.add_item(ui.Button(label=custom_id, custom_id=custom_id))
    view.stop()
    channel = town.bot.get_partial_messageable(town.products_id)
    await channel.send("old", view=view)


def test_commands_are_registered_once_per_change(town, store):
    wait_until(lambda: ServerSettings.objects.get().commands_hash != "")
    puts = count_of(town, "PUT /applications/{id}/guilds/{id}/commands")

    town.stop()
    town.start()
    prices = answer(town.bima.slash(town.products_id, "price"))

    assert "Netflix 1 Bulan" in prices
    assert count_of(town, "PUT /applications/{id}/guilds/{id}/commands") == puts == 1


def test_a_cut_connection_is_taken_up_again(town, store):
    town.panel()
    town.control.drop_gateway()
    town.control.wait_for_bot()

    wait_until(lambda: town.control.stats()["gateway"]["resumes"] == 1)
    assert "<#" in town.buy(town.ayu, store.product.pk)


def test_another_stores_server_sees_its_own_products_only(town, store, borealis):
    wait_until(lambda: "price" in commands(town.bima, town.products_id))
    assert "Netflix" in answer(town.bima.slash(town.products_id, "price"))

    dewi = world.DEWI_PRODUCTS_ID
    stranger = town.ayu.slash(dewi, "price") if commands(town.ayu, dewi) else None

    assert stranger is None  # a server without a store has no commands


def test_the_bot_notices_that_it_was_invited_and_removed(town, store):
    new = make_guild(world.NEW_GUILD_ID)

    town.control.invite_bot(world.NEW_GUILD_ID, ["manage_channels", "send_messages"])
    wait_until(lambda: Guild.objects.get(pk=new.pk).bot_joined_at is not None)
    wait_until(lambda: "price" in commands(town.bima, world.NEW_GENERAL_ID))

    town.control.remove(world.NEW_GUILD_ID, world.BOT_ID)
    wait_until(lambda: Guild.objects.get(pk=new.pk).bot_joined_at is None)


def test_a_store_opened_after_the_bot_came_is_found(town, store):
    dewi = make_guild(world.DEWI_GUILD_ID)

    town.run(town.bot.get_cog("Guilds").compare())

    dewi.refresh_from_db()
    assert dewi.bot_joined_at is not None
    assert dewi.name == "Toko Dewi"


def test_a_removal_while_the_bot_was_away_is_noticed(town, store):
    town.stop()
    town.control.remove(world.RIZKY_GUILD_ID, world.BOT_ID)
    town.start()

    town.run(town.bot.get_cog("Guilds").compare())

    assert Guild.objects.get().bot_joined_at is None


def has_sent(kind: str) -> bool:
    return OutgoingMessage.objects.filter(kind=kind, status="sent").exists()


def has_channel(town, channel: int) -> bool:
    return channel in {int(c["id"]) for c in town.rizky.channels(town.guild_id)}


def commands(person, channel_id):
    return [found["command"] for found in person.commands(channel_id)]


def count_of(town, route: str) -> int:
    return town.control.stats()["routes"].get(route, 0)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
