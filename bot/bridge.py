"""From the event loop to the synchronous services and back.

Services run in threads of their own, so a query never blocks the gateway. A thread's
connections go back to the pool after every call.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

from ppob.kit.scope import tenant_scope

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8  # at most as many as the connection pool holds
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="bridge")


async def call(
    tenant_id: int, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `service` in the tenant's scope; its result and its errors pass through."""
    work = partial(service, *args, **kwargs)
    return await _run(partial(_in_scope, tenant_id, work))


async def across(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function of a `cross_tenant` module, which belongs to no tenant."""
    return await _run(partial(question, *args, **kwargs))


async def _run(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_pool, _clean, work)


def _in_scope(tenant_id: int, work: Callable[[], T]) -> T:
    with tenant_scope(tenant_id):
        return work()


def _clean(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
