"""PostgreSQL backend that tells row-level security whose work a transaction is.

At BEGIN it sets `app.tenant_id` for this transaction only (`set_config(…, true)`), so
a pooled connection can never carry one tenant's setting to the next user. A statement
outside a transaction gets one of its own while a tenant's scope is open. Changing the
tenant inside a transaction is refused.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.db import Error
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper

from ppob.kit import scope


def _begin(tenant_id: int | None) -> str:
    """BEGIN, with the tenant set in the same round trip."""
    if tenant_id is None:
        return "BEGIN"
    # An int within the text: a message of two statements takes no parameters.
    return f"BEGIN; SELECT set_config('app.tenant_id', '{int(tenant_id)}', true)"


class _Operations(DatabaseOperations):
    """Django's, which also knows what a prepared cursor has sent."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        try:
            return str(self.compose_sql(sql, params))
        except psycopg.DataError:
            return str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection with the tenant set at every BEGIN."""

    ops_class = _Operations
    _tenant_of_transaction: int | None = None
    _binds_on_server = False

    def _set_autocommit(self, autocommit: bool) -> None:
        # The driver stays in its autocommit mode: this class sends BEGIN itself, and
        # the driver's commit() and rollback() end what is open.
        if not self.connection.autocommit:
            super()._set_autocommit(True)  # type: ignore[misc]
        if autocommit:
            self._tenant_of_transaction = None
            return
        tenant_id = scope.find_tenant_id()
        try:
            with self.wrap_database_errors:
                self.connection.execute(_begin(tenant_id), prepare=False)
        except Error:
            # The server went away. A thread that lives long gets a new connection.
            self.close()
            raise
        self._tenant_of_transaction = tenant_id

    def prepared_cursor(self) -> CursorWrapper:
        """Like `cursor`, but the values go to the server beside the statement."""
        self._binds_on_server = True
        try:
            return self.cursor()
        finally:
            self._binds_on_server = False

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor for the tenant in scope; refuses another tenant's transaction."""
        if self._binds_on_server:
            cursor = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]
            return self._scoped(cursor)
        return self._scoped(super().create_cursor(name))

    def _scoped(self, cursor: Any) -> Any:
        tenant_id = scope.find_tenant_id()
        if self.in_atomic_block and self._tenant_of_transaction != tenant_id:
            raise scope.WrongTenantScope(
                "The tenant changed inside a transaction: "
                f"{self._tenant_of_transaction} -> {tenant_id}."
            )
        if tenant_id is not None and self.autocommit:
            return _ScopedCursor(cursor, self.connection, tenant_id)
        return cursor


class _ScopedCursor:
    """Runs each statement in a transaction of its own that carries the tenant."""

    def __init__(self, cursor: Any, connection: Any, tenant_id: int) -> None:
        self._cursor = cursor
        self._connection = connection
        self._tenant_id = tenant_id

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        return self._in_transaction(self._cursor.execute, *args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        return self._in_transaction(self._cursor.executemany, *args, **kwargs)

    def _in_transaction(self, run: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        self._connection.execute(_begin(self._tenant_id), prepare=False)
        try:
            result = run(*args, **kw)
        except BaseException:
            with suppress(psycopg.Error):  # the first error is the one that counts
                self._connection.rollback()
            raise
        self._connection.commit()
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Any:
        return iter(self._cursor)
