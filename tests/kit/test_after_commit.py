"""Jobs and nudges start after commit, and survive that nobody takes them."""

import asyncio
import logging
import time
from contextlib import contextmanager, suppress

import pytest
import redis
from asgiref.sync import async_to_sync
from celery import Celery, current_app
from channels.layers import get_channel_layer
from django.db import transaction

from payments.services.orders import checkout
from payments.services.orders.quote import Item
from ppob.kit import jobs as kit_jobs
from ppob.kit import live
from ppob.kit.db import (
    InsideTransaction,
    OutsideTransaction,
    forbid_transaction,
    require_transaction,
)
from ppob.local import paths
from tests.conftest import NOON
from tests.factories import make_customer, make_product
from tests.threads import in_thread

send_task = Celery.send_task


@pytest.fixture
def nobody_there(monkeypatch, tmp_path):
    """Broker and channel layer are at an address where nothing listens."""
    socket = tmp_path / "nobody.sock"
    broker = Celery("away", set_as_current=False)
    broker.conf.broker_transport_options = current_app.conf.broker_transport_options
    broker.conf.broker_url = f"redis+socket://{socket}"
    monkeypatch.setattr(Celery, "send_task", send_task)
    monkeypatch.setattr(kit_jobs, "current_app", broker)
    away = type(get_channel_layer())(hosts=[{"address": f"unix://{socket}"}])
    monkeypatch.setattr(live, "_current", None)
    monkeypatch.setattr(live, "get_channel_layer", lambda: away)
    yield
    # Its thread would go on and warn of this test's nudges in the next one.
    live._speaker().flush()


@contextmanager
def failing_transaction():
    """What is inside happens and is then taken back."""
    with suppress(ZeroDivisionError), transaction.atomic():
        yield
        raise ZeroDivisionError


def test_a_job_is_sent_when_the_transaction_committed(db, jobs):
    with transaction.atomic():
        kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)
        assert jobs.waiting == []

    assert jobs.waiting == [("payments.deliver_order", {"tenant_id": 1, "order_id": 2})]


def test_a_job_of_a_transaction_that_failed_is_never_sent(db, jobs):
    with failing_transaction():
        kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)

    assert jobs.waiting == []


def test_a_job_of_a_savepoint_that_failed_is_never_sent(db, jobs):
    with transaction.atomic():
        with failing_transaction():
            kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)
        kit_jobs.enqueue("payments.check_payment", tenant_id=1, payment_id=3)

    assert [name for name, _arguments in jobs.waiting] == ["payments.check_payment"]


def test_a_job_reaches_the_broker_by_name_and_with_ids(db, monkeypatch):
    broker = redis.Redis.from_url(paths.redis_url(0))
    broker.flushdb()
    monkeypatch.setattr(Celery, "send_task", send_task)

    kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)

    [message] = broker.lrange("celery", 0, -1)
    broker.flushdb()
    assert b'"task": "payments.deliver_order"' in message


def test_a_broker_that_hung_up_gets_the_next_job(db, monkeypatch):
    broker = redis.Redis.from_url(paths.redis_url(0))
    broker.flushdb()
    monkeypatch.setattr(Celery, "send_task", send_task)
    kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)

    me = broker.client_id()
    for client in broker.client_list():
        # Others use other databases of the same server.
        if client["db"] == "0" and int(client["id"]) != me:
            broker.client_kill_filter(_id=client["id"])
    kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=3)
    kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=4)

    sent = broker.lrange("celery", 0, -1)
    broker.flushdb()
    assert len(sent) == 3


def test_a_broker_that_is_away_costs_a_warning_and_little_time(
    in_arcadia, nobody_there, caplog
):
    started = time.monotonic()

    order = checkout.place_order(
        customer=make_customer(),
        items=[Item(make_product(codes=1).pk)],
        request_key="click",
        now=NOON,
    )

    assert order.pk
    assert time.monotonic() - started < 2
    warnings = [each.getMessage() for each in caplog.records]
    assert any("did not take inventory.check_alert" in line for line in warnings)


def test_a_nudge_that_nobody_takes_costs_a_warning(db, nobody_there, caplog):
    live.announce(7, "stock", product_id=1)
    live._speaker().flush()

    assert [
        each.getMessage()
        for each in caplog.records
        if each.name == "ppob.kit.live" and each.levelno == logging.WARNING
    ] == ["A nudge was lost: ConnectionError"]


class OddLayer:
    """A channel layer that does as the test says with each message."""

    def __init__(self, send):
        self.send = send
        self.groups = []

    async def group_send(self, group, _message):
        self.groups.append(group)
        await self.send(group)


@pytest.fixture
def odd_layer(monkeypatch):
    def use(send):
        layer = OddLayer(send)
        monkeypatch.setattr(live, "_current", None)
        monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
        return layer

    return use


def test_a_silent_server_costs_one_wait_and_not_one_a_store(db, odd_layer, monkeypatch):
    async def be_silent(_group):
        await asyncio.sleep(60)

    layer = odd_layer(be_silent)
    monkeypatch.setattr(live, "SEND_SECS", 0.3)
    started = time.monotonic()
    for tenant_id in range(1, 9):
        live.announce(tenant_id, "stock")
    live._speaker().flush()

    assert time.monotonic() - started < 1.5
    assert {f"tenant.{each}" for each in range(1, 9)} <= set(layer.groups)


def test_an_error_nobody_foresaw_does_not_end_all_nudges(db, odd_layer, caplog):
    async def fail_once(_group):
        if len(layer.groups) == 1:
            raise RuntimeError("odd")

    layer = odd_layer(fail_once)
    live.announce(7, "stock")
    live._speaker().flush()
    live.announce(8, "stock")
    live._speaker().flush()

    assert layer.groups == ["tenant.7", "tenant.8", live.BOTS]
    assert "RuntimeError: odd" in caplog.text


class Listener:
    """A page or bot that listens to groups of the channel layer."""

    def __init__(self, *groups):
        self.layer = get_channel_layer()
        self.groups = groups

    async def hear(self, act):
        channel = await self.layer.new_channel()
        for group in self.groups:
            await self.layer.group_add(group, channel)
        await in_thread(act)()
        heard = []
        try:
            while True:
                message = await asyncio.wait_for(self.layer.receive(channel), 0.5)
                heard.append(message)
        except TimeoutError:
            return heard


def heard_by(*groups, when):
    return async_to_sync(Listener(*groups).hear)(when)


def test_a_nudge_reaches_the_stores_pages_and_the_bots(db):
    message = {
        "type": "nudge",
        "tenant_id": 7,
        "changes": [{"topic": "stock", "ids": {"product_id": 1}}],
    }

    def announce():
        live.announce(7, "stock", product_id=1)

    assert heard_by("tenant.7", when=announce) == [message]
    assert heard_by(live.BOTS, when=announce) == [message]
    assert heard_by("tenant.8", when=announce) == []


def test_changes_that_follow_each_other_go_together(db):
    def announce():
        live.announce(7, "orders", order="a")
        for _again in range(3):
            live.announce(7, "stock", product_id=1)
            live.announce(7, "orders", order="b")
        live._speaker().flush()

    first, *others = heard_by("tenant.7", when=announce)

    assert first["changes"][0] == {"topic": "orders", "ids": {"order": "a"}}
    changes = [change for message in (first, *others) for change in message["changes"]]
    assert len(others) <= 1
    assert {(each["topic"], *each["ids"].values()) for each in changes} == {
        ("orders", "a"),
        ("stock", 1),
        ("orders", "b"),
    }


def test_a_nudge_waits_for_the_commit(db):
    def announce_and_fail():
        with failing_transaction():
            live.announce(7, "stock", product_id=1)

    assert heard_by("tenant.7", when=announce_and_fail) == []


def test_a_step_that_needs_a_transaction_says_so(db):
    with pytest.raises(OutsideTransaction):
        require_transaction()
    with transaction.atomic():
        require_transaction()


def test_a_slow_step_inside_a_transaction_is_refused(db):
    forbid_transaction()
    for using in ("default", "platform"):
        with transaction.atomic(using=using), pytest.raises(InsideTransaction):
            forbid_transaction()
