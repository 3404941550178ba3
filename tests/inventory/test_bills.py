"""Bills: asked, used once, paid once under the reference of the question."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from catalog.destinations import BadDestination
from inventory.models import (
    BillInquiry,
    DepositHold,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import bills
from inventory.services.bill_questions import INQUIRIES
from inventory.services.deposits import read_deposit
from inventory.states import InquiryStatus
from inventory.tasks import end_inquiries
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotFound
from ppob.kit.machine import IllegalMove
from ppob.kit.scope import no_tenant_scope, tenant_scope
from tests.factories import make_customer, make_product
from tests.inventory.billing import (
    DOORS,
    EVENING,
    LAST_MINUTES,
    NEXT_DAY,
    BillShop,
    make_bill,
)
from tests.inventory.contract.stage import DEWI

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(params=DOORS, ids=lambda door: door.code)
def shop(request, monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, request.param)


# --- The question ---------------------------------------------------------------------


def test_a_question_is_written_down_with_what_was_answered(shop):
    inquiry = shop.ask()

    door = shop.door
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.finding) == ("answered", "due")
    assert (inquiry.billed, inquiry.cost) == (door.billed, door.cost)
    assert (inquiry.customer_name, inquiry.period) == (door.name, door.period)
    assert inquiry.ref_id == f"B{inquiry.tenant_id}{inquiry.public_id.hex[-12:]}"
    assert str(inquiry.day) == "2026-03-14"
    assert (inquiry.sku, inquiry.target) == (door.sku, door.numbers.paid)
    assert shop.charged() == {}


def test_a_question_stands_in_the_database_before_the_supplier_hears_it(shop):
    shop.troubles = ["silent"]

    with pytest.raises(bills.NobodyAnswers):
        shop.ask()

    assert BillInquiry.objects.get().status == "unknown"


def test_a_number_without_a_bill_is_a_finding_and_no_error(shop):
    inquiry = shop.ask(shop.door.numbers.nothing)

    assert inquiry.status == "nothing"
    assert inquiry.finding in {"none", "paid"}
    assert (inquiry.billed, inquiry.cost) == (None, None)


def test_the_same_question_of_a_moment_ago_is_not_asked_again(shop):
    first = shop.ask()
    shop.now += MINUTE

    assert shop.ask() == first
    assert BillInquiry.objects.count() == 1


def test_another_buyer_asks_for_themselves(shop):
    first = shop.ask()

    assert shop.ask(customer=make_customer()) != first


def test_a_buyer_cannot_ask_without_end(shop):
    for _turn in range(bills.MOST_QUESTIONS):
        shop.ask(shop.door.numbers.nothing)

    with pytest.raises(bills.TooManyQuestions):
        shop.ask(shop.door.numbers.nothing)

    assert BillInquiry.objects.count() == bills.MOST_QUESTIONS


@pytest.mark.parametrize("typed", [" ", "53\u202e1"])
def test_what_can_be_no_number_is_not_asked(shop, typed):
    with pytest.raises(BadDestination):
        shop.ask(typed)

    assert not BillInquiry.objects.exists()


def test_only_bills_are_asked_for(shop):
    with pytest.raises(InvalidInput):
        shop.ask(product=make_product())


def test_the_next_supplier_is_asked_where_the_first_cannot_say(shop):
    second = shop.connect(shop.product, DEWI, position=1)
    shop.troubles = ["lost"]

    shop.ask()

    asked = BillInquiry.objects.order_by("pk").values_list("account_id", "status")
    assert list(asked) == [(shop.account.pk, "unknown"), (second.pk, "answered")]


def test_nobody_is_asked_while_the_line_is_closed_or_will_be_in_a_moment(shop):
    SupplierProduct.objects.update(closed_from="20:00", closed_until="23:00")

    for moment in (EVENING, EVENING - bills.TIME_TO_PAY):
        shop.now = moment
        with pytest.raises(bills.BillsClosed):
            shop.ask()

    assert not BillInquiry.objects.exists()
    shop.now = EVENING - timedelta(minutes=16)
    assert bills.orders_until(shop.ask()) == EVENING - timedelta(minutes=10)


def test_the_last_minutes_of_a_day_take_no_questions(shop):
    shop.now = LAST_MINUTES

    with pytest.raises(bills.BillsClosed):
        shop.ask()


# --- Used once ------------------------------------------------------------------------


def test_an_answer_is_set_aside_for_one_line_with_what_it_costs(shop):
    read_deposit(account_id=shop.account.pk, now=shop.now)
    holder = uuid4()

    used = shop.use(shop.ask(), holder=holder)

    assert (used.status, used.holder, used.used_on) == ("used", holder, used.day)
    hold = DepositHold.objects.get()
    assert (hold.holder, hold.amount) == (holder, shop.door.cost)
    assert SupplierAccount.objects.get().reserved == shop.door.cost


def test_an_answer_cannot_be_used_twice(shop):
    inquiry = shop.ask()
    shop.use(inquiry)

    with pytest.raises(bills.BillIsOver):
        shop.use(inquiry)

    assert DepositHold.objects.count() == 1


def test_the_database_allows_a_line_one_bill(shop):
    holder = uuid4()
    shop.use(shop.ask(), holder=holder)

    with pytest.raises(IntegrityError):
        shop.use(shop.ask(shop.door.numbers.fails), holder=holder)


def test_somebody_elses_answer_cannot_be_ordered(shop):
    inquiry = shop.ask()

    with pytest.raises(NotFound):
        shop.use(inquiry, customer=make_customer())

    inquiry.refresh_from_db()
    assert inquiry.status == "answered"


def test_another_stores_answer_does_not_exist(shop, borealis):
    inquiry = shop.ask()

    with tenant_scope(borealis.pk):
        theirs = make_bill()
        with pytest.raises(NotFound):
            shop.use(inquiry, customer=make_customer())
        with pytest.raises(bills.BillIsOver):
            bills.get_answer(inquiry_id=inquiry.pk, product=theirs, now=shop.now)


def test_an_answer_about_another_product_prices_nothing(shop):
    inquiry = shop.ask()

    with pytest.raises(bills.BillIsOver):
        bills.get_answer(inquiry_id=inquiry.pk, product=make_bill(), now=shop.now)


def test_an_answer_of_yesterday_cannot_be_ordered(shop):
    inquiry = shop.ask()
    shop.now = NEXT_DAY

    with pytest.raises(bills.BillIsOver):
        shop.use(inquiry)


def test_what_the_deposit_does_not_cover_is_not_ordered(shop):
    SupplierAccount.objects.update(deposit=shop.door.cost - 1, deposit_at=shop.now)

    with pytest.raises(bills.DepositTooLow):
        shop.use(shop.ask())

    assert not DepositHold.objects.exists()
    assert BillInquiry.objects.get().status == "answered"


def test_the_database_uses_an_answer_on_its_own_day_alone(shop):
    inquiry = shop.ask()

    with pytest.raises(IntegrityError), unit_of_work("tests.use"):
        INQUIRIES.move(
            inquiry,
            InquiryStatus.USED,
            actor="test",
            now=NEXT_DAY,
            holder=uuid4(),
            used_on=NEXT_DAY.date() + timedelta(days=1),
        )


def test_what_was_not_ordered_ends_with_its_day_and_is_forgotten(shop, jobs):
    shop.ask()
    used = shop.use(shop.ask(shop.door.numbers.fails))
    shop.now += timedelta(days=1)

    with no_tenant_scope():
        end_inquiries()

    statuses = BillInquiry.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["over", "used"]
    shop.now += bills.KEPT
    with no_tenant_scope():
        end_inquiries()
    assert list(BillInquiry.objects.all()) == [used]


def test_a_question_that_died_ends_unknown(shop):
    inquiry = shop.ask()
    BillInquiry.objects.update(
        status="asked", finding="", billed=None, cost=None, answered_at=None
    )
    shop.now += bills.ENDS_AFTER

    with no_tenant_scope():
        end_inquiries()

    inquiry.refresh_from_db()
    assert inquiry.status == "unknown"
    with pytest.raises(IllegalMove), unit_of_work("tests.use"):
        INQUIRIES.move(inquiry, InquiryStatus.USED, actor="test", now=shop.now)
