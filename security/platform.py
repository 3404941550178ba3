"""Sealed columns of all stores, and deeds that belong to none."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import BinaryField, Count, F, Func, Value
from django.db.models.functions import Length

from security.fields import SealedTextField
from security.models import AuditEntry

Row = Any  # of whichever model the column belongs to


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
        .only("pk", "tenant_id", "public_id", field.attname)
        .order_by("pk")
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk


def transaction_across_stores() -> transaction.Atomic:
    """A transaction on the connection that sees all stores."""
    return transaction.atomic(using="platform")


def replace_value(row: Row, field: SealedTextField, *, old: bytes, new: bytes) -> bool:
    """Put another sealed value in place of the old one; False if that has changed."""
    same = _rows(type(row)).filter(pk=row.pk, **{field.attname: old})
    return bool(same.update(**{field.attname: new}))


def record_deed(entry: AuditEntry) -> None:
    """Write down a deed that belongs to no store: only the platform sees it."""
    AuditEntry.across_tenants.bulk_create([entry])


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = model.across_tenants.all()  # type: ignore[attr-defined]
    return rows
