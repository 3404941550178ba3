"""Words that stand in every text of a store, and fingerprints of all its rows.

Whoever reads one of them where it does not belong has found a leak.
"""

import json
from typing import Any

import psycopg
from django.apps import apps
from django.db import models
from psycopg.types.json import Jsonb

from ppob.kit.tenant_rows import TenantRow
from security import crypto
from security.fields import SealedTextField
from tenants.models import Tenant

OURS, THEIRS = "qazqx", "qbzqx"  # short enough for every free text
SECRET = "qszqx"  # in what is sealed: not even staff reads it

# Words that code compares, and addresses: no texts of the store.
KEPT = {
    "tenants_tenant": {"slug", "plan", "time_zone"},
    "catalog_category": {"code"},
    "payments_paymentmethod": {"gateway", "channel"},
    "inventory_supplieraccount": {"kind"},
    "payments_orderevent": {"source", "target"},
    "payments_paymentevent": {"source", "target"},
    "bot_outgoingmessage": {"kind"},
    "security_inboxevent": {"source"},
}
KEPT_KEYS = {"file", "kind"}  # where a transcript's file lies; which kind it is


def tenant_models() -> list[type[models.Model]]:
    """Every table of stores, in a fixed order."""
    found = [model for model in apps.get_models() if issubclass(model, TenantRow)]
    return sorted(found, key=lambda model: model._meta.label)


def texts_of(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The columns that hold free text or JSON."""
    kept = KEPT.get(model._meta.db_table, set())
    return [
        field
        for field in model._meta.concrete_fields
        if field.column not in kept
        and not field.choices
        and not words_of(model, field.name)
        and (_is_text(field) or isinstance(field, models.JSONField))
    ]


def words_of(model: type[models.Model], name: str) -> list[str]:
    """The words a column may hold, where a check constraint lists them."""
    found: list[str] = []
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            found += _listed(constraint.condition, f"{name}__in")
    return found


def _listed(condition: Any, key: str) -> list[str]:
    found: list[str] = []
    for child in condition.children:
        if isinstance(child, tuple):
            found += list(child[1]) if child[0] == key else []
        else:
            found += _listed(child, key)
    return found


def sealed_of(model: type[models.Model]) -> list[SealedTextField]:
    fields = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, SealedTextField)]


def fill(superuser: psycopg.Connection[Any], tenant_id: int, word: str) -> None:
    """Put `word` into every text of the store's rows, and into what is sealed."""
    for model in [Tenant, *tenant_models()]:
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            for number, field in enumerate(texts_of(model)):
                if isinstance(field, models.JSONField):
                    _fill_json(superuser, model, field, tenant_id, word)
                    continue
                value = "%s || (id %% 1000)" if _needs_number(field, model) else "%s"
                # Some columns of a row must differ from each other.
                own = word + chr(ord("a") + number) if _is_roomy(field) else word
                _set_texts(superuser, model, field, value, (own, tenant_id))
        for sealed in sealed_of(model):
            _fill_sealed(model, sealed, tenant_id, word)


def _set_texts(
    superuser: psycopg.Connection[Any],
    model: type[models.Model],
    field: "models.Field[Any, Any]",
    value: str,
    parameters: tuple[str, int],
) -> None:
    owner = "id" if model is Tenant else "tenant_id"
    query = (
        f'UPDATE {model._meta.db_table} SET "{field.column}" = {value}'
        f" WHERE {owner} = %s"
    )
    try:
        with superuser.transaction():
            superuser.execute(query, parameters)
    except psycopg.errors.CheckViolation:  # what is empty has to stay so
        superuser.execute(f"{query} AND \"{field.column}\" <> ''", parameters)


def _is_text(field: "models.Field[Any, Any]") -> bool:
    if not isinstance(field, models.CharField | models.TextField | models.FileField):
        return False
    return (field.max_length or 1000) >= len(THEIRS)


def _is_roomy(field: "models.Field[Any, Any]") -> bool:
    return (field.max_length or 1000) > 2 * len(THEIRS)


def _needs_number(field: "models.Field[Any, Any]", model: type[models.Model]) -> bool:
    """Whether rows of one store must differ here."""
    named = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    }
    return field.unique or field.name in named


def _fill_json(
    superuser: psycopg.Connection[Any],
    model: type[models.Model],
    field: "models.Field[Any, Any]",
    tenant_id: int,
    word: str,
) -> None:
    table, owner = model._meta.db_table, "id" if model is Tenant else "tenant_id"
    rows = superuser.execute(
        f'SELECT id, "{field.column}" FROM {table} WHERE {owner} = %s', (tenant_id,)
    ).fetchall()
    for row_id, value in rows:
        if value is not None:
            superuser.execute(
                f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s',
                (Jsonb(_reworded(value, word)), row_id),
            )


def _reworded(value: Any, word: str) -> Any:
    if isinstance(value, str):
        return word
    if isinstance(value, list):
        return [_reworded(part, word) for part in value]
    if isinstance(value, dict):
        return {
            key: part if key in KEPT_KEYS else _reworded(part, word)
            for key, part in value.items()
        }
    return value


def _fill_sealed(model: Any, field: SealedTextField, tenant_id: int, word: str) -> None:
    rows = model.across_tenants.filter(tenant_id=tenant_id)
    for row in rows.exclude(**{field.attname: None}):
        text = f"{word}-{SECRET}-{row.pk}"
        try:
            old = getattr(row, field.attname).reveal()
            text = json.dumps(_resealed(json.loads(old), text))
        except ValueError:
            text = _resealed(old, text)
        except crypto.CannotOpen:
            pass
        value = crypto.seal(text, context=field.context_of(row))
        model.across_tenants.filter(pk=row.pk).update(**{field.attname: value})


def _resealed(value: Any, word: str) -> Any:
    """The word in place of each text; test keys go on saying that they are some.

    Without that an adapter refuses them before it looks at any signature.
    """
    if isinstance(value, str):
        return value[:4] + word if value[:4].lower() == "dev-" else word
    if isinstance(value, list):
        return [_resealed(part, word) for part in value]
    if isinstance(value, dict):
        return {key: _resealed(part, word) for key, part in value.items()}
    return value


class Fingerprints:
    """One word per table of a store; it differs after any write to any of its rows.

    Every version of a row names the transaction that wrote it, and none is written
    twice, so counting rows and adding up those numbers notices more than reading all
    columns would: also a write that leaves everything as it was.
    """

    def __init__(self, superuser: psycopg.Connection[Any]) -> None:
        self._superuser = superuser
        parts = [
            f"SELECT '{table}', concat(count(*), ' ', sum(t.xmin::text::bigint))"
            f" FROM {table} t WHERE {owner} = %(tenant)s"
            for table, owner in _tables()
        ]
        self._query = " UNION ALL ".join(parts)

    def take(self, tenant_id: int) -> dict[str, str]:
        """The fingerprint of each table, for this store's rows alone."""
        rows = self._superuser.execute(self._query, {"tenant": tenant_id})
        return dict(rows.fetchall())


def changed(
    before: dict[str, str], now: dict[str, str], allowed: frozenset[str] = frozenset()
) -> list[str]:
    """Tables whose rows are different now."""
    return sorted(
        table
        for table, word in now.items()
        if before[table] != word and table not in allowed
    )


def _tables() -> list[tuple[str, str]]:
    stores = [("tenants_tenant", "id")]
    return stores + [(model._meta.db_table, "tenant_id") for model in tenant_models()]


def strays(superuser: psycopg.Connection[Any], tenant_id: int, word: str) -> list[str]:
    """Tables where a row of another store, or of nobody, holds this store's word."""
    found = []
    owners = dict(_tables())
    names = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    for (table,) in names:
        mine = (
            f"t.{owners[table]} IS DISTINCT FROM {tenant_id}"
            if table in owners
            else "true"
        )
        if table in PEOPLE:
            continue
        query = f"SELECT count(*) FROM {table} t WHERE {mine} AND t::text LIKE %s"
        [(count,)] = superuser.execute(query, (f"%{word}%",)).fetchall()
        found += [table] if count else []
    return found


PEOPLE = {"security_user"}  # accounts belong to people, not to stores
