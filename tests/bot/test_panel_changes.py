"""The tick finds every change, and reads nothing of stores in which nothing changed."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from bot.cross_tenant.panels import list_panel_states, read_changes
from bot.cross_tenant.serving import Serving
from bot.models import Panel
from bot.runtime import panel_sync
from bot.runtime.panel_sync import IN_TURN, TICK_SECS, PanelSync
from bot.services import panels
from catalog.models import Product
from ppob.kit.changes import open_window
from ppob.kit.scope import tenant_scope
from ppob.local import paths
from tests.factories import (
    add_codes,
    make_guild,
    make_panel,
    make_product,
    make_tenant,
)

EVERYBODY = Serving()
FAR_AHEAD = 10**15


@pytest.fixture(autouse=True)
def _nobody_else(superuser, monkeypatch):
    """Other databases of the same server do not hold the window back.

    In the product they may: then a change is found twice.
    """

    def open_here(cursor, since):
        window = open_window(cursor, since)
        [(oldest,)] = superuser.execute(
            "SELECT min(backend_xid::text::bigint) FROM pg_stat_activity"
            " WHERE datname = current_database()"
        ).fetchall()
        until = window.end if oldest is None else min(oldest, window.end)
        return replace(window, until=until, since=until if since is None else since)

    monkeypatch.setattr("bot.cross_tenant.panels.open_window", open_here)


@pytest.fixture
def looked():
    """What changed since the last look."""
    since = read_changes(None).until

    def look():
        nonlocal since
        changes = read_changes(since)
        since = changes.until
        return set(changes.tenant_ids)

    return look


@pytest.fixture
def another():
    """A connection of somebody who takes their time."""
    with psycopg.connect(paths.superuser_dsn(settings.DATABASE)) as connection:
        yield connection


def test_stock_products_and_panels_are_changes_and_nothing_else_is(store, looked):
    product = make_product(codes=1)
    assert looked() == {store.panel.tenant_id}
    assert looked() == set()

    add_codes(product, 1)
    assert looked() == {store.panel.tenant_id}
    Product.objects.filter(pk=product.pk).update(price=1)
    assert looked() == {store.panel.tenant_id}
    Panel.objects.filter(pk=store.panel.pk).update(title="New")
    assert looked() == {store.panel.tenant_id}
    panels.note_unchanged(store.panel.pk, version="1")
    assert looked() == set()


def test_what_commits_after_a_later_one_is_found(store, borealis, looked, another):
    """Neither serial numbers nor clocks would find it: they are older than a look."""
    slow = make_product()
    looked()
    another.execute("UPDATE catalog_product SET price = 2 WHERE id = %s", [slow.pk])
    with tenant_scope(borealis.pk):
        make_product()
    assert looked() == {borealis.pk}

    another.commit()

    assert store.panel.tenant_id in looked()


def test_marks_of_another_server_are_not_new_for_ever(store, looked, superuser):
    make_product(codes=1)
    looked()
    superuser.execute("ALTER TABLE catalog_product DISABLE TRIGGER USER")
    superuser.execute("UPDATE catalog_product SET changed = %s", [FAR_AHEAD])
    superuser.execute("ALTER TABLE catalog_product ENABLE TRIGGER USER")

    assert looked() == set()


def test_a_look_reads_the_marks_alone(store, superuser):
    """With ten thousand rows of others in the way, in the statement as it is sent."""
    product = make_product()
    columns = "tenant_id, product_id, kind, available, on_hand, actor, at, changed"
    superuser.execute(
        f"INSERT INTO inventory_stockmovement ({columns})"
        " SELECT %s, %s, 'uploaded', 1, 1, 'test', now(), 3 + n / 1000"
        " FROM generate_series(1, 10000) n",
        [product.tenant_id, product.pk],
    )
    superuser.execute("ANALYZE inventory_stockmovement")
    since = read_changes(None).until
    with CaptureQueriesContext(connections["platform"]) as captured:
        assert read_changes(since).tenant_ids == frozenset()

    question = captured.captured_queries[-1]["sql"]
    plan = superuser.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {question}").fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "movement_changed" in text
    assert "Seq Scan on inventory_stockmovement" not in text


# --- The sync -----------------------------------------------------------------------


def complete(work):
    """Run what waits for nobody, without a loop: its questions are asked right here."""
    with suppress(StopIteration):
        while True:
            work.send(None)


class Watch:
    """The sync's clock."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def watch(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(panel_sync, "time", watch)
    return watch


@pytest.fixture
def sync(watch, monkeypatch):
    """A sync whose queues only write down what was marked, and when it read whom."""
    made = PanelSync(None, EVERYBODY)
    made.marked, made.read = [], []
    made._queue = lambda channel: SimpleNamespace(mark=made.marked.append)

    async def across(question, *what, **how):
        if question is list_panel_states:
            made.read.append(how.get("tenant_ids"))
        return question(*what, **how)

    monkeypatch.setattr("bot.bridge.across", across)
    return made


@pytest.fixture
def tick(sync, watch):
    """Let so many ticks pass; what was marked meanwhile."""

    def work(count=1):
        sync.marked.clear()
        for _tick in range(count):
            complete(sync._look(True))
            watch.now += TICK_SECS
        return list(sync.marked)

    return work


@pytest.fixture
def ticks(tick, monkeypatch):
    """The same, where no panel has its turn."""
    monkeypatch.setattr(PanelSync, "_look_in_turn", lambda sync: asyncio.sleep(0))
    return tick


def drawn():
    """As if every panel showed what it should."""
    for state in list_panel_states(EVERYBODY):
        Panel.across_tenants.filter(pk=state.pk).update(sent_version=state.version)


def test_without_any_nudge_a_change_is_drawn_with_the_next_tick(store, sync, ticks):
    product = make_product(codes=1)
    drawn()
    ticks(2)
    assert ticks() == []

    add_codes(product, 1)

    assert ticks() == [store.panel.pk]


def test_what_was_not_drawn_is_marked_again(store, sync, ticks):
    make_product(codes=1)

    assert ticks(3) == [store.panel.pk] * 3
    drawn()
    ticks()
    assert ticks() == []


def test_a_change_that_leaves_the_version_is_drawn(store, sync, ticks, superuser):
    product = make_product(codes=2)
    drawn()
    ticks(2)

    # The number of a movement that was drawn before, by one who committed late.
    superuser.execute(
        "INSERT INTO inventory_stockmovement (id, tenant_id, product_id, kind,"
        " available, on_hand, actor, at) VALUES (-1, %s, %s, 'voided', -1, -1,"
        " 'test', now())",
        [product.tenant_id, product.pk],
    )

    assert ticks() == [store.panel.pk]


def test_a_panel_with_a_slow_refresh_waits_and_is_not_forgotten(store, sync, ticks):
    Panel.objects.update(refresh_secs=20)
    product = make_product(codes=1)
    drawn()
    ticks()  # at the start everything is drawn: the next time is in 20 seconds
    add_codes(product, 1)
    drawn()

    assert ticks(3) == []
    assert ticks() == [store.panel.pk]
    assert ticks(9) == []


def test_only_stores_with_a_change_are_read(store, sync, ticks):
    others = [make_tenant(f"other-{number}") for number in range(5)]
    for other in others:
        with tenant_scope(other.pk):
            make_panel(guild=make_guild(bot_joined_at=other.created_at))
            make_product(codes=1)
    make_product(codes=1)
    drawn()
    ticks(2)
    sync.read.clear()
    ticks(3)
    assert sync.read == []

    with tenant_scope(others[2].pk):
        make_product(codes=1)
    ticks()

    assert sync.read == [{others[2].pk}]


def test_each_panel_gets_its_turn(store, sync, tick):
    for _panel in range(IN_TURN + 5):
        make_panel(guild=store.guild)
    make_product(codes=1)
    drawn()
    tick()

    assert sorted(tick(2)) == sorted(Panel.objects.values_list("pk", flat=True))


def test_a_panel_that_was_removed_is_forgotten(store, sync, tick):
    make_product(codes=1)
    tick()
    assert set(sync._states) == {store.panel.pk}
    Panel.objects.filter(pk=store.panel.pk).delete()

    tick(2)

    assert sync._states == {}


def test_other_stores_are_read_at_once(store, sync, ticks):
    make_product(codes=1)
    drawn()
    ticks(2)

    sync.serving = Serving(excluded=frozenset({store.panel.tenant_id}))
    ticks()
    assert sync._states == {}
    sync.serving = EVERYBODY
    ticks()

    assert set(sync._states) == {store.panel.pk}
