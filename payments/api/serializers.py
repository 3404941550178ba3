"""Orders as JSON. Amounts are whole rupiah; codes that were sold are never here."""

from rest_framework import serializers

from payments.models import Order, OrderEvent, OrderLine, Payment


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    """One product of an order."""

    class Meta:
        model = OrderLine
        fields: tuple[str, ...] = ("product_name", "quantity", "unit_price")


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order."""

    id = serializers.UUIDField(source="public_id")
    customer = serializers.CharField(source="customer.username")
    customer_discord_id = serializers.CharField(source="customer.discord_id")
    lines = LineSerializer(many=True)

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            "id",
            "code",
            "status",
            "total",
            "customer",
            "customer_discord_id",
            "lines",
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
