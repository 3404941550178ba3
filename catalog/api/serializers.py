"""The catalog as JSON. Amounts are whole rupiah."""

from rest_framework import serializers

from catalog.models import Category, Product


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A game or another shelf of the store."""

    destination_fields = serializers.ListField(
        child=serializers.DictField(),
        help_text=(
            "What a buyer enters: name, label and pattern of each field, and where "
            "there are some, its choices as pairs of value and label."
        ),
    )

    class Meta:
        model = Category
        fields: tuple[str, ...] = ("code", "name", "emoji", "destination_fields")


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product as its seller sees it."""

    id = serializers.UUIDField(source="public_id")
    category = serializers.CharField(source="category.code", default=None)
    image_url = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField(
        help_text="What one costs the store; null without the right to see costs."
    )

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id",
            "sku",
            "name",
            "kind",
            "category",
            "description",
            "price",
            "cost",
            "minimum_stock",
            "is_active",
            "is_visible",
            "image_url",
            "updated_at",
        )

    def get_image_url(self, product: Product) -> str | None:
        """The address of the picture, if there is one."""
        return product.image.url if product.image else None

    def get_cost(self, product: Product) -> int | None:
        """What the store pays, for roles that may know; null for others."""
        return product.cost if self.context.get("sees_costs") else None


class PriceSerializer(serializers.ModelSerializer[Product]):
    """One line of a price list."""

    class Meta:
        model = Product
        fields: tuple[str, ...] = ("sku", "name", "price")


class PriceListSerializer(serializers.Serializer[dict[str, object]]):
    """What a game's top-ups cost."""

    category = CategorySerializer()
    prices = PriceSerializer(many=True)


class VisibilitySerializer(serializers.Serializer[dict[str, object]]):
    """Which products to show on the store's panels, or to take off them."""

    products = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=100
    )
    is_visible = serializers.BooleanField()


class ChangedSerializer(serializers.Serializer[dict[str, int]]):
    """How many products are different now."""

    changed = serializers.IntegerField()
