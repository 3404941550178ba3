"""The rules about walls and guards notice every way in which one can be weakened."""

import pytest
from django.db.models import UniqueConstraint

from ppob.invariants import INVARIANTS
from tests.rows import OUR_MODELS, TENANT_MODELS, savepoint
from tests.verify.plants.ppob import HOLES, LOCK_ROLES, LOST_GUARDS, UNBOUND

SQL = {rule.name: rule.sql for rule in INVARIANTS}
FENCED, BOUND, GUARDS = "stores_are_fenced", "roles_are_bound", "guards_are_on"
STORES = "tenants_tenant"
TABLES = [STORES, *(model._meta.db_table for model in TENANT_MODELS)]


@pytest.fixture
def planted(superuser):
    """Run statements, ask a rule, and give back what it found; all is undone."""

    def plant(rule, statements):
        with savepoint(superuser):
            for statement in statements:
                superuser.execute(statement)
            return superuser.execute(SQL[rule]).fetchall()

    with superuser.transaction(force_rollback=True):
        yield plant


@pytest.mark.parametrize("rule", [FENCED, BOUND, GUARDS])
def test_a_migrated_database_breaks_no_rule(planted, rule):
    assert planted(rule, []) == []


@pytest.mark.parametrize("way", HOLES)
def test_every_hole_in_a_fence_is_found(planted, way):
    statements, found = HOLES[way]

    assert {row[1:] for row in planted(FENCED, statements)} == found


@pytest.mark.parametrize("way", UNBOUND)
def test_every_power_of_a_role_is_found(planted, way):
    statements, found = UNBOUND[way]

    rows = planted(BOUND, [LOCK_ROLES, *statements])

    assert (None, *found) in rows
    assert {row[1] for row in rows} == {found[0]}  # a superuser has every other power


@pytest.mark.parametrize("way", LOST_GUARDS)
def test_every_lost_guard_is_found(planted, way):
    statements, found = LOST_GUARDS[way]

    assert planted(GUARDS, statements) == [(None, *found)]


@pytest.mark.parametrize("clause", ["WITH CHECK (true)", "USING (true)"])
def test_a_policy_that_lets_everything_through_is_found_on_every_table(planted, clause):
    for table in TABLES:
        statement = f"ALTER POLICY tenant_rows ON {table} {clause}"

        assert {row[1:] for row in planted(FENCED, [statement])} == {
            (table, "policy tenant_rows")
        }


def test_another_policy_is_found_on_every_table(planted):
    for table in TABLES:
        statement = f"CREATE POLICY guest ON {table} FOR SELECT USING (true)"

        assert planted(FENCED, [statement]) == [(None, table, "policy guest")]


def test_every_constraint_that_is_dropped_is_missed(planted):
    for model in OUR_MODELS:
        table = model._meta.db_table
        if table not in TABLES:
            continue
        for constraint in model._meta.constraints:
            is_index = isinstance(constraint, UniqueConstraint) and constraint.condition
            drop = (
                f"DROP INDEX {constraint.name}"
                if is_index
                else f"ALTER TABLE {table} DROP CONSTRAINT {constraint.name}"
            )
            assert planted(GUARDS, [drop]) == [(None, table, constraint.name)]
