"""What other servers tell us is kept once; what people do is written down."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction

from ppob.kit.db import OutsideTransaction
from ppob.kit.scope import NoTenantScope, no_tenant_scope, tenant_scope
from security.models import AuditEntry, InboxEvent
from security.secret_text import is_known_token, looks_like_secret
from security.services import audit, inbox
from security.states import InboxStatus
from tests.conftest import NOON
from tests.payments.racing import at_once

TARGET = uuid4()


def store(body=b'{"status": "PAID"}', *, target=TARGET, now=NOON):
    return inbox.store_event(
        source="gateway:tripay",
        target=target,
        headers={"X-Callback-Signature": "abc"},
        body=body,
        now=now,
    )


def test_the_same_bytes_are_one_event(in_arcadia):
    first, is_new = store()
    second, is_new_again = store(now=NOON + timedelta(seconds=1))

    assert (is_new, is_new_again) == (True, False)
    assert first.pk == second.pk
    assert InboxEvent.objects.get().reveal_body() == b'{"status": "PAID"}'


def test_other_bytes_another_target_and_another_store_are_other_events(
    in_arcadia, borealis
):
    store()
    store(b'{"status": "PAID" }')
    store(target=uuid4())
    with tenant_scope(borealis.pk):
        _event, is_new = store()
        assert InboxEvent.objects.count() == 1

    assert is_new
    assert InboxEvent.objects.count() == 3


def test_an_event_that_arrives_twenty_times_at_once_is_kept_once(in_arcadia):
    at_once([store] * 20)

    assert InboxEvent.objects.count() == 1


def test_one_worker_gets_an_event(in_arcadia):
    event, _is_new = store()

    claims = at_once([partial(inbox.claim_event, event.pk, now=NOON)] * 6)

    assert len([claim for claim in claims if claim]) == 1
    assert InboxEvent.objects.get().attempts == 1


def test_an_event_that_keeps_failing_is_tried_less_and_less_often(in_arcadia):
    event, _is_new = store()
    leases, now = [], NOON
    for _ in range(10):
        assert inbox.claim_event(event.pk, now=now)
        assert not inbox.claim_event(event.pk, now=now)
        due_at = InboxEvent.objects.get().due_at
        leases.append(int((due_at - now).total_seconds()))
        now = due_at

    assert leases == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_closed_event_is_never_worked_on_again(in_arcadia):
    event, _is_new = store()
    inbox.close_event(event, InboxStatus.PROCESSED, result="settled", now=NOON)
    inbox.close_event(event, InboxStatus.FAILED, result="too late", now=NOON)

    later = NOON + timedelta(days=1)
    assert inbox.claim_event(event.pk, now=later) is None
    assert inbox.claim_event(event.pk + 1, now=later) is None
    event.refresh_from_db()
    assert (event.status, event.result) == ("processed", "settled")


def test_a_deed_is_written_down_in_its_transaction(in_arcadia):
    with pytest.raises(OutsideTransaction):
        audit.record(actor="user:1", action="x", object="y", now=NOON)
    with transaction.atomic():
        entry = audit.record(
            actor="user:1", action="price.changed", object="product:5", now=NOON
        )

    assert AuditEntry.objects.get() == entry
    assert (entry.tenant_id, entry.data) == (in_arcadia.pk, {})


def test_a_deed_that_failed_is_not_written_down(in_arcadia):
    def fail():
        with transaction.atomic():
            audit.record(actor="user:1", action="x", object="y", now=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not AuditEntry.objects.exists()


def test_a_deed_belongs_to_a_store(db):
    with no_tenant_scope(), transaction.atomic(), pytest.raises(NoTenantScope):
        audit.record(actor="user:1", action="x", object="y", now=NOON)


@pytest.mark.parametrize(
    "text",
    [
        "MTEwMDAwMDAwMDAwMDAwMDAwMQ.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB",
        "key: sk_live_abcdefghijklmnop",
        "xnd_production_abcdefghijklmnop",
        "SB-Mid-server-abcdefghijkl",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAABCDEFGHIJKLMNOP",
        "https://discord.com/api/webhooks/123/abcdefghijklmnopqrstuvwxyz",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_well_known_credential_is_recognised(text):
    assert is_known_token(text)
    assert looks_like_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Netflix Premium 1 Bulan",
        "ABCD-EFGH-1234-5678",
        "628123456789012345678901234567890123",
        "https://example.com/a/very/long/address/without/secrets/in/it/at/all/1234",
        "MLBB-DIAMOND-86-PLUS-8-BONUS-INDONESIA-REGION",
    ],
)
def test_ordinary_text_and_codes_are_no_credentials(text):
    assert not looks_like_secret(text)


def test_a_long_random_word_is_a_secret_in_text_and_may_be_a_code():
    word = "a8Fk29dLq0ZpX7mN4vBt6YwE1rCs3uHj"

    assert looks_like_secret(f"see {word}")
    assert not is_known_token(word)
