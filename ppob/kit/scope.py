"""Which tenant the current piece of work belongs to.

Entry points (a page, a job, a click) find the tenant once and open its scope. Managers
filter by it, and the database backend passes it to PostgreSQL's row-level security.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_tenant: ContextVar[int | None] = ContextVar("tenant_id", default=None)


class NoTenantScope(RuntimeError):
    """A tenant's table was used although no tenant's scope is open."""


class WrongTenantScope(RuntimeError):
    """A row of one tenant was used inside the scope of another."""


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Everything inside belongs to this tenant and sees only its rows."""
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


@contextmanager
def no_tenant_scope() -> Iterator[None]:
    """Leave the scope for a moment: for work that belongs to the platform."""
    token = _tenant.set(None)
    try:
        yield
    finally:
        _tenant.reset(token)


def find_tenant_id() -> int | None:
    """The id of the tenant in scope, or None."""
    return _tenant.get()


def get_tenant_id() -> int:
    """The id of the tenant in scope; raises NoTenantScope."""
    tenant_id = _tenant.get()
    if tenant_id is None:
        raise NoTenantScope("Open a tenant's scope before using its tables.")
    return tenant_id
