"""Every way into the product, by everybody, with every id, behind each wall alone."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from inventory.suppliers.digiflazz.adapter import Digiflazz
from ppob.kit import clock
from tenants.services import suspension
from tests.conftest import NOON
from tests.dashboard.test_every_page import RIGHTS
from tests.isolation import (
    canary,
    chat,
    doors,
    machines,
    presses,
    price_pages,
    routes,
    stock_pages,
    supplier_pages,
    walls,
)
from tests.isolation.actions import API
from tests.isolation.chat_cells import Cells
from tests.isolation.machines import Machines
from tests.isolation.pages import PAGES
from tests.isolation.report import Report
from tests.isolation.watch import Watch, watching
from tests.isolation.web import Web
from tests.isolation.world import Side, World, make_world

assert all((price_pages, stock_pages, supplier_pages))  # they register their calls

pytestmark = pytest.mark.timeout(600)  # thousands of requests on a busy machine


@pytest.fixture
def standing() -> str:
    """Which walls stand; both unless a test says otherwise."""
    return walls.BOTH


each_wall = pytest.mark.parametrize("standing", walls.WALLS)


@pytest.fixture
def world(db, superuser, settings, tmp_path, monkeypatch) -> World:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: NOON)
    # Suppliers are asked over the network; that there is money is all that they say.
    monkeypatch.setattr(Digiflazz, "read_balance", lambda _supplier: 1_000_000)
    cache.clear()
    return make_world(superuser)


@pytest.fixture
def watch(world) -> Iterator[Watch]:
    with watching(world) as found:
        yield found


@pytest.fixture
def report(standing, request) -> Iterator[Report]:
    made = Report(standing)
    yield made
    request.node.user_properties.append(("isolation", made.lines()))


def built(builder: Callable[[Side], Any], side: Side) -> Any:
    with side.open():
        return builder(side)


def settle(report: Report, world: World, superuser: Any) -> None:
    """No cell failed, and in the end no word of theirs stands in anybody's rows."""
    theirs = world.theirs
    found = canary.strays(superuser, theirs.tenant.pk, theirs.word)
    report.expect("afterwards", found, [], "what holds their words")
    if report.failures:
        pytest.fail("\n".join(report.failures), pytrace=False)


@pytest.fixture
def web(world, watch, report, superuser) -> Web:
    return Web(world, watch, report, canary.Fingerprints(superuser), RIGHTS)


@each_wall
@pytest.mark.parametrize("kind", [routes.STORE, routes.API])
def test_pages_and_actions(kind, web, standing, superuser):
    registry = PAGES if kind == routes.STORE else API
    world = web.world
    calls = [
        (
            route,
            built(registry[route.name], world.ours),
            built(registry[route.name], world.theirs),
        )
        for route in routes.routes_of(kind)
        if route.name in registry
    ]
    canary.fill(superuser, world.theirs.tenant.pk, world.theirs.word)

    with walls.standing(standing, superuser):
        for route, ours, theirs in calls:
            web.check(route, ours, theirs)

    web.watch.take()
    foreign = keys_about(world.theirs, web.watch)
    web.report.expect("afterwards", foreign, set(), "keys of the cache about theirs")
    settle(web.report, world, superuser)


def keys_about(side: Side, watch: Watch) -> set[str]:
    """Keys that name this store by its number or its server."""
    named = {str(side.tenant.pk), str(side.guild.discord_id)}
    return {key for key in watch.all_keys if named & set(key.split(":")[1:])}


def test_members_of_a_suspended_store_still_see_theirs_and_no_other(web, superuser):
    ours, theirs = web.world.ours, web.world.theirs
    calls = [
        (route, call)
        for route in routes.routes_of(routes.STORE)
        for call in built(PAGES[route.name], ours)
        if call.method == "GET"
    ]
    canary.fill(superuser, theirs.tenant.pk, theirs.word)
    suspension.suspend_store(tenant_id=ours.tenant.pk, actor="user:1", now=NOON)

    for route, call in calls:
        found = web.cell(route, call, ours, ours.owner.user, who="a suspended owner")
        web.report.expect(route.name, found.status, call.expected, "status")

    settle(web.report, web.world, superuser)


def test_without_any_wall_the_matrix_sees_the_leaks(world, watch, superuser):
    """The control: a matrix that cannot fail proves nothing."""
    names = (
        "payments:orders",
        "inventory:product-list",
        "bot:tickets",
        "payments:wallets",
    )
    calls = {
        route: (
            built(PAGES[route.name], world.ours),
            built(PAGES[route.name], world.theirs),
        )
        for route in routes.routes_of(routes.STORE)
        if route.name in names
    }
    jobs = {
        name: (
            built(machines.JOBS[name], world.ours),
            built(machines.JOBS[name], world.theirs),
        )
        for name in ("payments.deliver_order", "payments.process_callback")
    }
    canary.fill(superuser, world.theirs.tenant.pk, world.theirs.word)
    report = Report(walls.NEITHER)
    prints = canary.Fingerprints(superuser)
    web = Web(world, watch, report, prints, RIGHTS)

    with walls.standing(walls.NEITHER, superuser):
        for route, (mine, others) in calls.items():
            web.check(route, mine, others)
        for name, (own, foreign) in jobs.items():
            Machines(world, watch, report, prints).check_job(name, own, foreign)

    for name in (*names, *jobs):
        assert any(name in failure for failure in report.failures), name


@each_wall
def test_doors_outside_the_stores(web, standing, superuser):
    theirs = web.world.theirs
    canary.fill(superuser, theirs.tenant.pk, theirs.word)

    with walls.standing(standing, superuser):
        for route in routes.routes_of(routes.OPEN):
            doors.check_open(web, route, doors.OPEN.get(route.name, []))
        for route in routes.routes_of(routes.CALLBACKS):
            doors.CALLBACKS[route.name](web, route)
        if standing == walls.BOTH:  # staff sees all stores by its nature
            for route in routes.routes_of(routes.ADMIN):
                doors.check_admin(web, route)
            doors.check_admin_actions(web)

    settle(web.report, web.world, superuser)


@each_wall
def test_jobs_and_commands(world, watch, report, standing, superuser, monkeypatch):
    ours, theirs = world.ours, world.theirs
    calls = {
        name: (built(builder, ours), built(builder, theirs))
        for name, builder in machines.JOBS.items()
    }
    canary.fill(superuser, theirs.tenant.pk, theirs.word)
    runner = Machines(world, watch, report, canary.Fingerprints(superuser))

    with walls.standing(standing, superuser):
        for name, (mine, others) in calls.items():
            runner.check_job(name, mine, others)
        for name, options in machines.STORE_COMMANDS.items():
            runner.check_command(name, options)
        monkeypatch.setattr(clock, "now", machines.later)
        for name in sorted(machines.SWEEPERS):
            runner.check_sweeper(name)

    stray = canary.strays(superuser, ours.tenant.pk, ours.word)
    report.expect("afterwards", stray, [], "what holds our words")
    settle(report, world, superuser)


@each_wall
def test_the_bots_buttons_forms_and_commands(world, watch, report, standing, superuser):
    ours, theirs = world.ours, world.theirs
    clicks = {
        verb: (built(builder, ours), built(builder, theirs))
        for verb, builder in presses.CLICKS.items()
    }
    options = {
        name: (built(builder, ours), built(builder, theirs))
        for name, builder in presses.COMMANDS.items()
    }
    canary.fill(superuser, theirs.tenant.pk, theirs.word)

    async def press_everything() -> None:
        async with chat.awake() as talk:
            cells = Cells(world, watch, report, canary.Fingerprints(superuser), talk)
            for verb, (mine, others) in clicks.items():
                await cells.check_press(verb, mine, others)
            for command in talk.commands():
                await cells.check_command(command, *options[command.qualified_name])

    with walls.standing(standing, superuser):
        asyncio.run(press_everything())

    settle(report, world, superuser)


async def test_everything_the_bot_answers_has_a_valid_use():
    async with chat.awake() as talk:
        commands = {command.qualified_name for command in talk.commands()}

    assert set(presses.CLICKS) == {*chat.components(), *chat.forms()}
    assert set(presses.COMMANDS) == commands


def test_every_job_has_a_valid_call():
    assert set(machines.JOBS) | machines.SWEEPERS == machines.job_names()


def test_every_command_is_one_of_a_store_or_of_the_staff():
    known = set(machines.STORE_COMMANDS) | set(machines.STAFF_COMMANDS)

    assert known == machines.command_names()
    of_stores = {name for name in known if machines.takes_a_store(name)}
    assert of_stores == set(machines.STORE_COMMANDS)


def test_every_address_has_a_valid_call():
    registries = {
        routes.STORE: set(PAGES),
        routes.API: set(API),
        routes.CALLBACKS: set(doors.CALLBACKS),
        routes.OPEN: set(doors.OPEN),
    }
    for kind, known in registries.items():
        assert known == {route.name for route in routes.routes_of(kind)}, kind
    undecided = [
        route.pattern
        for route in routes.routes_of(routes.ADMIN)
        if doors.admin_status(route) is None
    ]
    assert undecided == []
