from typing import ClassVar

from django.db import models

from catalog.models.category import Category
from catalog.models.product import Product
from catalog.pricing import MOST_PIECES, WHOLE, percent
from catalog.states import CostReaction, PriceBasis
from ppob.kit.ids import new_id
from ppob.kit.money import MAX_AMOUNT, rupiah
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant
from tenants.states import CustomerTier

MOST_OFF = 9_000  # hundredths of a per cent
MOST_ON_TOP = 10 * WHOLE


class PriceRule(TenantRow):
    """What certain buyers pay, as `catalog.pricing` reckons; `rate` are hundredths of a
    per cent on top of the cost, or off the price.

    For one product, for one category, or for all that the store sells. It counts for
    `tier` and all above it, from `minimum_quantity` pieces and from `minimum_volume`
    rupiah paid within 30 days on. On top of the cost and with none of these it is the
    margin that prices are set by.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    category = TenantForeignKey(
        Category, models.PROTECT, related_name="+", null=True, blank=True
    )
    product = TenantForeignKey(
        Product, models.PROTECT, related_name="+", null=True, blank=True
    )
    tier = models.CharField(
        max_length=8, choices=CustomerTier, default=CustomerTier.MEMBER
    )
    minimum_quantity = models.PositiveSmallIntegerField(default=1)
    minimum_volume = models.BigIntegerField(default=0)
    basis = models.CharField(max_length=8, choices=PriceBasis)
    rate = models.PositiveIntegerField()
    name = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "tenant",
                    "category",
                    "product",
                    "tier",
                    "minimum_quantity",
                    "minimum_volume",
                ],
                nulls_distinct=False,
                name="price_rule_once",
            ),
            models.CheckConstraint(
                condition=models.Q(category=None) | models.Q(product=None),
                name="price_rule_one_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=CustomerTier.values),
                name="price_rule_tier_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    minimum_quantity__gte=1,
                    minimum_quantity__lte=MOST_PIECES,
                    minimum_volume__gte=0,
                    minimum_volume__lte=MAX_AMOUNT,
                ),
                name="price_rule_from_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    basis=PriceBasis.COST, rate__gte=0, rate__lte=MOST_ON_TOP
                )
                | models.Q(basis=PriceBasis.PRICE, rate__gte=1, rate__lte=MOST_OFF),
                name="price_rule_rate_fits_basis",
            ),
            # What everybody pays is the product's price, and no discount off itself.
            models.CheckConstraint(
                condition=models.Q(basis=PriceBasis.COST)
                | ~models.Q(tier=CustomerTier.MEMBER)
                | models.Q(minimum_quantity__gt=1)
                | models.Q(minimum_volume__gt=0),
                name="price_rule_discount_for_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.short_label

    @property
    def percent(self) -> str:
        """The rate as people write it."""
        return percent(self.rate)

    @property
    def is_for_everybody(self) -> bool:
        """Whether it is the margin that prices are set by."""
        return (
            self.tier == CustomerTier.MEMBER
            and self.minimum_quantity == 1
            and not self.minimum_volume
        )

    @property
    def short_label(self) -> str:
        """For whom it is, in words that are the same in every language."""
        parts = []
        if self.tier != CustomerTier.MEMBER:
            parts.append(str(CustomerTier(self.tier).label))
        if self.minimum_quantity > 1:
            parts.append(f"≥ {self.minimum_quantity}×")
        if self.minimum_volume:
            parts.append(f"≥ {rupiah(self.minimum_volume)}")
        return " · ".join(parts) or f"+{percent(self.rate)}"


class PricePolicy(TenantRow):
    """How far a store's prices may go; without a row the defaults.

    Prices made by rules are at least `least_rate` hundredths of a per cent above the
    cost, in the store's own steps (`Tenant.price_step`). When a supplier changes a
    cost, `on_cost_change` says what becomes of the product; a change of more than
    `alarm_rate` hundredths of a per cent is told.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    least_rate = models.PositiveIntegerField(default=0)
    on_cost_change = models.CharField(
        max_length=8, choices=CostReaction, default=CostReaction.TELL
    )
    alarm_rate = models.PositiveIntegerField(default=1_000)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"], name="price_policy_once_per_store"
            ),
            models.CheckConstraint(
                condition=models.Q(least_rate__lte=WHOLE),
                name="price_policy_least_rate_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(on_cost_change__in=CostReaction.values),
                name="price_policy_reaction_known",
            ),
            models.CheckConstraint(
                condition=models.Q(alarm_rate__gte=1, alarm_rate__lte=WHOLE),
                name="price_policy_alarm_in_range",
            ),
        ]
        verbose_name_plural = "price policies"

    def __str__(self) -> str:
        return f"prices of {self.tenant_id}"

    @property
    def least_percent(self) -> str:
        """The least margin as people write it."""
        return percent(self.least_rate)

    @property
    def alarm_percent(self) -> str:
        """From which change on somebody is told, as people write it."""
        return percent(self.alarm_rate)
