"""The catalog as JSON. Amounts are whole rupiah."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog import destinations
from catalog.destinations import DestinationField, FieldKind
from catalog.models import Category, Product


class ChoiceSerializer(serializers.Serializer[dict[str, str]]):
    """One value that a part of an account can have."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class DestinationFieldSerializer(serializers.Serializer[DestinationField]):
    """One part of an account, as a buyer types or chooses it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(
        choices=[(kind.value, kind.name) for kind in FieldKind], source="read_as"
    )
    pattern = serializers.CharField(
        help_text="A regular expression for the whole part; empty for any text."
    )
    choices = serializers.SerializerMethodField(
        help_text="Where there are some, the part is one of them."
    )
    example = serializers.CharField(help_text="Shown to people; may be empty.")

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_choices(self, field: DestinationField) -> list[dict[str, str]]:
        """The values with what people read for them."""
        return [{"value": value, "label": label} for value, label in field.choices]


class GameSerializer(serializers.ModelSerializer[Category]):
    """A game: something of the store that goes to a buyer's account."""

    class Meta:
        model = Category
        fields: tuple[str, ...] = ("code", "name", "emoji")


class GameDetailSerializer(GameSerializer):
    """A game with what a buyer enters; from `catalog.selectors.list_games`."""

    destination_fields = serializers.SerializerMethodField(
        help_text="What a buyer enters; parts that follow from others are left out."
    )
    requirements = serializers.SerializerMethodField(
        help_text="The same as one sentence, in the reader's language."
    )
    items = serializers.IntegerField(help_text="How many products can be bought.")

    class Meta(GameSerializer.Meta):
        fields: tuple[str, ...] = (
            *GameSerializer.Meta.fields,
            "destination_fields",
            "requirements",
            "items",
        )

    @extend_schema_field(DestinationFieldSerializer(many=True))
    def get_destination_fields(self, game: Category) -> list[dict[str, object]]:
        """The parts that are asked for, in their order."""
        asked: Any = _asked(game)  # the stubs know no `many`
        return list(DestinationFieldSerializer(asked, many=True).data)

    def get_requirements(self, game: Category) -> str:
        """What is needed, as one sentence."""
        return str(destinations.requirements(_asked(game)))


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


class VisibilitySerializer(serializers.Serializer[dict[str, object]]):
    """Which products to show on the store's panels, or to take off them."""

    products = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=100
    )
    is_visible = serializers.BooleanField()


class ChangedSerializer(serializers.Serializer[dict[str, int]]):
    """How many products are different now."""

    changed = serializers.IntegerField()


def _asked(game: Category) -> tuple[DestinationField, ...]:
    fields = destinations.read_fields(game.destination_fields)
    return destinations.asked_fields(fields, game=game.code)
