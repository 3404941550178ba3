"""A new master key takes over while the store goes on selling."""

import base64
import io
import logging

import pytest
from django.core.management import CommandError, call_command

from inventory.models import StockItem
from payments.models import PaymentMethod
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security import cross_tenant, crypto
from security.models import AuditEntry
from security.services import keys
from tests.conftest import NOON
from tests.factories import (
    add_codes,
    make_gateway_method,
    make_product,
    make_transfer_method,
)

K1 = "k1:" + base64.urlsafe_b64encode(b"1" * 32).decode()
K2 = "k2:" + base64.urlsafe_b64encode(b"2" * 32).decode()
K3 = "k3:" + base64.urlsafe_b64encode(b"3" * 32).decode()


@pytest.fixture
def codes(settings, in_arcadia, borealis):
    """Secrets of two stores under the old key, and a new key in front."""
    settings.MASTER_KEYS = K1
    made = {in_arcadia.pk: add_codes(make_product(), 5)}
    make_gateway_method()
    make_transfer_method()
    with tenant_scope(borealis.pk):
        made[borealis.pk] = add_codes(make_product(), 3)
    settings.MASTER_KEYS = f"{K2},{K1}"
    return made


def rotate(**options):
    out = io.StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def readable(codes):
    for tenant_id, expected in codes.items():
        with tenant_scope(tenant_id):
            items = StockItem.objects.order_by("pk")
            assert [item.code.reveal() for item in items] == expected


def test_every_secret_of_every_store_moves_to_the_new_key(codes, settings):
    said = rotate(batch_size=2)

    assert "inventory_stockitem.code: 8 sealed again" in said
    assert "payments_paymentmethod.credentials: 1 sealed again" in said
    assert "key k2: 9 secrets" in said
    assert "key k1: 0 secrets" in said
    readable(codes)
    settings.MASTER_KEYS = K2
    readable(codes)
    assert "DEV-key" in PaymentMethod.objects.get(gateway="tripay").credentials.reveal()


def test_old_values_stay_readable_before_and_in_between(codes):
    readable(codes)
    model, field = next(
        column for column in cross_tenant.sealed_columns() if column[0] is StockItem
    )
    with no_tenant_scope():
        [first, *_rest] = cross_tenant.batches_sealed_otherwise(
            model, field, key_id="k2", size=3
        )
        for row in first:
            keys._seal_row(row, field, dry_run=False)

    readable(codes)
    assert keys.count_by_key() == {"k1": 6, "k2": 3}


def test_a_dry_run_opens_everything_and_changes_nothing(codes):
    said = rotate(dry_run=True)

    assert "inventory_stockitem.code: 8 to seal again" in said
    assert keys.count_by_key() == {"k1": 9}
    assert not AuditEntry.across_tenants.filter(action="keys.rotated").exists()


def test_running_it_again_has_nothing_to_do(codes):
    rotate()

    assert "inventory_stockitem.code: 0 sealed again" in rotate()


def test_a_secret_that_changes_meanwhile_is_not_overwritten(codes):
    with no_tenant_scope():
        model, field = next(
            column
            for column in cross_tenant.sealed_columns()
            if column[0] is PaymentMethod
        )
        [[row]] = cross_tenant.batches_sealed_otherwise(
            model, field, key_id="k2", size=9
        )
        method = PaymentMethod.across_tenants.get(pk=row.pk)
    fresh = PaymentMethod.objects.get(pk=method.pk)
    fresh.credentials = "changed by the seller"
    fresh.save()

    assert not keys._seal_row(row, field, dry_run=False)

    fresh.refresh_from_db()
    assert fresh.credentials.reveal() == "changed by the seller"


def test_a_value_that_nobody_can_open_is_kept_and_reported(codes, superuser, caplog):
    superuser.execute(
        "UPDATE inventory_stockitem SET code = '\\x6b310001'::bytea"
        " WHERE id = (SELECT min(id) FROM inventory_stockitem)"
    )

    with caplog.at_level(logging.ERROR), pytest.raises(CommandError, match="1 values"):
        rotate()

    assert keys.count_by_key() == {"k1": 1, "k2": 8}
    assert "cannot be opened" in caplog.text


def test_the_rotation_is_in_the_platforms_audit_trail(codes):
    keys.seal_again(actor="user:1", now=NOON)

    entry = AuditEntry.across_tenants.get(action="keys.rotated")
    assert (entry.tenant_id, entry.actor, entry.object) == (None, "user:1", "key:k2")
    assert entry.data["inventory_stockitem.code"] == 8
    assert not AuditEntry.objects.filter(action="keys.rotated").exists()


def test_keys_between_the_first_and_the_last_can_go(codes, settings):
    settings.MASTER_KEYS = f"{K3},{K2},{K1}"
    assert keys.droppable_keys() == ["k2"]
    rotate()

    assert keys.droppable_keys() == ["k2"]
    assert crypto.key_ids()[-1] == "k1"


def test_duplicates_are_still_found_afterwards(codes, in_arcadia):
    product = StockItem.objects.first().product
    rotate()

    again = StockItem.objects.filter(
        product=product,
        code_hash=crypto.fingerprint(
            f"{in_arcadia.pk}:{codes[in_arcadia.pk][0]}", purpose="stock code"
        ),
    )

    assert again.count() == 1


def test_a_batch_has_at_least_one_row(db):
    with pytest.raises(CommandError):
        rotate(batch_size=0)
