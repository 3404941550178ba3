"""One token, one process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections

from bot.cross_tenant.accounts import (
    LEASE,
    claim_instances,
    own_bot_tenants,
    register_shared,
    release_instances,
    report,
)
from bot.cross_tenant.serving import Serving
from bot.models import BotInstance
from bot.states import Desired, Observed
from tests.conftest import NOON

TOKEN = "a-token-that-is-only-a-test"


def shared() -> BotInstance:
    return BotInstance.across_tenants.get(application_id=1)


def claim(owner: str, now=NOON, **only):
    return [row.pk for row in claim_instances(owner=owner, now=now, **only)]


def test_the_shared_bot_is_registered_once_and_its_token_sealed(db):
    register_shared(application_id=1, token=TOKEN)
    register_shared(application_id=1, token=TOKEN)

    row = shared()
    assert (row.tenant_id, row.generation) == (None, 1)
    assert row.token.reveal() == TOKEN
    assert TOKEN not in repr(row.token)


def test_another_token_starts_the_bot_again(db):
    register_shared(application_id=1, token=TOKEN)
    register_shared(application_id=1, token="another")

    assert (shared().generation, shared().token.reveal()) == (2, "another")


def test_a_bot_is_run_by_one_process_until_its_lease_ends(db):
    register_shared(application_id=1, token=TOKEN)

    assert claim("first") == [shared().pk]
    assert claim("second") == []
    assert claim("first", NOON + timedelta(seconds=30)) == [shared().pk]
    assert claim("second", NOON + timedelta(seconds=50)) == []
    assert claim("second", NOON + timedelta(seconds=31) + LEASE) == [shared().pk]
    assert claim("first", NOON + timedelta(seconds=32) + LEASE) == []


def test_many_processes_at_once_get_one_lease(db):
    register_shared(application_id=1, token=TOKEN)

    def one(number):
        try:
            return len(claim(f"process-{number}"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_a_process_that_stops_gives_its_lease_back(db):
    register_shared(application_id=1, token=TOKEN)
    claim("first")

    release_instances(owner="first")

    assert claim("second") == [shared().pk]


def test_a_bot_that_should_not_run_is_not_claimed(db):
    register_shared(application_id=1, token=TOKEN)
    BotInstance.across_tenants.update(desired=Desired.STOPPED)

    assert claim("first") == []


def test_a_store_with_its_own_bot_leaves_the_shared_one(arcadia, borealis):
    register_shared(application_id=1, token=TOKEN)
    own = BotInstance(application_id=2, tenant_id=arcadia.pk, token="own")
    BotInstance.across_tenants.bulk_create([own])

    assert own_bot_tenants() == frozenset({arcadia.pk})
    assert claim("a", only_tenant=arcadia.pk) == [own.pk]
    assert claim("b", only_tenant=borealis.pk) == [shared().pk]


def test_a_bot_speaks_for_its_stores_alone():
    rest, one = Serving(excluded=frozenset({7})), Serving(only=7)

    assert [rest.accepts(7), rest.accepts(8)] == [False, True]
    assert [one.accepts(7), one.accepts(8)] == [True, False]


def test_what_a_bot_does_is_written_down(db):
    register_shared(application_id=1, token=TOKEN)

    report(shared().pk, Observed.STARTING, now=NOON)
    report(shared().pk, Observed.NEEDS_OWNER, reason="token_invalid", now=NOON)

    row = shared()
    assert (row.observed, row.observed_reason) == ("needs_owner", "token_invalid")
    assert row.heartbeat_at == NOON
