"""The store's orders."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from payments import selectors
from payments.access import access_order
from payments.api.serializers import OrderDetailSerializer, OrderSerializer
from payments.models import Order
from payments.states import OrderStatus
from tenants.api.base import InStore, NewestFirst
from tenants.permissions import Permission


@extend_schema_view(
    get=extend_schema(
        operation_id="orders",
        parameters=[OpenApiParameter("status", enum=OrderStatus.values)],
    )
)
class Orders(InStore, ListAPIView[Order]):
    """The store's orders, newest first."""

    permission = Permission.SEE_ORDERS
    serializer_class = OrderSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Order]:
        """Orders with buyer and lines, those of one status if asked for."""
        orders: QuerySet[Order] = Order.objects.select_related("customer")
        status = self.request.query_params.get("status", "")
        if status:
            orders = orders.filter(status=status)
        return orders.prefetch_related("lines")


class OrderDetail(InStore):
    """One order."""

    permission = Permission.SEE_ORDERS

    @extend_schema(responses=OrderDetailSerializer, operation_id="order")
    def get(self, request: Request, public_id: UUID) -> Response:
        """The order with its payments and events."""
        order = access_order(self.member, public_id, to=self.permission)
        details = selectors.order_details(order)
        return Response(OrderDetailSerializer(details).data)
