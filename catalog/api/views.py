"""Games, their top-ups and prices, and what the panels show."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import selectors
from catalog.api.serializers import (
    CategorySerializer,
    ChangedSerializer,
    PriceListSerializer,
    ProductSerializer,
    VisibilitySerializer,
)
from catalog.models import Category
from catalog.services import products
from ppob.kit import clock
from ppob.kit.errors import NotFound
from tenants.api.base import InStore
from tenants.permissions import Permission


class GameCategories(InStore):
    """The games that the store has top-ups for."""

    permission = Permission.SEE_STORE

    @extend_schema(responses=CategorySerializer(many=True), operation_id="games")
    def get(self, request: Request) -> Response:
        """All of them, in the store's order."""
        games = [game for game in selectors.list_categories() if _is_game(game)]
        return Response(CategorySerializer(games, many=True).data)


class GameProducts(InStore):
    """The top-ups of one game."""

    permission = Permission.SEE_STORE

    @extend_schema(responses=ProductSerializer(many=True), operation_id="game_products")
    def get(self, request: Request, code: str) -> Response:
        """What can be bought, cheapest first."""
        game = _get_game(code)
        found = selectors.products_of_category(game.code)
        context = {"sees_costs": self.member.may(Permission.SEE_COSTS)}
        return Response(ProductSerializer(found, many=True, context=context).data)


class GamePrices(InStore):
    """The price list of one game."""

    permission = Permission.SEE_STORE

    @extend_schema(responses=PriceListSerializer, operation_id="game_prices")
    def get(self, request: Request, code: str) -> Response:
        """Names and prices, cheapest first."""
        game = _get_game(code)
        prices = selectors.products_of_category(game.code)
        return Response(PriceListSerializer({"category": game, "prices": prices}).data)


class ProductVisibility(InStore):
    """What stands on the store's panels."""

    permission = Permission.EDIT_CATALOG

    @extend_schema(
        request=VisibilitySerializer,
        responses=ChangedSerializer,
        operation_id="product_visibility",
    )
    def post(self, request: Request) -> Response:
        """Show or hide up to 100 products at once."""
        serializer = VisibilitySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changed = products.show_products(
            actor=self.member,
            product_ids=selectors.ids_of(serializer.validated_data["products"]),
            is_visible=serializer.validated_data["is_visible"],
            now=clock.now(),
        )
        return Response({"changed": changed})


def _is_game(category: Category) -> bool:
    return bool(category.destination_fields)


def _get_game(code: str) -> Category:
    game = selectors.find_category(code)
    if game is None or not _is_game(game):
        raise NotFound
    return game
