from django.db import models

from ppob.kit.tenant_rows import TenantRow
from security.fields import SealedTextField
from security.states import InboxStatus


class InboxEvent(TenantRow):
    """A callback as it came in: verified, stored once, worked on afterwards.

    `event_key` is the sender's own event id or a hash of the raw body, so a callback
    that is sent twenty times is one row. `sealed_body` is the raw body, a character for
    each byte; `body` held it in older rows, open for gateways and sealed for suppliers.
    """

    tenant_id = models.BigIntegerField()
    source = models.CharField(max_length=40)
    target = models.UUIDField()
    event_key = models.CharField(max_length=100)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes, editable=False)
    sealed_body = SealedTextField(null=True)
    received_at = models.DateTimeField()
    status = models.CharField(
        max_length=12, choices=InboxStatus, default=InboxStatus.RECEIVED
    )
    result = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta(TenantRow.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "source", "target", "event_key"],
                name="inbox_event_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=InboxStatus.values),
                name="inbox_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status=InboxStatus.RECEIVED),
                name="inbox_due",
            )
        ]

    def reveal_body(self) -> bytes:
        """The raw body; raises crypto.CannotOpen for a key we don't have.

        Of older rows what was stored: as it came from a gateway, sealed of a supplier.
        """
        sealed = self.sealed_body
        return sealed.reveal().encode("latin-1") if sealed else bytes(self.body)

    @property
    def public_id(self) -> str:
        """What makes the row one of its kind; its body is sealed for it alone."""
        return f"{self.source}:{self.target}:{self.event_key}"

    def __str__(self) -> str:
        return f"{self.source} {self.event_key}"
