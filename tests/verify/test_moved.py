"""A proof looks at what moved: it costs that, sees it, and sees nothing wrong in it."""

import random
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from payments.models import Order
from ppob.kit.invariants import all_invariants
from ppob.kit.moved import find_moved, read_marks
from ppob.kit.scope import no_tenant_scope
from tenants.cross_tenant import snapshot_across_stores
from tenants.models import HealthProof, ProofRun
from tenants.services import health
from tests.conftest import NOON
from tests.factories import make_order, make_product
from tests.payments.acts import deliver, pending, tell
from tests.payments.invariants import EARLY
from tests.verify.plants import PLANTS

RULE = "total_equals_lines"
WRONG = "UPDATE payments_order SET total = total + 1 WHERE status = 'completed'"
STEP = timedelta(minutes=5)
NIGHT = NOON.replace(hour=19, minute=30)  # 02:30 in Jakarta


@pytest.fixture
def spoil(superuser):
    def do(statement):
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(statement)

    return do


def prove(times=1, *, start=NOON):
    for number in range(times):
        health.prove_stores(now=start + number * STEP)


def broken():
    proof = HealthProof.objects.order_by("-pk").first()
    return proof.broken if proof else {}


def marks():
    with snapshot_across_stores(statement_secs=30) as cursor:
        return read_marks(cursor)


def sell():
    return deliver(tell_paid(make_order(make_product(codes=1))))


def tell_paid(order):
    tell(pending(order))
    order.refresh_from_db()
    return order


def test_every_set_of_a_rule_is_found(busy_store):
    with snapshot_across_stores(statement_secs=30) as cursor:
        found = find_moved(cursor, dict.fromkeys(read_marks(cursor), 0))

    assert {name for rule in all_invariants() for name in rule.sets} <= found.keys()
    for name in ("payments_order", "payments_payment", "wallets", "catalog_product"):
        assert found[name]


def test_nothing_moved_is_nothing_to_look_at(busy_store):
    with snapshot_across_stores(statement_secs=30) as cursor:
        found = find_moved(cursor, read_marks(cursor))

    assert not any(found.values())


def test_a_proof_from_before_a_table_is_no_ground_to_go_on_from(busy_store):
    older = marks()
    older.pop("payments_orderevent")

    with snapshot_across_stores(statement_secs=30) as cursor:
        assert find_moved(cursor, older) is None


def test_any_part_of_what_is_right_looks_right(busy_store, superuser):
    """However the marks lie: what is left out makes no right row look wrong."""
    rng, newest = random.Random(7), marks()
    for _turn in range(25):
        since = {table: rng.randint(0, mark) for table, mark in newest.items()}
        with snapshot_across_stores(statement_secs=30) as cursor:
            moved = find_moved(cursor, since)
        for rule in all_invariants():
            found = superuser.execute(rule.sql_of_moved, {"now": EARLY, **moved})
            assert (rule.name, found.fetchall()) == (rule.name, [])


def test_what_moved_is_judged_as_among_all_rows(busy_store, superuser):
    """Each wrong row is noticed when the rows that it is about have moved."""
    unnoticed = []
    for rule in all_invariants():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in PLANTS[rule.name]:
                superuser.execute(statement)
            moved = _everything(superuser)
            whole = superuser.execute(rule.sql, {"now": EARLY}).fetchall()
            found = superuser.execute(rule.sql_of_moved, {"now": EARLY, **moved})
            if not set(found.fetchall()) & set(whole):
                unnoticed.append(rule.name)

    assert unnoticed == []


# Sets that are not the ids of the table that they are named like.
_SETS = {
    "wallets": "SELECT id FROM payments_ledgeraccount WHERE kind = 'wallet'",
    "purchases_of_orders": "SELECT id FROM inventory_purchase",
    "bot_panel": "SELECT public_id FROM bot_panel",
    "stores_with_unmatched": "SELECT id FROM tenants_tenant",
}


def _everything(superuser):
    """Every row moved, whether something tells of it or not: plants leave no trace."""
    names = {name for rule in all_invariants() for name in rule.sets}
    queries = {name: _SETS.get(name, f"SELECT id FROM {name}") for name in names}
    return {
        name: [key for (key,) in superuser.execute(query).fetchall()]
        for name, query in queries.items()
    }


def test_what_moved_and_is_wrong_is_found_by_the_next_proof(busy_store, spoil):
    prove(3)
    order = sell()
    spoil(f"UPDATE payments_order SET total = total + 1 WHERE id = {order.pk}")

    prove(start=NOON + 3 * STEP)

    assert broken()[RULE] == 1


def test_what_a_proof_had_no_time_for_is_looked_at_by_the_next(
    busy_store, spoil, monkeypatch
):
    """However many proofs in a row had none: its marks are no ground to go on from."""
    prove(3)
    order = sell()
    spoil(f"UPDATE payments_order SET total = total + 1 WHERE id = {order.pk}")
    with monkeypatch.context() as busy:
        busy.setattr(health, "ALL_SECS", 0)
        prove(4, start=NOON + 3 * STEP)
    assert RULE not in broken()

    prove(start=NOON + 7 * STEP)

    assert broken()[RULE] == 1
    assert ProofRun.objects.latest("pk").is_whole is False


def test_a_first_proof_that_is_never_done_in_time_is_gone_on_from(
    in_arcadia, monkeypatch
):
    """A store too large for one proof of everything still gets those of what moved."""
    with monkeypatch.context() as busy:
        busy.setattr(health, "ALL_SECS", 0)
        prove()
    assert ProofRun.objects.get().is_whole

    prove(start=NOON + 2 * STEP)

    second = ProofRun.objects.latest("pk")
    assert (second.is_whole, second.left_out) == (False, [])


def test_what_leaves_no_trace_is_found_at_night(busy_store, spoil):
    prove(3)
    spoil(WRONG)
    prove(2, start=NOON + 3 * STEP)
    assert RULE not in broken()

    prove(start=NIGHT)

    assert broken()[RULE] == 1


def test_what_is_wrong_is_asked_about_all_rows_until_it_is_right(busy_store, spoil):
    spoil(WRONG)
    prove(4)
    assert broken()[RULE] == 1

    spoil(WRONG.replace("+", "-"))
    prove(start=NOON + 4 * STEP)

    assert RULE not in broken()


def test_a_night_asks_each_rule_once_and_goes_on_where_it_stopped(
    in_arcadia, monkeypatch
):
    prove(3, start=NIGHT - timedelta(hours=2))
    asked = []
    real = health._Proof.ask

    def ask(proof, cursor, rule, **how):
        if how.get("moved") is None and "secs" in how:
            asked.append(rule.name)
            if len(asked) % 20 == 0:
                proof.ends_at = 0  # no time is left
        real(proof, cursor, rule, **how)

    monkeypatch.setattr(health._Proof, "ask", ask)
    prove(6, start=NIGHT)

    # The twentieth of each turn found no time and was asked again.
    assert set(asked) | _without_sets() == {rule.name for rule in all_invariants()}
    assert len(asked) < len(all_invariants()) + 6


def _without_sets():
    return {r.name for r in all_invariants() if not r.sets and not r.is_nightly}


def test_after_a_day_without_proofs_everything_is_asked(busy_store, spoil):
    prove(3)
    spoil(WRONG)

    prove(start=NOON + timedelta(days=1, minutes=11))

    assert broken()[RULE] == 1


def test_a_proof_costs_what_moved_however_many_orders_there_are(busy_store):
    prove(3)
    with CaptureQueriesContext(connections["platform"]) as quiet:
        prove(start=NOON + 3 * STEP)
    sell()
    with CaptureQueriesContext(connections["platform"]) as busy:
        prove(start=NOON + 4 * STEP)

    asked = {rule.name for rule in all_invariants() if not rule.sets}
    assert len(quiet) < len(busy)
    assert len(quiet) < 4 * len(asked) + 60


def test_old_runs_are_forgotten(in_arcadia, monkeypatch):
    monkeypatch.setattr(health, "KEEP_RUNS", 3)

    prove(5)

    assert ProofRun.objects.count() == 3


def test_the_order_of_another_store_is_told_to_that_store(busy_store, borealis, spoil):
    prove(3)
    order = sell()
    spoil(f"UPDATE payments_order SET total = total + 1 WHERE id = {order.pk}")

    prove(start=NOON + 3 * STEP)

    with no_tenant_scope():
        concerned = {proof.tenant_id for proof in HealthProof.across_tenants.all()}
    assert concerned == {busy_store.pk}
    assert Order.objects.filter(pk=order.pk).exists()
