"""Products with their stock."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import selectors as catalog
from catalog.access import access_product
from catalog.models import Product
from inventory import selectors
from inventory.api.serializers import StockedProductSerializer
from tenants.api.base import InShelfOrder, InStore
from tenants.models import Member
from tenants.permissions import Permission


@extend_schema_view(
    get=extend_schema(
        operation_id="products",
        parameters=[OpenApiParameter("search", description="Part of a name or SKU.")],
    )
)
class Products(InStore, ListAPIView[Product]):
    """The store's products, hidden ones included."""

    permission = Permission.SEE_STORE
    serializer_class = StockedProductSerializer
    pagination_class = InShelfOrder

    def get_queryset(self) -> QuerySet[Product]:
        """Everything that was not deleted; `?search=` looks at names and SKUs."""
        search = self.request.query_params.get("search", "")
        return catalog.products(include_hidden=True, search=search)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of products."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(_with_stock(page, self.member))


class ProductDetail(InStore):
    """One product."""

    permission = Permission.SEE_STORE

    @extend_schema(responses=StockedProductSerializer, operation_id="product")
    def get(self, request: Request, public_id: UUID) -> Response:
        """The product with its stock."""
        product = access_product(self.member, public_id, to=self.permission)
        return Response(_with_stock([product], self.member)[0])


def _with_stock(products: list[Product], member: Member) -> list[dict[str, object]]:
    context = {
        "stock": selectors.available(product.pk for product in products),
        "sees_costs": member.may(Permission.SEE_COSTS),
    }
    written = StockedProductSerializer(products, many=True, context=context)
    return list(written.data)
