"""Whose codes, whose purchase: what happens to one touches none of the others."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from inventory import selectors
from inventory.models import Purchase, StockAlert, StockItem, SupplierProduct
from inventory.services import (
    alerts,
    holds,
    price_sync,
    purchase_facts,
    purchase_resolution,
    purchases,
    serving,
    stock,
    supplier_accounts,
    supplier_callbacks,
    supplier_products,
)
from inventory.services.serving import Serving
from inventory.states import Obstacle
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    PricedProduct,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit.db import unit_of_work
from tests.conftest import NOON
from tests.factories import add_codes, make_member, make_product
from tests.inventory.suppliers import (
    SKU,
    Scripted,
    attempt_of,
    check,
    hear,
    make_topup,
    map_product,
    send,
    served_by,
    state_of,
    submit,
    told,
)
from tests.inventory.test_stock import hold, release, sell

MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(minutes=30)

# The others come first, so that whatever forgets whose it is finds theirs.
pytestmark = pytest.mark.usefixtures("bystanders")


@pytest.fixture
def shelf(bystanders):
    return make_product(name="Mine", codes=6)


@pytest.fixture
def account(bystanders, account):
    return account


@pytest.fixture
def owner(in_arcadia):
    return make_member()


def fresh(row):
    row.refresh_from_db()
    return row


# --- Codes ----------------------------------------------------------------------------


def test_codes_are_held_sold_and_given_back(shelf):
    first, second, third = hold(shelf, 2), hold(shelf), hold(shelf)

    sold = sell(first)
    release(second)

    of_mine = StockItem.objects.filter(product=shelf)
    assert set(sold) == set(
        of_mine.filter(status="sold").values_list("public_id", flat=True)
    )
    assert of_mine.filter(holder=third.holder, status="held").count() == 1
    assert selectors.available([shelf.pk]) == {shelf.pk: 3}
    assert selectors.on_hand([shelf.pk]) == {shelf.pk: 4}
    assert selectors.moved(shelf.pk) == {"available": 3, "on_hand": 4}
    kinds = [movement.kind for movement in selectors.list_movements(shelf)]
    assert kinds == ["released", "sold", "held", "held", "held", "uploaded"]


def test_one_product_that_is_sold_out_takes_nobody_elses_codes(bystanders):
    mine = make_product(name="Mine", codes=1)
    hold(mine)

    with pytest.raises(stock.OutOfStock):
        hold(mine)


def test_a_hold_is_extended_alone(shelf):
    held = hold(shelf)
    until = NOON + timedelta(days=2)

    with unit_of_work("tests.extend"):
        assert stock.extend_holds([held.holder], expires_at=until) == 1

    assert fresh(held).expires_at == until


def test_a_hold_that_is_overdue_is_released_alone(shelf):
    held = hold(shelf, expires_at=NOON)
    other = hold(shelf, expires_at=NOON + timedelta(days=1))
    late = NOON + holds.GRACE

    assert not holds.release_expired(hold_id=other.pk, now=late)
    assert holds.release_expired(hold_id=held.pk, now=late)

    assert (fresh(held).status, fresh(other).status) == ("released", "active")


def test_codes_that_are_taken_out_are_those_that_were_named(shelf, bystanders):
    mine = list(StockItem.objects.filter(product=shelf).order_by("pk"))
    theirs = StockItem.objects.filter(
        product=bystanders.get("product"), status="free"
    ).first()

    voided = stock.void_items(
        product=shelf,
        item_ids=[mine[0].public_id, theirs.public_id],
        actor="test",
        now=NOON,
    )

    assert voided == 1
    assert list(
        StockItem.objects.filter(product=shelf, status="void").values_list(
            "pk", flat=True
        )
    ) == [mine[0].pk]


def test_an_alert_is_about_one_product(shelf, bystanders):
    assert StockAlert.objects.filter(resolved_at=None).exists()  # theirs
    assert selectors.is_well_stocked(shelf)
    held = hold(shelf, 3)

    raised = alerts.check_product(product_id=shelf.pk, now=NOON)
    assert (raised.product_id, raised.level) == (shelf.pk, "warning")
    hold(shelf, 2)
    alerts.check_product(product_id=shelf.pk, now=NOON)
    assert fresh(raised).level == "critical"
    release(held)
    add_codes(shelf, 5)
    alerts.check_product(product_id=shelf.pk, now=NOON)

    assert fresh(raised).resolved_at == NOON


def test_no_code_of_another_product_makes_up_for_what_is_missing(bystanders):
    mine = make_product(name="Mine", codes=2, minimum_stock=2)

    assert not selectors.is_well_stocked(mine)


# --- Purchases ------------------------------------------------------------------------


def test_a_purchase_that_succeeds(product, supplier):
    purchase = submit(product)

    assert send(purchase) == ("succeeded", "succeeded")
    assert selectors.purchases_of([purchase.holder]) == [purchase]
    attempts, events = selectors.evidence(purchase)
    assert [each.pk for each in attempts] == [attempt_of(purchase).pk]
    assert {event.purchase_id for event in events} == {purchase.pk}


def test_the_first_unit_of_every_line_is_another_purchase(product, supplier):
    first, second = submit(product), submit(product)

    assert first.pk != second.pk


def test_a_purchase_whose_outcome_is_unknown(product, supplier):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out"), OutcomeUnknown("time-out")]

    assert send(purchase) == ("open", "unknown")
    assert check(purchase, now=NOON + MINUTE) == ("open", "unknown")
    assert attempt_of(purchase).checks == 1
    assert hear(purchase, FactState.SUCCEEDED) == ("succeeded", "succeeded")


def test_a_purchase_that_fails(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.FAILED]
    send(purchase)

    assert attempt_of(purchase).formed_at == NOON
    assert hear(purchase, FactState.FAILED, now=NOON + MINUTE) == ("failed", "failed")


def test_a_request_that_did_not_leave(product, supplier):
    purchase = submit(product)
    supplier.answers = [ProviderUnreachable("away")]

    assert send(purchase) == ("open", "queued")


def test_a_purchase_that_is_given_up(product, supplier):
    purchase = submit(product)

    purchases.give_up(purchase_id=purchase.pk, actor="x", reason="refund", now=NOON)

    assert state_of(purchase) == ("failed", "failed")


def test_an_account_that_others_have_tried_is_still_new_to_this_purchase(bystanders):
    product = make_topup()
    theirs = bystanders.get("account")
    map_product(product, theirs, sku="mine")

    purchase = submit(product)

    assert attempt_of(purchase).account == theirs


def test_nobody_serves_a_product_because_they_serve_another(bystanders):
    product = make_topup()

    found = serving.serving_of([product], now=NOON)

    assert found == {product.pk: Serving(Obstacle.NO_SUPPLIER)}


def test_a_supplier_contradicts_itself_about_one_purchase(product, supplier, owner):
    purchase = submit(product)
    send(purchase)
    hear(purchase, FactState.REFUNDED)
    attempt = attempt_of(purchase)
    assert attempt.discrepancy == "reversed"

    purchase_resolution.note_discrepancy(
        actor=owner, attempt=attempt, note="complained", now=NOON
    )

    assert fresh(attempt).discrepancy_noted_at == NOON


def with_its_owner(product, supplier, answer):
    purchase = submit(product)
    supplier.answers = [answer]
    send(purchase)
    purchases.hand_to_owner(purchase_id=purchase.pk, now=LATER)
    return fresh(purchase)


def test_the_owner_decides_about_one_purchase(product, supplier, owner):
    for decide, status in (
        (mark_failed, "failed"),
        (mark_succeeded, "succeeded"),
        (wait_longer, "needs_owner"),
    ):
        purchase = with_its_owner(product, supplier, OutcomeUnknown("time-out"))

        decide(owner, purchase)

        assert fresh(purchase).status == status


def mark_failed(owner, purchase):
    purchase_resolution.mark_failed(
        actor=owner, purchase=purchase, reason="looked", now=LATER
    )


def mark_succeeded(owner, purchase):
    purchase_resolution.mark_succeeded(
        actor=owner, purchase=purchase, serial_number="1", reason="looked", now=LATER
    )


def wait_longer(owner, purchase):
    purchase_resolution.wait_longer(actor=owner, purchase=purchase, now=LATER)
    assert fresh(purchase).due_at == LATER + purchase_resolution.WAIT


def test_the_owner_has_one_purchase_tried_again(product, supplier, owner):
    refused = with_its_owner(product, supplier, ProviderRefused("IP", "45"))
    unsent = with_its_owner(product, supplier, ProviderUnreachable("away"))

    for purchase in (refused, unsent):
        purchase_resolution.try_again(actor=owner, purchase=purchase, now=LATER)

        assert fresh(purchase).status == "open"
        assert attempt_of(purchase).due_at == LATER


def test_a_late_success_is_kept_with_its_own_attempt(product, supplier, settled):
    purchase = submit(product)
    purchases.give_up(purchase_id=purchase.pk, actor="x", reason="refund", now=NOON)

    hear(purchase, FactState.SUCCEEDED)

    assert attempt_of(purchase).discrepancy == "late_success"
    assert len(settled) == 1


# --- Accounts -------------------------------------------------------------------------


def test_a_price_list_switches_off_its_own_accounts_goods_alone(account, monkeypatch):
    map_product(make_topup(), account, sku="gone", updated_at=NOON - MINUTE)
    listed = PricedProduct("new", "New", 5_000, True, None, None)

    class Listing(Scripted):
        def list_prices(self):
            return [listed]

    with served_by(monkeypatch, Listing()):
        assert price_sync.sync_prices(account_id=account.pk, now=LATER).lines == 1

    rows = SupplierProduct.objects.filter(account=account)
    assert dict(rows.values_list("sku", "is_available")) == {"gone": False, "new": True}


def test_an_account_is_switched_off_alone(account, owner):
    supplier_accounts.switch_account(
        actor=owner, account=account, is_active=False, now=NOON
    )

    assert not fresh(account).is_active


def test_goods_are_mapped_alone(account, owner):
    option = map_product(make_topup(), account)
    product = make_topup()

    supplier_products.map_product(actor=owner, option=option, product=product, now=NOON)

    assert fresh(option).product == product


def test_a_callback_is_about_the_attempt_of_its_own_account(
    product, account, bystanders, monkeypatch
):
    theirs = bystanders.get("unknown attempt")

    class Reading(Scripted):
        def read_callback(self, headers, body):
            return told(json.loads(body)["ref_id"], FactState.SUCCEEDED)

    with served_by(monkeypatch, Reading()):
        event = supplier_callbacks.receive(
            kind="digiflazz",
            account_id=account.public_id,
            headers={},
            body=json.dumps({"ref_id": theirs.ref_id}).encode(),
            now=NOON,
        )
        supplier_callbacks.process(event_id=event.pk, now=NOON)

    event.refresh_from_db()
    assert (event.status, event.result) == ("refused", "unknown reference")


def test_an_attempt_of_the_same_line_belongs_to_its_own_unit(product, supplier):
    holder = uuid4()
    first = submit(product, holder=holder, unit_no=1)
    second = submit(product, holder=holder, unit_no=2)

    purchase_facts.record_fact(
        attempt_id=attempt_of(second).pk,
        fact=told(attempt_of(second).ref_id, FactState.SUCCEEDED),
        actor="supplier:digiflazz",
        now=NOON,
    )

    assert state_of(second) == ("succeeded", "succeeded")
    assert state_of(first) == ("open", "queued")
    assert Purchase.objects.filter(holder=holder).count() == 2
    assert attempt_of(first).sku == SKU
