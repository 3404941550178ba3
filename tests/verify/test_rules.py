"""Every rule notices the wrong row it was written for."""

from ppob.kit.invariants import all_invariants
from tests.payments.invariants import violations
from tests.verify.plants import PLANTS


def test_every_rule_has_its_wrong_row():
    assert set(PLANTS) == {rule.name for rule in all_invariants()}


def test_a_busy_store_breaks_no_rule(busy_store, superuser):
    assert violations(superuser) == {}


def test_every_wrong_row_is_noticed_by_its_rule(busy_store, superuser):
    unnoticed = []
    for rule, statements in PLANTS.items():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                superuser.execute(statement)
            if rule not in violations(superuser):
                unnoticed.append(rule)

    assert unnoticed == []
    assert violations(superuser) == {}
