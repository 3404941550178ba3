"""Stopping a store from selling, and letting it sell again.

While a store is stopped nothing new begins: no order, no charge, no top-up, and its
staff opens no codes and changes no account that money goes to. What began before goes
on, because buyers paid for it: money that comes is written down, orders are delivered,
refunds are paid out. Buyers read their codes and their balance and can ask for it back.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict
from ppob.kit.scope import tenant_scope
from security.services import audit
from tenants import locks, selectors
from tenants.models import Tenant
from tenants.services.transitions import STORES
from tenants.states import TenantStatus


class StoreClosed(Conflict):
    """The store does not sell at the moment; said to buyers."""

    code = "STORE_CLOSED"
    default = _("This store is closed at the moment.")


class StoreSuspended(StoreClosed):
    """The store is stopped; said to those who work there."""

    code = "STORE_SUSPENDED"
    default = _(
        "This store is suspended, so this cannot be done. Money that comes in is still "
        "written down, and buyers still reach their codes and balances."
    )


def require_open(store: Tenant | None = None) -> None:
    """Raise StoreClosed unless the store in scope may begin something new.

    `store` is its row, where the caller has just read it anyway.
    """
    if not _may_begin(store):
        raise StoreClosed


def require_open_for_staff() -> None:
    """The same for those who work there: raises StoreSuspended."""
    if not _may_begin(None):
        raise StoreSuspended


def _may_begin(store: Tenant | None) -> bool:
    if store is None:
        return selectors.is_open()
    return store.status == TenantStatus.ACTIVE


def suspend_store(*, tenant_id: int, actor: str, now: datetime) -> bool:
    """Stop a store's sales; open orders go on. False if they were stopped before."""
    return _move(tenant_id, TenantStatus.SUSPENDED, actor=actor, now=now)


def resume_store(*, tenant_id: int, actor: str, now: datetime) -> bool:
    """Let a suspended store sell again; False if it was selling."""
    return _move(tenant_id, TenantStatus.ACTIVE, actor=actor, now=now)


def _move(tenant_id: int, target: TenantStatus, *, actor: str, now: datetime) -> bool:
    # Whoever stops a store is platform staff and stands in no store's scope.
    with tenant_scope(tenant_id), unit_of_work("tenants.move_store"):
        before = locks.lock_store(tenant_id).status
        moved = STORES.move_all(
            Tenant.objects.filter(pk=tenant_id), target, actor=actor, now=now
        )
        if moved:
            audit.record(
                actor=actor,
                action=f"store.{target}",
                object=f"tenant:{tenant_id}",
                now=now,
                before={"status": before},
                after={"status": target},
            )
            live.announce(tenant_id, "settings")
    return bool(moved)
