"""Workers keep their connections from one task to the next."""

from types import SimpleNamespace

from django.db import connection

from catalog.models import Product
from ppob.celery import app
from tests.factories import make_product

PREFORK = SimpleNamespace(pool_cls="celery.concurrency.prefork:TaskPool")


def test_a_task_gives_its_connection_back_and_keeps_the_pool(in_arcadia, monkeypatch):
    [django] = app._fixups
    monkeypatch.setattr(django.worker_fixup, "worker", PREFORK)
    task = app.tasks["inventory.sweep_alerts"]
    make_product()
    pool = connection.pool

    for at_its_end in (
        django.worker_fixup.on_task_prerun,
        django.worker_fixup.on_task_postrun,
    ):
        assert connection.connection is not None
        at_its_end(task)
        assert connection.connection is None
        assert connection.pool is pool
        assert not pool.closed
        assert Product.objects.count() == 1
