"""The store's orders, refunds and balances, to read."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from payments import selectors
from payments.access import access_order, access_refund
from payments.api.serializers import (
    BalanceSerializer,
    OrderDetailSerializer,
    OrderSerializer,
    RefundSerializer,
)
from payments.models import LedgerAccount, Order, Refund
from payments.states import OrderStatus, RefundStatus
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
        return orders.prefetch_related("lines", "adjustments")


class OrderDetail(InStore):
    """One order."""

    permission = Permission.SEE_ORDERS

    @extend_schema(responses=OrderDetailSerializer, operation_id="order")
    def get(self, request: Request, public_id: UUID) -> Response:
        """The order with its payments and events."""
        order = access_order(self.member, public_id, to=self.permission)
        details = selectors.order_details(order)
        return Response(OrderDetailSerializer(details).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="refunds",
        parameters=[OpenApiParameter("status", enum=RefundStatus.values)],
    )
)
class Refunds(InStore, ListAPIView[Refund]):
    """The store's refunds, newest first."""

    permission = Permission.SEE_ORDERS
    serializer_class = RefundSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Refund]:
        """Refunds with order and parts, those of one status if asked for."""
        refunds: QuerySet[Refund] = Refund.objects.select_related("order")
        status = self.request.query_params.get("status", "")
        if status:
            refunds = refunds.filter(status=status)
        return refunds.prefetch_related("parts__payment__method")


class RefundDetail(InStore):
    """One refund."""

    permission = Permission.SEE_ORDERS

    @extend_schema(responses=RefundSerializer, operation_id="refund")
    def get(self, request: Request, public_id: UUID) -> Response:
        """The refund with its parts."""
        refund = access_refund(self.member, public_id, to=self.permission)
        return Response(RefundSerializer(refund).data)


@extend_schema_view(get=extend_schema(operation_id="balances"))
class Balances(InStore, ListAPIView[LedgerAccount]):
    """What buyers have in the store, those who came last first."""

    permission = Permission.SEE_ORDERS
    serializer_class = BalanceSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[LedgerAccount]:
        """Balances that are not empty, with their buyers."""
        return selectors.wallet_accounts()
