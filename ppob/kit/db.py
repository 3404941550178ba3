"""Guards that say which code may run inside a database transaction."""

from django.db import connections, transaction


class InsideTransaction(RuntimeError):
    """Something slow or irreversible was about to happen inside a transaction."""


class OutsideTransaction(RuntimeError):
    """A step that only makes sense inside a transaction ran without one."""


def require_transaction() -> None:
    """Raise OutsideTransaction unless the caller holds a transaction open."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction("This step must run inside a transaction.")


def forbid_transaction() -> None:
    """Raise InsideTransaction if any connection of this thread has one open.

    Called before every network call: a row lock must never wait for somebody else's
    server.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise InsideTransaction("No network call while a transaction is open.")
