"""The audit trail is chained: whatever is done to it behind our back shows."""

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import override_settings

from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from security import cross_tenant
from security.invariants import INVARIANTS
from security.models import AuditEntry, AuditLink
from security.services import audit, heads, sealing
from security.tasks import publish_audit_heads, seal_audit
from tests.conftest import NOON
from tests.payments.racing import at_once

CHAIN = {"audit_chain_in_order", "audit_entry_unchanged"}


def act(action, **more):
    with transaction.atomic():
        return audit.record(
            actor="user:1", action=action, object="product:1", now=clock.now(), **more
        )


@pytest.fixture
def trail(in_arcadia, borealis, superuser):
    """Six sealed entries of Arcadia, two of Borealis, one of nobody."""
    for number in range(6):
        act(f"price.{number}", before={"price": number}, after={"price": number + 1})
    with tenant_scope(borealis.pk):
        act("price.a")
        act("price.b")
    cross_tenant.record_audit_entry(
        AuditEntry(at=clock.now(), actor="command:x", action="keys.rotated", object="k")
    )
    assert sealing.seal_entries() == 9
    assert broken(superuser) == set()
    return in_arcadia


def broken(superuser, *, now=None):
    now = now or datetime.now(UTC)
    return {
        rule.name
        for rule in INVARIANTS
        if superuser.execute(rule.sql, {"now": now}).fetchall()
    }


@contextmanager
def burglar(superuser):
    """A superuser for whom neither triggers nor references count."""
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        yield superuser.execute


def test_each_store_has_a_chain_of_its_own_from_one_on(trail, borealis):
    chains = AuditLink.across_tenants.order_by("id").values_list("tenant_id", "seq")

    assert sorted(chains, key=lambda link: (link[0] or 0, link[1])) == [
        (None, 1),
        *[(trail.pk, number) for number in range(1, 7)],
        (borealis.pk, 1),
        (borealis.pk, 2),
    ]


def test_sealing_again_changes_nothing_and_goes_on_where_it_stopped(trail, superuser):
    assert sealing.seal_entries() == 0
    act("price.later")
    assert sealing.seal_entries() == 1

    assert cross_tenant.find_head(trail.pk).seq == 7
    assert broken(superuser) == set()


def test_many_sealers_at_once_seal_every_entry_once(in_arcadia, superuser):
    for number in range(20):
        act(f"price.{number}")

    done = at_once([sealing.seal_entries] * 6)
    sealing.seal_entries()

    assert sum(done) == 20
    assert AuditLink.objects.count() == 20
    assert broken(superuser) == set()


def test_more_than_a_batch_is_sealed_in_one_go(in_arcadia, monkeypatch, superuser):
    monkeypatch.setattr(sealing, "BATCH", 3)
    for number in range(7):
        act(f"price.{number}")

    assert sealing.seal_entries() == 7
    assert broken(superuser) == set()


def test_an_entry_that_commits_late_is_sealed_late(in_arcadia, superuser):
    """Its id is lower than those that were sealed before it."""
    with superuser.transaction():
        [early] = superuser.execute(
            "INSERT INTO security_auditentry (tenant_id, at, actor, action, object,"
            " data) VALUES (%s, now(), 'user:1', 'slow', 'x', '{}') RETURNING id",
            [in_arcadia.pk],
        ).fetchone()
        late = act("quick")
        assert early < late.pk
        assert sealing.seal_entries() == 1
    assert sealing.seal_entries() == 1

    order = AuditLink.objects.order_by("seq").values_list("entry_id", flat=True)
    assert list(order) == [late.pk, early]
    assert broken(superuser) == set()


@override_settings(AUDIT_HEADS_FILE="")
def test_what_was_left_behind_is_found_by_the_hourly_search(trail, superuser):
    with burglar(superuser) as run:
        run(
            "INSERT INTO security_auditentry (tenant_id, at, written_at, actor, action,"
            " object, data) VALUES (%s, %s, %s, 'user:1', 'x', 'x', '{}')",
            [trail.pk, *[datetime.now(UTC) - timedelta(hours=2)] * 2],
        )

    assert broken(superuser) == {"audit_entry_sealed"}
    seal_audit()
    assert broken(superuser) == {"audit_entry_sealed"}
    publish_audit_heads()
    assert broken(superuser) == set()


def entry_of(seq, trail):
    return AuditLink.objects.get(seq=seq).entry_id


def edit(run, trail):
    run(
        "UPDATE security_auditentry SET after = '{\"price\": 1}' WHERE id = %s",
        [entry_of(3, trail)],
    )


def redate(run, trail):
    run(
        "UPDATE security_auditentry SET at = at - interval '1 minute' WHERE id = %s",
        [entry_of(3, trail)],
    )


def edit_and_hash_again(run, trail):
    edit(run, trail)
    run(
        "UPDATE security_auditlink SET hash = sha256('made up') WHERE seq = 3"
        " AND tenant_id = %s",
        [trail.pk],
    )


def delete(run, trail):
    run("DELETE FROM security_auditentry WHERE id = %s", [entry_of(3, trail)])


def delete_with_its_link(run, trail):
    delete(run, trail)
    run("DELETE FROM security_auditlink WHERE seq=3 AND tenant_id=%s", [trail.pk])


def delete_the_first(run, trail):
    run("DELETE FROM security_auditlink WHERE seq=1 AND tenant_id=%s", [trail.pk])


def swap(run, trail):
    """Two entries trade their contents."""
    first, second = entry_of(2, trail), entry_of(4, trail)
    run(
        "UPDATE security_auditentry a SET action = b.action, before = b.before,"
        " after = b.after, at = b.at FROM security_auditentry b"
        " WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        [first, second, second, first],
    )


def insert(run, trail):
    """An entry of the burglar's own gets the place between 3 and 4."""
    run(
        "UPDATE security_auditlink SET seq = -seq WHERE seq > 3 AND tenant_id = %s",
        [trail.pk],
    )
    run(
        "UPDATE security_auditlink SET seq = 1 - seq WHERE seq < 0 AND tenant_id = %s",
        [trail.pk],
    )
    run(
        "WITH e AS (INSERT INTO security_auditentry (tenant_id, at, actor, action,"
        " object, data) VALUES (%(id)s, now(), 'user:1', 'x', 'x', '{}') RETURNING id)"
        " INSERT INTO security_auditlink (tenant_id, seq, entry_id, sealed_at,"
        " prev_hash, hash) SELECT %(id)s, 4, e.id, now(), l.hash, sha256('x')"
        " FROM e, security_auditlink l WHERE l.seq = 3 AND l.tenant_id = %(id)s",
        {"id": trail.pk},
    )


def reorder(run, trail):
    """Two links trade their places."""
    for old, new in ((3, -3), (4, 3), (-3, 4)):
        run(
            "UPDATE security_auditlink SET seq = %s WHERE seq = %s AND tenant_id = %s",
            [new, old, trail.pk],
        )


def clock_back(run, trail):
    run(
        "UPDATE security_auditlink SET sealed_at = sealed_at - interval '1 hour'"
        " WHERE seq = 5 AND tenant_id = %s",
        [trail.pk],
    )


def move_to_another_store(run, trail):
    run(
        "UPDATE security_auditentry SET tenant_id = NULL WHERE id = %s",
        [entry_of(6, trail)],
    )


@pytest.mark.parametrize(
    ("attack", "rules"),
    [
        (edit, {"audit_entry_unchanged"}),
        (redate, {"audit_entry_unchanged"}),
        (edit_and_hash_again, CHAIN),
        (delete, {"audit_entry_unchanged"}),
        (delete_with_its_link, {"audit_chain_in_order"}),
        (delete_the_first, {"audit_chain_in_order"}),
        (swap, {"audit_entry_unchanged"}),
        (insert, CHAIN),
        (reorder, CHAIN),
        (clock_back, {"audit_entry_unchanged", "audit_clock_is_right"}),
        (move_to_another_store, {"audit_entry_unchanged"}),
    ],
)
def test_an_attack_is_found(trail, superuser, attack, rules):
    with burglar(superuser) as run:
        attack(run, trail)

    assert broken(superuser) >= rules


def cut_tail(run, trail):
    entries = [entry_of(5, trail), entry_of(6, trail)]
    run("DELETE FROM security_auditlink WHERE entry_id = ANY(%s)", [entries])
    run("DELETE FROM security_auditentry WHERE id = ANY(%s)", [entries])


def test_a_cut_tail_is_found_by_the_head_outside(trail, superuser, tmp_path):
    file = tmp_path / "heads.jsonl"
    call_command("audit_heads", append=file)
    call_command("audit_heads", check=file)

    with burglar(superuser) as run:
        cut_tail(run, trail)

    assert broken(superuser) == set()
    with pytest.raises(CommandError):
        call_command("audit_heads", check=file)
    [lost] = heads.find_lost(file)
    assert (lost.head.tenant_id, lost.head.seq, lost.has_other) == (trail.pk, 6, False)


def test_a_chain_that_was_built_anew_is_found_by_the_head_outside(
    trail, superuser, tmp_path, capsys
):
    file = tmp_path / "heads.jsonl"
    call_command("audit_heads", append=file)
    with burglar(superuser) as run:
        cut_tail(run, trail)
    act("price.invented")
    act("price.invented")
    act("price.invented")

    sealing.seal_entries()

    assert broken(superuser) == set()
    [lost] = heads.find_lost(file)
    assert str(lost) == f"store {trail.pk}: link 6 holds another entry"
    with pytest.raises(CommandError):
        call_command("audit_heads", check=file)
    assert "holds another entry" in capsys.readouterr().err


def test_later_heads_do_not_hide_an_earlier_one(trail, superuser, tmp_path, caplog):
    file = tmp_path / "heads.jsonl"
    with override_settings(AUDIT_HEADS_FILE=str(file)):
        publish_audit_heads()
        with burglar(superuser) as run:
            cut_tail(run, trail)
        publish_audit_heads()
        caplog.clear()
        with caplog.at_level(logging.INFO):
            publish_audit_heads()

    [error] = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert "link 6 is gone" in error.getMessage()
    assert f"Audit head of store {trail.pk}: 4 " in caplog.text


def test_a_file_of_heads_only_grows_and_names_every_chain(trail, borealis, tmp_path):
    file = tmp_path / "heads.jsonl"
    call_command("audit_heads", append=file)
    before = file.read_text()
    call_command("audit_heads", append=file)

    assert file.read_text().startswith(before)
    lines = [json.loads(line) for line in before.splitlines()]
    assert {(line["tenant"], line["seq"]) for line in lines} == {
        (None, 1),
        (trail.pk, 6),
        (borealis.pk, 2),
    }


@pytest.mark.parametrize("content", ["nonsense", "{}", '{"tenant": 1, "seq": 1}'])
def test_a_file_that_is_no_list_of_heads_is_refused(trail, tmp_path, content):
    file = tmp_path / "heads.jsonl"
    file.write_text(content)

    with pytest.raises(CommandError, match="Line 1 is not a head"):
        call_command("audit_heads", check=file)
    with pytest.raises(heads.UnreadableHeads):
        heads.publish_heads(file, now=NOON)
    assert file.read_text() == content


def test_the_writers_clock_is_compared_with_the_databases(in_arcadia, superuser):
    with transaction.atomic():
        audit.record(
            actor="user:1",
            action="x",
            object="y",
            now=clock.now() - timedelta(hours=1),
        )
    sealing.seal_entries()

    assert broken(superuser) == {"audit_clock_is_right"}
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert broken(superuser, now=tomorrow) == set()


def test_nobody_dates_an_entry_by_hand(in_arcadia):
    long_ago = NOON - timedelta(days=4000)
    entry = act("x")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO security_auditentry (tenant_id, at, written_at, actor, action,"
            " object, data) VALUES (%s, %s, %s, 'user:1', 'y', 'z', '{}')",
            [in_arcadia.pk, long_ago, long_ago],
        )

    for found in AuditEntry.objects.filter(pk__gte=entry.pk):
        assert abs(found.written_at - clock.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("alias", ["default", "platform", "owner"])
def test_links_are_never_changed(trail, superuser, alias):
    for statement in (
        "UPDATE security_auditlink SET seq = seq",
        "DELETE FROM security_auditlink",
        "TRUNCATE security_auditlink",
    ):
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction.atomic(using=alias),
            connections[alias].cursor() as cursor,
        ):
            cursor.execute(statement)

    assert AuditLink.across_tenants.count() == 9


def test_a_store_cannot_seal_for_itself(trail):
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO security_auditlink (tenant_id, seq, entry_id, sealed_at,"
            " prev_hash, hash) VALUES (%s, 7, 1, now(), '', '')",
            [trail.pk],
        )


def test_a_callback_that_waits_is_seen(in_arcadia, superuser):
    with burglar(superuser) as run:
        run(
            "INSERT INTO security_inboxevent (tenant_id, source, target, event_key,"
            " headers, body, received_at, status, result, attempts, due_at) VALUES"
            " (%s, 'x', gen_random_uuid(), 'k', '{}', '', %s, 'received', '', 0, %s)",
            [in_arcadia.pk, NOON, NOON],
        )

    later = NOON + timedelta(minutes=5, seconds=1)
    assert broken(superuser, now=NOON + timedelta(minutes=5)) == set()
    assert broken(superuser, now=later) == {"callback_is_worked_on"}
