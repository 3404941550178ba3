"""Statuses and roles of a store."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TenantStatus(TextChoices):
    """Whether a store may sell."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")


class Role(TextChoices):
    """What somebody is in a store."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    CASHIER = "cashier", _("Cashier")
    VIEWER = "viewer", _("Viewer")
