"""Celery tasks that belong to a store."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task

from ppob.kit.scope import tenant_scope


def tenant_job(name: str) -> Callable[[Callable[..., None]], Any]:
    """Register a task whose `tenant_id` argument opens that store's scope.

    The task itself gets the remaining arguments.
    """

    def register(work: Callable[..., None]) -> Any:
        @wraps(work)
        def run(*, tenant_id: int, **arguments: Any) -> None:
            with tenant_scope(tenant_id):
                work(**arguments)

        return shared_task(name=name)(run)

    return register
