"""What the message sender makes of refusals, and at what pace it writes to people."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import discord
import pytest
from django.db import transaction

from bot.cross_tenant.messages import hurry_messages, list_due_messages
from bot.cross_tenant.serving import Serving
from bot.models import OutgoingMessage
from bot.runtime import message_sender
from bot.runtime.message_sender import (
    DM_EVERY_SECS,
    FORBIDDEN_TRIES,
    MessageSender,
    _is_final,
)
from bot.services import outbox, sending
from bot.simulator import world
from bot.simulator.client import text_of
from bot.states import OutboxStatus
from ppob.kit import clock
from tests.bot.test_in_discord import code_of, pay, store, town
from tests.bot.town import Town, answer
from tests.bot.virtual import VirtualLoop, run
from tests.factories import wait_until

__all__ = ["store", "town"]

MESSAGES, DIRECT = "*/channels/*/messages", "*/users/@me/channels"


def refused(status: int, code: int = 0) -> discord.HTTPException:
    answer = SimpleNamespace(status=status, reason="")
    return discord.HTTPException(answer, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "tries", "is_final"),
    [
        (refused(500), 1, False),
        (refused(429), 11, False),
        (refused(400, 50035), 1, True),
        (refused(404, 10003), 1, True),
        (refused(403, 50001), 1, False),
        (refused(403, 50013), FORBIDDEN_TRIES - 1, False),
        (refused(403, 50013), FORBIDDEN_TRIES, True),
        (refused(403, 50007), 1, True),
        (refused(403, 50278), 1, True),
        (refused(400, 40003), 11, False),
        (refused(403, 40003), 11, False),
    ],
)
def test_what_is_final(error, tries, is_final):
    assert _is_final(error, tries=tries) is is_final


def write(store, *, recipient_id: int | None = None, key: str = "one"):
    """A line for the log, or directly to somebody."""
    words = {
        "guild_id": store.guild.pk,
        "kind": "no_room",
        "payload": {"reason": "full"},
        "dedupe_key": key,
        "now": clock.now(),
    }
    with transaction.atomic():
        if recipient_id is None:
            outbox.to_channel(channel_id=Town.log_id, **words)
        else:
            outbox.to_person(recipient_id=recipient_id, **words)
    return OutgoingMessage.objects.latest("pk")


def is_sent(message) -> bool:
    message.refresh_from_db()
    return message.status == OutboxStatus.SENT


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (MESSAGES, 401, 0),
        (MESSAGES, 403, 50001),
        (MESSAGES, 403, 50013),
        (DIRECT, 400, 40003),
        (DIRECT, 403, 40003),
    ],
)
def test_what_is_refused_for_now_arrives_later(
    town, store, monkeypatch, path, status, code
):
    monkeypatch.setattr(message_sender, "LOCKED_OUT_SECS", 0.5)
    town.panel()
    town.control.inject(method="POST", path=path, status=status, code=code, times=2)

    person = world.AYU.id if path == DIRECT else None
    message = write(store, recipient_id=person)
    wait_until(lambda: is_sent(message))

    assert message.error == ""
    assert message.attempts == (1 if status == 401 else 3)


def test_a_token_that_is_not_known_stops_everything_and_loses_nothing(
    town, store, monkeypatch
):
    locked_out = timedelta(seconds=4)
    monkeypatch.setattr(message_sender, "LOCKED_OUT_SECS", locked_out.total_seconds())
    town.panel()
    town.control.inject(method="POST", path=MESSAGES, status=401, times=1)
    first = write(store)
    wait_until(lambda: OutgoingMessage.objects.get().error == "discord 401/0")

    second = write(store, recipient_id=world.AYU.id, key="two")
    wait_until(lambda: is_sent(first) and is_sent(second))

    assert (first.attempts, second.attempts) == (1, 1)
    assert min(first.sent_at, second.sent_at) >= first.created_at + locked_out


# --- Pace -----------------------------------------------------------------------------


class Opened:
    """A client that opens direct channels and notes when."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.at: list[float] = []

    async def create_dm(self, person: discord.Object) -> SimpleNamespace:
        self.at.append(self._loop.time())
        return SimpleNamespace(id=person.id + 1)


def test_direct_channels_are_opened_one_a_second(monkeypatch):
    loop = VirtualLoop()
    monkeypatch.setattr(message_sender, "time", loop)
    bot = Opened(loop)

    async def write_to_many():
        carrier = MessageSender(bot, Serving())
        many = [*range(60), *range(60)]  # the second time they are known
        found = await asyncio.gather(*map(carrier._direct_channel, many[:60]))
        again = await asyncio.gather(*map(carrier._direct_channel, many[60:]))
        assert found == again == [person + 1 for person in range(60)]

    run(write_to_many(), loop)

    assert bot.at == [number * DM_EVERY_SECS for number in range(60)]


def test_many_direct_messages_keep_no_room_waiting(store):
    for number in range(8):
        write(store, recipient_id=100 + number, key=f"direct{number}")
    line = write(store, key="room")

    [due] = list_due_messages(Serving(), now=clock.now(), direct=3).values()
    directs = OutgoingMessage.objects.exclude(recipient_id=None).order_by("pk")

    assert due == [*directs.values_list("pk", flat=True)[:3], line.pk]
    full = list_due_messages(Serving(), now=clock.now(), direct=0)
    assert full == {store.tenant.pk: [line.pk]}


def test_what_was_not_tried_is_no_try(store):
    row = write(store)
    for _ in range(2 * sending.MAX_ATTEMPTS):
        [message] = sending.claim([row.pk], now=clock.now())
        sending.put_back(message, error="discord 401/0", due_at=clock.now())

    row.refresh_from_db()
    assert (row.status, row.attempts) == (OutboxStatus.QUEUED, 0)


# --- The end of trouble ---------------------------------------------------------------


def test_what_waits_because_of_discords_own_trouble_goes_when_that_ends(store):
    """Fifteen minutes of waiting end with the first message that arrives."""
    now = clock.now()
    later = now + timedelta(minutes=15)
    rows = {
        key: OutgoingMessage.objects.create(
            guild=store.guild,
            kind="no_room",
            dedupe_key=key,
            channel_id=number,
            due_at=later,
            created_at=now,
            error=error,
            attempts=4,
        )
        for number, (key, error) in enumerate(
            {
                "storm": "discord 503/0",
                "closed": "discord 403/50013",
                "being sent": "",
            }.items()
        )
    }

    hurry_messages(Serving(), now=now)

    due = {}
    for key, row in rows.items():
        row.refresh_from_db()
        due[key] = row.due_at
    assert due == {"storm": now, "closed": later, "being sent": later}


def test_a_message_being_sent_has_no_error_of_before(store):
    now = clock.now()
    row = OutgoingMessage.objects.create(
        guild=store.guild,
        kind="no_room",
        dedupe_key="one",
        channel_id=1,
        due_at=now,
        created_at=now,
        error="discord 503/0",
    )

    sending.claim([row.pk], now=now)

    row.refresh_from_db()
    assert row.error == ""


def test_a_storm_that_ends_lets_everything_go_at_once(town, store):
    town.panel()
    town.control.inject(method="POST", path=MESSAGES, status=503, times=1)
    first = write(store)
    wait_until(lambda: OutgoingMessage.objects.get(pk=first.pk).error != "")
    OutgoingMessage.objects.filter(pk=first.pk).update(
        due_at=clock.now() + timedelta(hours=1)
    )

    second = write(store, recipient_id=world.AYU.id, key="two")

    wait_until(lambda: is_sent(second) and is_sent(first))


# --- Buyers who left ------------------------------------------------------------------


def test_who_left_the_server_gets_the_goods_directly(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    town.ticket_of(town.ayu)
    town.control.remove(town.guild_id, world.AYU.id)
    order = pay(store, jobs)

    wait_until(lambda: town.ayu.dm_channel() is not None)
    shown = answer(town.press(town.ayu, town.ayu.dm_channel(), "v1:reveal:"))

    assert code_of(store, order) in shown
    line = town.rizky.wait_for_message(
        town.log_id, lambda found: "keluar dari server" in text_of(found)
    )
    assert order.code in text_of(line)


def test_who_is_there_is_not_written_to_directly(town, store, jobs):
    town.buy(town.ayu, store.product.pk)
    town.ticket_of(town.ayu)
    pay(store, jobs)

    ready = OutgoingMessage.objects.filter(kind="order_ready")
    wait_until(lambda: {row.status for row in ready.all()} == {OutboxStatus.SENT})

    assert ready.count() == 1
    assert town.ayu.dm_channel() is None
