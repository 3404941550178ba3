"""Staff's view of stores, their people, and what was done in them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ppob.kit import clock
from ppob.kit.audit_words import audit_words
from security.admin_base import PlatformAdmin
from security.crypto import CannotOpen
from security.models import AuditEntry, AuditLink, InboxEvent
from security.selectors import actions_starting_with
from tenants.admin_base import TenantAdmin, site
from tenants.models import (
    Customer,
    Guild,
    Handover,
    HealthProof,
    Invitation,
    Member,
    ProofRun,
    Tenant,
)
from tenants.services import suspension


@admin.register(Tenant, site=site)
class StoreAdmin(PlatformAdmin):
    """All stores; suspending one stops its sales."""

    list_display = ("name", "slug", "plan", "status", "created_at")
    list_filter = ("status", "plan", "language")
    search_fields = ("name", "slug")
    actions = ("suspend", "resume")
    related = (
        (_("Members"), "tenants_member", "tenant_id"),
        (_("Servers"), "tenants_guild", "tenant_id"),
        (_("Products"), "catalog_product", "tenant_id"),
        (_("Orders"), "payments_order", "tenant_id"),
        (_("Tickets"), "bot_ticket", "tenant_id"),
        (_("Audit"), "security_auditentry", "tenant_id"),
    )

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Who may change stores may stop and resume them."""
        return request.user.has_perm("tenants.change_tenant")

    @admin.action(description=_("Stop sales"), permissions=["suspend"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        """Suspend the chosen stores."""
        self._apply(suspension.suspend_store, request, queryset)

    @admin.action(description=_("Resume sales"), permissions=["suspend"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        """Let the chosen stores sell again."""
        self._apply(suspension.resume_store, request, queryset)

    def _apply(
        self,
        service: Callable[..., bool],
        request: HttpRequest,
        queryset: QuerySet[Tenant],
    ) -> None:
        actor, now = f"user:{request.user.pk}", clock.now()
        changed = sum(
            service(tenant_id=tenant_id, actor=actor, now=now)
            for tenant_id in queryset.values_list("pk", flat=True)
        )
        sentence = ngettext("%d store changed.", "%d stores changed.", changed)
        self.message_user(request, sentence % changed)


@admin.register(Member, site=site)
class MemberAdmin(TenantAdmin):
    """Who works in which store."""

    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__username", "user__display_name", "tenant__slug")


@admin.register(Invitation, site=site)
class InvitationAdmin(TenantAdmin):
    """Who may join which store; nobody sees what finds an invitation."""

    hidden = ("token_hash",)
    list_display = ("role", "status", "created_by", "expires_at", "accepted_by")
    list_filter = ("status", "role")
    search_fields = ("created_by__username", "=discord_id", "tenant__slug")


@admin.register(Handover, site=site)
class HandoverAdmin(TenantAdmin):
    """Offers of stores to those who work there."""

    list_display = ("giver", "taker", "status", "created_at", "ended_at")
    list_filter = ("status",)
    search_fields = ("giver__username", "taker__username", "tenant__slug")


@admin.register(Guild, site=site)
class GuildAdmin(TenantAdmin):
    """Discord servers of the stores."""

    list_display = ("name", "discord_id", "bot_joined_at")
    search_fields = ("name", "=discord_id", "tenant__slug")


@admin.register(Customer, site=site)
class CustomerAdmin(TenantAdmin):
    """Buyers, as each store knows them."""

    list_display = ("__str__", "username", "discord_id", "created_at", "blocked_at")
    list_filter = ("blocked_at",)
    search_fields = ("username", "display_name", "=discord_id")
    related = (
        (_("Orders"), "payments_order", "customer__id__exact"),
        (_("Tickets"), "bot_ticket", "customer__id__exact"),
    )


@admin.register(HealthProof, site=site)
class HealthAdmin(TenantAdmin):
    """What the rules of the product said about each store."""

    list_display = ("checked_at", "violations")
    list_filter = ("checked_at",)
    search_fields = ("tenant__slug",)


@admin.register(ProofRun, site=site)
class ProofRunAdmin(PlatformAdmin):
    """When the rules were asked, and which of them there was no time for."""

    list_display = ("at", "left_out")
    list_filter = ("at",)
    search_fields = ("left_out",)
    ordering = ("-at",)


class ActionFilter(SimpleListFilter):
    """Actions that belong together."""

    title = _("kind of deed")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The groups of the stores' own page."""
        return list(audit_words().groups.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The entries of the chosen group."""
        prefixes = audit_words().prefixes_of(self.value() or "")
        if not prefixes:
            return queryset
        return queryset.filter(actions_starting_with(prefixes))


@admin.register(AuditEntry, site=site)
class AuditAdmin(TenantAdmin):
    """Who did what; nobody changes this, the database refuses."""

    list_display = ("at", "actor", "action", "object", "reason", "ip")
    list_filter = (ActionFilter, "at")
    search_fields = ("=actor", "action", "=object", "=ip")
    related = ((_("Its link"), "security_auditlink", "entry__id__exact"),)


@admin.register(AuditLink, site=site)
class LinkAdmin(TenantAdmin):
    """The chain that holds the entries together."""

    list_display = ("sealed_at", "seq", "entry")
    search_fields = ("=seq", "=entry__object")
    computed = ("digest",)

    @admin.display(description=_("Hash"))
    def digest(self, link: AuditLink) -> str:
        """The link's hash, as `audit_heads` prints it."""
        return bytes(link.hash).hex()


@admin.register(InboxEvent, site=site)
class InboxAdmin(TenantAdmin):
    """Callbacks as they came in."""

    hidden = ("headers",)
    list_display = ("received_at", "source", "status", "attempts", "result")
    list_filter = ("status",)
    search_fields = ("=event_key", "=target")
    computed = ("text",)

    @admin.display(description=_("Body"))
    def text(self, event: InboxEvent) -> str:
        """The beginning of what a gateway sent.

        What a supplier sends may hold the code that a buyer paid for: it stays sealed.
        """
        if not event.source.startswith("gateway:"):
            return gettext("Sealed: it may hold a buyer's code.")
        try:
            return event.reveal_body()[:2000].decode(errors="replace")
        except CannotOpen:
            return gettext("Sealed with a key that is missing here.")
