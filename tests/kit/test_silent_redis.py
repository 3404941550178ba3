"""A Redis that neither answers nor hangs up, or is not there, costs little time."""

import socket
import time

import pytest
from celery import Celery, current_app
from django.conf import settings

from ppob.kit import cache as kit_cache
from ppob.kit import jobs as kit_jobs
from ppob.kit.cache import SturdyCache

send_task = Celery.send_task


@pytest.fixture
def silent_socket(tmp_path):
    """Somebody takes connections and never says a word."""
    path = tmp_path / "silent.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(20)
        yield path


@pytest.fixture
def silent_broker(silent_socket, monkeypatch):
    broker = Celery("silent", set_as_current=False)
    broker.conf.broker_transport_options = current_app.conf.broker_transport_options
    broker.conf.broker_url = f"redis+socket://{silent_socket}"
    monkeypatch.setattr(Celery, "send_task", send_task)
    monkeypatch.setattr(kit_jobs, "current_app", broker)
    monkeypatch.setattr(kit_jobs, "_silent_until", 0.0)


@pytest.fixture
def cache_at(monkeypatch):
    """A cache like the product's at another address."""
    monkeypatch.setattr(kit_cache, "_away_until", 0.0)
    options = settings.CACHES["default"]["OPTIONS"]

    def make(path):
        made = SturdyCache(f"unix://{path}?db=1", {"OPTIONS": options})
        made._own.clear()
        return made

    return make


def secs_of(act):
    started = time.monotonic()
    act()
    return time.monotonic() - started


def test_one_caller_waits_for_a_silent_broker_and_the_next_do_not(
    db, silent_broker, caplog
):
    def ask():
        kit_jobs.enqueue("payments.deliver_order", tenant_id=1, order_id=2)

    first, second = secs_of(ask), secs_of(ask)

    assert first < 6  # two attempts of two seconds
    assert second < 0.5
    assert [each.getMessage() for each in caplog.records][-2:] == [
        "The broker did not take payments.deliver_order; a sweeper will do it.",
        "The broker is silent; a sweeper will do payments.deliver_order.",
    ]


def test_a_silent_cache_is_waited_for_once(silent_socket, cache_at):
    cache = cache_at(silent_socket)

    first = secs_of(lambda: cache.set("count", 1))
    rest = secs_of(lambda: [cache.incr("count") for _ in range(20)])

    assert first < 3
    assert rest < 0.5
    assert cache.get("count") == 21


def test_limits_count_per_process_while_there_is_no_cache(tmp_path, cache_at):
    cache = cache_at(tmp_path / "nobody.sock")

    assert cache.get("api-rate:7", []) == []
    cache.set("api-rate:7", [1.0, 2.0], 60)

    assert cache.get("api-rate:7", []) == [1.0, 2.0]
    assert cache.add("api-rate:7", []) is False
    assert cache.delete("api-rate:7") is True
    assert cache.get("api-rate:7") is None


def test_a_cache_that_is_there_is_used(cache_at, db):
    cache = SturdyCache(
        settings.CACHES["default"]["LOCATION"], {"OPTIONS": {}, "KEY_PREFIX": "sturdy"}
    )

    cache.set("shared", 5, 60)
    found = cache.get_many(["shared", "missing"])
    cache.delete_many(["shared"])

    assert found == {"shared": 5}
    assert cache.get("shared") is None
    assert kit_cache._away_until == 0.0
