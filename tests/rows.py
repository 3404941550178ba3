"""A valid row of any table, planted without its relatives and without asking anybody.

For tests about every table there is, also the next one. The superuser plants with
`session_replication_role = replica`: no trigger and no reference counts, but checks and
uniqueness do.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from django.apps import apps
from django.db import connections, models

from ppob.kit.tenant_rows import TenantRow

OUR_APPS = ("bot", "payments", "inventory", "catalog", "tenants", "security")

OUR_MODELS = sorted(
    (model for name in OUR_APPS for model in apps.get_app_config(name).get_models()),
    key=lambda model: model._meta.label,
)
TENANT_MODELS = [model for model in OUR_MODELS if issubclass(model, TenantRow)]

# What check constraints want to see in a row of these.
FITTING: dict[str, dict[str, Any]] = {
    "inventory.SupplierAccount": {"trouble": "", "trial_ref": ""},
    "payments.Discrepancy": {"due_at": datetime(2026, 1, 2, tzinfo=UTC)},
    "payments.PaymentMethod": {"trouble": "", "channel": "qris"},
    "catalog.PriceRule": {"basis": "cost"},
    "tenants.Customer": {"blocked_reason": ""},
    "tenants.Handover": {"giver_id": 1, "taker_id": 2},
    "bot.InstanceEvent": {"target": "online"},
    "bot.PanelEvent": {"target": "active"},
    "bot.TicketEvent": {"target": "open"},
    "payments.Delivery": {"item": "0190a1b2-0000-7000-8000-000000000002"},
    "payments.OrderAdjustment": {"amount": -5},
    "payments.OrderLine": {"destination": ""},
    "inventory.Purchase": {"player_name": "", "named_by": "", "renamed_to": ""},
    "inventory.PriceChange": {"kind": "up", "new_cost": 5, "lines": 1},
    "inventory.AccountCheck": {"state": "unchecked", "name": ""},
    "inventory.BillInquiry": {
        "finding": "",
        "supplier_reference": "",
        "day": date(2026, 1, 2),
    },
    "payments.UnreachedBuyer": {"status": "open", "closed_by": ""},
    "payments.Payment": {"order_id": 1},
    "payments.RefundPart": {"amount": 5},
}


def row_of(model: Any, *, nth: int = 0, **values: Any) -> Any:
    """An unsaved row with something valid in every column that must not be empty.

    Rows of different `nth` differ in everything that is not the same by default.
    """
    names = {field.attname for field in model._meta.concrete_fields}
    fitting = FITTING.get(model._meta.label, {})
    given = {name: value for name, value in fitting.items() if name in names} | values
    row = model(**given)
    for place, field in enumerate(model._meta.concrete_fields):
        if _is_made(field) or field.null or field.attname in ("tenant_id", *given):
            continue
        if field.has_default() and field.name != "public_id":
            continue
        setattr(row, field.attname, _anything_for(field, place, nth))
    return row


def _is_made(field: Any) -> bool:
    """Whether the database makes the value, by counting or from other columns."""
    return field.generated or isinstance(field, models.AutoField | models.BigAutoField)


def _anything_for(field: Any, place: int, nth: int) -> Any:
    if field.choices:
        return field.choices[0][0]
    kind = field.get_internal_type()
    if kind == "DateTimeField":
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=nth)
    if kind == "UUIDField":
        return uuid.uuid4()
    if kind in ("CharField", "TextField"):
        return f"x{place}" + "abcdefghij"[nth]
    if kind == "BinaryField":
        return b"x%d" % nth
    return 5 if field.name == "stars" else 60 + nth


def insertion(model: Any, *, nth: int = 0, **values: Any) -> tuple[str, list[Any]]:
    """The statement that adds a row of any table, and its values."""
    row = row_of(model, nth=nth, **values)
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.attname in values
        # What is empty anyway is not named: an older table may not have it yet.
        or not (_is_made(field) or (field.null and getattr(row, field.attname) is None))
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return (
        f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})",
        [_written(field, getattr(row, field.attname)) for field in fields],
    )


def insert(
    connection: psycopg.Connection[Any], model: Any, *, nth: int = 0, **values: Any
) -> int:
    """Add a row of any table, as whoever `connection` works for; the row's id."""
    statement, written = insertion(model, nth=nth, **values)
    inserted = connection.execute(f"{statement} RETURNING id", written).fetchone()
    assert inserted is not None
    return int(inserted[0])


def _written(field: Any, value: Any) -> Any:
    if isinstance(field, models.BinaryField):
        return value if isinstance(value, bytes) else b"x"  # nothing is sealed here
    return field.get_db_prep_save(value, connections["default"])


@contextmanager
def burglar(superuser: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """The superuser, for whom neither triggers nor references count; all is undone."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        yield superuser


@contextmanager
def savepoint(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """A part of the open transaction that is undone, whatever happens in it."""
    with connection.transaction(force_rollback=True):
        yield
