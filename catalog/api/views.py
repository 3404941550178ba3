"""The store's games, and what the panels show."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import selectors
from catalog.api import examples
from catalog.api.serializers import (
    ChangedSerializer,
    GameDetailSerializer,
    VisibilitySerializer,
)
from catalog.services import products
from ppob.kit import clock
from tenants.api.base import InStore
from tenants.permissions import Permission


class GameCategories(InStore):
    """The games that the store has top-ups for."""

    permission = Permission.SEE_STORE

    @extend_schema(
        responses=GameDetailSerializer(many=True),
        operation_id="games",
        examples=examples.GAMES,
    )
    def get(self, request: Request) -> Response:
        """All of them, in the store's order, with what a buyer enters."""
        return Response(GameDetailSerializer(selectors.list_games(), many=True).data)


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
