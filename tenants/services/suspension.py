"""Stopping a store from selling, and letting it sell again."""

from datetime import datetime

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.scope import tenant_scope
from security.services import audit
from tenants import locks
from tenants.models import Tenant
from tenants.signals import settings_changed
from tenants.states import TenantStatus


def suspend_store(*, tenant_id: int, actor: str, now: datetime) -> bool:
    """Stop a store's sales; open orders go on. False if they were stopped before."""
    return _move(tenant_id, TenantStatus.SUSPENDED, actor=actor, now=now)


def resume_store(*, tenant_id: int, actor: str, now: datetime) -> bool:
    """Let a suspended store sell again; False if it was selling."""
    return _move(tenant_id, TenantStatus.ACTIVE, actor=actor, now=now)


def _move(tenant_id: int, target: TenantStatus, *, actor: str, now: datetime) -> bool:
    with tenant_scope(tenant_id), unit_of_work("tenants.move_store"):
        before = locks.lock_store(tenant_id).status
        moved = (
            Tenant.objects.filter(pk=tenant_id)
            .exclude(status=target)
            .update(status=target)
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
            settings_changed.send(Tenant, tenant_id=tenant_id)
            live.announce(tenant_id, "settings")
    return bool(moved)
