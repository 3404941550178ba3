from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _

from payments.states import MethodKind
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantRow
from security.fields import SealedTextField
from security.states import Trouble
from tenants.models import Tenant

_WITHOUT_CHANNEL = ["manual", "balance"]  # no gateway reports their money


class PaymentMethod(TenantRow):
    """A way to pay that a store offers.

    `gateway` names the adapter and `channel` what it offers here; a transfer to the
    seller and the balance have none. `details` is what buyers read (bank, account
    number and name); `credentials` is a sealed JSON object for the adapter. A method in
    test mode only ever talks to simulators and sandboxes. Orders paid this way are held
    for `hold_secs`. `trouble` says why a person has to look at it, since `trouble_at`.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=MethodKind)
    gateway = models.CharField(max_length=20)
    channel = models.CharField(max_length=30, blank=True, default="")
    name = models.CharField(max_length=60)
    details = models.JSONField(default=dict, blank=True)
    credentials = SealedTextField(null=True, blank=True)
    instructions = models.TextField(max_length=1500, blank=True)
    is_test = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    uses_unique_code = models.BooleanField(default=False)
    hold_secs = models.PositiveIntegerField(default=900)
    position = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=8, choices=Trouble, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(kind=MethodKind.BALANCE),
                name="method_one_balance",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=MethodKind.values),
                name="method_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(gateway__in=_WITHOUT_CHANNEL, channel="")
                | ~models.Q(
                    models.Q(gateway__in=_WITHOUT_CHANNEL) | models.Q(channel="")
                ),
                name="method_channel_of_gateway",
            ),
            models.CheckConstraint(
                condition=models.Q(hold_secs__gte=60, hold_secs__lte=172_800),
                name="method_hold_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(trouble="", trouble_at=None)
                | models.Q(trouble__in=Trouble.values, trouble_at__isnull=False),
                name="method_trouble_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["trouble_at"],
                condition=~models.Q(trouble=""),
                name="method_in_trouble",
            ),
        ]

    def __str__(self) -> str:
        # The store's own way to pay was named by nobody: the reader's word for it.
        return _("Balance") if self.kind == MethodKind.BALANCE else self.name
