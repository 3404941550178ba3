"""Changing the master key: sealing every stored secret again, with the newest key."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from ppob.kit.scope import no_tenant_scope
from security import cross_tenant, crypto
from security.fields import SealedTextField
from security.models import AuditEntry
from security.services import app_keys

log = logging.getLogger(__name__)

BATCH_SIZE = 500


@dataclass(frozen=True)
class Resealed:
    """What became of one column: values sealed again, and those nobody can open."""

    column: str
    done: int
    unreadable: int


def seal_again(
    *, actor: str, now: datetime, batch_size: int = BATCH_SIZE, dry_run: bool = False
) -> list[Resealed]:
    """Seal every secret with the first key that an older key has sealed.

    Values stay readable all the time and may be changed meanwhile; running it again
    goes on where it was interrupted. With `dry_run` everything is opened and counted
    and nothing is written. A value that no listed key opens is counted and kept.
    """
    with no_tenant_scope():
        results = [
            _seal_column(model, field, size=batch_size, dry_run=dry_run)
            for model, field in cross_tenant.sealed_columns()
        ]
        results.append(Resealed(app_keys.COLUMN, *app_keys.seal_again(dry_run=dry_run)))
        if not dry_run:
            _record_audit(results, actor=actor, now=now)
    return results


def count_by_key() -> dict[str, int]:
    """How many stored secrets each key has sealed, in all stores together."""
    counts: dict[str, int] = {}
    with no_tenant_scope():
        for model, field in cross_tenant.sealed_columns():
            for key_id, count in cross_tenant.count_by_key(model, field).items():
                counts[key_id] = counts.get(key_id, 0) + count
        for key_id, count in app_keys.count_by_key().items():
            counts[key_id] = counts.get(key_id, 0) + count
    return counts


def droppable_keys() -> list[str]:
    """The listed keys that nothing needs any more.

    The last of the list never is one: it makes the fingerprints that find duplicates.
    """
    used = count_by_key()
    # The first seals whatever comes next.
    return [key_id for key_id in crypto.key_ids()[1:-1] if not used.get(key_id)]


def _seal_column(
    model: type[models.Model], field: SealedTextField, *, size: int, dry_run: bool
) -> Resealed:
    done = unreadable = 0
    for batch in cross_tenant.batches_sealed_otherwise(
        model, field, key_id=crypto.active_key_id(), size=size
    ):
        with cross_tenant.transaction_across_stores():
            for row in batch:
                try:
                    done += _seal_row(row, field, dry_run=dry_run)
                except crypto.CannotOpen:
                    log.error("%s %s cannot be opened", model._meta.label, row.pk)
                    unreadable += 1
    return Resealed(f"{model._meta.db_table}.{field.column}", done, unreadable)


def _seal_row(row: cross_tenant.Row, field: SealedTextField, *, dry_run: bool) -> bool:
    sealed = getattr(row, field.attname)
    text = sealed.reveal()
    if dry_run:
        return True
    value = crypto.seal(text, context=field.context_of(row))
    # Only in place of what was opened: a secret that was entered meanwhile is newer.
    return cross_tenant.replace_value(row, field, old=sealed.value, new=value)


def _record_audit(results: list[Resealed], *, actor: str, now: datetime) -> None:
    cross_tenant.record_audit_entry(
        AuditEntry(
            at=now,
            actor=actor,
            action="keys.rotated",
            object=f"key:{crypto.active_key_id()}",
            data={result.column: result.done for result in results},
        )
    )
