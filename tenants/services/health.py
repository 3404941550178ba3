"""Proving that books, orders and codes agree with each other, in every store.

Every five minutes the rules are asked about what moved since the proof before; that
costs what happened, however many stores and orders there are. At night they are asked
about all rows, one after the other: what changed without leaving a trace is found then.
A rule that does not hold is asked about all rows until it does.
"""

import itertools
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import gcd
from typing import Any

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils.timezone import localtime
from psycopg.errors import QueryCanceled

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from ppob.kit.invariants import Invariant, all_invariants, count_offenders
from ppob.kit.moved import Marks, find_moved, read_marks
from ppob.kit.scope import get_tenant_id
from tenants.cross_tenant import (
    broken_rules,
    list_tenant_ids,
    part_of_snapshot,
    snapshot_across_stores,
)
from tenants.events import HealthChanged
from tenants.jobs import sweep
from tenants.models import HealthProof, ProofRun
from tenants.selectors import find_last_proof

log = logging.getLogger(__name__)

KEEP = 100  # proofs per store
KEEP_RUNS = 600  # two days
STATEMENT_SECS = 30
# The job may take two minutes: what is left of them is for writing the proofs down.
ALL_SECS = 75
# Longer than any transaction (`ppob.kit.moved`); with proofs every five minutes, each
# change is looked at twice.
OVERLAP = timedelta(minutes=9)
TOO_OLD = timedelta(days=1)  # so much has moved since: everything is asked
NIGHT = range(2, 5)  # hours in the installation's zone

Counts = dict[str, int]  # rule -> rows that break it


@dataclass
class _Proof:
    """What is being found out, for all stores together."""

    now: datetime
    ends_at: float
    found: dict[int | None, Counts] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def ask(
        self,
        cursor: CursorWrapper,
        rule: Invariant,
        *,
        moved: dict[str, list[Any]] | None = None,
        secs: float | None = None,
    ) -> None:
        """Count what breaks a rule; without `moved`, among all rows."""
        counted = self._count(cursor, rule, moved, secs=secs or STATEMENT_SECS)
        if counted is None:
            log.error("Rule %s took too long and was left out", rule.name)
            self.left_out.add(rule.name)
            return
        # A rule may be asked twice in a run: what it finds among all rows counts.
        for counts in self.found.values():
            counts.pop(rule.name, None)
        for tenant_id, count in counted.items():
            self.found.setdefault(tenant_id, {})[rule.name] = count
        self.asked.add(rule.name)
        if moved is None:
            self.whole.add(rule.name)

    def _count(
        self,
        cursor: CursorWrapper,
        rule: Invariant,
        moved: dict[str, list[Any]] | None,
        *,
        secs: float,
    ) -> dict[int | None, int] | None:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            return None
        try:
            with part_of_snapshot(cursor, statement_secs=min(secs, left)):
                return count_offenders(cursor, rule, now=self.now, moved=moved)
        except OperationalError as error:
            # Only our own limit is an answer; a lost server is none.
            if isinstance(error.__cause__, QueryCanceled):
                return None
            raise


def prove_stores(*, now: datetime) -> None:
    """Ask the rules once, of all stores together; a store is told what changed.

    A rule that takes longer than 30 seconds, or for which no time is left, says what it
    said before; all others stand.
    """
    base = _find_base(now)
    last = ProofRun.objects.order_by("-at", "-pk").first()
    known = broken_rules()
    proof = _Proof(now, time.monotonic() + ALL_SECS)
    with snapshot_across_stores(statement_secs=STATEMENT_SECS) as cursor:
        marks = read_marks(cursor)
        moved = find_moved(cursor, base.marks) if base else None
        _ask_lately(cursor, proof, moved, known)
        if moved is not None:
            _go_on_with_the_night(cursor, proof, last)
    # After the snapshot, which can write nothing; each store in a scope of its own.
    _tell_stores(proof, known)
    _keep_run(proof, marks, is_whole=moved is None)


def _find_base(now: datetime) -> ProofRun | None:
    """The proof to go on from: the newest that is old enough and complete.

    Where a proof had no time for a rule, the rule has not seen what moved before it.
    The first proof of everything is different: what it leaves out is asked at night.
    """
    earlier = ProofRun.objects.filter(at__range=(now - TOO_OLD, now - OVERLAP))
    usable = earlier.filter(Q(left_out=[]) | Q(is_whole=True))
    return usable.order_by("-at", "-pk").first()


def _ask_lately(
    cursor: CursorWrapper,
    proof: _Proof,
    moved: dict[str, list[Any]] | None,
    known: dict[int, Counts],
) -> None:
    """Ask about what moved; about everything where there is no proof to go on from."""
    wrong = {name for counts in known.values() for name in counts}
    rules = _in_turn(all_invariants(), now=proof.now)
    for rule in rules:
        # A broken rule is asked of all rows until it holds: the row that breaks it need
        # not move again.
        if moved is None or rule.name in wrong or not (rule.sets or rule.is_nightly):
            proof.ask(cursor, rule)
        elif not rule.is_nightly and any(moved[name] for name in rule.sets):
            proof.ask(cursor, rule, moved=moved)
        elif not rule.is_nightly:
            proof.asked.add(rule.name)  # nothing moved that it could say something of


def _go_on_with_the_night(
    cursor: CursorWrapper, proof: _Proof, last: ProofRun | None
) -> None:
    """At night the time that is left is for questions about all rows."""
    if localtime(proof.now).hour not in NIGHT:
        return
    before = set(last.whole) if last and _is_night(last.at, proof.now) else set()
    for rule in all_invariants():
        if rule.name not in before | proof.whole and time.monotonic() < proof.ends_at:
            proof.ask(cursor, rule, secs=ALL_SECS)
    proof.whole |= before


def _is_night(earlier: datetime, now: datetime) -> bool:
    """Whether this is the same night as then."""
    # Within a night three hours pass at most, from one to the next at least 21.
    return now - earlier < timedelta(hours=6) and localtime(earlier).hour in NIGHT


def _in_turn(rules: tuple[Invariant, ...], *, now: datetime) -> list[Invariant]:
    """Another one first each time: where time runs out, it is not always for the same.

    In steps that share no divisor with how many there are, so each has its turn.
    """
    step = next(step for step in itertools.count(7) if gcd(step, len(rules)) == 1)
    first = int(now.timestamp()) // 300 * step % len(rules)
    return [*rules[first:], *rules[:first]]


def _tell_stores(proof: _Proof, known: dict[int, Counts]) -> None:
    """Write a proof for each store about which something else is true than before."""
    shared = proof.found.pop(None, {})
    # Stores that were wrong as well: that all is right again is news.
    concerned = known.keys() | {store for store in proof.found if store is not None}
    if shared:
        concerned |= set(list_tenant_ids())
    sweep(
        [(tenant_id, tenant_id) for tenant_id in sorted(concerned)],
        lambda tenant_id: record_proof(
            _sum(proof.found.get(tenant_id, {}), shared),
            now=proof.now,
            asked=proof.asked,
        ),
        what="Proof of store",
    )


def _sum(own: Counts, shared: Counts) -> Counts:
    """What belongs to no store concerns every store."""
    return {
        name: own.get(name, 0) + shared.get(name, 0) for name in own.keys() | shared
    }


def record_proof(
    counts: Counts, *, now: datetime, asked: Collection[str]
) -> HealthProof | None:
    """Keep what the rules say about the store in scope, if that is news, and tell.

    Rules that were not `asked` this time say what they said last.
    """
    with unit_of_work("tenants.record_proof"):
        last = find_last_proof()
        known = last.broken if last else {}
        kept = {name: count for name, count in known.items() if name not in asked}
        broken = kept | {name: count for name, count in counts.items() if count}
        if broken == known:
            return None
        proof: HealthProof = HealthProof.objects.create(
            checked_at=now, violations=sum(broken.values()), counts=broken
        )
        _tell(proof)
        _prune()
        live.announce(proof.tenant_id, "health")
    return proof


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


def _keep_run(proof: _Proof, marks: Marks, *, is_whole: bool) -> None:
    with unit_of_work("tenants.keep_proof_run"):
        run = ProofRun.objects.create(
            at=proof.now,
            is_whole=is_whole,
            marks=marks,
            whole=sorted(proof.whole),
            left_out=sorted(proof.left_out - proof.asked),
        )
        ProofRun.objects.filter(pk__lte=run.pk - KEEP_RUNS).delete()
