"""Connections are kept between uses, and one that died meanwhile is noticed."""

from types import SimpleNamespace

import psycopg
from django.db import connection

from catalog.models import Product
from ppob.celery import app
from ppob.local import paths
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


def test_a_connection_that_died_while_nobody_used_it_is_replaced(in_arcadia):
    make_product()
    connection.close()  # back to the pool
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = 'ppob_app'",
            [connection.settings_dict["NAME"]],
        )

    assert Product.objects.count() == 1
