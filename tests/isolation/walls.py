"""Both walls, or one of them taken down for a while."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections, models

from ppob.kit import rows
from ppob.kit.tenant_rows import TenantManager

BOTH, DATABASE_ALONE, CODE_ALONE = "both walls", "database alone", "code alone"
NEITHER = "neither wall"  # the control: a test that cannot fail proves nothing
WALLS = (BOTH, DATABASE_ALONE, CODE_ALONE)

FENCED = (
    "SELECT c.oid::regclass::text FROM pg_class c"
    " WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace"
)


@contextmanager
def standing(walls: str, superuser: psycopg.Connection[Any]) -> Iterator[None]:
    """Only these walls stand inside the block."""
    with ExitStack() as stack:
        if walls in (DATABASE_ALONE, NEITHER):
            stack.enter_context(without_managers())
        if walls in (CODE_ALONE, NEITHER):
            stack.enter_context(without_policies(superuser))
        yield


@contextmanager
def without_managers() -> Iterator[None]:
    """Managers filter no more, as if somebody had forgotten all of them."""

    def unscoped(self: TenantManager) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = super(TenantManager, self).get_queryset()
        return found.using("platform") if self._is_platform() else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TenantManager, "get_queryset", unscoped)
        patch.setattr(rows, "MINE", "%s IS NOT NULL")
        rows._select.cache_clear()
        try:
            yield
        finally:
            rows._select.cache_clear()


@contextmanager
def without_policies(superuser: psycopg.Connection[Any]) -> Iterator[None]:
    """Row-level security is off for every table, whoever asks."""
    tables = [table for (table,) in superuser.execute(FENCED).fetchall()]
    _let_go()
    try:
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
    finally:
        _let_go()
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def _let_go() -> None:
    with pytest.MonkeyPatch.context() as patch:
        # A test with a loop closes them as well; nobody waits for anything here.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        for connection in connections.all(initialized_only=True):
            connection.close()
