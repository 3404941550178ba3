"""Many stores and many orders in a minute: copies of real ones, made by one statement.

A store and a sale are made by the services. Everything that belongs to them is then
copied inside PostgreSQL, with ids, public ids, references and times moved along, so
that the copies keep every rule that the originals keep (`verify` says so).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from django.apps import apps
from django.db import models
from psycopg import sql

from catalog.models import Product
from inventory.models import Hold, StockBatch, StockItem, StockMovement
from payments.models import (
    Delivery,
    LedgerEntry,
    LedgerPosting,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentEvent,
    Receipt,
)
from ppob.kit.tenant_rows import TenantRow
from tenants.models import Customer, Guild, Tenant

Model = type[models.Model]

# What one sale of one uploaded code wrote; goods, methods and accounts are shared.
OF_A_SALE: tuple[Model, ...] = (
    Customer,
    Order,
    OrderLine,
    OrderEvent,
    Payment,
    PaymentEvent,
    Receipt,
    Delivery,
    LedgerEntry,
    LedgerPosting,
    Hold,
    StockBatch,
    StockItem,
    StockMovement,
)
OF_A_PRODUCT = (Hold, StockBatch, StockItem, StockMovement)
NEVER_COPIED = (
    # Chained by hashes of their content: a copy would be a forgery.
    "security_auditentry",
    "security_auditlink",
    # Written while it is measured: what was proved, and what nobody sends there.
    "tenants_healthproof",
    "bot_outgoingmessage",
)
# Their people work in one store, or the pages of one would show all.
WITHOUT_STAFF = ("tenants_member",)

# What has to differ from copy to copy, beside ids and UUIDs.
_OWN_TEXT = {
    (Tenant, "slug"): "{} || '-' || k",
    (Customer, "username"): "{} || '-' || k",
    (Customer, "discord_id"): "{} + k",
    (Guild, "discord_id"): "{} + k",
    (Order, "code"): "'Z' || upper(lpad(to_hex(k), 7, '0'))",
    (Order, "request_key"): "{} || '.' || k",
    (StockItem, "code_hash"): "md5({} || k) || md5(k || {})",
}


@dataclass(frozen=True)
class Original:
    """What is copied: rows of these models in one store.

    Bookings name their sale by the payment's `reference` or the `order`'s public id.
    The first copy is of this `age`, each by `secs` older than the one before it.
    """

    models: tuple[Model, ...]
    tenant: int
    reference: str
    order: str
    product: int | None = None  # of whose stock alone copies are made
    age: str = "0"
    secs: int = 0


def of_store(tenant: int, paid: Payment) -> Original:
    """The whole store, history of changes left out."""
    found = [
        model
        for model in apps.get_models()
        if issubclass(model, TenantRow)
        and model._meta.db_table not in (*NEVER_COPIED, *WITHOUT_STAFF)
    ]
    return Original(
        (Tenant, *found), tenant, paid.reference, _order_of(paid), age="1 day", secs=60
    )


def of_sale(tenant: int, paid: Payment, product: Product) -> Original:
    """The store's only sale of this product, half a minute older each time."""
    return Original(
        OF_A_SALE,
        tenant,
        paid.reference,
        _order_of(paid),
        product.pk,
        secs=30,
    )


def _order_of(paid: Payment) -> str:
    return str(paid.subject.public_id)


class Copier:
    """Makes copies of one original; the second call goes on where the first ended."""

    def __init__(
        self, superuser: psycopg.Connection[tuple[object, ...]], original: Original
    ) -> None:
        self._superuser, self._original = superuser, original
        self._stride = 0
        self._made = 0

    def make(self, copies: int) -> None:
        """See to it that there are so many copies, then count on behind them."""
        copied = self._original.models
        if copies <= self._made:
            return
        self._stride = self._stride or _newest_id(self._superuser, copied)
        with self._superuser.transaction():
            # Triggers would judge half-made copies; the rules judge them afterwards.
            self._superuser.execute("SET LOCAL session_replication_role = replica")
            for model in copied:
                self._superuser.execute(self._statement(model, copies))
        self._made = copies
        _count_on(self._superuser, copied)
        self._superuser.execute("VACUUM ANALYZE")  # autovacuum would have by then

    def _statement(self, model: Model, copies: int) -> sql.Composed:
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        columns = [sql.Identifier(field.column) for field in fields]
        values = [sql.SQL(self._value(model, field)) for field in fields]
        return sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t,"
            " generate_series({first}::bigint, {last}) AS k"
            " WHERE t.id <= {stride} AND {chosen}"
        ).format(
            table=_table(model),
            columns=sql.SQL(", ").join(columns),
            values=sql.SQL(", ").join(values),
            first=sql.Literal(self._made + 1),
            last=sql.Literal(copies),
            stride=sql.Literal(self._stride),
            chosen=_chosen(model, self._original),
        )

    def _value(self, model: Model, field: "models.Field[object, object]") -> str:
        """The column's value in copy number `k`."""
        it, column = self._original, f't."{field.column}"'
        if own := _OWN_TEXT.get((model, field.name)):
            return own.replace("{}", column)
        if field.primary_key or field.related_model in it.models:
            return f"{column} + k * {self._stride}"
        if isinstance(field, models.UUIDField):
            # The same everywhere: holders and items are named by it.
            return f"md5({column}::text || '{it.tenant}:{it.product}:' || k)::uuid"
        if isinstance(field, models.DateTimeField) and it.secs:
            older = f"interval '{it.age}' + k * interval '{it.secs} seconds'"
            return f"{column} - ({older})"
        if isinstance(field, models.CharField) and not field.choices:
            named = f"replace({column}, '{it.reference}', '{it.reference}.' || k)"
            named = f"replace({named}, '{it.order}', {self._moved(it.order)}::text)"
            if (model, field.name) == (LedgerEntry, "source"):
                receipt = f"({column}::bigint + k * {self._stride})::text"
                return f"CASE t.kind WHEN 'fee' THEN {receipt} ELSE {named} END"
            return named
        return column

    def _moved(self, uuid: str) -> str:
        """The public id of the same thing in copy number `k`."""
        it = self._original
        return f"md5('{uuid}{it.tenant}:{it.product}:' || k)::uuid"


def _newest_id(
    superuser: psycopg.Connection[tuple[object, ...]], wanted: Iterable[Model]
) -> int:
    """How far copies have to lie apart: no id of an original is higher."""
    highest = 1
    for model in wanted:
        statement = sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(_table(model))
        [(found,)] = superuser.execute(statement).fetchall()
        highest = max(highest, int(str(found)))
    return highest


def _count_on(
    superuser: psycopg.Connection[tuple[object, ...]], wanted: Iterable[Model]
) -> None:
    """What is written next is newer than every copy."""
    for model in wanted:
        superuser.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({name}, 'id'), max(id))"
                " FROM {table} HAVING max(id) > 0"
            ).format(name=sql.Literal(model._meta.db_table), table=_table(model))
        )


def _chosen(model: Model, original: Original) -> sql.Composable:
    mark = "id" if model is Tenant else "tenant_id"
    chosen: sql.Composable = sql.SQL("t.{} = {}").format(
        sql.Identifier(mark), sql.Literal(original.tenant)
    )
    if original.product is not None and model in OF_A_PRODUCT:
        chosen += sql.SQL(" AND t.product_id = {}").format(
            sql.Literal(original.product)
        )
    return chosen


def _table(model: Model) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)
