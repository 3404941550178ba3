"""Admin pages about rows that belong to a store."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ppob.kit.numbers import read_number
from ppob.kit.staff_site import site
from security.admin_base import PlatformAdmin
from tenants.models import Tenant

__all__ = ["StoreFilter", "TenantAdmin", "site"]

LISTED_STORES = 200


class StoreFilter(SimpleListFilter):
    """One store's rows; the newest 200 stores are listed."""

    title = _("store")
    parameter_name = "tenant_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Stores by name."""
        newest = Tenant.objects.using("platform").order_by("-pk")[:LISTED_STORES]
        named = sorted(newest, key=lambda store: store.name.lower())
        return [(str(store.pk), store.name) for store in named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen store."""
        chosen = read_number(self.value())
        return queryset if chosen is None else queryset.filter(tenant_id=chosen)


class TenantAdmin(PlatformAdmin):
    """Rows of all stores, with the store as a column and a filter."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every store's rows with what the list shows of their relatives."""
        rows: QuerySet[Any] = self.model.across_tenants.all()
        return rows.order_by(*self.ordering)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns of the list; the store comes last."""
        return [*self.list_display, "store"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The filters of the list; the store comes first."""
        return [StoreFilter, *self.list_filter]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """The relatives that the list names."""
        shown = {"tenant", *self.list_display}
        return [
            field.name
            for field in self.model._meta.fields
            if field.is_relation and field.name in shown
        ]

    @admin.display(description=_("store"), ordering="tenant_id")
    def store(self, obj: Any) -> SafeString | str:
        """A link to the store the row belongs to."""
        if obj.tenant_id is None:
            return "–"
        address = reverse("admin:tenants_tenant_change", args=[obj.tenant_id])
        # Lower apps know a store by its number alone.
        name = getattr(obj, "tenant", None) or f"#{obj.tenant_id}"
        return format_html('<a href="{}">{}</a>', address, name)
