"""`manage.py verify` says whether everything is true, and by its exit code."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.db.utils import InternalError

from ppob.kit.invariants import all_invariants
from tenants.cross_tenant import snapshot_across_stores
from tests.conftest import NOON

SOON = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _soon_after(monkeypatch):
    monkeypatch.setattr("ppob.kit.clock.now", lambda: SOON)


@pytest.fixture
def spoil(superuser):
    """Change a row behind the back of all guards."""

    def do(statement):
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(statement)

    return do


def verify(*arguments):
    """The exit code and what was printed."""
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_a_busy_store_is_in_order(busy_store):
    code, text = verify()

    assert code == 0, text
    assert "WRONG" not in text
    assert f"{len(all_invariants())} rules, 0 wrong rows" in text
    assert f"audit head of store {busy_store.pk}: " in text


def test_a_wrong_row_is_named_and_ends_with_one(busy_store, in_arcadia, spoil):
    spoil("UPDATE payments_order SET total = total + 1 WHERE status = 'completed'")

    code, text = verify()

    assert code == 1
    assert "WRONG total_equals_lines" in text
    assert f"tenant={in_arcadia.pk}  id=" in text


def test_another_stores_wrong_row_is_not_this_ones(busy_store, spoil):
    spoil("UPDATE payments_order SET total = total + 1 WHERE status = 'completed'")

    assert verify("--tenant", "borealis")[0] == 0
    assert verify("--tenant", "arcadia")[0] == 1


def test_no_more_rows_are_named_than_asked_for(busy_store, spoil):
    spoil("UPDATE payments_orderline SET unit_price = unit_price + 1")

    report = json.loads(verify("--json", "--rows", "1")[1])

    [lines] = [rule for rule in report["rules"] if rule["name"] == "total_equals_lines"]
    assert lines["count"] > 1
    assert len(lines["rows"]) == 1
    assert report["violations"] >= lines["count"]
    assert verify("--rows", "0")[1].count("tenant=") == 0


@pytest.mark.parametrize(
    "arguments", [("--tenant", "nobody"), ("--rows", "-1"), ("--timeout", "0")]
)
def test_a_question_that_makes_no_sense_ends_with_two(in_arcadia, arguments):
    assert verify(*arguments)[0] == 2


def test_a_rule_that_takes_too_long_ends_with_two(in_arcadia, superuser):
    with superuser.transaction(force_rollback=True):
        superuser.execute("LOCK TABLE payments_review IN ACCESS EXCLUSIVE MODE")

        assert verify("--timeout", "1")[0] == 2


def test_the_snapshot_writes_nothing_and_sees_one_moment(in_arcadia, superuser):
    count = "SELECT count(*) FROM tenants_tenant"
    with snapshot_across_stores(statement_secs=5) as cursor:
        cursor.execute(count)
        before = cursor.fetchone()
        superuser.execute(
            "INSERT INTO tenants_tenant (public_id, slug, name, plan, status,"
            " time_zone, language, price_step, created_at) VALUES (gen_random_uuid(),"
            " 'new', 'New', 'basic', 'active', 'UTC', 'id', 100, now())"
        )
        cursor.execute(count)
        assert cursor.fetchone() == before
    with (
        pytest.raises((InternalError, OperationalError)),
        snapshot_across_stores(statement_secs=5) as cursor,
    ):
        cursor.execute("UPDATE tenants_tenant SET name = 'x'")
    assert not connections["platform"].in_atomic_block
