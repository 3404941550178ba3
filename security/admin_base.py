"""What all admin pages of the platform's staff share.

They show rows of all tenants through the platform's connection, change nothing, never
show a secret and never count a growing table.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

COUNTED = 5_000
LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}?{}={}">{}</a>'


class BoundedPaginator(Paginator):
    """Pages through the first 5,000 rows; what lies behind is found by searching."""

    @cached_property
    def count(self) -> int:
        """The number of rows, counting no further than 5,000."""
        queryset: Any = self.object_list
        return queryset.order_by()[:COUNTED].count()


class PlatformAdmin(ModelAdmin):
    """Read-only pages about the rows of all tenants.

    `hidden` names columns that staff has no business with; sealed columns are always
    hidden. `related` lists `(label, "app_model", "column")` of lists to go on to.
    """

    hidden: ClassVar[Sequence[str]] = ()
    related: ClassVar[Sequence[tuple[str | Promise, str, str]]] = ()
    computed: ClassVar[Sequence[str]] = ()

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    actions_on_bottom = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of all tenants."""
        rows: QuerySet[Any] = self.model._default_manager.using("platform")
        return rows.order_by(*self.ordering)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column that may be shown."""
        columns = [
            field.name
            for field in self.model._meta.fields
            if not isinstance(field, models.BinaryField)
            and field.name not in self.hidden
        ]
        extra = [*self.computed, *(["see_also"] if self.related else [])]
        return columns + extra

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of them."""
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits rows here; actions call services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False

    @admin.display(description=_("See also"))
    def see_also(self, obj: models.Model) -> SafeString:
        """Links to the lists that belong to this row."""
        links = (
            (reverse(f"admin:{model}_changelist"), column, obj.pk, label)
            for label, model, column in self.related
        )
        return format_html_join(" · ", LINK, links)
