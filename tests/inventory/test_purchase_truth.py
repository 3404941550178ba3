"""Whatever a supplier does over HTTP: charged at most once, and only for our successes.

The simulated supplier keeps the truth; everything of ours runs as in production, only
the clock is moved.
"""

from datetime import timedelta

import pytest
from django.test import Client, override_settings

from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchases
from inventory.simulator.client import SupplierControl
from inventory.simulator.faults import Fault
from inventory.simulator.server import make_app
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator import world
from inventory.tasks import sweep_purchases, sweep_supplier_inbox
from ppob.kit import clock
from ppob.kit.http import HttpClient
from ppob.kit.scope import no_tenant_scope, tenant_scope
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.inventory.suppliers import (
    FAILS,
    PENDING_THEN_FAILS,
    PENDING_THEN_SUCCEEDS,
    SUCCEEDS,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    submit,
)

PRICE = 10_000


class Clock:
    """Ours and the supplier's clock, moved by hand."""

    def __init__(self):
        self.now = NOON

    def pass_secs(self, secs):
        self.now += timedelta(seconds=secs)


class Stage:
    """A store with two accounts at the simulated supplier."""

    def __init__(self, control, clock, jobs, tenant):
        self.control, self.clock, self.jobs, self.tenant = control, clock, jobs, tenant
        self.product = make_topup()
        for position, buyer in enumerate(world.BUYERS):
            map_product(self.product, make_account(buyer, position=position))

    def order(self, destination=SUCCEEDS, **fields):
        purchase = submit(self.product, destination, now=self.clock.now, **fields)
        with no_tenant_scope():
            self.jobs.run()
        return purchase

    def live(self, *, secs, step=15):
        """Let time pass; sweepers and workers do their work, callbacks come in."""
        for _turn in range(secs // step):
            self.clock.pass_secs(step)
            with no_tenant_scope():
                sweep_purchases()
                sweep_supplier_inbox()
                self.jobs.run()

    def deliver_callbacks(self):
        """Post what the supplier wanted to report to our door, in its order."""
        for callback in self.control.list_callbacks():
            path = callback["url"].partition("/api/")[2]
            with no_tenant_scope():
                answer = Client().post(
                    f"/api/{path}",
                    data=callback["body"],
                    content_type="application/json",
                    headers=callback["headers"],
                )
                assert answer.status_code == 200
                self.jobs.run()

    def state(self, purchase):
        purchase.refresh_from_db()
        return purchase.status

    def assert_books_agree(self):
        """I38: what the supplier charged is what we count as bought, unit by unit."""
        charged = {
            each["ref_id"]
            for each in self.control.list_transactions()
            if each["charges"]
        }
        bought = PurchaseAttempt.objects.filter(status="succeeded", discrepancy="")
        late = PurchaseAttempt.objects.filter(discrepancy="late_success")
        assert charged == {each.ref_id for each in [*bought, *late]}
        for each in self.control.list_transactions():
            assert each["deliveries"] <= 1


@pytest.fixture
def moved_clock(monkeypatch):
    moved = Clock()
    monkeypatch.setattr(clock, "now", lambda: moved.now)
    return moved


@pytest.fixture
def control(tmp_path, moved_clock):
    def now():
        return moved_clock.now.timestamp()

    with (
        serving(lambda: make_app(folder=tmp_path, clock=now, flip_secs=90)) as address,
        override_settings(SUPPLIER_SIMULATOR_URL=address),
    ):
        found = SupplierControl(address, "digiflazz")
        yield found
        found.close()


@pytest.fixture
def stage(control, moved_clock, jobs, in_arcadia):
    return Stage(control, moved_clock, jobs, in_arcadia)


@pytest.fixture
def impatient(monkeypatch):
    """A client that waits a fifth of a second for an answer."""
    monkeypatch.setattr(
        digiflazz,
        "_client",
        lambda base_url, *_limits: HttpClient(
            base_url, name="digiflazz", read_secs=0.2
        ),
    )


def refs(purchase):
    return [
        attempt.ref_id
        for attempt in PurchaseAttempt.objects.filter(purchase=purchase).order_by("pk")
    ]


@pytest.mark.parametrize(
    ("destination", "outcome"),
    [
        (SUCCEEDS, "succeeded"),
        (FAILS, "failed"),
        (PENDING_THEN_SUCCEEDS, "succeeded"),
        (PENDING_THEN_FAILS, "failed"),
    ],
)
def test_the_documented_numbers_end_as_documented(stage, destination, outcome):
    purchase = stage.order(destination)
    stage.live(secs=600)

    assert stage.state(purchase) == outcome
    assert len(refs(purchase)) == 1
    stage.assert_books_agree()


@pytest.mark.parametrize(
    ("fault", "has_effect"),
    [
        (Fault.ERROR_BEFORE, False),
        (Fault.ERROR_AFTER, True),
        (Fault.HTML_BEFORE, False),
        (Fault.HTML_AFTER, True),
        (Fault.CUT_BEFORE, False),
        (Fault.CUT_AFTER, True),
        (Fault.HANG_BEFORE, False),
        (Fault.HANG_AFTER, True),
        (Fault.WRONG_REF, True),
        (Fault.NEW_CODE, True),
    ],
)
def test_a_broken_answer_is_asked_about_and_bought_once(
    stage, impatient, fault, has_effect
):
    stage.control.fail_next(fault)

    purchase = stage.order()
    assert stage.state(purchase) == "open"
    assert attempt_of(purchase).status == "unknown"
    assert bool(stage.control.list_transactions()) == has_effect
    stage.live(secs=60)

    assert stage.state(purchase) == "succeeded"
    assert stage.control.list_requests() == refs(purchase) * (2 if has_effect else 1)
    stage.assert_books_agree()


@pytest.mark.parametrize("code", ["03>00", "99>00", "03>02", "99>02"])
def test_pending_orders_end_by_being_asked_about(stage, code):
    stage.control.switch(silent=True)
    stage.control.plan(code)

    purchase = stage.order()
    stage.live(secs=600)

    assert stage.state(purchase) == ("succeeded" if code.endswith("00") else "failed")
    stage.assert_books_agree()


@pytest.mark.parametrize("code", ["43", "44", "62", "68", "69"])
def test_a_refusal_without_transaction_goes_on_to_the_other_account(stage, code):
    stage.control.plan(code)

    purchase = stage.order()

    assert stage.state(purchase) == "succeeded"
    first, second = refs(purchase)
    stage.live(secs=3600, step=60)
    assert stage.control.list_requests() == [first, second]
    stage.assert_books_agree()


@pytest.mark.parametrize("code", ["47", "49"])
def test_a_code_that_points_at_an_earlier_purchase_never_goes_on(stage, code):
    stage.control.plan(code)

    purchase = stage.order()

    assert stage.state(purchase) == "open"
    assert len(refs(purchase)) == 1
    stage.live(secs=60)
    assert len(refs(purchase)) == 1
    stage.assert_books_agree()


@pytest.mark.parametrize("code", ["01", "02", "53", "70", "71"])
def test_a_failed_transaction_is_confirmed_and_then_over(stage, code):
    stage.control.plan(code)

    purchase = stage.order()
    assert stage.state(purchase) == "open"
    stage.live(secs=120)

    assert stage.state(purchase) == "failed"
    requests = stage.control.list_requests()
    stage.live(secs=3600, step=60)
    assert stage.control.list_requests() == requests == refs(purchase) * 2
    stage.assert_books_agree()


def test_callbacks_settle_repeated_reversed_and_before_the_answer(stage):
    purchase = stage.order(PENDING_THEN_SUCCEEDS)
    attempt = attempt_of(purchase)
    stage.control.finish(attempt.ref_id, "00")
    stage.control.report(attempt.ref_id, times=3)

    stage.deliver_callbacks()
    stage.deliver_callbacks()

    assert stage.state(purchase) == "succeeded"
    assert stage.control.list_requests() == [attempt.ref_id]
    stage.assert_books_agree()


def test_a_late_success_after_going_on_is_the_sellers_evidence(stage):
    stage.control.fail_next(Fault.CUT_AFTER)
    stage.control.plan("02")
    purchase = stage.order()
    stage.live(secs=300)
    assert stage.state(purchase) == "failed"

    (ref_id,) = refs(purchase)
    requests = stage.control.list_requests()
    stage.control.change_mind(ref_id, "00")
    stage.deliver_callbacks()

    attempt = attempt_of(purchase)
    assert (attempt.status, attempt.discrepancy) == ("failed", "late_success")
    assert stage.state(purchase) == "failed"
    stage.live(secs=600, step=60)
    assert stage.control.list_requests() == requests
    stage.assert_books_agree()


def test_a_success_that_is_refunded_is_the_sellers_evidence(stage):
    purchase = stage.order()
    stage.control.change_mind(refs(purchase)[0], "74")

    stage.deliver_callbacks()

    assert stage.state(purchase) == "succeeded"
    assert attempt_of(purchase).discrepancy == "reversed"
    stage.assert_books_agree()


def test_a_price_that_rose_is_not_paid(stage):
    purchase = stage.order(ceiling=PRICE)
    assert stage.state(purchase) == "succeeded"

    # Both price lists are older than the supplier's price.
    stage.product = make_topup()
    for account in {a.account for a in PurchaseAttempt.objects.all()}:
        map_product(stage.product, account, sku="X100", cost=90_000)
    dearer = stage.order(ceiling=95_000)

    assert stage.state(dearer) == "failed"
    stage.assert_books_agree()


def test_an_address_that_is_not_allowed_calls_the_owner_and_buys_nothing(stage):
    stage.control.switch(refuses_addresses=True)

    purchase = stage.order()

    assert stage.state(purchase) == "needs_owner"
    assert len(refs(purchase)) == 2
    stage.assert_books_agree()


@pytest.mark.parametrize(
    ("age", "is_asked"),
    [
        (timedelta(hours=23), True),
        (timedelta(hours=25), False),
        (timedelta(days=79), False),
        (timedelta(days=81), False),
        (timedelta(days=91), False),
    ],
)
def test_only_a_young_reference_is_asked_about_by_itself(stage, age, is_asked):
    stage.control.fail_next(Fault.CUT_AFTER)
    purchase = stage.order()

    stage.clock.pass_secs(age.total_seconds())
    stage.live(secs=60)

    assert len(stage.control.list_requests()) == (2 if is_asked else 1)
    assert stage.state(purchase) == ("succeeded" if is_asked else "needs_owner")


@pytest.mark.parametrize(
    ("age", "is_asked"),
    [
        (timedelta(hours=25), True),
        (timedelta(days=79), True),
        (timedelta(days=81), False),
        (timedelta(days=91), False),
    ],
)
def test_a_person_may_ask_until_the_reference_may_be_forgotten(stage, age, is_asked):
    stage.control.fail_next(Fault.CUT_AFTER)
    purchase = stage.order()
    stage.clock.pass_secs(age.total_seconds())
    stage.live(secs=60)

    purchases.ask_now(attempt_id=attempt_of(purchase).pk, now=stage.clock.now)

    assert len(stage.control.list_requests()) == (2 if is_asked else 1)
    assert stage.state(purchase) == ("succeeded" if is_asked else "needs_owner")
    assert sum(t["deliveries"] for t in stage.control.list_transactions()) == 1


def test_the_trap_is_real_a_forgotten_reference_buys_again(stage):
    """The control: without our guards, asking after 90 days takes the money twice."""
    stage.control.fail_next(Fault.CUT_AFTER)
    purchase = stage.order()
    stage.clock.pass_secs(timedelta(days=91).total_seconds())

    attempt = attempt_of(purchase)
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(first_sent_at=stage.clock.now)
    purchases.ask_now(attempt_id=attempt.pk, now=stage.clock.now)

    assert sum(t["deliveries"] for t in stage.control.list_transactions()) == 2


def test_two_stores_do_not_see_each_other(stage, borealis):
    purchase = stage.order()

    with tenant_scope(borealis.pk):
        assert not Purchase.objects.filter(pk=purchase.pk).exists()
        with pytest.raises(Purchase.DoesNotExist):
            purchases.send(attempt_id=attempt_of_any(purchase), now=NOON)


def attempt_of_any(purchase):
    with tenant_scope(purchase.tenant_id):
        return attempt_of(purchase).pk
