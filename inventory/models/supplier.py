from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.models.breaker import BreakerColumns
from inventory.suppliers import registry
from ppob.kit.changes import ChangeMark
from ppob.kit.ids import new_id
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from security.states import Trouble
from tenants.models import Tenant


class SupplierAccount(BreakerColumns, TenantRow):
    """A store's access to one supplier.

    `kind` names the adapter, `username` the account there. `credentials` is a sealed
    JSON object with its secrets; older rows have them in `api_key`, which signs our
    requests, and `webhook_secret`, which proves the supplier's. An account in test mode
    only ever talks to simulators or in the supplier's own test mode. Accounts are tried
    in the order of `position`. `deposit` is what the store had there at `deposit_at`,
    in whole rupiah, and `reserved` what of it is set aside for orders. `deposit_read`
    is the supplier's own last word, without what was bought after it. `low_at` is when
    the seller was told that it runs dry; a refill empties it. `prices_at` is when its
    price list was read, or goods were entered, last. `trouble` says why a person has to
    look at it, since `trouble_at`.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    username = models.CharField(max_length=80)
    credentials = SealedTextField(null=True, blank=True)
    api_key = SealedTextField(null=True, blank=True)
    webhook_secret = SealedTextField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    deposit = models.BigIntegerField(null=True, blank=True)
    deposit_at = models.DateTimeField(null=True, blank=True)
    deposit_read = models.BigIntegerField(null=True, blank=True)
    reserved = models.BigIntegerField(default=0, db_default=0)
    low_at = models.DateTimeField(null=True, blank=True)
    prices_at = models.DateTimeField(null=True, blank=True)
    bills_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=8, choices=Trouble, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed = ChangeMark()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "username", "is_test"],
                name="supplier_account_once",
            ),
            models.CheckConstraint(
                condition=models.Q(trouble="", trouble_at=None)
                | models.Q(trouble__in=Trouble.values, trouble_at__isnull=False),
                name="supplier_trouble_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0), name="supplier_reserved_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(deposit=None, deposit_at=None)
                | models.Q(deposit__isnull=False, deposit_at__isnull=False),
                name="supplier_deposit_with_time",
            ),
            *BreakerColumns.Meta.constraints,
        ]
        indexes: ClassVar = [
            *BreakerColumns.Meta.indexes,
            models.Index(fields=["changed"], name="supplier_changed"),
            models.Index(
                fields=["trouble_at"],
                condition=~models.Q(trouble=""),
                name="supplier_in_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.username}"

    @property
    def label(self) -> str:
        """The supplier's own name; its code where this version has no adapter."""
        return registry.label_of(self.kind)

    @property
    def tells_prices(self) -> bool:
        """Whether its price list is read; otherwise the store enters its goods."""
        return registry.tells_prices(self.kind)

    @property
    def pays_bills(self) -> bool:
        """Whether it can be asked what a number owes, and pays it."""
        return registry.pays_bills(self.kind)

    @property
    def uncommitted(self) -> int | None:
        """What of the deposit is nobody's yet; None before it was read."""
        return None if self.deposit is None else self.deposit - self.reserved


class SupplierProduct(TenantRow):
    """What an account can buy, and which of the store's products it is.

    `sku` is the supplier's code, `cost` what one unit costs us in whole rupiah. Between
    `closed_from` and `closed_until` (Jakarta time, may pass midnight, equal means
    never) the supplier takes no orders. `brand` and `category` are its own words for
    what it sells. `destination_format` says how it wants the parts of a player's
    account written (`{user_id}|{zone_id}`); empty for its usual way. What a bill
    (`is_bill`) costs is asked for each number, so it has no cost here; `admin` and
    `commission` are what the list says about fees, for the seller to read.

    Among the ways to deliver one product, those with the lowest `priority` are tried
    first (None: the account's position). Of equals, those with a `share` divide the
    orders in proportion to it, and those without one follow, the cheapest first. Above
    `most_cost` (rupiah) this way is not used, whatever the product's price allows.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    account = TenantForeignKey(SupplierAccount, models.PROTECT, related_name="products")
    product = TenantForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+"
    )
    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    brand = models.CharField(max_length=60, blank=True, db_default="")
    category = models.CharField(max_length=60, blank=True, db_default="")
    destination_format = models.CharField(max_length=80, blank=True, db_default="")
    cost = models.BigIntegerField()
    is_bill = models.BooleanField(default=False, db_default=False)
    admin = models.BigIntegerField(null=True, blank=True)
    commission = models.BigIntegerField(null=True, blank=True)
    is_available = models.BooleanField(default=True)
    closed_from = models.TimeField(null=True, blank=True)
    closed_until = models.TimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    share = models.PositiveSmallIntegerField(default=0, db_default=0)
    most_cost = models.BigIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "account", "sku"], name="supplier_sku_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "account", "product"],
                name="supplier_product_mapped_once",
            ),
            models.CheckConstraint(
                condition=models.Q(cost__gte=0, cost__lte=MAX_AMOUNT),
                name="supplier_cost_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(share__lte=100), name="supplier_share_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(most_cost=None)
                | models.Q(most_cost__gte=1, most_cost__lte=MAX_AMOUNT),
                name="supplier_most_cost_in_range",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "account", "brand", "cost", "id"],
                name="supplier_product_by_brand",
            ),
            models.Index(
                fields=["tenant", "product"],
                condition=models.Q(product__isnull=False),
                name="supplier_product_mapped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"
