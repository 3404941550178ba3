"""What can be bought for a game now, at what price, and whose account a buyer named."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import destinations
from catalog import selectors as catalog
from catalog.models import Category, Product
from inventory.api import examples
from inventory.api.serializers import (
    AccountCheckSerializer,
    AccountSerializer,
    GameProductSerializer,
    PriceListSerializer,
)
from inventory.services import account_checks, price_lists
from inventory.services.account_checks import NamedAccount
from inventory.states import CheckState
from ppob.kit import clock
from tenants.api.base import CheapestFirst, CountedThrottle, InStore, StoreThrottle
from tenants.permissions import Permission


@extend_schema_view(
    get=extend_schema(operation_id="game_products", examples=examples.PRODUCTS)
)
class GameProducts(InStore, ListAPIView[Product]):
    """What can be bought for one game, cheapest first, hidden products included."""

    permission = Permission.SEE_STORE
    serializer_class = GameProductSerializer
    pagination_class = CheapestFirst

    def get_queryset(self) -> QuerySet[Product]:
        """The active products of the game in the address; NotFound without it."""
        return catalog.items_of(catalog.get_game(self.kwargs["code"]))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page, each with whether it can be delivered now, why not and until when."""
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {
            "offers": price_lists.offers_of(page, now=clock.now()),
            "sees_costs": self.member.may(Permission.SEE_COSTS),
        }
        written = GameProductSerializer(page, many=True, context=context)
        return self.get_paginated_response(written.data)


class GamePrices(InStore):
    """The price list of one game, for bots."""

    permission = Permission.SEE_STORE

    @extend_schema(
        responses=PriceListSerializer,
        operation_id="game_prices",
        examples=examples.PRICES,
    )
    def get(self, request: Request, code: str) -> Response:
        """Names and prices, cheapest first; up to 30 seconds old."""
        game = catalog.get_game(code)
        prices = price_lists.price_list(game, now=clock.now())
        return Response(PriceListSerializer({"category": game, "prices": prices}).data)


class CheckThrottle(CountedThrottle):
    """Each question may cost the store a request at a supplier."""

    name = "account-checks"
    limit = 30


class GameAccounts(InStore):
    """Players' accounts."""

    permission = Permission.SEE_STORE
    throttle_classes = [StoreThrottle, CheckThrottle]

    @extend_schema(
        request=AccountSerializer,
        responses=AccountCheckSerializer,
        operation_id="validate_account",
        examples=examples.ACCOUNTS,
    )
    def post(self, request: Request) -> Response:
        """Whose account this is. It asks the store's suppliers; 30 times a minute."""
        serializer = AccountSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        typed = serializer.validated_data
        game = catalog.get_game(typed["game"])
        named = _name(game, user_id=typed["user_id"], server=typed["server"])
        return Response(AccountCheckSerializer(_answer(game, named)).data)


def _name(game: Category, *, user_id: str, server: str) -> NamedAccount:
    fields = destinations.read_fields(game.destination_fields)
    entered = destinations.in_two_inputs(fields, user_id=user_id, server=server)
    try:
        return account_checks.name_account(category=game, entered=entered)
    except destinations.BadDestination as refusal:
        # Programs know the inputs that they sent, not what the store calls its parts.
        is_first = refusal.field in ("", fields[0].name)
        raise destinations.BadDestination(
            refusal.sentence, field="user_id" if is_first else "server"
        ) from None


def _answer(game: Category, named: NamedAccount) -> dict[str, object]:
    found = named.finding
    return {
        "game": game.code,
        "account": destinations.readable(destinations.join(named.account)),
        "parts": named.account,
        "status": found.state,
        "nickname": found.name if found.state == CheckState.VERIFIED else None,
    }
