"""Every move of every machine in Discord: legal ones happen, others do not."""

from itertools import pairwise, product

import pytest
from django.db import IntegrityError, connection

from bot.cross_tenant.accounts import register_shared, report
from bot.models import (
    BotInstance,
    InstanceEvent,
    Panel,
    PanelEvent,
    Ticket,
    TicketEvent,
)
from bot.services import panel_transitions, panels, tickets
from bot.services.ticket_transitions import move_ticket
from bot.states import (
    OBSERVED_TRANSITIONS,
    PANEL_TRANSITIONS,
    TICKET_TRANSITIONS,
    Observed,
    PanelStatus,
    PauseReason,
    TicketStatus,
)
from ppob.kit.db import OutsideTransaction, unit_of_work
from tests.bot.conftest import Store
from tests.conftest import NOON
from tests.factories import make_order


def pairs(statuses):
    return [
        pytest.param(*pair, id="-".join(pair)) for pair in product(statuses, repeat=2)
    ]


def put(superuser, table, column, value):
    """Plant a status without going through the machine."""
    superuser.execute(f'UPDATE {table} SET "{column}" = %s', [value])


def history(rows):
    return list(rows.order_by("pk").values_list("source", "target"))


@pytest.fixture
def ticket(store: Store) -> Ticket:
    opened = tickets.open_ticket(
        customer=store.buyer,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=store.panel.pk,
        request_key="discord:1",
        now=NOON,
    )
    return opened.ticket


@pytest.mark.parametrize(("source", "target"), pairs(TicketStatus))
def test_a_ticket_moves_as_the_table_says(ticket, superuser, source, target):
    put(superuser, "bot_ticket", "status", source.value)
    before = TicketEvent.objects.count()

    with unit_of_work("test.move"):
        moved = move_ticket(ticket, target, actor="test", now=NOON, reason="why")

    is_legal = target in TICKET_TRANSITIONS[source]
    assert moved is is_legal
    assert Ticket.objects.get().status == (target if is_legal else source)
    assert TicketEvent.objects.count() == before + is_legal
    if is_legal:
        event = TicketEvent.objects.latest("pk")
        assert (event.source, event.target) == (source, target)
        assert (event.actor, event.reason, event.at) == ("test", "why", NOON)


def test_a_ticket_is_moved_inside_a_transaction_only(ticket):
    with pytest.raises(OutsideTransaction):
        move_ticket(ticket, TicketStatus.CLOSED, actor="test", now=NOON)


def test_a_ticket_has_its_history_from_birth_on(ticket):
    tickets.close_ticket(ticket.pk, now=NOON, actor="discord:1")

    found = history(TicketEvent.objects.filter(ticket=ticket))
    assert found == [("", "open"), ("open", "closed")]


@pytest.mark.parametrize(("source", "target"), pairs(PanelStatus))
def test_a_panel_moves_as_the_table_says(store, superuser, source, target):
    put(superuser, "bot_panel", "status", source.value)

    with unit_of_work("test.move"):
        moved = panel_transitions.move(store.panel.pk, target, actor="test", now=NOON)

    is_legal = target in PANEL_TRANSITIONS[source]
    assert moved is is_legal
    assert Panel.objects.get().status == (target if is_legal else source)
    expected = [(source.value, target.value)] if is_legal else []
    assert history(PanelEvent.objects) == expected


def test_a_removed_panel_leaves_its_history(store):
    panels.pause_panel(store.panel.pk, reason=PauseReason.FORBIDDEN, now=NOON)
    panel = Panel.objects.get()
    panels.resume_panel(actor=store.seller, panel=panel, now=NOON)
    panels.remove_panel(actor=store.seller, panel=panel, now=NOON)

    events = PanelEvent.objects.filter(panel=store.panel.public_id)
    assert history(events) == [("active", "paused"), ("paused", "active")]
    assert events.earliest("pk").reason == "forbidden"
    assert events.latest("pk").actor == store.seller.name


@pytest.mark.parametrize(("source", "target"), pairs(Observed))
def test_a_bot_moves_as_the_table_says(db, superuser, source, target):
    register_shared(application_id=1, token="a-token-that-is-only-a-test")
    put(superuser, "bot_botinstance", "observed", source.value)
    bot = BotInstance.across_tenants.get()

    noted = report(bot.pk, target, reason="why", now=NOON)

    is_heartbeat = source == target
    is_legal = target in OBSERVED_TRANSITIONS[source]
    assert noted is (is_legal or is_heartbeat)
    bot.refresh_from_db()
    assert bot.observed == (target if noted else source)
    assert bot.heartbeat_at == (NOON if noted else None)
    expected = [(source.value, target.value)] if is_legal else []
    assert history(InstanceEvent.across_tenants) == expected


def test_heartbeats_leave_no_events(db):
    register_shared(application_id=1, token="a-token-that-is-only-a-test")
    pk = BotInstance.across_tenants.get().pk

    for observed in (Observed.STARTING, *[Observed.ONLINE] * 5, Observed.STOPPED):
        assert report(pk, observed, now=NOON)

    found = history(InstanceEvent.across_tenants)
    assert found == list(pairwise(["stopped", "starting", "online", "stopped"]))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("bot_ticket", "status"),
        ("bot_panel", "status"),
        ("bot_botinstance", "observed"),
        ("bot_botinstance", "desired"),
    ],
)
def test_the_database_knows_the_statuses_too(ticket, superuser, table, column):
    register_shared(application_id=1, token="a-token-that-is-only-a-test")

    with pytest.raises(Exception, match="_known"):
        put(superuser, table, column, "nowhere")


@pytest.mark.parametrize(
    "deed", ["UPDATE bot_ticketevent SET actor = 'x'", "DELETE FROM bot_ticketevent"]
)
def test_history_cannot_be_changed(ticket, deed):
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as c:
        c.execute(deed)


def test_an_order_without_a_ticket_moves_no_ticket(store):
    make_order(store.product)

    assert not TicketEvent.objects.exists()
