"""Products with their stock as JSON."""

from rest_framework import serializers

from catalog.api.serializers import ProductSerializer
from catalog.models import Product
from catalog.states import ProductKind


class StockedProductSerializer(ProductSerializer):
    """A product with what can be bought now; context `stock` maps keys to numbers."""

    stock = serializers.SerializerMethodField(
        help_text="Codes that can be bought now; null for top-ups."
    )

    class Meta(ProductSerializer.Meta):
        fields: tuple[str, ...] = (*ProductSerializer.Meta.fields, "stock")

    def get_stock(self, product: Product) -> int | None:
        """Codes that can be bought now; None for top-ups."""
        if product.kind != ProductKind.CODE:
            return None
        levels: dict[int, int] = self.context["stock"]
        return levels.get(product.pk, 0)
