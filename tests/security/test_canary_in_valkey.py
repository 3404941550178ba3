"""Jobs, nudges and kept values never carry a code for sale through Valkey."""

import asyncio
import base64
import json

import pytest
import redis
from celery import Celery
from channels.layers import DEFAULT_CHANNEL_LAYER, channel_layers
from django.core.cache import cache
from django.db import transaction

from ppob.kit import jobs as kit_jobs
from ppob.kit import live
from ppob.local import paths
from tests.security.test_canary import CODE, found_in, sell

DATABASES = 16
BROKER_DB = 5  # nobody takes jobs from there
SEND_TASK = Celery.send_task
READERS = {
    b"hash": lambda server, key: server.hgetall(key),
    b"list": lambda server, key: server.lrange(key, 0, -1),
    b"set": lambda server, key: server.smembers(key),
    b"stream": lambda server, key: server.xrange(key),
    b"string": lambda server, key: server.get(key),
    b"zset": lambda server, key: server.zrange(key, 0, -1),
}


@pytest.fixture
def broker(jobs, monkeypatch):
    """Jobs are collected as always, and really sent as well."""
    server = redis.Redis.from_url(paths.redis_url(BROKER_DB))
    app = Celery("canary", set_as_current=False)
    app.conf.broker_url = (
        f"redis+socket://{paths.valkey_socket()}?virtual_host={BROKER_DB}"
    )
    collect = Celery.send_task

    def send(asked: Celery, name: str, kwargs: dict, **options: object) -> None:
        collect(asked, name, kwargs)
        SEND_TASK(app, name, kwargs=kwargs, ignore_result=True)

    monkeypatch.setattr(Celery, "send_task", send)
    yield server
    app.close()
    server.flushdb()


@pytest.fixture
def page(in_arcadia):
    """An open page of the store, whose nudges stay where they were sent to."""

    async def listen() -> None:
        layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        channel = await layer.new_channel()
        await layer.group_add(live.tenant_group(in_arcadia.pk), channel)
        await layer.close_pools()

    async def forget() -> None:
        layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        await layer.flush()
        await layer.close_pools()

    asyncio.run(listen())
    yield
    # Whoever looks next must not find what was put here on purpose.
    asyncio.run(forget())


def everything():
    """Every key of every database with what it holds, readable."""
    for number in range(DATABASES):
        with redis.Redis.from_url(paths.redis_url(number)) as server:
            for key in server.scan_iter():
                read = READERS.get(server.type(key))  # gone meanwhile: of another test
                if read is not None:
                    yield key.decode(), repr(read(server, key))


def sent_jobs(server):
    """The jobs' names, and what they say: Celery wraps it."""
    messages = map(json.loads, server.lrange("celery", 0, -1))
    return [
        (each["headers"]["task"], base64.b64decode(each["body"]).decode())
        for each in messages
    ]


def all_texts(broker):
    live._speaker().flush()
    kept = dict(everything())
    bodies = [body for _name, body in sent_jobs(broker)]
    return kept, {**kept, **{f"job {body}": body for body in bodies}}


def keys_with_the_code(texts):
    return [key for key, text in texts.items() if found_in(key) or found_in(text)]


def test_nothing_in_valkey_has_it(in_arcadia, jobs, broker, page):
    cache.set("canary", "a value that is kept")

    [shown], _others = sell(CODE, jobs)
    kept, texts = all_texts(broker)

    assert shown.code == CODE
    assert keys_with_the_code(texts) == []
    # It did look: at jobs, at nudges, and at what is cached.
    assert {name for name, _body in sent_jobs(broker)} == {
        "inventory.check_alert",
        "payments.deliver_order",
    }
    assert [key for key, text in kept.items() if "nudge" in text and "orders" in text]
    assert [key for key in kept if key.endswith(":canary")]
    cache.delete("canary")


def test_it_would_be_found_wherever_it_was(in_arcadia, broker, page):
    cache.set("canary", "long enough to be packed " * 50 + CODE)
    with transaction.atomic():
        kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=CODE)
        live.announce(in_arcadia.pk, "orders", order=CODE)

    kept, texts = all_texts(broker)

    found = keys_with_the_code(texts)
    assert [key for key in found if key.endswith(":canary")]
    assert [key for key in found if key.startswith("job ")]
    assert [key for key in found if key in kept and "nudge" in kept[key]]
    cache.delete("canary")
