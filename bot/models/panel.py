from typing import ClassVar
from zlib import crc32

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from bot.states import PanelLayout, PanelStatus, PauseReason
from ppob.kit.changes import ChangeMark
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Guild, Tenant

BUTTON_STYLES = [(1, "primary"), (2, "secondary"), (3, "success"), (4, "danger")]


class Panel(TenantRow):
    """A message in Discord that shows the store's products and stays up to date.

    `sent_hash` is the fingerprint of what Discord shows, so an edit happens only when
    something really changed. `sent_version` is the change counter it was rendered from.
    `posts` counts how often a message was to be posted; while `post_is_open` it is not
    known what became of the last one.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    guild = TenantForeignKey(Guild, models.PROTECT, related_name="+")
    channel_id = models.BigIntegerField()
    message_id = models.BigIntegerField(null=True, blank=True)
    layout = models.CharField(
        max_length=8, choices=PanelLayout, default=PanelLayout.CARDS
    )
    title = models.CharField(max_length=100, default="🛍️ DIGITAL PRODUCT STORE")
    description = models.CharField(
        max_length=300, default="Update real-time setiap 5 detik", blank=True
    )
    colour = models.PositiveIntegerField(
        default=0x2ECC71, validators=[MaxValueValidator(0xFFFFFF)]
    )
    buy_label = models.CharField(max_length=30, default="🛒 Buy")
    buy_style = models.PositiveSmallIntegerField(choices=BUTTON_STYLES, default=3)
    payment_label = models.CharField(max_length=30, default="💳 Payment")
    payment_style = models.PositiveSmallIntegerField(choices=BUTTON_STYLES, default=2)
    refresh_secs = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(5), MaxValueValidator(3600)]
    )
    name_template = models.CharField(
        max_length=80, default="ticket-{username}-{product}"
    )
    status = models.CharField(
        max_length=8, choices=PanelStatus, default=PanelStatus.ACTIVE
    )
    paused_reason = models.CharField(max_length=10, choices=PauseReason, blank=True)
    reposts = models.PositiveSmallIntegerField(default=0)
    reposted_at = models.DateTimeField(null=True, blank=True)
    sent_hash = models.CharField(max_length=64, blank=True)
    sent_version = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_layout = models.CharField(max_length=8, blank=True)
    edits = models.PositiveIntegerField(default=0)
    posts = models.PositiveIntegerField(default=0)
    post_is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed = ChangeMark()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=PanelStatus.values),
                name="panel_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(refresh_secs__gte=5, refresh_secs__lte=3600),
                name="panel_refresh_in_range",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["changed"], name="panel_marked"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def nonce(self) -> str:
        """Under which Discord knows the last post: the same again is not a second."""
        return f"panel{self.pk}.{self.posts}"

    @property
    def settings_key(self) -> str:
        """A word that differs as soon as what the seller chose for this panel does."""
        chosen = (
            self.channel_id,
            self.layout,
            self.title,
            self.description,
            self.colour,
            self.buy_label,
            self.buy_style,
            self.payment_label,
            self.payment_style,
        )
        return f"{crc32(repr(chosen).encode()):08x}"


class PanelEvent(TenantRow):
    """One move of a panel: who, when, from where to where, and why.

    `panel` is its public id, because a removed panel leaves its history behind.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    panel = models.UUIDField(db_index=True)
    source = models.CharField(max_length=8, blank=True)
    target = models.CharField(max_length=8)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(target__in=PanelStatus.values),
                name="panel_event_target_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
