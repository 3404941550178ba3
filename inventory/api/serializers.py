"""Products with what can be bought of them, and players' accounts, as JSON."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.serializers import GameSerializer, ProductSerializer
from catalog.models import Product
from catalog.states import ProductKind
from inventory.services.price_lists import Offer
from inventory.states import CheckState, Obstacle

MOST_TYPED = 300


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


class GameProductSerializer(ProductSerializer):
    """A product of a game; context `offers` maps keys to `Offer`."""

    stock = serializers.SerializerMethodField(
        help_text="Codes that can be bought now; null for top-ups."
    )
    is_available = serializers.SerializerMethodField(
        help_text="Whether it can be bought and delivered now."
    )
    obstacle = serializers.SerializerMethodField(
        help_text="Why a top-up cannot be delivered now; null if it can, and for codes."
    )
    until = serializers.SerializerMethodField(
        help_text="When the obstacle ends, if anybody knows."
    )

    class Meta(ProductSerializer.Meta):
        fields: tuple[str, ...] = (
            *ProductSerializer.Meta.fields,
            "stock",
            "is_available",
            "obstacle",
            "until",
        )

    def get_stock(self, product: Product) -> int | None:
        """Codes that can be bought now; None for top-ups."""
        return self._offer(product).stock

    def get_is_available(self, product: Product) -> bool:
        """Whether it can be bought and delivered now."""
        return self._offer(product).is_available

    @extend_schema_field(
        serializers.ChoiceField(choices=Obstacle.choices, allow_null=True)
    )
    def get_obstacle(self, product: Product) -> str | None:
        """Why not, as far as suppliers are the reason."""
        return self._offer(product).serving.obstacle

    def get_until(self, product: Product) -> datetime | None:
        """When that ends."""
        return self._offer(product).serving.until

    def _offer(self, product: Product) -> Offer:
        offers: dict[int, Offer] = self.context["offers"]
        return offers[product.pk]


class PriceSerializer(serializers.Serializer[dict[str, Any]]):
    """One line of a price list."""

    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.IntegerField()
    is_available = serializers.BooleanField(
        help_text="Whether it can be bought and delivered, up to 30 seconds ago."
    )


class PriceListSerializer(serializers.Serializer[dict[str, Any]]):
    """What can be bought for a game, cheapest first."""

    category = GameSerializer()
    prices = PriceSerializer(many=True)


class TypedField(serializers.CharField):
    """What a person typed: a text, or a whole number as programs like to send ids."""

    def to_internal_value(self, data: Any) -> str:
        """The text. A fraction is refused: it could be read as an id and a server."""
        if isinstance(data, float):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class AccountSerializer(serializers.Serializer[dict[str, str]]):
    """A player's account, as somebody typed it."""

    game = serializers.CharField(max_length=20, help_text="The code of a game.")
    user_id = TypedField(
        max_length=MOST_TYPED,
        help_text="The first part of the account, or all of it: `136216325 (2685)`.",
    )
    server = TypedField(
        max_length=MOST_TYPED,
        required=False,
        allow_blank=True,
        default="",
        help_text="The second part, where the game has one: a zone or a server.",
    )


class AccountCheckSerializer(serializers.Serializer[dict[str, Any]]):
    """What is known of an account; never more than a supplier said."""

    game = serializers.CharField()
    account = serializers.CharField(help_text="As people read it.")
    parts = serializers.DictField(
        child=serializers.CharField(), help_text="By the names of the game's fields."
    )
    status = serializers.ChoiceField(
        choices=CheckState.choices,
        help_text=(
            "`verified`: it exists, and this is its nickname. `not_found`: a supplier "
            "says that there is none. `unchecked`: nobody could say; neither right nor "
            "wrong."
        ),
    )
    nickname = serializers.CharField(
        allow_null=True, help_text="Null unless the account is verified."
    )
