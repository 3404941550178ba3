"""What the postman makes of refusals, and at what pace it writes to people."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import discord
import pytest
from django.db import transaction

from bot import postman
from bot.models import OutgoingMessage
from bot.platform import Serving, list_due_messages
from bot.postman import DM_EVERY_SECS, FORBIDDEN_TRIES, Postman, _is_final
from bot.services import outbox
from bot.simulator import world
from bot.states import OutboxStatus
from ppob.kit import clock
from tests.bot.test_in_discord import store, town
from tests.bot.town import Town
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
    monkeypatch.setattr(postman, "LOCKED_OUT_SECS", 0.5)
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
    monkeypatch.setattr(postman, "LOCKED_OUT_SECS", locked_out.total_seconds())
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
    monkeypatch.setattr(postman, "time", loop)
    bot = Opened(loop)

    async def write_to_many():
        carrier = Postman(bot, Serving())
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
    for _ in range(2 * outbox.MAX_ATTEMPTS):
        [message] = outbox.claim([row.pk], now=clock.now())
        outbox.put_back(message, error="discord 401/0", due_at=clock.now())

    row.refresh_from_db()
    assert (row.status, row.attempts) == (OutboxStatus.QUEUED, 0)
