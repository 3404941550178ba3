"""What a product can be, and what a rule of its price can say."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProductKind(TextChoices):
    """How a product reaches the buyer."""

    CODE = "code", _("Code from stock")
    TOPUP = "topup", _("Top-up by a supplier")
    BILL = "bill", _("Bill paid at a supplier")


# What a supplier delivers to an account or a number; codes come from stock.
SUPPLIED_KINDS = (ProductKind.TOPUP, ProductKind.BILL)


class PriceBasis(TextChoices):
    """What the rate of a price rule is reckoned from."""

    COST = "cost", _("Margin on top of the cost")
    PRICE = "price", _("Discount off the price")


class RuleKind(TextChoices):
    """For whom a price rule is; a product's rules replace others of the same kind."""

    EVERYBODY = "everybody", _("Everybody")
    TIER = "tier", _("Tier")
    BULK = "bulk", _("Quantity")
    VOLUME = "volume", _("Purchases of the last 30 days")


class CostReaction(TextChoices):
    """What happens by itself when a supplier changes what a product costs."""

    TELL = "tell", _("Only tell me")
    REPRICE = "reprice", _("Keep the margin: change the price")
    HIDE = "hide", _("Take it out of sale when the margin is gone")
