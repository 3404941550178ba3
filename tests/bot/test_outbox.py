"""Messages are never lost, never doubled, and keep their order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections, transaction

from bot.cross_tenant.messages import list_due_messages
from bot.cross_tenant.serving import Serving
from bot.models import OutgoingMessage
from bot.services import outbox, sending, ticket_channels
from bot.states import OutboxStatus
from bot.tasks import sweep_outbox
from ppob.kit.scope import tenant_scope
from tests.bot.conftest import Store, outbox_kinds
from tests.conftest import NOON

EVERYBODY = Serving()
SOON = timedelta(seconds=61)


def write(store: Store, key: str, *, channel_id: int = 1):
    with transaction.atomic():
        outbox.to_channel(
            guild_id=store.guild.pk,
            channel_id=channel_id,
            kind="no_room",
            payload={"reason": "full"},
            dedupe_key=key,
            now=NOON,
        )


def due(now=NOON):
    return list_due_messages(EVERYBODY, now=now)


def test_the_same_reason_writes_one_message(store):
    write(store, "same")
    write(store, "same")

    assert OutgoingMessage.objects.count() == 1


def test_a_message_of_an_undone_change_does_not_exist(store):
    with transaction.atomic():
        write(store, "undone")
        transaction.set_rollback(True)

    assert not OutgoingMessage.objects.exists()


def test_only_the_oldest_message_of_a_place_is_due(store):
    write(store, "a")
    write(store, "b")
    write(store, "elsewhere", channel_id=2)
    first, second, elsewhere = OutgoingMessage.objects.order_by("pk")

    assert due() == {store.tenant.pk: [first.pk, elsewhere.pk]}

    [claimed] = sending.claim([first.pk], now=NOON)
    assert due() == {store.tenant.pk: [elsewhere.pk]}  # sent, but not noted yet

    sending.note_sent(claimed, discord_id=5, now=NOON)
    assert due() == {store.tenant.pk: [second.pk, elsewhere.pk]}


def test_a_message_is_claimed_by_one_process(store):
    write(store, "once")
    ids = list(OutgoingMessage.objects.values_list("pk", flat=True))

    def one(_number):
        try:
            with tenant_scope(store.tenant.pk):
                return len(sending.claim(ids, now=NOON))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(one, range(8)))

    assert sum(claimed) == 1


def test_a_crash_while_sending_gives_the_message_back(store):
    write(store, "crash")
    [pk] = OutgoingMessage.objects.values_list("pk", flat=True)
    sending.claim([pk], now=NOON)

    assert due() == {}
    assert due(NOON + SOON) == {store.tenant.pk: [pk]}


def test_a_failed_try_waits_longer_each_time_and_ends(store):
    write(store, "hard")
    [pk] = OutgoingMessage.objects.values_list("pk", flat=True)
    now, waits = NOON, []

    for _try in range(sending.MAX_ATTEMPTS):
        [message] = sending.claim([pk], now=now)
        sending.retry_later(message, error="discord 500/0", now=now)
        row = OutgoingMessage.objects.get(pk=pk)
        waits.append((row.due_at - now).total_seconds())
        now = row.due_at

    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 900
    assert row.status == OutboxStatus.FAILED
    assert row.error == "discord 500/0"


def test_a_tickets_messages_wait_for_its_channel(store, ticket):
    assert due() == {}

    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")

    [[pk]] = due().values()
    [message] = sending.claim([pk], now=NOON)
    assert (message.kind, message.channel_id) == ("ticket_guide", 901)


def test_what_a_buyer_must_know_reaches_them_when_the_channel_is_gone(store, ticket):
    with transaction.atomic():
        outbox.to_ticket(ticket, "order_ready", dedupe_key="ready", now=NOON)
    ticket_channels.channel_ready(ticket.pk, channel_id=901, name="ticket-ayu")
    guide, ready = OutgoingMessage.objects.order_by("pk")

    for row in (guide, ready):
        [message] = sending.claim([row.pk], now=NOON)
        sending.give_up(message, error="discord 404/10003", now=NOON)

    [direct] = OutgoingMessage.objects.filter(status=OutboxStatus.QUEUED)
    assert (direct.kind, direct.recipient_id) == ("order_ready", store.buyer.discord_id)
    assert direct.payload["order"] == ticket.order_id


def test_news_for_a_ticket_that_never_had_a_channel_goes_to_the_buyer(store, ticket):
    with transaction.atomic():
        outbox.to_ticket(ticket, "payment_received", dedupe_key="paid", now=NOON)
    ticket_channels.abandon(ticket.pk, reason="full", now=NOON)

    sweep_outbox()

    direct = OutgoingMessage.objects.filter(recipient_id=store.buyer.discord_id)
    assert [row.kind for row in direct.order_by("pk")] == ["payment_received"]


def test_each_bot_sends_only_what_its_own_stores_say(store, borealis):
    write(store, "ours")

    assert list_due_messages(Serving(only=borealis.pk), now=NOON) == {}
    excluded = Serving(excluded=frozenset({store.tenant.pk}))
    assert list_due_messages(excluded, now=NOON) == {}
    assert list_due_messages(Serving(only=store.tenant.pk), now=NOON) != {}


def test_the_log_needs_a_channel_to_be_chosen(store):
    store.guild.refresh_from_db()
    with transaction.atomic():
        outbox.to_log(kind="no_room", payload={}, dedupe_key="x", now=NOON)

    assert outbox_kinds() == ["no_room"]
    assert OutgoingMessage.objects.get().channel_id == 77
