"""Every rule notices the wrong row it was written for."""

from ppob.kit.invariants import all_invariants
from tests.payments.invariants import EARLY, violations
from tests.verify.plants import PLANTS


def test_every_rule_has_its_wrong_row():
    assert set(PLANTS) == {rule.name for rule in all_invariants()}


def test_a_busy_store_breaks_no_rule(busy_store, superuser):
    assert violations(superuser) == {}


def test_every_wrong_row_is_noticed_by_its_rule(busy_store, borealis, superuser):
    stores = {None, busy_store.pk, borealis.pk}
    unnoticed = []
    for rule in all_invariants():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in PLANTS[rule.name]:
                superuser.execute(statement)
            rows = superuser.execute(rule.sql, {"now": EARLY}).fetchall()
            if not rows or not {row[0] for row in rows} <= stores:
                unnoticed.append((rule.name, rows))

    assert unnoticed == []
    assert violations(superuser) == {}
