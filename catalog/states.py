"""What a product can be."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProductKind(TextChoices):
    """How a product reaches the buyer."""

    CODE = "code", _("Code from stock")
    TOPUP = "topup", _("Top-up by a supplier")
