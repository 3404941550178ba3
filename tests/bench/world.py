"""The store that the measurements sell from: codes enough for all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, connections, transaction

from catalog.models import Product
from inventory.models import BUCKETS
from payments.models import LedgerAccount, PaymentMethod
from payments.states import AccountKind, MethodKind
from ppob.kit.scope import tenant_scope
from tenants.models import Tenant

BUYERS = 5_000
NOW = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)

# Real sealing costs 10 µs a code and is not what is measured here.
_CODES = """
INSERT INTO inventory_stockitem
    (tenant_id, public_id, product_id, bucket, code, code_hash,
    index_version, status, created_at)
SELECT %(tenant)s, gen_random_uuid(), %(first)s + number %% %(products)s,
    (number / %(products)s) %% %(buckets)s, '\\x00', number::text,
    1, 'free', now()
FROM generate_series(1, %(count)s) AS number
"""


_CUSTOMERS = """
WITH made AS (
    INSERT INTO tenants_customer
        (tenant_id, public_id, discord_id, username, display_name, language,
        blocked_reason, created_at)
    SELECT %(tenant)s, gen_random_uuid(), number, 'buyer-' || number, '',
        'id', '', now()
    FROM generate_series(1, %(count)s) AS number ORDER BY number
    RETURNING id
)
SELECT min(id) FROM made
"""


_UPLOADED = """
INSERT INTO inventory_stockmovement
    (tenant_id, product_id, kind, available, on_hand, actor, at)
SELECT tenant_id, product_id, 'uploaded', count(*), count(*), 'bench', now()
FROM inventory_stockitem WHERE tenant_id = %(tenant)s GROUP BY tenant_id, product_id
"""


@dataclass(frozen=True)
class Store:
    """Ids of everything a sale needs; the products follow each other."""

    tenant: int
    first_product: int
    products: int
    first_customer: int
    customers: int
    method: int
    clearing: int
    held: int
    sales: int


def make_store(slug: str, *, codes: int, products: int = 1) -> Store:
    """A fresh store with `codes` free codes, spread over its products."""
    tenant = Tenant.objects.using("platform").create(
        slug=slug, name=slug, created_at=NOW
    )
    with tenant_scope(tenant.pk):
        made = [
            Product.objects.create(
                sku=f"HOT-{number}",
                name=f"Hot {number}",
                price=10_000,
                created_at=NOW,
                updated_at=NOW,
            )
            for number in range(products)
        ]
        method = PaymentMethod.objects.create(
            kind=MethodKind.BANK, gateway="manual", name="BCA", created_at=NOW
        )
        accounts = _open_accounts(method.pk)
        with transaction.atomic(), connection.cursor() as cursor:
            values = {
                "tenant": tenant.pk,
                "first": made[0].pk,
                "products": products,
                "buckets": BUCKETS,
                "count": codes,
            }
            cursor.execute(_CODES, values)
            cursor.execute(_UPLOADED, values)
            # Many buyers, as in life: one may only have a few unpaid orders, and
            # his orders are placed one after the other.
            cursor.execute(_CUSTOMERS, {"tenant": tenant.pk, "count": BUYERS})
            [first_customer] = cursor.fetchone()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum would have done by then
    return Store(
        tenant.pk, made[0].pk, products, first_customer, BUYERS, method.pk, *accounts
    )


def _open_accounts(method_id: int) -> list[int]:
    """The store's accounts for clearing, held money and sales, opened beforehand."""
    accounts = [
        LedgerAccount.objects.create(kind=AccountKind.CLEARING, method_id=method_id),
        LedgerAccount.objects.create(kind=AccountKind.HELD),
        LedgerAccount.objects.create(kind=AccountKind.SALES),
    ]
    return [account.pk for account in accounts]
