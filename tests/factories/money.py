"""Orders, ways to pay, payments, refunds and balances."""

from datetime import datetime
from typing import Any

import factory

from catalog.models import Product
from payments.models import (
    Deposit,
    LedgerAccount,
    MoneyPolicy,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Refund,
    Review,
    UnmatchedMoney,
)
from payments.services.incoming.methods import GatewayDraft
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from payments.states import (
    AccountKind,
    MethodKind,
    PaymentStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
)
from tenants.models import Customer
from tests.factories.base import LATE, NOON, StoreRow, new_key, numbered
from tests.factories.goods import ProductFactory, make_product
from tests.factories.people import CustomerFactory, make_customer


class MethodFactory(StoreRow[PaymentMethod]):
    """A bank account that asks for amounts with a unique code."""

    class Meta:
        model = PaymentMethod

    kind = MethodKind.BANK
    gateway = "manual"
    name = "BCA"
    details = factory.Dict(
        {
            "provider": "BCA",
            "account_number": "1234567890",
            "account_name": "Rizky",
        }
    )
    uses_unique_code = True
    hold_secs = 3600
    created_at = NOON


class GatewayMethodFactory(StoreRow[PaymentMethod]):
    """QRIS at a gateway in test mode."""

    class Meta:
        model = PaymentMethod

    kind = MethodKind.QRIS
    gateway = "tripay"
    channel = "qris"
    name = "QRIS"
    is_test = True
    created_at = NOON
    # Sealed for the row's tenant, which saving fills in.
    credentials = (
        '{"merchant_code": "T10001", "api_key": "DEV-key", "private_key": "private"}'
    )


def gateway_draft(
    *,
    merchant_code: str = "T1",
    api_key: str = "DEV-key",
    private_key: str = "private",
    **fields: Any,
) -> GatewayDraft:
    """A merchant account in test mode, as a seller enters it."""
    keys = {
        "merchant_code": merchant_code,
        "api_key": api_key,
        "private_key": private_key,
    }
    return GatewayDraft(
        **{"gateway": "tripay", "keys": keys, "is_test": True, **fields}
    )


class PolicyFactory(StoreRow[MoneyPolicy]):
    """The store's limits; those not given are the product's defaults."""

    class Meta:
        model = MoneyPolicy


class OrderFactory(StoreRow[Order]):
    """A row alone: nothing is held for it and it has no history.

    `make_order` places a real one.
    """

    class Meta:
        model = Order

    code = numbered("O{:07}")
    request_key = factory.LazyFunction(new_key)
    customer = factory.SubFactory(CustomerFactory)
    total = 10_000
    created_at = NOON
    expires_at = LATE


class OrderLineFactory(StoreRow[OrderLine]):
    """One product of an order, as it was when it was ordered."""

    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    product = factory.SubFactory(ProductFactory)
    product_name = factory.SelfAttribute("product.name")
    quantity = 1
    unit_price = factory.SelfAttribute("product.price")
    unit_cost = factory.SelfAttribute("product.cost")
    cost_ceiling = factory.LazyAttribute(
        lambda line: line.unit_price if getattr(line, "kind", "") == "topup" else None
    )


class PaymentFactory(StoreRow[Payment]):
    """A row alone: pending at a gateway that was never called."""

    class Meta:
        model = Payment

    order = factory.LazyFunction(lambda: make_order())
    method = factory.SubFactory(GatewayMethodFactory)
    reference = factory.LazyAttributeSequence(
        lambda payment, number: f"T{_subject(payment).code}-{number + 1:08}"
    )
    status = PaymentStatus.PENDING
    amount = factory.LazyAttribute(lambda payment: _price(_subject(payment)))
    created_at = NOON
    expires_at = LATE


class DepositFactory(StoreRow[Deposit]):
    """A row alone: no payment and no history."""

    class Meta:
        model = Deposit

    code = numbered("D{}")
    request_key = factory.LazyFunction(new_key)
    customer = factory.SubFactory(CustomerFactory)
    amount = 20_000
    created_at = NOON
    expires_at = NOON


class RefundFactory(StoreRow[Refund]):
    """A row alone: it waits for a second person, and no money was moved."""

    class Meta:
        model = Refund

    request_key = factory.LazyFunction(new_key)
    order = factory.LazyFunction(lambda: make_order())
    amount = 5
    destination = RefundTo.BALANCE
    status = RefundStatus.AWAITING_APPROVAL
    requested_by = "user:1"
    requested_at = NOON
    due_at = LATE


class UnappliedFactory(StoreRow[UnmatchedMoney]):
    """A row alone: money that came for a payment and was booked nowhere."""

    class Meta:
        model = UnmatchedMoney

    payment = factory.SubFactory(PaymentFactory)
    event_key = numbered("receipt-{}")
    amount = 5
    reason = UnmatchedReason.WRONG_AMOUNT
    received_at = NOON
    due_at = LATE


class ReviewFactory(StoreRow[Review]):
    """Five stars from an order's buyer."""

    class Meta:
        model = Review

    order = factory.LazyFunction(lambda: make_order())
    customer = factory.SelfAttribute("order.customer")
    stars = 5
    created_at = NOON


class LedgerAccountFactory(StoreRow[LedgerAccount]):
    """An account of the store's books without an entry."""

    class Meta:
        model = LedgerAccount

    kind = AccountKind.CLEARING


def _subject(payment: Any) -> Any:
    """The order or the deposit that is paid."""
    return payment.order or payment.deposit


def _price(subject: Any) -> int:
    return int(subject.total if hasattr(subject, "total") else subject.amount)


def make_transfer_method(**fields: Any) -> PaymentMethod:
    return MethodFactory(**fields)


def make_gateway_method(**fields: Any) -> PaymentMethod:
    return GatewayMethodFactory(**fields)


def make_policy(**limits: Any) -> MoneyPolicy:
    """The store's limits; in a test that has some already, these on top."""
    known = MoneyPolicy.objects.first()
    if known is None:
        return PolicyFactory(**limits)
    MoneyPolicy.objects.update(**limits)
    known.refresh_from_db()
    return known


def make_deposit(**fields: Any) -> Deposit:
    """A row alone: no payment and no history."""
    return DepositFactory(**fields)


def make_payment(**fields: Any) -> Payment:
    """A row alone, for an order (placed if none is given) or a `deposit`."""
    if fields.get("deposit"):
        fields.setdefault("order", None)
    return PaymentFactory(**fields)


_OF_ITEM = {"quantity", "destination"}


def make_order(
    product: Product | None = None,
    *,
    customer: Customer | None = None,
    now: datetime = NOON,
    **fields: Any,
) -> Order:
    """A real order: checked out, with its codes held.

    `quantity` and `destination` are of its one product; `items` are several.
    """
    of_item = {key: fields.pop(key) for key in _OF_ITEM & fields.keys()}
    if "items" not in fields:
        product = product or make_product(codes=1)
        fields["items"] = [Item(product.pk, **of_item)]
    return checkout.place_order(
        customer=customer or make_customer(),
        request_key=fields.pop("request_key", new_key()),
        now=now,
        **fields,
    )
