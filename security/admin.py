"""Staff's view of people, deeds and callbacks."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ppob.kit.staff_site import site
from security.admin_base import PlatformAdmin
from security.models import BrowserSession, User


@admin.register(User, site=site)
class UserAdmin(PlatformAdmin):
    """Who signs in; passwords stay out of sight."""

    hidden = ("password",)
    list_display = ("__str__", "username", "discord_id", "is_staff", "last_login")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("username", "display_name", "=discord_id")
    related = (
        (_("Memberships"), "tenants_member", "user__id__exact"),
        (_("Sessions"), "security_browsersession", "user__id__exact"),
    )


@admin.register(BrowserSession, site=site)
class BrowserSessionAdmin(PlatformAdmin):
    """Where people are signed in; the keys of their sessions stay out of sight."""

    hidden = ("session",)
    list_display = ("user", "address", "user_agent", "created_at", "seen_at")
    search_fields = ("user__username", "user__display_name", "=address")
