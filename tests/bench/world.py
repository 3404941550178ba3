"""The store that the measurements sell from: one hot product, codes enough for all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from catalog.models import Product
from inventory.models import BUCKETS
from payments.models import PaymentMethod
from payments.services import ledger
from payments.states import AccountKind, MethodKind
from ppob.kit.scope import tenant_scope
from tenants.models import Customer, Tenant

NOW = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)

# Real sealing costs 10 µs a code and is not what is measured here.
_CODES = """
INSERT INTO inventory_stockitem
    (tenant_id, public_id, product_id, bucket, code, code_hash, status, created_at)
SELECT %(tenant)s, gen_random_uuid(), %(product)s, number %% %(buckets)s, '\\x00',
    number::text, 'free', now()
FROM generate_series(1, %(count)s) AS number
"""


@dataclass(frozen=True)
class Store:
    """Ids of everything a sale needs."""

    tenant: int
    product: int
    customer: int
    method: int
    clearing: int
    held: int
    sales: int


def make_store(slug: str, *, codes: int) -> Store:
    """A fresh store with `codes` free codes of one product."""
    tenant = Tenant.objects.using("platform").create(
        slug=slug, name=slug, created_at=NOW
    )
    with tenant_scope(tenant.pk):
        product = Product.objects.create(
            sku="HOT", name="Hot", price=10_000, created_at=NOW, updated_at=NOW
        )
        customer = Customer.objects.create(
            discord_id=tenant.pk, username="buyer", created_at=NOW
        )
        method = PaymentMethod.objects.create(
            kind=MethodKind.BANK, gateway="manual", name="BCA", created_at=NOW
        )
        accounts = _open_accounts(tenant.pk, method.pk)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _CODES,
                {
                    "tenant": tenant.pk,
                    "product": product.pk,
                    "buckets": BUCKETS,
                    "count": codes,
                },
            )
    return Store(tenant.pk, product.pk, customer.pk, method.pk, *accounts)


def _open_accounts(tenant_id: int, method_id: int) -> list[int]:
    with transaction.atomic():
        entry = ledger.book(
            tenant_id=tenant_id,
            reason="opening",
            postings=[
                ledger.Posting(AccountKind.CLEARING, 2, method_id=method_id),
                ledger.Posting(AccountKind.HELD, -1),
                ledger.Posting(AccountKind.SALES, -1),
            ],
            now=NOW,
        )
        return list(entry.postings.order_by("pk").values_list("account_id", flat=True))
