"""A secret of a row never shows itself by accident."""

import copy
import io
import json
import logging
import pickle

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.template import Context, Template

from inventory.models import StockItem
from payments.models import PaymentMethod
from payments.services.incoming import methods
from ppob.kit.scope import tenant_scope
from security import crypto
from security.fields import Sealed
from tests.conftest import NOON
from tests.factories import (
    gateway_draft,
    make_gateway_method,
    make_member,
    make_product,
)

CODE = "CANARY-CODE-7391"


@pytest.fixture
def item(in_arcadia):
    product = make_product()
    return StockItem.objects.create(
        product=product, bucket=0, code=CODE, code_hash="x", created_at=NOON
    )


@pytest.fixture(params=["new", "stored"])
def sealed(request, item):
    if request.param == "new":
        item.code = CODE
    else:
        item.refresh_from_db()
    return item.code


def test_a_secret_is_readable_before_and_after_it_is_stored(item):
    assert item.code.reveal() == CODE
    item.refresh_from_db()
    assert item.code.reveal() == CODE
    assert StockItem.objects.get().code.reveal() == CODE


def test_the_database_holds_no_readable_text(item, superuser):
    [(stored,)] = superuser.execute("SELECT code FROM inventory_stockitem").fetchall()

    assert CODE.encode() not in stored
    assert stored.startswith(crypto.active_key_id().encode() + b"\0")


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{0!r:>30}".format,
        lambda sealed: "%s %r" % (sealed, sealed),  # noqa: UP031
        lambda sealed: f"{sealed}",
        lambda sealed: repr([sealed, {"code": sealed}]),
        lambda sealed: Template("{{ code }}").render(Context({"code": sealed})),
        lambda sealed: Template("{{ code|safe }}").render(Context({"code": sealed})),
    ],
)
def test_a_secret_shows_a_word_instead_of_itself(sealed, show):
    shown = show(sealed)

    assert CODE not in shown
    assert "sealed" in shown


@pytest.mark.parametrize(
    "leak",
    [
        json.dumps,
        lambda sealed: json.dumps({"x": sealed}, cls=DjangoJSONEncoder),
        pickle.dumps,
        copy.deepcopy,
        lambda sealed: "".join(sealed),
        list,
        len,
        vars,
        bytes,
    ],
)
def test_a_secret_cannot_be_turned_into_something_else(sealed, leak):
    with pytest.raises(TypeError):
        leak(sealed)


def test_a_log_line_and_an_error_show_no_secret(sealed, item, caplog):
    logging.getLogger("tests").error("sold %s of %r", sealed, item)
    logging.getLogger("tests").error("row %s", vars(item))

    assert CODE not in caplog.text


def test_a_row_with_a_new_secret_cannot_be_pickled(item):
    item.code = CODE

    with pytest.raises(TypeError):
        pickle.dumps(item)


def test_a_dump_of_the_database_has_no_secrets(item):
    with pytest.raises(TypeError):
        serializers.serialize("json", [item])
    with pytest.raises(CommandError):
        call_command("dumpdata", "inventory", database="owner", stdout=io.StringIO())
    dump = io.StringIO()
    call_command("dumpdata", "inventory", stdout=dump)

    assert json.loads(dump.getvalue()) == []


def test_a_secret_that_was_copied_to_another_row_does_not_open(item, superuser):
    other = StockItem.objects.create(
        product=item.product, bucket=0, code="OTHER", code_hash="y", created_at=NOON
    )
    superuser.execute(
        "UPDATE inventory_stockitem SET code ="
        " (SELECT code FROM inventory_stockitem WHERE id = %s) WHERE id = %s",
        (item.pk, other.pk),
    )

    other.refresh_from_db()

    with pytest.raises(crypto.CannotOpen):
        other.code.reveal()


def test_a_secret_that_was_copied_to_another_store_does_not_open(
    item, borealis, superuser
):
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE inventory_stockitem SET tenant_id = %s", (borealis.pk,))
    superuser.execute("SET session_replication_role = origin")

    with tenant_scope(borealis.pk), pytest.raises(crypto.CannotOpen):
        StockItem.objects.get().code.reveal()


def test_assigning_one_rows_secret_to_another_reveals_nothing(item):
    other = StockItem(product=item.product, bucket=0, code_hash="y", created_at=NOON)
    item.refresh_from_db()
    other.code = item.code
    other.save()

    with pytest.raises(crypto.CannotOpen):
        StockItem.objects.get(pk=other.pk).code.reveal()


def test_a_column_that_was_left_out_is_fetched_when_it_is_needed(item):
    lazy = StockItem.objects.defer("code").get()

    assert "code" not in vars(lazy)
    assert lazy.code.reveal() == CODE


def test_saving_a_row_again_keeps_its_secret(item, superuser):
    before = superuser.execute("SELECT code FROM inventory_stockitem").fetchone()
    fresh = StockItem.objects.get()
    fresh.bucket = 3
    fresh.save()

    after = superuser.execute("SELECT code FROM inventory_stockitem").fetchone()
    assert (after, fresh.code.reveal()) == (before, CODE)


def test_no_secret_is_no_secret(in_arcadia):
    method = make_gateway_method()
    method.credentials = ""
    method.save()

    method.refresh_from_db()
    assert not method.credentials
    assert method.credentials.reveal() == ""
    assert not Sealed()


def test_keys_of_a_gateway_appear_in_no_statement_and_no_text(in_arcadia):
    draft = gateway_draft(api_key="DEV-canary-key", private_key="canary-private")
    connection.force_debug_cursor = True
    try:
        methods.add_gateway(actor=make_member(), draft=draft, now=NOON)
        statements = str(connection.queries)
    finally:
        connection.force_debug_cursor = False

    assert "INSERT INTO" in statements
    assert "canary" not in statements + repr(draft)
    assert "canary" in PaymentMethod.objects.get().credentials.reveal()
