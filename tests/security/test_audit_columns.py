"""No column of an entry or of its link can be changed behind the product's back.

Generated from the models: a column that comes later has to be covered as well, or
named in `UNCOVERED` with the reason why not.
"""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from security import origin
from security.invariants import INVARIANTS
from security.models import AuditEntry, AuditLink
from security.services import audit, sealing
from tests.rows import burglar

CHAIN = [rule for rule in INVARIANTS if rule.name.startswith("audit_")]
NOW = datetime(2100, 1, 1, tzinfo=UTC)  # long after everything: only chains count

DROP_GUARDS = (
    "ALTER TABLE security_auditlink DROP CONSTRAINT audit_link_in_order,"
    " DROP CONSTRAINT audit_entry_sealed_once"
)

# What no hash covers, and why that hides nothing.
UNCOVERED = {
    (AuditLink, "id"): "A link's place is its number in its chain, which is covered;"
    " the key only says in which order all chains were written.",
}

# Two other values of each kind of column; none of them is the one that is stored.
VALUES = {
    "BigAutoField": ["id + 1000000"],
    "BigIntegerField": ["{column} + 1", "NULL"],
    "CharField": ["'other'", "''", "{column} || ' '"],
    "TextField": ["'other'", "''", "{column} || ' '"],
    "DateTimeField": ["{column} + interval '1 microsecond'"],
    "JSONField": ["'{{}}'", "{column} || '{{\"x\": 1}}'", "'null'"],
    "GenericIPAddressField": ["'10.9.8.7'", "NULL", "set_masklen({column}, 24)"],
    "ForeignKey": ["{column} + 1000000", "NULL"],
    "BinaryField": ["sha256('made up')", "''"],
}


def attacks(model):
    """Each column with each way of changing it."""
    found = []
    for field in model._meta.concrete_fields:
        kind = field.get_internal_type()
        kind = "ForeignKey" if kind == "TenantForeignKey" else kind
        for value in VALUES[kind]:
            if value == "NULL" and not field.null:
                continue
            found.append((model, field.column, value.format(column=field.column)))
    return found


ATTACKS = attacks(AuditEntry) + attacks(AuditLink)


def act(number):
    with transaction.atomic():
        audit.record(
            actor=f"user:{number}",
            action="price.changed",
            object="product:1",
            now=clock.now(),
            before={"price": number},
            after={"price": number + 1},
            data={"number": number},
            reason="a sale",
        )


@pytest.fixture
def trail(in_arcadia, borealis, superuser):
    """Three sealed entries in each store; every column of them holds something."""
    for store in (in_arcadia, borealis):
        with tenant_scope(store.pk), origin.coming_from("10.1.2.3"):
            for number in range(1, 4):
                act(number)
    sealing.seal_entries()
    assert broken(superuser) == {}
    return in_arcadia, borealis


def broken(superuser):
    found = {
        rule.name: superuser.execute(rule.sql, {"now": NOW}).fetchall()
        for rule in CHAIN
    }
    return {name: rows for name, rows in found.items() if rows}


def test_every_column_of_an_entry_holds_something(trail):
    """Otherwise a change of it would prove nothing."""
    for entry in AuditEntry.objects.all():
        assert all(
            getattr(entry, field.attname) not in (None, "", {})
            for field in AuditEntry._meta.concrete_fields
        )


def test_every_kind_of_column_is_attacked():
    attacked = {(model, column) for model, column, _value in ATTACKS}

    assert attacked == {
        (model, field.column)
        for model in (AuditEntry, AuditLink)
        for field in model._meta.concrete_fields
    }


def test_no_column_can_be_changed_unseen(trail, superuser):
    """In the middle of a chain and at its end; the other store's proof holds."""
    store, other = trail
    unseen = []
    for model, column, value in ATTACKS:
        for place in (2, 3):
            row = row_at(model, store, place)
            with burglar(superuser):
                superuser.execute(DROP_GUARDS)
                changed = superuser.execute(
                    f"UPDATE {model._meta.db_table} SET {column} = {value}"
                    f" WHERE id = {row}"
                )
                assert changed.rowcount == 1
                rules = broken(superuser)
            if (model, column) in UNCOVERED:
                assert rules == {}
            elif not {"audit_entry_unchanged", "audit_chain_in_order"} & set(rules):
                unseen.append((model.__name__, column, value, place))
            named = {row[0] for rows in rules.values() for row in rows}
            if column != "tenant_id":
                assert other.pk not in named

    assert unseen == []
    assert broken(superuser) == {}


def row_at(model, store, place):
    link = AuditLink.across_tenants.get(tenant_id=store.pk, seq=place)
    return link.entry_id if model is AuditEntry else link.pk


def take_last_entry(run, store, _other):
    run(f"DELETE FROM security_auditentry WHERE id = {row_at(AuditEntry, store, 3)}")


def take_middle_link(run, store, _other):
    run(f"DELETE FROM security_auditlink WHERE id = {row_at(AuditLink, store, 2)}")


def swap_neighbours(run, store, _other):
    """Two links trade entries, and with them everything that is hashed of those."""
    first, second = (row_at(AuditLink, store, place) for place in (2, 3))
    run(
        "UPDATE security_auditlink a SET entry_id = -b.entry_id"
        " FROM security_auditlink b WHERE (a.id, b.id) IN"
        f" (({first}, {second}), ({second}, {first}))"
    )
    run("UPDATE security_auditlink SET entry_id = -entry_id WHERE entry_id < 0")


def swap_links_with_hashes(run, store, _other):
    """Two links trade places and take their hashes along."""
    for old, new in ((2, -2), (3, 2), (-2, 3)):
        run(
            f"UPDATE security_auditlink SET seq = {new} WHERE seq = {old}"
            f" AND tenant_id = {store.pk}"
        )


def move_entry_to_the_other_store(run, store, other):
    """With its link, behind the other chain's end."""
    run(
        f"UPDATE security_auditentry SET tenant_id = {other.pk}"
        f" WHERE id = {row_at(AuditEntry, store, 3)}"
    )
    run(
        f"UPDATE security_auditlink SET tenant_id = {other.pk}, seq = 4"
        f" WHERE tenant_id = {store.pk} AND seq = 3"
    )


def copy_the_chain_into_the_other_store(run, store, other):
    """A whole true history, told of somebody else."""
    run(f"DELETE FROM security_auditlink WHERE tenant_id = {other.pk}")
    run(f"DELETE FROM security_auditentry WHERE tenant_id = {other.pk}")
    for table in ("entry", "link"):
        run(f"UPDATE security_audit{table} SET tenant_id = {other.pk}")


def seal_an_entry_twice(run, store, _other):
    """Rightly hashed, behind the end: only its being there again tells."""
    run(DROP_GUARDS)
    run(
        "INSERT INTO security_auditlink (tenant_id, seq, entry_id, sealed_at,"
        " prev_hash, hash) SELECT l.tenant_id, 4, l.entry_id, l.sealed_at, l.hash, ''"
        f" FROM security_auditlink l WHERE l.seq = 3 AND l.tenant_id = {store.pk}"
    )
    run(
        f"UPDATE security_auditlink l SET hash = {HASH_OF_L}"
        " FROM security_auditentry e WHERE e.id = l.entry_id AND l.seq = 4"
    )


def copy_an_entry(run, store, _other):
    """The same deed told twice; its copy has no seal of its own."""
    columns = ", ".join(
        field.column
        for field in AuditEntry._meta.concrete_fields
        if not field.primary_key
    )
    run(
        f"INSERT INTO security_auditentry ({columns}) SELECT {columns}"
        f" FROM security_auditentry WHERE id = {row_at(AuditEntry, store, 2)}"
    )


HASH_OF_L = """sha256(l.prev_hash || convert_to(
    l.seq || '|' || (extract(epoch FROM l.sealed_at) * 1000000)::bigint || '|'
    || ROW(e.tenant_id, e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
        (extract(epoch FROM e.written_at) * 1000000)::bigint, e.actor, e.action,
        e.object, e.reason, e.ip, e.before, e.after, e.data)::text, 'UTF8'))"""


@pytest.mark.parametrize(
    ("attack", "rule"),
    [
        (take_last_entry, "audit_entry_unchanged"),
        (take_middle_link, "audit_chain_in_order"),
        (swap_neighbours, "audit_entry_unchanged"),
        (swap_links_with_hashes, "audit_chain_in_order"),
        (move_entry_to_the_other_store, "audit_entry_unchanged"),
        (copy_the_chain_into_the_other_store, "audit_entry_unchanged"),
        (seal_an_entry_twice, "audit_chain_in_order"),
        (copy_an_entry, "audit_entry_sealed"),
    ],
)
def test_a_place_in_the_history_cannot_be_changed_unseen(
    trail, superuser, attack, rule
):
    store, other = trail
    with burglar(superuser):
        attack(superuser.execute, store, other)
        rules = broken(superuser)

    assert rule in rules
    assert broken(superuser) == {}


def test_moving_text_between_columns_changes_the_hash(trail, superuser):
    """A separator that may stand in a text would let two entries look the same."""
    store, _other = trail
    row = row_at(AuditEntry, store, 2)
    for assignment in (
        "action = 'price', object = 'changed' || object",
        "actor = actor || ',' || action, action = ''",
        "before = after, after = before",
        "reason = object, object = reason",
        "data = before, before = data",
    ):
        with burglar(superuser):
            superuser.execute(
                f"UPDATE security_auditentry SET {assignment} WHERE id = {row}"
            )
            assert set(broken(superuser)) >= {"audit_entry_unchanged"}, assignment


def test_the_first_seal_of_a_store_is_covered_like_any_other(trail, superuser):
    store, _other = trail
    with burglar(superuser):
        superuser.execute(
            "UPDATE security_auditlink SET sealed_at = sealed_at - interval '1 s'"
            f" WHERE seq = 1 AND tenant_id = {store.pk}"
        )
        assert "audit_entry_unchanged" in broken(superuser)


@pytest.mark.parametrize("ip", ["10.1.2.3", "::1", "2001:db8::a", "::ffff:10.1.2.3"])
def test_addresses_read_as_they_did_when_older_entries_were_hashed(superuser, ip):
    older, now = superuser.execute(
        "SELECT ROW(1, host(ip), '')::text, ROW(1, ip, '')::text"
        " FROM (VALUES (%s::inet)) AS given (ip)",
        [ip],
    ).fetchone()

    assert older == now
