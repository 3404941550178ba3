"""Proving, store by store, that books, orders and codes agree with each other."""

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from psycopg.errors import QueryCanceled

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from ppob.kit.invariants import Invariant, all_invariants, count_offenders
from ppob.kit.scope import get_tenant_id
from tenants.cross_tenant import (
    list_tenant_ids,
    part_of_snapshot,
    snapshot_across_stores,
)
from tenants.events import HealthChanged
from tenants.jobs import sweep
from tenants.models import HealthProof
from tenants.selectors import find_last_proof

log = logging.getLogger(__name__)

KEEP = 100  # proofs per store
STATEMENT_SECS = 30
# The job may take two minutes: what is left of them is for writing the proofs down.
ALL_SECS = 75

Counts = dict[str, int]  # rule -> rows that break it


def prove_stores(*, now: datetime) -> None:
    """Ask every rule once, of all stores together, and give each store its proof.

    A rule that takes longer than 30 seconds, or for which no time is left, is not in
    the proofs: what it found wrong before stays wrong, and all others stand.
    """
    rules = _in_turn(all_invariants(), now=now)
    found: dict[int | None, Counts] = {}
    asked: list[Invariant] = []
    ends_at = time.monotonic() + ALL_SECS
    with snapshot_across_stores(statement_secs=STATEMENT_SECS) as cursor:
        for rule in rules:
            counted = _ask(cursor, rule, now=now, ends_at=ends_at)
            if counted is None:
                log.error("Rule %s took too long and was left out", rule.name)
                continue
            asked.append(rule)
            for tenant_id, count in counted.items():
                found.setdefault(tenant_id, {})[rule.name] = count
    left_out = {rule.name for rule in rules} - {rule.name for rule in asked}
    sweep(
        [(tenant_id, tenant_id) for tenant_id in list_tenant_ids()],
        lambda tenant_id: record_proof(
            _counts_of(asked, found.get(tenant_id, {}), found.get(None, {})),
            now=now,
            left_out=left_out,
        ),
        what="Proof of store",
    )


def record_proof(
    counts: Counts, *, now: datetime, left_out: Collection[str] = ()
) -> HealthProof:
    """Keep what the rules said about the store in scope; tell if that is news.

    Rules that were `left_out` this time say what they said last if that was wrong.
    """
    with unit_of_work("tenants.record_proof"):
        last = find_last_proof()
        known = last.broken if last else {}
        counts = counts | {name: known[name] for name in left_out if name in known}
        proof: HealthProof = HealthProof.objects.create(
            checked_at=now, violations=sum(counts.values()), counts=counts
        )
        if proof.broken != known:
            _tell(proof)
        _prune()
        live.announce(proof.tenant_id, "health")
    return proof


def _in_turn(rules: Sequence[Invariant], *, now: datetime) -> list[Invariant]:
    """Another one first each time: where time runs out, it is not always for the same.

    Seven is no divisor of how many rules there are for long.
    """
    first = int(now.timestamp()) // 300 * 7 % len(rules)
    return [*rules[first:], *rules[:first]]


def _ask(
    cursor: CursorWrapper, rule: Invariant, *, now: datetime, ends_at: float
) -> dict[int | None, int] | None:
    """What one rule finds, by store; None if that takes too long."""
    left = ends_at - time.monotonic()
    if left <= 0:
        return None
    try:
        with part_of_snapshot(cursor, statement_secs=min(STATEMENT_SECS, left)):
            return count_offenders(cursor, rule, now=now)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def _counts_of(rules: Iterable[Invariant], own: Counts, shared: Counts) -> Counts:
    """Every rule with its count; what belongs to no store concerns every store."""
    return {
        rule.name: own.get(rule.name, 0) + shared.get(rule.name, 0) for rule in rules
    }


def _tell(proof: HealthProof) -> None:
    tenant_id = get_tenant_id()
    for rule, count in proof.broken.items():
        log.error("Rule %s does not hold in store %s: %s rows", rule, tenant_id, count)
    if not proof.broken:
        log.warning("All rules hold in store %s again", tenant_id)
    announce(HealthChanged(tenant_id, proof))


def _prune() -> None:
    kept = HealthProof.objects.order_by("-pk").values_list("pk", flat=True)[KEEP - 1 :]
    oldest_kept = kept.first()
    if oldest_kept is not None:
        HealthProof.objects.filter(pk__lt=oldest_kept).delete()
