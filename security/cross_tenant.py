"""Sealed columns, audit chains and callbacks of all stores, and entries of none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import BinaryField, Count, F, Func, Value, Window
from django.db.models.functions import Length, RowNumber

from security.chain import CONTENT_SQL
from security.fields import SealedTextField
from security.models import AuditEntry, AuditLink, InboxEvent
from security.states import InboxStatus

Row = Any  # of whichever model the column belongs to

# Nothing that was committed before the last sealing can be unsealed, except what was
# written by a transaction that took longer than an hour.
_RECENT = """
    e.written_at >= coalesce((
        SELECT sealed_at - interval '1 hour' FROM security_auditlink
        ORDER BY id DESC LIMIT 1
    ), '-infinity')
"""
_UNSEALED = f"""
    SELECT e.id, e.tenant_id, {CONTENT_SQL}, clock_timestamp()
    FROM security_auditentry e
    WHERE NOT EXISTS (SELECT FROM security_auditlink l WHERE l.entry_id = e.id)
        AND (%(everything)s OR {_RECENT})
    ORDER BY e.id LIMIT %(limit)s
"""  # noqa: S608 - made of constants
_HEADS = """
    SELECT DISTINCT ON (tenant_id) tenant_id, seq, hash FROM security_auditlink
    ORDER BY tenant_id DESC, seq DESC
"""


def sealed_columns() -> list[tuple[type[models.Model], SealedTextField]]:
    """Every sealed column of the product with its model."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedTextField)
    ]


def count_by_key(model: type[models.Model], field: SealedTextField) -> dict[str, int]:
    """How many values of the column each key has sealed."""
    # A sealed value starts with its key's id and a zero byte.
    key = Func(
        Func(F(field.attname), Value("escape"), function="encode"),
        Value("\\000"),
        Value(1),
        function="split_part",
        output_field=models.CharField(),
    )
    counts = (
        _rows(model)
        .exclude(**{field.attname: None})
        .annotate(sealed_by=key)
        .order_by()
        .values_list("sealed_by")
        .annotate(Count("pk"))
    )
    return dict(counts)


def batches_sealed_otherwise(
    model: type[models.Model], field: SealedTextField, *, key_id: str, size: int
) -> Iterator[list[Row]]:
    """All rows whose value another key than this one has sealed, by `size`."""
    mark = key_id.encode() + b"\0"
    start = Func(
        F(field.attname),
        Value(1),
        Length(Value(mark, output_field=BinaryField())),
        function="substring",
        output_field=BinaryField(),
    )
    rows = (
        _rows(model)
        .exclude(**{field.attname: None})
        .annotate(start=start)
        .exclude(start=mark)
        .only(*_bound_to(model), field.attname)
        .order_by("pk")
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk


def _bound_to(model: type[models.Model]) -> list[str]:
    """The columns that a sealed value's context is made of."""
    columns = [column.name for column in model._meta.concrete_fields]
    if "public_id" in columns:
        return ["pk", "tenant_id", "public_id"]
    return columns  # what makes such a row unique is a property of several


def transaction_across_stores() -> transaction.Atomic:
    """A transaction on the connection that sees all stores."""
    return transaction.atomic(using="platform")


def replace_value(row: Row, field: SealedTextField, *, old: bytes, new: bytes) -> bool:
    """Put another sealed value in place of the old one; False if that has changed."""
    same = _rows(type(row)).filter(pk=row.pk, **{field.attname: old})
    return bool(same.update(**{field.attname: new}))


def record_audit_entry(entry: AuditEntry) -> None:
    """Write an audit entry that belongs to no store: only the platform sees it."""
    AuditEntry.across_tenants.bulk_create([entry])


def audit_entries_about(thing: str, *, limit: int) -> list[AuditEntry]:
    """The newest audit entries of no store about this thing."""
    rows = AuditEntry.across_tenants.filter(tenant_id=None, object=thing)
    return list(rows.order_by("-pk")[:limit])


@dataclass(frozen=True)
class Unsealed:
    """A committed entry that no chain has yet; `content` is what gets hashed."""

    entry_id: int
    tenant_id: int | None
    content: str


@dataclass(frozen=True)
class Head:
    """The last link of a chain; `tenant_id` is None for the platform's own."""

    tenant_id: int | None
    seq: int
    hash: bytes


def unsealed_entries(
    *, limit: int, everything: bool
) -> tuple[list[Unsealed], datetime | None]:
    """Entries without a link, by id, and the database's time after they were written.

    Without `everything` only those are looked for that can have come since the last
    sealing, which is quick however long the trail is.
    """
    with connections["platform"].cursor() as cursor:
        cursor.execute(_UNSEALED, {"everything": everything, "limit": limit})
        rows = cursor.fetchall()
    found = [Unsealed(*row[:3]) for row in rows]
    return found, max((row[3] for row in rows), default=None)


def find_head(tenant_id: int | None) -> Head | None:
    """The last link of this chain."""
    link = AuditLink.across_tenants.filter(tenant_id=tenant_id).order_by("-seq").first()
    return Head(tenant_id, link.seq, bytes(link.hash)) if link else None


def find_hash(tenant_id: int | None, seq: int) -> bytes | None:
    """The hash of one link of a chain."""
    link = AuditLink.across_tenants.filter(tenant_id=tenant_id, seq=seq).first()
    return bytes(link.hash) if link else None


def list_heads() -> list[Head]:
    """The last link of every chain."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(_HEADS)
        return [Head(row[0], row[1], bytes(row[2])) for row in cursor.fetchall()]


def list_due_events(*, source: str, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Callbacks that wait to be worked on: tenant ids and row ids.

    The oldest of every store, then everybody's second oldest, and so on: a store with a
    thousand that fail takes one turn in each round, like the others.
    """
    turn = Window(
        RowNumber(), partition_by=[F("tenant_id")], order_by=[F("due_at"), F("pk")]
    )
    return list(
        InboxEvent.across_tenants.filter(
            source__startswith=source, status=InboxStatus.RECEIVED, due_at__lte=now
        )
        .annotate(turn=turn)
        .order_by("turn", "due_at", "pk")
        .values_list("tenant_id", "pk")[:limit]
    )


def add_links(links: list[AuditLink]) -> None:
    """Append these links to their chains."""
    AuditLink.across_tenants.bulk_create(links)


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = model.across_tenants.all()  # type: ignore[attr-defined]
    return rows
