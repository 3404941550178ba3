"""Staff's view of what lives in Discord. Tokens are sealed and never shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bot.models import (
    BotInstance,
    ErrorReport,
    InstanceEvent,
    OutgoingMessage,
    Panel,
    PanelEvent,
    ServerSettings,
    Ticket,
    TicketEvent,
    TicketMessage,
)
from tenants.admin_base import TenantAdmin, site


@admin.register(BotInstance, site=site)
class BotInstanceAdmin(TenantAdmin):
    """Bot accounts and who runs them."""

    list_display = ("__str__", "desired", "observed", "lease_owner", "heartbeat_at")
    list_filter = ("desired", "observed")
    search_fields = ("=application_id",)


@admin.register(ErrorReport, site=site)
class ErrorReportAdmin(TenantAdmin):
    """What failed because of us; the log has each under the same code."""

    list_display = ("code", "at", "doing", "error", "discord_id")
    list_filter = ("error", "at")
    search_fields = ("=code", "=discord_id", "doing")


@admin.register(InstanceEvent, site=site)
class InstanceEventAdmin(TenantAdmin):
    """Every move of every bot account."""

    list_display = ("at", "application_id", "source", "target", "actor", "reason")
    list_filter = ("target",)
    search_fields = ("=application_id", "=actor")


@admin.register(Panel, site=site)
class PanelAdmin(TenantAdmin):
    """Panels and whether they are up to date."""

    list_display = ("title", "guild", "layout", "status", "paused_reason", "sent_at")
    list_filter = ("status", "layout", "paused_reason")
    search_fields = ("title", "=channel_id", "=message_id", "tenant__slug")


@admin.register(PanelEvent, site=site)
class PanelEventAdmin(TenantAdmin):
    """Every move of every panel, removed ones included."""

    list_display = ("at", "panel", "source", "target", "actor", "reason")
    list_filter = ("target",)
    search_fields = ("=panel", "=actor")


@admin.register(ServerSettings, site=site)
class ServerSettingsAdmin(TenantAdmin):
    """How stores use their servers."""

    list_display = ("__str__", "guild", "auto_close_secs")
    search_fields = ("guild__name", "=guild__discord_id")


@admin.register(Ticket, site=site)
class TicketAdmin(TenantAdmin):
    """Private channels of buyers."""

    list_display = ("name", "number", "customer", "order", "status", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("name", "=order__code", "=channel_id")
    related = (
        (_("Messages"), "bot_ticketmessage", "ticket__id__exact"),
        (_("Events"), "bot_ticketevent", "ticket__id__exact"),
    )


@admin.register(TicketEvent, site=site)
class TicketEventAdmin(TenantAdmin):
    """Every move of every ticket."""

    list_display = ("at", "ticket", "source", "target", "actor", "reason")
    list_filter = ("target",)
    search_fields = ("=ticket__order__code", "=actor")


@admin.register(TicketMessage, site=site)
class TicketMessageAdmin(TenantAdmin):
    """Lines of transcripts."""

    list_display = ("at", "ticket", "author_name", "is_bot", "deleted_at")
    list_filter = ("is_bot",)
    search_fields = ("=ticket__order__code", "author_name")


@admin.register(OutgoingMessage, site=site)
class OutgoingMessageAdmin(TenantAdmin):
    """Messages for Discord and whether they left."""

    list_display = ("__str__", "guild", "status", "attempts", "due_at", "sent_at")
    list_filter = ("status",)
    search_fields = ("=dedupe_key", "=discord_id")
