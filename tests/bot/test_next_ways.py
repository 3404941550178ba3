"""Where a message goes when its place takes nothing: the next way, then a person."""

from datetime import timedelta

import pytest
from django.db import transaction

from bot.models import OutgoingMessage, ServerSettings
from bot.presenters.draft import Draft
from bot.services import outbox, sending, servers, ticket_channels, wording
from bot.states import OutboxStatus
from payments.models import UnreachedBuyer
from payments.states import BuyerNews
from tenants.models import Guild
from tests.bot.conftest import outbox_kinds
from tests.conftest import NOON
from tests.factories import ServerSettingsFactory, make_guild, make_order

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def ticket(ticket):
    """The ticket has its channel, and nothing waits."""
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")
    OutgoingMessage.objects.all().delete()
    return ticket


def claim(**fields) -> sending.Claimed:
    """The newest message, on its way."""
    row = OutgoingMessage.objects.filter(**fields).latest("pk")
    [message] = sending.claim([row.pk], now=row.due_at)
    return message


def to_ticket(ticket, kind="order_ready") -> sending.Claimed:
    with transaction.atomic():
        outbox.to_ticket(ticket, kind, dedupe_key=f"one:{kind}", now=NOON)
    return claim()


def directly(store, kind="order_ready", **payload) -> sending.Claimed:
    with transaction.atomic():
        outbox.to_person(
            guild_id=store.guild.pk,
            recipient_id=store.buyer.discord_id,
            kind=kind,
            payload=payload,
            dedupe_key=f"direct:{kind}",
            now=NOON,
        )
    return claim()


def to_log(kind="no_room", **payload) -> None:
    with transaction.atomic():
        outbox.to_log(kind=kind, payload=payload, dedupe_key="line", now=NOON)


# --- Buyers ---------------------------------------------------------------------------


def test_a_buyer_who_takes_no_messages_is_told_by_the_store(store, ticket):
    message = directly(store, order=ticket.order_id)

    sending.give_up(message, error="discord 403/50007", now=LATER)

    found = UnreachedBuyer.objects.get()
    assert (found.customer, found.order_id) == (store.buyer, ticket.order_id)
    assert (found.news, found.opened_at) == (BuyerNews.ORDER_READY, LATER)
    row = OutgoingMessage.objects.get(pk=message.pk)
    assert (row.status, row.unreached) == (OutboxStatus.FAILED, found.public_id)
    line = OutgoingMessage.objects.get(kind="log_buyer_unreached")
    assert (line.channel_id, line.payload) == (77, {"unreached": found.pk})


def test_the_seller_reads_whom_to_reach_and_where(store, ticket):
    sending.give_up(
        directly(store, order=ticket.order_id), error="discord 403/50007", now=LATER
    )

    draft = wording.write(claim(kind="log_buyer_unreached"))

    assert isinstance(draft, Draft)
    assert ticket.order.code in draft.embed.text
    assert f"<@{store.buyer.discord_id}>" in draft.embed.text
    assert "/toko/arcadia/uang/" in draft.embed.text


def test_what_nobody_must_know_bothers_no_seller(store, ticket):
    message = directly(store, "deposit_credited", order=ticket.order_id)

    sending.give_up(message, error="discord 403/50007", now=LATER)

    assert not UnreachedBuyer.objects.exists()
    assert outbox_kinds() == ["deposit_credited"]


def test_news_without_any_server_goes_to_the_store_at_once(store):
    order = make_order(store.product, customer=store.buyer)
    Guild.objects.update(bot_joined_at=None)

    with transaction.atomic():
        outbox.to_buyer(
            store.buyer,
            ticket=None,
            kind="refund_done",
            payload={"order": order.pk},
            dedupe_key="refund",
            now=NOON,
        )

    found = UnreachedBuyer.objects.get()
    assert (found.news, found.order) == (BuyerNews.REFUND_DONE, order)


def test_who_left_the_server_reads_it_directly_as_well(store, ticket):
    message = to_ticket(ticket)

    sending.note_sent(message, discord_id=5, now=LATER, reader_has_left=True)
    sending.note_sent(message, discord_id=5, now=LATER, reader_has_left=True)

    assert outbox_kinds() == ["order_ready", "order_ready", "log_buyer_left"]
    direct = OutgoingMessage.objects.get(recipient_id=store.buyer.discord_id)
    assert direct.payload == {"order": ticket.order_id}


def test_the_seller_hears_once_that_a_buyer_left(store, ticket):
    for kind in ("payment_received", "order_ready"):
        message = to_ticket(ticket, kind)
        sending.note_sent(message, discord_id=5, now=LATER, reader_has_left=True)

    assert outbox_kinds().count("log_buyer_left") == 1
    draft = wording.write(claim(kind="log_buyer_left"))
    assert ticket.order.code in draft.embed.text


def test_who_is_there_reads_it_in_the_ticket_alone(store, ticket):
    sending.note_sent(to_ticket(ticket), discord_id=5, now=LATER)

    assert outbox_kinds() == ["order_ready"]


# --- The seller -----------------------------------------------------------------------


@pytest.fixture
def without_log(store):
    ServerSettings.objects.update(log_channel_id=None)
    return store


def test_without_a_log_channel_the_owner_reads_what_matters(without_log):
    to_log()

    row = OutgoingMessage.objects.get()
    assert row.kind == "no_room"
    assert row.recipient_id == without_log.seller.user.discord_id
    assert row.channel_id is None


def test_without_a_log_channel_everyday_lines_are_left_out(without_log):
    to_log("log_payment_received", order=1)

    assert not OutgoingMessage.objects.exists()


def test_a_server_without_a_log_channel_uses_the_stores_other_one(store):
    second = make_guild(bot_joined_at=NOON)
    ServerSettingsFactory(guild=second, log_channel_id=None)

    with transaction.atomic():
        outbox.to_log(
            guild_id=second.pk, kind="no_room", payload={}, dedupe_key="x", now=NOON
        )

    row = OutgoingMessage.objects.get()
    assert (row.guild, row.channel_id) == (store.guild, 77)


def test_a_log_channel_that_is_gone_is_forgotten_and_its_owner_told(store):
    elsewhere = ServerSettingsFactory(guild=make_guild(), log_channel_id=78)
    to_log(reason="full")
    message = claim(channel_id=77)

    sending.give_up(message, error="discord 404/10003", now=LATER, place_is_gone=True)

    owner = store.seller.user.discord_id
    direct = OutgoingMessage.objects.filter(recipient_id=owner).order_by("pk")
    assert [row.kind for row in direct] == ["no_room", "log_channel_closed"]
    assert direct[0].payload == {"reason": "full"}
    assert ServerSettings.objects.get(guild=store.guild).log_channel_id is None
    elsewhere.refresh_from_db()
    assert elsewhere.log_channel_id == 78
    draft = wording.write(claim(kind="log_channel_closed"))
    assert "/toko/arcadia/pengaturan/discord/" in draft.embed.text


def test_a_log_channel_that_is_closed_stays_chosen_and_is_told_once_a_day(store):
    for day in (NOON, NOON + timedelta(hours=1), NOON + timedelta(days=1)):
        with transaction.atomic():
            outbox.to_log(
                kind="no_room",
                payload={"reason": "full"},
                dedupe_key=f"line:{day}",
                now=day,
            )
        row = OutgoingMessage.objects.filter(channel_id=77).latest("pk")
        [message] = sending.claim([row.pk], now=day)
        sending.give_up(message, error="discord 403/50001", now=day)

    assert outbox_kinds().count("log_channel_closed") == 2
    assert ServerSettings.objects.get().log_channel_id == 77


def test_an_everyday_line_is_not_sent_to_the_owner(store):
    to_log("log_payment_received", order=1)

    sending.give_up(claim(), error="discord 404/10003", now=LATER, place_is_gone=True)

    assert outbox_kinds() == ["log_payment_received", "log_channel_closed"]


def test_a_deleted_log_channel_is_noticed_before_anything_is_written(store):
    servers.log_channel_deleted(76, now=NOON)
    assert not OutgoingMessage.objects.exists()

    servers.log_channel_deleted(77, now=NOON)

    assert outbox_kinds() == ["log_channel_closed"]
    assert ServerSettings.objects.get().log_channel_id is None
