"""Rows that belong to one tenant: the manager that refuses to forget it."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from ppob.kit import scope


class TenantQuerySet(models.QuerySet[Any]):
    """A queryset whose new rows belong to the tenant in scope."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            assign_tenant(row)
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Sees the rows of the tenant in scope; without a scope every use is refused."""

    def get_queryset(self) -> TenantQuerySet:
        queryset: TenantQuerySet = super().get_queryset()
        if self._is_platform():
            return queryset.using("platform")
        return queryset.filter(tenant_id=scope.get_tenant_id())

    def _is_platform(self) -> bool:
        # A row that the platform loaded finds its relatives the same way.
        instance = self._hints.get("instance")
        state = getattr(instance, "_state", None)
        return "platform" in (self._db, getattr(state, "db", None))


class AcrossTenants(models.Manager[Any]):
    """Rows of all tenants, through the platform's own connection.

    Only `tenants.cross_tenant`, the admin and sweepers that look for due rows use it.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().using("platform")


def assign_tenant(row: models.Model) -> None:
    """Give a new row to the tenant in scope; raise if it belongs to another."""
    tenant_id = scope.get_tenant_id()
    if row.tenant_id is None:  # type: ignore[attr-defined]
        row.tenant_id = tenant_id  # type: ignore[attr-defined]
    elif row.tenant_id != tenant_id:  # type: ignore[attr-defined]
        raise scope.WrongTenantScope(
            f"A row of tenant {row.tenant_id} in the scope of {tenant_id}."  # type: ignore[attr-defined]
        )


class TenantRow(models.Model):
    """Base of a tenant's table. Subclasses declare `tenant_id` or a `tenant` key."""

    objects = TenantManager()
    across_tenants = AcrossTenants()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._keep_to_the_scope(kwargs)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._keep_to_the_scope(kwargs)
        return super().delete(*args, **kwargs)

    def _keep_to_the_scope(self, options: dict[str, Any]) -> None:
        # Django writes a single row without asking the manager.
        if options.get("using") != "platform" and self._state.db != "platform":
            assign_tenant(self)


class TenantForeignKey(models.ForeignKey):
    """A reference inside one tenant.

    The database constraint is the composite `(tenant_id, id)` one that the
    `TenantTable` migration adds: a plain one would accept another tenant's row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, "ppob.kit.tenant_rows.TenantForeignKey", args, kwargs
