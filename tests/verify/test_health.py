"""Every store is proved every five minutes, and told when something is wrong."""

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError

from ppob.kit.invariants import all_invariants
from ppob.kit.scope import tenant_scope
from tenants import selectors, tasks
from tenants.events import HealthChanged
from tenants.models import HealthProof, ProofRun
from tenants.services import health
from tests import hearing
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=5)
RULE = "total_equals_lines"
WRONG = "UPDATE payments_order SET total = total + 1 WHERE status = 'completed'"
RIGHT = WRONG.replace("+", "-")


@pytest.fixture
def heard():
    """What other apps are told: the store, and the rules that do not hold."""

    def read(event):
        return event.tenant_id, event.proof.broken

    with hearing.heard(HealthChanged, read=read) as news:
        yield news


@pytest.fixture
def spoil(superuser):
    def do(statement):
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(statement)

    return do


def test_what_is_right_is_not_news(busy_store, borealis, heard):
    health.prove_stores(now=NOON)

    run = ProofRun.objects.get()
    assert (run.at, run.left_out) == (NOON, [])
    assert set(run.whole) == {rule.name for rule in all_invariants()}
    for store in (busy_store, borealis):
        with tenant_scope(store.pk):
            assert not HealthProof.objects.exists()
            assert selectors.read_health(now=NOON).is_good
    assert heard == []


def test_what_is_wrong_is_told_once_and_so_is_its_end(
    busy_store, in_arcadia, borealis, spoil, heard, caplog
):
    health.prove_stores(now=NOON)
    spoil(WRONG)
    with caplog.at_level(logging.ERROR):
        health.prove_stores(now=NOON)
        health.prove_stores(now=NOON)
    broken = HealthProof.objects.latest("pk").broken
    spoil(RIGHT)
    health.prove_stores(now=NOON)

    assert broken[RULE] == 1
    assert heard == [(in_arcadia.pk, broken), (in_arcadia.pk, {})]
    lines = [line for line in caplog.messages if RULE in line]
    assert lines == [f"Rule {RULE} does not hold in store {in_arcadia.pk}: 1 rows"]
    with tenant_scope(borealis.pk):
        assert not HealthProof.objects.exists()


def test_a_hole_in_the_walls_concerns_every_store(in_arcadia, borealis, superuser):
    superuser.execute("ALTER TABLE tenants_customer NO FORCE ROW LEVEL SECURITY")
    try:
        health.prove_stores(now=NOON)
    finally:
        superuser.execute("ALTER TABLE tenants_customer FORCE ROW LEVEL SECURITY")

    for store in (in_arcadia, borealis):
        with tenant_scope(store.pk):
            assert HealthProof.objects.get().broken == {"stores_are_fenced": 1}


def test_only_the_newest_proofs_are_kept(in_arcadia, monkeypatch):
    monkeypatch.setattr(health, "KEEP", 3)
    for number in range(5):
        at = NOON + timedelta(minutes=number)
        health.record_proof({RULE: number + 1}, now=at, asked={RULE})

    kept = HealthProof.objects.order_by("pk").values_list("checked_at", flat=True)
    assert list(kept) == [NOON + timedelta(minutes=number) for number in (2, 3, 4)]


@pytest.fixture
def slow_parts(superuser, monkeypatch):
    """Every rule about the parts of refunds takes too long."""
    monkeypatch.setattr(health, "STATEMENT_SECS", 0.3)

    @contextmanager
    def lock():
        with superuser.transaction(force_rollback=True):
            superuser.execute("LOCK TABLE payments_refundpart IN ACCESS EXCLUSIVE MODE")
            yield

    return lock


def test_a_rule_that_takes_too_long_leaves_the_others_standing(
    busy_store, slow_parts, spoil, caplog
):
    spoil(WRONG)
    with slow_parts(), caplog.at_level(logging.ERROR):
        health.prove_stores(now=NOON)

    slow = {line.split()[1] for line in caplog.messages if "took too long" in line}
    assert "refund_equals_its_parts" in slow
    run = ProofRun.objects.get()
    assert set(run.left_out) == slow
    assert set(run.whole) == {rule.name for rule in all_invariants()} - slow
    assert HealthProof.objects.get().broken[RULE] == 1


def test_what_was_wrong_is_not_well_because_nobody_asked(
    busy_store, slow_parts, spoil, heard
):
    spoil("UPDATE payments_refundpart SET amount = amount + 1")
    health.prove_stores(now=NOON)
    broken = HealthProof.objects.get().broken
    assert broken["refund_equals_its_parts"]
    with slow_parts():
        health.prove_stores(now=LATER)

    assert HealthProof.objects.latest("pk").broken == broken
    assert heard == [(busy_store.pk, broken)]


def test_where_time_runs_out_the_others_still_get_their_proof(in_arcadia, monkeypatch):
    monkeypatch.setattr(health, "ALL_SECS", 0)

    health.prove_stores(now=NOON)

    run = ProofRun.objects.get()
    assert (run.whole, len(run.left_out)) == ([], len(all_invariants()))
    assert not HealthProof.objects.exists()


def test_every_rule_is_the_first_one_day_and_none_is_forgotten():
    rules = all_invariants()
    firsts = set()
    for number in range(len(rules) * 2):
        order = health._in_turn(rules, now=NOON + timedelta(minutes=5 * number))
        assert set(order) == set(rules)
        firsts.add(order[0].name)

    assert len(firsts) == len(rules)


def test_a_lost_database_is_not_taken_for_a_slow_rule(in_arcadia, monkeypatch):
    def lose(cursor, rule, **asked):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(health, "count_offenders", lose)

    with pytest.raises(OperationalError):
        health.prove_stores(now=NOON)

    assert not ProofRun.objects.exists()


def test_the_job_proves_by_the_clock(in_arcadia, monkeypatch):
    monkeypatch.setattr("ppob.kit.clock.now", lambda: NOON)

    tasks.prove_health()

    assert ProofRun.objects.get().at == NOON


@pytest.mark.parametrize(
    ("counts", "age", "is_good", "is_wrong", "is_stale"),
    [
        ({}, 15, True, False, False),
        ({}, 16, False, False, True),
        ({RULE: 2}, 5, False, True, False),
        ({RULE: 2}, 16, False, True, True),
    ],
)
def test_a_store_is_well_only_while_its_proof_is_new(
    in_arcadia, counts, age, is_good, is_wrong, is_stale
):
    ProofRun.objects.create(at=NOON, is_whole=True, marks={}, whole=[], left_out=[])
    health.record_proof(counts, now=NOON, asked={RULE})

    read = selectors.read_health(now=NOON + timedelta(minutes=age))

    assert (read.is_good, read.is_wrong, read.is_stale) == (is_good, is_wrong, is_stale)


def test_a_store_without_a_proof_is_not_called_well(in_arcadia):
    read = selectors.read_health(now=NOON)

    assert (read.checked_at, read.is_good, read.is_wrong) == (None, False, False)
