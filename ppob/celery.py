"""The Celery application; tasks live in each app's `tasks.py`."""

import os
from typing import Any

from celery import Celery, Task
from celery.fixups.django import (  # type: ignore[attr-defined]  # stubs are behind
    DjangoFixup,
    DjangoWorkerFixup,
)
from celery.signals import beat_init, celeryd_init
from django.db import close_old_connections

from ppob.kit.checks import exit_if_unbound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppob.settings")


class _WorkerConnections(DjangoWorkerFixup):
    """Gives connections back at both ends of a task, as a request does.

    Celery's own way also closes their pool: each task then starts a pool's threads and
    a server process anew (https://github.com/celery/celery/issues/10554).
    """

    def on_task_prerun(self, sender: Task, **kwargs: Any) -> None:
        _give_back(sender)

    def on_task_postrun(self, sender: Task, **kwargs: Any) -> None:
        _give_back(sender)


class _Django(DjangoFixup):
    _worker_fixup: _WorkerConnections | None

    @property
    def worker_fixup(self) -> _WorkerConnections:
        if self._worker_fixup is None:
            self._worker_fixup = _WorkerConnections(self.app)
        return self._worker_fixup


def connect_django(app: Celery) -> _Django:
    """Make `app` work inside Django."""
    django = _Django(app)
    django.install()
    return django


@celeryd_init.connect
@beat_init.connect
def check_roles(**kwargs: Any) -> None:
    """Worker and beat do not start as a role that may do everything."""
    exit_if_unbound()


def _give_back(task: Task) -> None:
    # An eager task runs in the middle of somebody else's work.
    if not task.request.is_eager:
        close_old_connections()


app = Celery("ppob", fixups=["ppob.celery:connect_django"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
