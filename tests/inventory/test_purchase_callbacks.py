"""A supplier reports: at the right door, signed, once, and its codes stay sealed."""

import hashlib
import hmac
import json
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from inventory.services import purchases, supplier_callbacks
from inventory.services.supplier_clients import read_keys
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI, TOKO_RIZKY
from inventory.tasks import sweep_supplier_inbox
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import AuditEntry, InboxEvent
from tests.conftest import NOON
from tests.inventory.suppliers import (
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    served_by,
    submit,
)
from tests.payments.racing import at_once

CODE = "CANARY-SERIAL-9981"


@pytest.fixture
def account(in_arcadia):
    return make_account()


@pytest.fixture
def attempt(account, monkeypatch):
    """Sent, and pending at the supplier."""
    product = make_topup()
    map_product(product, account)
    purchase = submit(product)
    with served_by(monkeypatch, Scripted([FactState.PENDING])):
        purchases.send(attempt_id=attempt_of(purchase).pk, now=NOON)
    return attempt_of(purchase)


def news_of(attempt, **changes):
    data = {
        "ref_id": attempt.ref_id,
        "customer_no": "087800001233",
        "buyer_sku_code": "xld10",
        "message": f"Transaksi Sukses SN {CODE}",
        "status": "Sukses",
        "rc": "00",
        "sn": CODE,
        "price": 10_000,
    }
    return json.dumps({"data": {**data, **changes}}).encode()


def post(account, body, *, secret=TOKO_RIZKY.webhook_secret, kind="digiflazz", **extra):
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    headers = {"X-Hub-Signature": f"sha1={digest}", **extra}
    with no_tenant_scope():
        return Client().post(
            f"/api/v1/suppliers/{kind}/{account.public_id}/callbacks/",
            data=body,
            content_type="application/json",
            headers=headers,
        )


def test_a_signed_callback_is_stored_once_and_settles(account, attempt, jobs):
    body = news_of(attempt)
    jobs.waiting.clear()

    answers = [post(account, body) for _turn in range(3)]
    with no_tenant_scope():
        jobs.run()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    event = InboxEvent.objects.get()
    assert (event.source, event.status, event.result) == (
        "supplier:digiflazz",
        "processed",
        "succeeded",
    )
    attempt.refresh_from_db()
    assert (attempt.status, attempt.cost) == ("succeeded", 10_000)
    assert attempt.purchase.serial_number.reveal() == CODE


def test_the_serial_number_is_nowhere_in_the_database_as_text(
    account, attempt, jobs, superuser
):
    post(account, news_of(attempt))
    with no_tenant_scope():
        jobs.run()

    tables = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    for (table,) in tables:
        with superuser.cursor().copy(f"COPY {table} TO STDOUT") as copied:
            text = b"".join(bytes(block) for block in copied)
        assert CODE.encode() not in text, table
        assert CODE.encode().hex().encode() not in text, table


@pytest.mark.parametrize("secret", ["", "wrong", TOKO_DEWI.webhook_secret])
def test_a_forged_callback_is_refused_and_noted(account, attempt, secret):
    answer = post(account, news_of(attempt), secret=secret)

    assert (answer.status_code, answer.json()["code"]) == (401, "BAD_SIGNATURE")
    assert not InboxEvent.objects.exists()
    note = AuditEntry.objects.get(action="callback.refused")
    assert note.data == {"code": "BAD_SIGNATURE"}
    attempt.refresh_from_db()
    assert attempt.status == "unknown"


def test_an_account_without_a_secret_believes_nothing(account, attempt):
    account.credentials = json.dumps(read_keys(account) | {"webhook_secret": ""})
    account.save(update_fields=["credentials"])

    assert post(account, news_of(attempt), secret="").status_code == 401


def test_a_ping_is_answered_and_not_kept(account):
    body = b'{"sed":"1","hook_id":"7","hook":{"url":"u","secret":"CANARY"}}'

    assert post(account, body).status_code == 200
    assert not InboxEvent.objects.exists()


def test_doors_that_do_not_exist_are_not_found(account, attempt):
    body = news_of(attempt)

    assert post(account, body, kind="iak").status_code == 404
    account.public_id = uuid4()
    assert post(account, body).status_code == 404


def test_a_callback_of_another_account_cannot_settle(account, attempt, jobs, borealis):
    with tenant_scope(borealis.pk):
        stranger = make_account(TOKO_DEWI)
    mine = make_account(TOKO_DEWI)

    for other in (stranger, mine):
        answer = post(other, news_of(attempt), secret=TOKO_DEWI.webhook_secret)
        assert answer.status_code == 200
    with no_tenant_scope():
        jobs.run()

    attempt.refresh_from_db()
    assert attempt.status == "unknown"
    for tenant_id in (account.tenant_id, borealis.pk):
        with tenant_scope(tenant_id):
            event = InboxEvent.objects.get()
            assert (event.status, event.result) == ("refused", "unknown reference")


def test_a_body_that_is_too_long_is_refused(account):
    assert post(account, b"{" + b" " * 70_000 + b"}").status_code == 413


def test_a_lost_job_is_found_by_the_sweeper(account, attempt, jobs, monkeypatch):
    post(account, news_of(attempt))
    jobs.waiting.clear()

    with no_tenant_scope():
        sweep_supplier_inbox()  # a job may still be on its way
        monkeypatch.setattr(clock, "now", lambda: _much_later(account))
        sweep_supplier_inbox()

    attempt.refresh_from_db()
    assert attempt.status == "succeeded"


def _much_later(account):
    with tenant_scope(account.tenant_id):
        return InboxEvent.objects.get().received_at.replace(year=2030)


def test_keys_that_were_changed_leave_the_callback_refused(account, attempt, jobs):
    jobs.waiting.clear()
    post(account, news_of(attempt))
    keys = read_keys(account) | {"webhook_secret": "another"}
    account.credentials = json.dumps(keys)
    account.save(update_fields=["credentials"])

    with no_tenant_scope():
        jobs.run()

    assert InboxEvent.objects.get().result == "keys changed"


def test_the_same_callback_at_once_settles_once(account, attempt):
    body = news_of(attempt)
    post(account, body)
    event = InboxEvent.objects.get()

    at_once(
        [partial(supplier_callbacks.process, event_id=event.pk, now=event.due_at)] * 4
    )

    attempt.refresh_from_db()
    assert attempt.status == "succeeded"
    assert attempt.purchase.events.filter(target="succeeded").count() == 2
