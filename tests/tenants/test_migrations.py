"""The schema can be taken back to nothing and built again, and comes out the same."""

import re

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from inventory.models import Purchase
from payments.models import Delivery, LedgerAccount, Order, Payment, Receipt
from ppob.local import paths
from tenants.models import Tenant
from tests import databases
from tests.conftest import NOON
from tests.rows import insert


def rights(column):
    """Who may what, in one order whoever was granted his first."""
    return f"(SELECT string_agg(r::text, ',' ORDER BY r::text) FROM unnest({column}) r)"


SCHEMA = f"""
SELECT 'table', relname::text, relowner::regrole::text, {rights("relacl")},
    relkind::text, relrowsecurity, relforcerowsecurity
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'column', attrelid::regclass || '.' || attname,
    format_type(atttypid, atttypmod), attidentity::text,
    (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
        WHERE adrelid = attrelid AND adnum = attnum), attnotnull, atthasdef
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'
WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname,
    pg_get_constraintdef(oid), '', '', convalidated, true
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    AND contype <> 'n' -- columns say so; PostgreSQL makes up the names
UNION ALL
SELECT 'policy', tablename || '.' || policyname, roles::text, qual, with_check,
    permissive = 'PERMISSIVE', cmd = 'ALL'
FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname,
    pg_get_triggerdef(oid), tgenabled::text, '', true, true
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname, pg_get_functiondef(oid), proowner::regrole::text,
    {rights("proacl")}, prosecdef, true
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexname, indexdef, '', '', true, true
FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'database', '', datdba::regrole::text, {rights("datacl")}, datcollate,
    datallowconn, datistemplate
FROM pg_database WHERE datname = current_database()
UNION ALL
SELECT 'default', defaclobjtype::text, defaclrole::regrole::text, '',
    {rights("defaclacl")}, true, true
FROM pg_default_acl
"""
PERMISSIONS = """
SELECT app_label, model, codename FROM auth_permission p
JOIN django_content_type t ON t.id = content_type_id ORDER BY 1, 2, 3
"""
DJANGOS_OWN = {
    "django_migrations",
    "django_migrations_id_seq",
    "django_migrations_pkey",
}


@pytest.fixture
def second_database(db):
    """A copy of the tests' database, which the owner's alias means meanwhile."""
    name = f"{settings.DATABASE}_back"
    databases.make_database(name)
    with databases.owner_of(name):
        yield name
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as server:
        databases.drop(server, name)


def ask(name, question):
    with psycopg.connect(paths.superuser_dsn(name)) as connection:
        return connection.execute(question).fetchall()


def schema(name):
    """What PostgreSQL knows of tables, columns, rules, rights and owners."""
    return {row[:2]: tuple(map(plain, row[2:])) for row in ask(name, SCHEMA)}


def plain(value):
    """A rule without casts between texts: PostgreSQL moves them when it reads SQL."""
    is_text = isinstance(value, str)
    return (
        re.sub(r"::(character varying|text)(\[\])?|[()]", "", value)
        if is_text
        else value
    )


def test_migrations_go_back_to_nothing_and_forth(second_database):
    copied, permissions = schema(second_database), ask(second_database, PERMISSIONS)
    executor = MigrationExecutor(connections["owner"])

    executor.migrate([(app, None) for app in executor.loader.migrated_apps])
    left = {name for kind, name in schema(second_database) if kind == "table"}
    call_command("migrate", verbosity=0)

    assert left == DJANGOS_OWN
    assert schema(second_database) == copied
    assert ask(second_database, PERMISSIONS) == permissions
    assert len(copied) > 1000


ENTRIES = ("settled:T1", "reversed:T1", "reversed:T1:2", "sale:0190a1b2-0000-7000")
OLD_ENTRIES = "SELECT reason FROM payments_ledgerentry ORDER BY id"
NEW_ENTRIES = """
SELECT kind, source, number FROM payments_ledgerentry WHERE kind <> 'fee' ORDER BY id
"""
FEES = """
SELECT e.tenant_id, e.source, e.order_id, a.kind, a.method_id, g.amount
FROM payments_ledgerentry e JOIN payments_ledgerposting g ON g.entry_id = e.id
JOIN payments_ledgeraccount a ON a.id = g.account_id
WHERE e.kind = 'fee' ORDER BY e.id, a.kind
"""


def fill_old_books(name):
    """Entries as they were called before, and what gateways kept of two receipts."""
    with psycopg.connect(paths.superuser_dsn(name)) as connection:
        connection.execute("SET session_replication_role = replica")
        for reason in ENTRIES:
            connection.execute(
                "INSERT INTO payments_ledgerentry (tenant_id, reason, at)"
                " VALUES (1, %s, now())",
                [reason],
            )
        receipts = []
        for store, fee in ((1, 820), (2, None), (3, 750)):
            insert(connection, Tenant, id=store, nth=store)
            order = insert(connection, Order, nth=store, tenant_id=store)
            payment = insert(
                connection,
                Payment,
                nth=store,
                tenant_id=store,
                order_id=order,
                method_id=70 + store,
            )
            insert(
                connection,
                LedgerAccount,
                nth=store,
                tenant_id=store,
                kind="clearing",
                method_id=70 + store,
            )
            receipt = insert(
                connection,
                Receipt,
                nth=store,
                tenant_id=store,
                payment_id=payment,
                amount=10_000,
                fee=fee,
            )
            receipts.append((store, receipt, order))
    return receipts


def test_old_entries_say_what_they_are_and_their_fees_are_booked(second_database):
    def migrate(to):
        MigrationExecutor(connections["owner"]).migrate([("payments", to)])

    migrate("0014_channels_and_instructions")
    (one, receipt, order), _without, (two, other, second) = fill_old_books(
        second_database
    )

    migrate("0017_due_indexes")

    assert ask(second_database, NEW_ENTRIES) == [
        ("settled", "T1", 1),
        ("reversed", "T1", 1),
        ("reversed", "T1", 2),
        ("sale", "0190a1b2-0000-7000", 1),
    ]
    assert ask(second_database, FEES) == [
        (one, str(receipt), order, "clearing", 71, -820),
        (one, str(receipt), order, "fees", None, 820),
        (two, str(other), second, "clearing", 73, -750),
        (two, str(other), second, "fees", None, 750),
    ]

    migrate("0014_channels_and_instructions")

    assert [reason for (reason,) in ask(second_database, OLD_ENTRIES)] == list(ENTRIES)


BOUGHT = FEES.replace("'fee'", "'bought'")
CEILINGS = "SELECT kind, unit_price, cost_ceiling FROM payments_orderline ORDER BY id"


def fill_old_purchases(name):
    """A delivered code, and top-ups: delivered, for test money, and still being bought.

    The line of each, and its purchase.
    """
    with psycopg.connect(paths.superuser_dsn(name)) as connection:
        connection.execute("SET session_replication_role = replica")
        insert(connection, Tenant, id=1, nth=1)
        made = []
        for nth, (kind, status, is_test, is_delivered) in enumerate(
            [
                ("code", None, False, True),
                ("topup", "succeeded", False, True),
                ("topup", "succeeded", True, True),
                ("topup", "open", False, False),
            ],
            start=1,
        ):
            order = insert(connection, Order, nth=nth, tenant_id=1)
            line, holder = connection.execute(
                "INSERT INTO payments_orderline (tenant_id, public_id, order_id,"
                " product_id, kind, destination, product_name, quantity, unit_price,"
                " unit_cost) VALUES (1, gen_random_uuid(), %s, 1, %s, %s, 'P', 1,"
                " 11000, 9000) RETURNING id, public_id",
                [order, kind, "0812" if kind == "topup" else ""],
            ).fetchone()
            bought = None
            if status:
                is_over = status == "succeeded"
                insert(
                    connection,
                    Purchase,
                    nth=nth,
                    tenant_id=1,
                    holder=holder,
                    status=status,
                    is_test=is_test,
                    cost=10_000 if is_over else None,
                    settled_at=NOON if is_over else None,
                )
                bought = connection.execute(
                    "SELECT public_id FROM inventory_purchase WHERE holder = %s",
                    [holder],
                ).fetchone()[0]
            if is_delivered:
                insert(
                    connection,
                    Delivery,
                    nth=nth,
                    tenant_id=1,
                    line_id=line,
                    item=None if bought else holder,
                    purchase=bought,
                )
            made.append((order, bought))
    return made


def test_what_suppliers_took_for_old_orders_is_booked(second_database):
    def migrate(to):
        MigrationExecutor(connections["owner"]).migrate([("payments", to)])

    migrate("0017_due_indexes")
    _code, (order, purchase), _test, _open = fill_old_purchases(second_database)

    migrate("0018_quotes")

    assert ask(second_database, CEILINGS) == [
        ("code", 11_000, None),
        ("topup", 11_000, 11_000),
        ("topup", 11_000, 11_000),
        ("topup", 11_000, 11_000),
    ]
    assert ask(second_database, BOUGHT) == [
        (1, str(purchase), order, "cost", None, 10_000),
        (1, str(purchase), order, "deposit", None, -10_000),
    ]

    migrate("0017_due_indexes")
    assert ask(second_database, BOUGHT) == []
