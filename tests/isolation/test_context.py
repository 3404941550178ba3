"""Whose work a piece of work is: many stores at once, with errors and cancellations."""

import asyncio
import random
import time
from typing import Any

import pytest
import respx
from channels.db import database_sync_to_async
from django.db import connection, transaction
from httpx import Response

from bot import bridge
from bot.cross_tenant.messages import list_due_messages
from bot.cross_tenant.panels import list_panel_states
from bot.cross_tenant.serving import Serving
from bot.cross_tenant.tickets import list_channelless_tickets, list_ticket_channels
from ppob.kit.http import HttpClient
from ppob.kit.scope import NoTenantScope, find_tenant_id, tenant_scope
from tenants.models import Customer
from tests.factories import make_customer, make_tenant
from tests.isolation import walls
from tests.isolation.world import make_world

STORES, TASKS = 25, 1_000


class Upset(Exception):
    """Something went wrong in the middle of the work."""


def look_around(
    *, fails: bool = False, waits: float = 0.0
) -> tuple[int | None, set[str]]:
    """Whose rows this thread sees, by the manager and by plain SQL."""
    with transaction.atomic():
        named = set(Customer.objects.values_list("username", flat=True))
        if waits:
            time.sleep(waits)
        if fails:
            raise Upset
        with connection.cursor() as cursor:
            cursor.execute("SELECT username FROM tenants_customer")
            named |= {name for (name,) in cursor.fetchall()}
    return find_tenant_id(), named


@pytest.fixture
def stores(db) -> list[int]:
    made = [make_tenant(f"store-{number}").pk for number in range(STORES)]
    for tenant_id in made:
        with tenant_scope(tenant_id):
            make_customer(f"buyer-of-{tenant_id}")
    return made


async def through_the_bridge(tenant_id: int, **how: Any) -> Any:
    return await bridge.call(tenant_id, look_around, **how)


async def through_a_consumer(tenant_id: int, **how: Any) -> Any:
    """A scope that is opened on the event loop and goes along into a thread."""
    with tenant_scope(tenant_id):
        await asyncio.sleep(0)
        return await database_sync_to_async(look_around, thread_sensitive=False)(**how)


@pytest.mark.parametrize("standing", walls.WALLS)
async def test_a_thousand_tasks_of_many_stores_each_see_their_own(
    stores, standing, superuser
):
    chance = random.Random(25)
    wrong, right, failed, cancelled = [], 0, 0, 0

    async def work(tenant_id: int, number: int) -> Any:
        way = chance.choice([through_the_bridge, through_a_consumer])
        how = {"fails": number % 7 == 0, "waits": 0.002 if number % 3 == 0 else 0.0}
        return tenant_id, await way(tenant_id, **how)

    with walls.standing(standing, superuser):
        tasks = [
            asyncio.create_task(work(chance.choice(stores), number))
            for number in range(TASKS)
        ]
        for task in chance.sample(tasks, TASKS // 10):
            asyncio.get_running_loop().call_later(chance.random() * 2, task.cancel)
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Upset):
                failed += 1
            elif isinstance(outcome, asyncio.CancelledError):
                cancelled += 1
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                tenant_id, seen = outcome
                # Plain SQL is the database's business: without it, the managers alone.
                own = {f"buyer-of-{tenant_id}"}
                is_own = seen[0] == tenant_id and own <= seen[1]
                if standing != walls.CODE_ALONE:
                    is_own = seen == (tenant_id, own)
                right += is_own
                wrong += [] if is_own else [outcome]

    assert wrong == []
    assert right + failed + cancelled == TASKS
    assert right > TASKS / 2
    assert failed > TASKS / 20
    assert find_tenant_id() is None


async def test_a_thread_that_is_used_again_has_forgotten_the_store(stores):
    await asyncio.gather(*(bridge.call(store, look_around) for store in stores))

    for _turn in range(2 * bridge.THREADS):
        assert await bridge.across(find_tenant_id) is None
        with pytest.raises(NoTenantScope):
            await bridge.across(look_around)


def test_a_bot_of_one_store_is_told_of_that_store_only(
    db, superuser, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    world = make_world(superuser)
    ours, theirs = world.ours.tenant.pk, world.theirs.tenant.pk
    late = world.ours.tenant.created_at.replace(year=2027)

    def told(serving: Serving) -> set[int]:
        return {
            *list_due_messages(serving, now=late),
            *(panel.tenant_id for panel in list_panel_states(serving)),
            *(
                tenant
                for tenant, _row in list_channelless_tickets(
                    serving, created_before=late
                )
            ),
            *(channel.tenant_id for channel in list_ticket_channels(serving)),
        }

    assert told(Serving(only=ours)) == {ours}
    assert told(Serving(excluded=frozenset({theirs}))) == {ours}
    assert told(Serving()) == {ours, theirs}


def test_connections_that_stores_share_carry_nothing_from_one_to_the_next():
    client = HttpClient("https://gateway.example", name="test")
    with respx.mock(base_url="https://gateway.example") as router:
        router.get("/").mock(
            Response(200, headers={"Set-Cookie": "session=ours; Path=/"})
        )
        client.request("GET", "/", headers={"Authorization": "Bearer ours"})
        client.request("GET", "/")
        second = router.calls.last.request

    assert "Cookie" not in second.headers
    assert "Authorization" not in second.headers
