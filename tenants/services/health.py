"""Proving, store by store, that books, orders and codes agree with each other."""

import logging
from collections.abc import Iterable
from datetime import datetime

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.invariants import Invariant, all_invariants, count_offenders
from ppob.kit.scope import get_tenant_id
from tenants.cross_tenant import list_tenant_ids, snapshot_across_stores
from tenants.jobs import sweep
from tenants.models import HealthProof
from tenants.selectors import find_last_proof
from tenants.signals import health_changed

log = logging.getLogger(__name__)

KEEP = 100  # proofs per store
STATEMENT_SECS = 30

Counts = dict[str, int]  # rule -> rows that break it


def prove_stores(*, now: datetime) -> None:
    """Ask every rule once, of all stores together, and give each store its proof.

    A rule that takes longer than 30 seconds raises OperationalError, and no store gets
    a proof: the page then says that the last one is old.
    """
    rules = all_invariants()
    found: dict[int | None, Counts] = {}
    with snapshot_across_stores(statement_secs=STATEMENT_SECS) as cursor:
        for rule in rules:
            for tenant_id, count in count_offenders(cursor, rule, now=now).items():
                found.setdefault(tenant_id, {})[rule.name] = count
    sweep(
        [(tenant_id, tenant_id) for tenant_id in list_tenant_ids()],
        lambda tenant_id: record_proof(
            _counts_of(rules, found.get(tenant_id, {}), found.get(None, {})), now=now
        ),
        what="Proof of store",
    )


def record_proof(counts: Counts, *, now: datetime) -> HealthProof:
    """Keep what the rules said about the store in scope; tell if that is news."""
    with unit_of_work("tenants.record_proof"):
        last = find_last_proof()
        proof: HealthProof = HealthProof.objects.create(
            checked_at=now, violations=sum(counts.values()), counts=counts
        )
        if proof.broken != (last.broken if last else {}):
            _tell(proof)
        _prune()
        live.announce(proof.tenant_id, "health")
    return proof


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
    health_changed.send(HealthProof, tenant_id=tenant_id, proof=proof)


def _prune() -> None:
    kept = HealthProof.objects.order_by("-pk").values_list("pk", flat=True)[KEEP - 1 :]
    oldest_kept = kept.first()
    if oldest_kept is not None:
        HealthProof.objects.filter(pk__lt=oldest_kept).delete()
