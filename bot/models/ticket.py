from typing import ClassVar

from django.db import models

from bot.models.panel import Panel
from bot.states import TicketStatus
from catalog.models import Product
from payments.models import Order
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Guild, Tenant


class Ticket(TenantRow):
    """The private channel in which one order is paid and delivered.

    `channel_id` is empty until Discord made the channel. `public_id` stands in the
    channel's topic, so that a channel made just before a crash is found again.
    `follows` is the ticket after which the buyer asked for one more of the same product
    on purpose; without it a buyer has one open ticket per product and `destination`,
    the account that a top-up goes to.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    number = models.PositiveIntegerField()
    order = TenantForeignKey(Order, models.PROTECT, related_name="tickets")
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="tickets")
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    guild = TenantForeignKey(Guild, models.PROTECT, related_name="+")
    panel = TenantForeignKey(
        Panel, models.PROTECT, null=True, blank=True, related_name="+"
    )
    follows = TenantForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+"
    )
    destination = models.CharField(max_length=120, blank=True, db_default="")
    channel_id = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100)
    status = models.CharField(
        max_length=10, choices=TicketStatus, default=TicketStatus.OPEN
    )
    created_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "number"], name="ticket_number_once_per_store"
            ),
            models.UniqueConstraint(
                fields=["tenant", "order"], name="ticket_once_per_order"
            ),
            models.UniqueConstraint(
                fields=["tenant", "customer", "product", "destination"],
                condition=models.Q(status=TicketStatus.OPEN, follows=None),
                name="ticket_open_once_per_product",
            ),
            models.UniqueConstraint(
                fields=["tenant", "follows"], name="ticket_followed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=TicketStatus.values),
                name="ticket_status_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["channel_id"], name="ticket_channel"),
            models.Index(fields=["tenant", "status", "-id"], name="ticket_by_status"),
            models.Index(
                fields=["closes_at"],
                condition=models.Q(closes_at__isnull=False, closed_at=None),
                name="ticket_to_close",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TicketEvent(TenantRow):
    """One move of a ticket: who, when, from where to where, and why."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(target__in=TicketStatus.values),
                name="ticket_event_target_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


class TicketMessage(TenantRow):
    """A line of the transcript, kept as it was written.

    `attachments` lists `{"name", "size", "file"}`; files are copied to our storage.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="messages")
    discord_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=64)
    is_bot = models.BooleanField(default=False)
    content = models.TextField(blank=True)
    embeds = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "ticket", "discord_id"], name="ticket_message_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.content[:40]}"
