"""Celery tasks that belong to a store."""

import logging
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from celery import shared_task
from django.db import Error as DatabaseError
from django.db import OperationalError

from ppob.kit.errors import DomainError
from ppob.kit.postgres.refusals import refusal_for
from ppob.kit.scope import tenant_scope

log = logging.getLogger(__name__)


def tenant_job(name: str) -> Callable[[Callable[..., None]], Any]:
    """Register a task whose `tenant_id` argument opens that store's scope.

    The task itself gets the remaining arguments. One that the database stopped because
    others were in the way is left to the sweeper that finds due rows.
    """

    def register(work: Callable[..., None]) -> Any:
        @wraps(work)
        def run(*, tenant_id: int, **arguments: Any) -> None:
            try:
                with tenant_scope(tenant_id):
                    work(**arguments)
            except DatabaseError as error:
                refusal = refusal_for(error)
                if refusal is None:
                    raise
                # The row is as it was, and due: whoever sweeps up tries it again.
                log.warning("%s was stopped (%s): %s", name, refusal.code, arguments)

        return shared_task(name=name)(run)

    return register


def sweep(
    due: Iterable[tuple[int, int]], work: Callable[[int], object], *, what: str
) -> None:
    """Run `work` on each due row (tenant id, row id) in its store's scope.

    A row that fails is logged as `what` and its id, and must not keep those behind it
    waiting; the next sweep finds it again. So does one that somebody else holds. A lost
    database ends the sweep.
    """
    for tenant_id, row_id in due:
        try:
            with tenant_scope(tenant_id):
                work(row_id)
        except OperationalError as error:
            refusal = refusal_for(error)
            if refusal is None:
                raise
            log.warning("%s %s was stopped: %s", what, row_id, refusal.code)
        except DomainError as refusal:
            log.error("%s %s was refused: %s", what, row_id, refusal)
        except Exception:
            log.exception("%s %s failed", what, row_id)
