"""The seller reads in the log channel when something in the store does not fit."""

from bot.models import OutgoingMessage
from bot.services import sending
from bot.services.wording import write
from ppob.kit.scope import tenant_scope
from tenants.services import health
from tests.bot.conftest import outbox_kinds
from tests.conftest import NOON

RULE = "total_equals_lines"


def texts():
    """What waits for the log channel, in words."""
    ids = list(OutgoingMessage.objects.order_by("pk").values_list("pk", flat=True))
    return [write(message).embed.text for message in sending.claim(ids, now=NOON)]


def test_a_difference_and_its_end_are_told_once_each(store):
    for count in (0, 3, 3, 0, 0):
        health.record_proof({RULE: count}, now=NOON, asked={RULE})

    broken, mended = texts()

    assert outbox_kinds() == ["store_health", "store_health"]
    assert "3" in broken
    assert f"/toko/{store.tenant.slug}/kesehatan/" in broken
    assert "0" in mended


def test_another_store_hears_nothing_of_it(store, borealis):
    health.record_proof({RULE: 3}, now=NOON, asked={RULE})

    with tenant_scope(borealis.pk):
        assert outbox_kinds() == []
