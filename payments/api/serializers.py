"""Orders and money as JSON: whole rupiah; codes that were sold are never here."""

from rest_framework import serializers

from payments.models import (
    LedgerAccount,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderLine,
    Payment,
    Refund,
    RefundPart,
)


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    """One product of an order."""

    class Meta:
        model = OrderLine
        fields: tuple[str, ...] = (
            "product_name",
            "quantity",
            "unit_price",
            "is_undelivered",
        )


class AdjustmentSerializer(serializers.ModelSerializer[OrderAdjustment]):
    """What was taken off the sum of an order's lines."""

    class Meta:
        model = OrderAdjustment
        fields: tuple[str, ...] = ("kind", "label", "amount")


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order."""

    id = serializers.UUIDField(source="public_id")
    customer = serializers.CharField(source="customer.username")
    customer_discord_id = serializers.CharField(source="customer.discord_id")
    lines = LineSerializer(many=True)
    adjustments = AdjustmentSerializer(many=True)

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            "id",
            "code",
            "status",
            "total",
            "reserved",
            "refunded",
            "is_test",
            "customer",
            "customer_discord_id",
            "lines",
            "adjustments",
            "created_at",
            "expires_at",
            "paid_at",
            "delivered_at",
            "completed_at",
        )


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """One attempt to pay."""

    method = serializers.CharField(source="method.name")

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            "reference",
            "method",
            "status",
            "amount",
            "created_at",
            "settled_at",
        )


class EventSerializer(serializers.ModelSerializer[OrderEvent]):
    """One move of an order."""

    class Meta:
        model = OrderEvent
        fields: tuple[str, ...] = ("source", "target", "actor", "reason", "at")


class OrderDetailSerializer(OrderSerializer):
    """An order with its payments and everything that happened to it."""

    payments = PaymentSerializer(many=True)
    events = EventSerializer(many=True)

    class Meta(OrderSerializer.Meta):
        fields: tuple[str, ...] = (*OrderSerializer.Meta.fields, "payments", "events")


class RefundPartSerializer(serializers.ModelSerializer[RefundPart]):
    """The share of a refund that undoes one payment."""

    payment = serializers.CharField(source="payment.reference")
    method = serializers.CharField(source="payment.method.name")

    class Meta:
        model = RefundPart
        fields: tuple[str, ...] = ("payment", "method", "amount", "destination")


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """Money of an order that goes back to its buyer."""

    id = serializers.UUIDField(source="public_id")
    order = serializers.UUIDField(source="order.public_id")
    order_code = serializers.CharField(source="order.code")
    parts = RefundPartSerializer(many=True)

    class Meta:
        model = Refund
        fields: tuple[str, ...] = (
            "id",
            "order",
            "order_code",
            "amount",
            "destination",
            "status",
            "reason",
            "note",
            "requested_by",
            "requested_at",
            "approved_by",
            "due_at",
            "done_at",
            "parts",
        )


class BalanceSerializer(serializers.ModelSerializer[LedgerAccount]):
    """What a buyer can spend in the store."""

    customer = serializers.UUIDField(source="customer.public_id")
    username = serializers.CharField(source="customer.username")
    discord_id = serializers.CharField(source="customer.discord_id")
    balance = serializers.IntegerField()

    class Meta:
        model = LedgerAccount
        fields: tuple[str, ...] = ("customer", "username", "discord_id", "balance")
