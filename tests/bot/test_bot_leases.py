"""What one process has taken is left alone by all others, until its time is over."""

from datetime import timedelta

import pytest

from bot.cross_tenant.accounts import (
    LEASE,
    claim_instances,
    register_shared,
    release_instances,
)
from bot.models import BotInstance, OutgoingMessage
from bot.services import sending
from bot.services.sending import CLAIM
from bot.states import OutboxStatus
from tests.bot.test_outbox import write
from tests.conftest import NOON

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def messages(store):
    """Two messages for different places; the second is nobody's business here."""
    write(store, "one")
    write(store, "two", channel_id=2)
    return list(OutgoingMessage.objects.order_by("pk"))


def claim(message, now=NOON):
    return sending.claim([message.pk], now=now)


def row_of(message):
    return OutgoingMessage.objects.get(pk=message.pk)


def test_a_message_that_is_being_sent_is_nobody_elses(messages):
    one, two = messages
    [taken] = claim(one)

    for moment in (NOON, NOON + CLAIM / 2, NOON + CLAIM - INSTANT):
        assert claim(one, moment) == []
    assert (row_of(one).attempts, row_of(one).due_at) == (1, NOON + CLAIM)
    assert row_of(two).attempts == 0

    [again] = claim(one, NOON + CLAIM)
    assert (taken.attempts, again.attempts) == (1, 2)


def test_who_was_too_slow_does_not_free_what_another_is_sending(messages):
    one, two = messages
    [slow] = claim(one)
    [present] = claim(one, NOON + CLAIM)

    sending.retry_later(slow, error="discord 500/0", now=NOON + CLAIM)

    assert row_of(one).due_at == NOON + CLAIM * 2
    assert row_of(one).error == ""
    assert claim(one, NOON + CLAIM + timedelta(seconds=2)) == []
    sending.retry_later(present, error="discord 502/0", now=NOON + CLAIM)
    assert row_of(one).error == "discord 502/0"
    assert claim(one, NOON + CLAIM + timedelta(seconds=4))
    assert row_of(two).attempts == 0


def test_who_was_too_slow_does_not_give_up_what_another_is_sending(messages):
    one, _two = messages
    [slow] = claim(one)
    claim(one, NOON + CLAIM)

    sending.give_up(slow, error="discord 403/50001", now=NOON + CLAIM)

    assert (row_of(one).status, row_of(one).error) == (OutboxStatus.QUEUED, "")
    assert OutgoingMessage.objects.count() == 2


def test_what_did_arrive_is_noted_by_whoever_sent_it(messages):
    """Discord has it, whoever's turn it was."""
    one, two = messages
    [slow] = claim(one)
    [present] = claim(one, NOON + CLAIM)

    sending.note_sent(slow, discord_id=5, now=NOON + CLAIM)
    sending.retry_later(present, error="late", now=NOON + CLAIM)
    sending.give_up(present, error="late", now=NOON + CLAIM)

    row = row_of(one)
    assert (row.status, row.discord_id, row.error) == (OutboxStatus.SENT, 5, "")
    assert row_of(two).status == OutboxStatus.QUEUED


def run(owner, now):
    return [row.application_id for row in claim_instances(owner=owner, now=now)]


def test_a_bot_is_another_process_s_until_the_last_instant(db):
    for number in (1, 2):
        register_shared(application_id=number, token=f"token-{number}")
    assert run("first", NOON) == [1, 2]

    for moment in (NOON, NOON + LEASE / 2, NOON + LEASE):
        assert run("second", moment) == []
    assert set(
        BotInstance.across_tenants.values_list("lease_owner", "lease_until")
    ) == {("first", NOON + LEASE)}
    assert run("second", NOON + LEASE + INSTANT) == [1, 2]
    assert run("first", NOON + LEASE + INSTANT) == []


def test_a_process_gives_back_its_own_bots_only(db):
    for number in (1, 2):
        register_shared(application_id=number, token=f"token-{number}")
    BotInstance.across_tenants.filter(application_id=2).update(
        lease_owner="other", lease_until=NOON + LEASE
    )
    assert run("first", NOON) == [1]

    release_instances(owner="first")

    assert run("third", NOON) == [1]
    other = BotInstance.across_tenants.get(application_id=2)
    assert (other.lease_owner, other.lease_until) == ("other", NOON + LEASE)
