"""Staff's view of people, the audit trail and callbacks."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ppob.kit.staff_site import site
from security.admin_base import PlatformAdmin
from security.models import Session, TryCount, User


@admin.register(User, site=site)
class UserAdmin(PlatformAdmin):
    """Who signs in; passwords stay out of sight."""

    hidden = ("password",)
    list_display = ("__str__", "username", "discord_id", "is_staff", "last_login")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("username", "display_name", "=discord_id")
    related = ((_("Memberships"), "tenants_member", "user__id__exact"),)


@admin.register(Session, site=site)
class SessionAdmin(PlatformAdmin):
    """Who is signed in from where; what opens a session stays out of sight."""

    hidden = ("session_key", "session_data")
    list_display = ("id", "user", "kind", "signed_in_at", "seen_at", "ip")
    list_filter = ("kind",)
    search_fields = ("=user__discord_id", "user__username", "=ip")


@admin.register(TryCount, site=site)
class TryCountAdmin(PlatformAdmin):
    """What is being guessed: counts by hashes, nothing that names anybody."""

    list_display = ("key", "count", "ends_at")
    search_fields = ("=key",)
    ordering = ("-ends_at",)
