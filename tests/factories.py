"""Makes rows for tests. Every `make_` function needs an open scope, except tenants."""

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from catalog.models import Product
from inventory.services import stock
from payments.models import Deposit, MoneyPolicy, Order, PaymentMethod
from payments.services import checkout
from payments.states import MethodKind
from security.models import User
from tenants.models import Customer, Guild, Member, Tenant
from tenants.states import Role

NOON = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def wait_until(condition: Callable[[], bool], *, secs: float = 20) -> None:
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def make_tenant(slug: str) -> Tenant:
    return Tenant.objects.using("platform").create(
        slug=slug, name=slug.title(), created_at=NOON
    )


def make_user(username: str = "", **fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create(
        username=username or f"user{number}",
        discord_id=fields.pop("discord_id", 700_000_000_000_000_000 + number),
        **fields,
    )


def make_member(role: Role = Role.OWNER, *, user: User | None = None) -> Member:
    return Member.objects.create(user=user or make_user(), role=role, created_at=NOON)


def make_guild(discord_id: int | None = None, **fields: Any) -> Guild:
    number = next(_numbers)
    return Guild.objects.create(
        discord_id=discord_id or 800_000_000_000_000_000 + number,
        name=fields.pop("name", f"Server {number}"),
        created_at=NOON,
        **fields,
    )


def make_customer(username: str = "ayu", **fields: Any) -> Customer:
    return Customer.objects.create(
        discord_id=fields.pop("discord_id", 900_000_000_000_000_000 + next(_numbers)),
        username=username,
        created_at=NOON,
        **fields,
    )


def make_product(*, codes: int = 0, **fields: Any) -> Product:
    number = next(_numbers)
    defaults = {
        "sku": f"SKU-{number}",
        "name": f"Product {number}",
        "price": 10_000,
        "created_at": NOON,
        "updated_at": NOON,
    }
    product = Product.objects.create(**{**defaults, **fields})
    if codes:
        add_codes(product, codes)
    return product


def add_codes(product: Product, count: int) -> list[str]:
    codes = [f"CODE-{product.pk}-{next(_numbers)}" for _ in range(count)]
    stock.add_items(product=product, codes=codes, actor="test", now=NOON)
    return codes


def make_transfer_method(**fields: Any) -> PaymentMethod:
    defaults = {
        "kind": MethodKind.BANK,
        "gateway": "manual",
        "name": "BCA",
        "details": {
            "provider": "BCA",
            "account_number": "1234567890",
            "account_name": "Rizky",
        },
        "uses_unique_code": True,
        "hold_secs": 3600,
        "created_at": NOON,
    }
    return PaymentMethod.objects.create(**{**defaults, **fields})


def make_gateway_method(**fields: Any) -> PaymentMethod:
    method = PaymentMethod(
        kind=MethodKind.QRIS,
        gateway="tripay",
        name="QRIS",
        is_test=True,
        created_at=NOON,
        **fields,
    )
    method.credentials = (
        '{"merchant_code": "T10001", "api_key": "DEV-key", "private_key": "private"}'
    )
    # The credentials are sealed for the row's tenant, which saving fills in.
    method.save()
    return method


def make_policy(**limits: Any) -> MoneyPolicy:
    return MoneyPolicy.objects.create(**limits)


def make_deposit(**fields: Any) -> Deposit:
    """A row alone: no payment and no history."""
    number = next(_numbers)
    defaults = {
        "code": f"D{number}",
        "request_key": f"test:{number}",
        "amount": 20_000,
        "created_at": NOON,
        "expires_at": NOON,
    }
    customer = fields.pop("customer", None) or make_customer()
    return Deposit.objects.create(customer=customer, **{**defaults, **fields})


def make_order(
    product: Product | None = None,
    *,
    customer: Customer | None = None,
    now: datetime = NOON,
    **fields: Any,
) -> Order:
    return checkout.place_order(
        customer=customer or make_customer(),
        product_id=(product or make_product(codes=1)).pk,
        request_key=fields.pop("request_key", f"test:{next(_numbers)}"),
        now=now,
        **fields,
    )
