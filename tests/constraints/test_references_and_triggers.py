"""References stay in their store, histories only grow, and the books add up."""

import psycopg
import pytest

from inventory.models import StockItem
from payments.models import LedgerEntry, LedgerPosting
from ppob.kit.tenant_rows import TenantForeignKey
from security.models import AuditEntry
from tenants.models import Member, Tenant
from tests.constraints.test_constraints import OURS, THEIRS
from tests.rows import OUR_MODELS, TENANT_MODELS, burglar, insert, insertion, savepoint

REFERENCES = [
    (model, field)
    for model in TENANT_MODELS
    for field in model._meta.concrete_fields
    if isinstance(field, TenantForeignKey)
]
TABLES = {model._meta.db_table: model for model in OUR_MODELS}
# Nothing but these: who adds a trigger tries it out here.
TRIGGERS = {
    ("payments_ledgerentry", "payments_entry_balances"),
    ("payments_ledgerposting", "payments_posting_balances"),
    ("security_auditentry", "security_auditentry_stamp"),
    ("inventory_stockitem", "item_move_allowed"),
    ("tenants_member", "tenants_member_keep_an_owner"),
    ("catalog_product", "catalog_product_mark_change"),
    ("bot_panel", "bot_panel_mark_change"),
    ("inventory_supplieraccount", "inventory_supplieraccount_mark_change"),
}


def triggers(superuser):
    return set(
        superuser.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal"
        ).fetchall()
    )


def forever(superuser):
    """The tables whose rows only grow."""
    return sorted(
        table for table, name in triggers(superuser) if name == f"{table}_append_only"
    )


def name_of(reference):
    model, field = reference
    return f"{model._meta.db_table}.{field.column}"


def mind(connection):
    """From now on triggers and references count again."""
    connection.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize("reference", REFERENCES, ids=name_of)
def test_a_reference_leads_to_a_row_of_the_same_store(superuser, reference):
    model, field = reference
    name = f"{model._meta.db_table}_{field.column}_tenant_fk"[:63]
    with burglar(superuser) as connection:
        ours = insert(connection, field.related_model, nth=0, tenant_id=OURS)
        theirs = insert(connection, field.related_model, nth=1, tenant_id=THEIRS)
        mind(connection)

        for target in (theirs, theirs + 1_000_000):
            with savepoint(connection):
                add(connection, model, field, target)
                with pytest.raises(psycopg.errors.ForeignKeyViolation) as refusal:
                    connection.execute(f"SET CONSTRAINTS {name} IMMEDIATE")
            assert refusal.value.diag.constraint_name == name
        with savepoint(connection):
            add(connection, model, field, ours)
            connection.execute(f"SET CONSTRAINTS {name} IMMEDIATE")


def add(connection, model, field, target):
    row = {"tenant_id": OURS, field.attname: target}
    if model._meta.label == "payments.Payment" and field.name == "deposit":
        row["order_id"] = None
    connection.execute(*insertion(model, nth=2, **row))


def test_every_trigger_has_its_test(superuser):
    growing = {
        (table, f"{table}_{end}")
        for table in forever(superuser)
        for end in ("append_only", "no_truncate")
    }

    assert triggers(superuser) == TRIGGERS | growing
    assert len(growing) >= 28


def test_rows_of_a_history_are_neither_changed_nor_taken_away(superuser):
    for table in forever(superuser):
        with burglar(superuser) as connection:
            row = insert(connection, TABLES[table], tenant_id=OURS)
            mind(connection)
            for statement in (
                f"UPDATE {table} SET tenant_id = tenant_id",
                f"DELETE FROM {table} WHERE id = {row}",
                f"TRUNCATE {table} CASCADE",
            ):
                with (
                    pytest.raises(
                        psycopg.errors.IntegrityConstraintViolation,
                        match="is append-only",
                    ),
                    savepoint(connection),
                ):
                    connection.execute(statement)
            kept = connection.execute(f"SELECT id FROM {table}").fetchall()
            assert kept == [(row,)]


@pytest.mark.parametrize(
    "amounts", [[], [5], [5, -4], [5, 5], [5, -5, 1], [2**40, -(2**40) + 1]]
)
def test_an_entry_that_does_not_add_up_is_refused(superuser, amounts):
    with pytest.raises(
        psycopg.errors.IntegrityConstraintViolation, match="does not balance"
    ):
        book(superuser, amounts)


@pytest.mark.parametrize("amounts", [[5, -5], [7, -4, -3], [2**40, -(2**40)]])
def test_an_entry_that_adds_up_is_kept(superuser, amounts):
    book(superuser, amounts)


def book(superuser, amounts):
    with burglar(superuser) as connection:
        mind(connection)
        entry = insert(connection, LedgerEntry, tenant_id=OURS)
        for amount in amounts:
            insert(
                connection,
                LedgerPosting,
                tenant_id=OURS,
                entry_id=entry,
                amount=amount,
            )
        connection.execute(
            "SET CONSTRAINTS payments_entry_balances, payments_posting_balances"
            " IMMEDIATE"
        )


def test_a_posting_cannot_be_added_to_an_entry_that_adds_up(superuser):
    with burglar(superuser) as connection:
        entry = insert(connection, LedgerEntry, tenant_id=OURS)
        for amount in (5, -5):
            insert(
                connection, LedgerPosting, tenant_id=OURS, entry_id=entry, amount=amount
            )
        mind(connection)
        insert(connection, LedgerPosting, tenant_id=OURS, entry_id=entry, amount=1)

        with pytest.raises(
            psycopg.errors.IntegrityConstraintViolation, match="does not balance"
        ):
            connection.execute("SET CONSTRAINTS payments_posting_balances IMMEDIATE")


def test_the_database_dates_an_entry_of_the_history_itself(superuser):
    with burglar(superuser) as connection:
        mind(connection)
        entry = insert(connection, AuditEntry, tenant_id=OURS)

        [(is_now,)] = connection.execute(
            "SELECT written_at BETWEEN now() AND clock_timestamp()"
            f" FROM security_auditentry WHERE id = {entry}"
        ).fetchall()

    assert is_now


@pytest.mark.parametrize(
    ("source", "target", "is_allowed"),
    [
        ("void", "free", False),
        ("void", "quarantined", False),
        ("quarantined", "held", False),
        ("quarantined", "sold", False),
        ("quarantined", "free", True),
        ("quarantined", "void", True),
        ("free", "void", True),
    ],
)
def test_a_code_that_was_taken_out_does_not_come_back(
    superuser, source, target, is_allowed
):
    holder = "gen_random_uuid()" if target in ("held", "sold") else "NULL"
    with burglar(superuser) as connection:
        item = insert(connection, StockItem, tenant_id=OURS, status=source)
        mind(connection)
        change = (
            f"UPDATE inventory_stockitem SET status = '{target}', holder = {holder}"
            f" WHERE id = {item}"
        )

        if is_allowed:
            connection.execute(change)
            return
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation) as refusal:
            connection.execute(change)
    assert refusal.value.diag.constraint_name == "item_move_allowed"


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize(
    "change",
    ["UPDATE tenants_member SET role = 'viewer'", "DELETE FROM tenants_member"],
)
def test_a_store_keeps_an_owner(superuser, change, others):
    with burglar(superuser) as connection:
        insert(connection, Tenant, id=OURS)
        leaving = insert(connection, Member, tenant_id=OURS, user_id=1, role="owner")
        insert(connection, Member, tenant_id=THEIRS, user_id=1, role="owner")
        for number in range(others):
            insert(connection, Member, tenant_id=OURS, user_id=2 + number, role="owner")
        mind(connection)
        connection.execute(f"{change} WHERE id = {leaving}")
        look = "SET CONSTRAINTS tenants_member_keep_an_owner IMMEDIATE"

        if others:
            connection.execute(look)
            return
        with pytest.raises(psycopg.errors.CheckViolation) as refusal:
            connection.execute(look)
    assert refusal.value.diag.constraint_name == "store_keeps_an_owner"
