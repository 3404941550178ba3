"""Bills: paid once, under the reference of the question, whatever happens."""

from datetime import timedelta

import pytest

from inventory.models import (
    BillInquiry,
    Purchase,
    PurchaseAttempt,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import purchase_facts, purchases, supplier_callbacks
from inventory.suppliers.base import FactState
from ppob.kit.scope import no_tenant_scope
from tests.inventory.billing import (
    DOORS,
    FEE,
    LAST_MINUTES,
    NEXT_DAY,
    BillShop,
)
from tests.inventory.contract.stage import DEWI
from tests.inventory.suppliers import attempt_of, told

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(params=DOORS, ids=lambda door: door.code)
def shop(request, monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, request.param)


# --- Paid once ------------------------------------------------------------------------


def test_a_bill_is_paid_under_the_reference_of_its_question(shop):
    purchase = shop.order()
    inquiry = BillInquiry.objects.get()

    shop.work()
    shop.live(secs=60)

    attempt = attempt_of(purchase)
    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert attempt.ref_id == inquiry.ref_id
    assert (attempt.account, attempt.sku) == (inquiry.account, inquiry.sku)
    assert attempt.target == inquiry.target
    assert purchase.cost == shop.door.cost
    assert purchase.serial_number.reveal()
    assert shop.charged() == {inquiry.ref_id: 1}


def test_submitting_twice_pays_once(shop):
    inquiry = shop.use(shop.ask())

    first, again = shop.submit(inquiry), shop.submit(inquiry)
    shop.work()
    shop.live(secs=60)

    assert first == again
    assert PurchaseAttempt.objects.count() == 1
    assert shop.charged() == {inquiry.ref_id: 1}


def test_a_lost_answer_is_asked_for_and_never_paid_again(shop):
    purchase = shop.order()
    shop.troubles = ["lost"]

    shop.work()
    assert shop.state(purchase) == ("open", ["unknown"])
    shop.live(secs=60)

    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert list(shop.charged().values()) == [1]


@pytest.mark.parametrize("trouble", ["lost", "broken"])
def test_whatever_happens_to_the_answers_it_is_paid_once(shop, trouble):
    purchase = shop.order()
    shop.troubles = [trouble] * 4

    shop.work()
    shop.live(secs=15 * 60)

    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert list(shop.charged().values()) == [1]


def test_a_request_that_never_arrived_is_not_taken_for_a_payment(shop):
    purchase = shop.order()
    shop.troubles = ["silent"]

    shop.work()
    shop.live(secs=40 * 60)

    # One supplier says that it has no payment; the other's answer cannot tell, so a
    # person looks. Neither is paid, and nothing is handed over.
    assert shop.state(purchase)[0] in {"failed", "needs_owner"}
    assert not purchase.serial_number
    assert shop.charged() == {}


def test_what_could_not_leave_is_sent_later(shop):
    purchase = shop.order()
    shop.troubles = ["away"]

    shop.work()
    assert shop.state(purchase) == ("open", ["queued"])
    shop.live(secs=60)

    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert list(shop.charged().values()) == [1]


@pytest.mark.parametrize(
    ("number", "ends"),
    [("waits_then_paid", "succeeded"), ("waits_then_fails", "failed")],
)
def test_a_payment_under_way_is_waited_for(shop, number, ends):
    purchase = shop.order(getattr(shop.door.numbers, number))

    shop.work()
    assert shop.state(purchase) == ("open", ["unknown"])
    shop.live(secs=10 * 60)

    assert shop.state(purchase) == (ends, [ends])
    assert len(shop.charged()) == (ends == "succeeded")


def test_a_payment_that_failed_is_believed_the_second_time(shop):
    purchase = shop.order(shop.door.numbers.fails)

    shop.work()
    assert shop.state(purchase) == ("open", ["unknown"])
    shop.live(secs=120)

    assert shop.state(purchase) == ("failed", ["failed"])
    assert SupplierAccount.objects.get().reserved == 0
    assert shop.charged() == {}


def test_a_failure_by_time_out_is_no_failure(shop):
    shop.engine.plan.append(shop.door.timed_out)
    purchase = shop.order()

    shop.work()
    shop.live(secs=20 * 60)

    assert shop.state(purchase) == ("open", ["unknown"])


def test_what_is_refused_before_it_is_paid_ends_at_once_and_nobody_else_is_asked(shop):
    shop.connect(shop.product, DEWI, position=1)
    purchase = shop.order()
    shop.engine.plan.append(shop.door.switched_off)

    shop.work()

    assert shop.state(purchase) == ("failed", ["failed"])
    assert PurchaseAttempt.objects.count() == 1


def test_a_low_deposit_waits_for_its_owner_and_is_asked_anew(shop):
    purchase = shop.order()
    shop.engine.plan.append(shop.door.low_balance)

    shop.work()

    assert shop.state(purchase) == ("needs_owner", ["failed"])
    assert shop.charged() == {}


def test_a_fenced_reference_is_never_sent(shop):
    purchase = shop.order()
    purchases.give_up(
        purchase_id=purchase.pk, actor="buyer", reason="taken back", now=shop.now
    )

    shop.work()
    purchases.send(attempt_id=attempt_of(purchase).pk, now=shop.now)
    shop.live(secs=600)

    assert shop.state(purchase) == ("failed", ["failed"])
    assert shop.charged() == {}


def test_a_report_about_a_bill_makes_us_ask(shop):
    purchase = shop.order(shop.door.numbers.waits_then_paid)
    shop.work()
    attempt = attempt_of(purchase)
    lie = told(attempt.ref_id, FactState.SUCCEEDED)

    fact = supplier_callbacks.HANDLER.confirm(shop.account, lie, now=shop.now)

    assert fact.state is FactState.PENDING
    purchase_facts.record_fact(
        attempt_id=attempt.pk, fact=fact, actor="supplier", now=shop.now
    )
    assert shop.state(purchase) == ("open", ["unknown"])


def test_test_money_pays_no_real_bill(shop):
    inquiry = shop.use(shop.ask())
    SupplierAccount.objects.update(is_test=False)

    purchase = shop.submit(inquiry, is_test=True)

    assert shop.state(purchase) == ("open", [])


def test_a_bill_never_goes_the_way_of_a_top_up(shop):
    inquiry = shop.use(shop.ask())
    SupplierProduct.objects.update(is_available=False)
    shop.connect(shop.product, DEWI, position=1, line={"is_bill": False, "cost": 1})

    purchase = shop.submit(inquiry)
    shop.live(secs=120)

    assert shop.state(purchase) == ("open", [])
    assert shop.charged() == {}


# --- The day ends in between ----------------------------------------------------------


@pytest.fixture
def late(shop):
    """A bill that was ordered in time, and paid for when nothing may leave any more."""
    shop.now = LAST_MINUTES - HOUR
    inquiry = shop.use(shop.ask())
    shop.now = LAST_MINUTES
    return shop.submit(inquiry, starts_at=NEXT_DAY - MINUTE)


def test_the_same_bill_of_the_next_day_is_paid_under_a_new_reference(shop, late):
    old = BillInquiry.objects.get()
    shop.now = NEXT_DAY

    shop.live(secs=180)

    fresh = BillInquiry.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert shop.state(late) == ("succeeded", ["failed", "succeeded"])
    assert (old.status, fresh.status) == ("over", "used")
    assert (str(old.day), str(fresh.day)) == ("2026-03-14", "2026-03-15")
    assert (late.inquiry, late.holder) == (fresh, fresh.holder)
    assert shop.charged() == {fresh.ref_id: 1}


def test_nothing_is_sent_in_the_last_minutes_of_a_day(shop):
    shop.now = LAST_MINUTES - HOUR
    inquiry = shop.use(shop.ask())
    shop.now = LAST_MINUTES + MINUTE + timedelta(seconds=30)
    purchase = shop.submit(inquiry)

    shop.work()

    assert shop.state(purchase)[0] == "open"
    assert shop.charged() == {}


def test_another_amount_of_the_next_day_is_not_paid(shop, late):
    BillInquiry.objects.update(billed=shop.door.billed - 1)
    shop.now = NEXT_DAY

    shop.live(secs=180)

    assert shop.state(late) == ("failed", ["failed"])
    assert shop.charged() == {}
    assert SupplierAccount.objects.get().reserved == 0
    statuses = BillInquiry.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["used", "over"]


def test_what_costs_more_than_was_paid_for_is_not_paid(shop, late):
    Purchase.objects.update(ceiling=shop.door.cost - 1)
    shop.now = NEXT_DAY

    shop.live(secs=180)

    assert shop.state(late) == ("failed", ["failed"])
    assert shop.charged() == {}


def test_what_somebody_paid_meanwhile_is_given_back(shop, late):
    BillInquiry.objects.update(target=shop.door.numbers.nothing)
    shop.now = NEXT_DAY

    shop.live(secs=180)

    assert shop.state(late) == ("failed", ["failed"])
    assert shop.charged() == {}


def test_without_an_answer_the_next_day_it_is_asked_again_under_another_reference(
    shop, late
):
    shop.now = NEXT_DAY
    shop.troubles = ["lost"]

    shop.live(secs=5 * 60)

    asked = BillInquiry.objects.order_by("pk").values_list("status", flat=True)
    assert list(asked) == ["over", "unknown", "used"]
    assert shop.state(late) == ("succeeded", ["failed", "succeeded"])
    assert list(shop.charged().values()) == [1]


def test_two_workers_ask_once(shop, late):
    shop.now = NEXT_DAY
    with no_tenant_scope():
        shop.jobs.run()
    purchases.advance(attempt_id=attempt_of(late).pk, now=shop.now)
    shop.jobs.waiting *= 2

    shop.work()

    assert BillInquiry.objects.count() == 2


def test_a_payment_that_was_under_way_at_midnight_is_asked_about_and_not_paid_again(
    shop,
):
    shop.now = LAST_MINUTES - HOUR
    inquiry = shop.use(shop.ask())
    shop.now = LAST_MINUTES
    purchase = shop.submit(inquiry)
    shop.troubles = ["lost"]
    shop.work()
    assert shop.state(purchase) == ("open", ["unknown"])

    shop.now = NEXT_DAY
    shop.live(secs=60)

    assert shop.state(purchase) == ("succeeded", ["succeeded"])
    assert shop.charged() == {inquiry.ref_id: 1}


def test_the_fee_is_not_the_suppliers(shop):
    purchase = shop.order()

    assert purchase.ceiling == shop.door.billed + FEE
