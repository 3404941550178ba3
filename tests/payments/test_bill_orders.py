"""Bills in orders: priced by the answer, paid once, delivered or given back."""

from datetime import timedelta

import pytest

from inventory.models import BillInquiry, DepositHold, Purchase, SupplierAccount
from inventory.services import bills
from inventory.services.deposits import read_deposit
from payments.models import Delivery, LedgerPosting, Order, OrderLine
from payments.services.incoming import charges
from payments.services.orders import checkout, delivery, expiry, undo
from payments.services.orders.quote import (
    BillNotPayable,
    Item,
    NeedsInquiry,
    NotServed,
    make_quote,
)
from payments.states import AccountKind
from ppob.kit.errors import InvalidInput, NotFound
from tests.factories import make_customer, make_order, make_policy
from tests.inventory.billing import DIGIFLAZZ, EVENING, FEE, NEXT_DAY, BillShop
from tests.payments.acts import open_transfer, pending, tell

pytestmark = pytest.mark.usefixtures("right_books")

MINUTE = timedelta(minutes=1)
BILLED, COST = DIGIFLAZZ.billed, DIGIFLAZZ.cost


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, DIGIFLAZZ)


def order_of(shop, inquiry=None, **fields):
    inquiry = inquiry or shop.ask()
    return checkout.place_order(
        customer=fields.pop("customer", shop.customer),
        items=[Item(shop.product.pk, inquiry_id=inquiry.pk)],
        request_key=fields.pop("request_key", "press:1"),
        now=shop.now,
        **fields,
    )


def pay(shop, order):
    tell(pending(order, method=open_transfer(), now=shop.now), now=shop.now)
    shop.work()
    order.refresh_from_db()


def deposits_booked():
    found = LedgerPosting.objects.filter(account__kind=AccountKind.COST)
    return list(found.values_list("amount", flat=True))


# --- The price ------------------------------------------------------------------------


def test_a_bill_costs_what_was_answered_and_the_stores_fee(shop):
    read_deposit(account_id=shop.account.pk, now=shop.now)

    order = order_of(shop)

    line = order.lines.get()
    assert order.total == BILLED + FEE == 13_000
    assert (line.kind, line.unit_price, line.unit_cost) == ("bill", 13_000, COST)
    assert (line.destination, line.destination_name) == (
        DIGIFLAZZ.numbers.paid,
        DIGIFLAZZ.name,
    )
    assert line.cost_ceiling == 13_000
    inquiry = BillInquiry.objects.get()
    assert (inquiry.status, inquiry.holder) == ("used", line.public_id)
    assert DepositHold.objects.get().amount == COST


def test_a_changed_fee_counts_for_the_next_order(shop):
    shop.product.price = 5_000
    shop.product.save()

    assert order_of(shop).total == BILLED + 5_000


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"destination": DIGIFLAZZ.numbers.paid},
        {"inquiry_id": 10**9},
        {"inquiry_id": -1},
    ],
)
def test_nobody_says_by_themselves_what_a_bill_costs(shop, item):
    with pytest.raises((NeedsInquiry, BillNotPayable)):
        make_order(
            shop.product, customer=shop.customer, items=[Item(shop.product.pk, **item)]
        )

    assert not Order.objects.exists()


def test_an_answer_with_another_number_beside_it_is_refused(shop):
    item = Item(shop.product.pk, inquiry_id=shop.ask().pk, destination="999")

    with pytest.raises(NeedsInquiry):
        make_order(customer=shop.customer, items=[item])


def test_bills_are_paid_one_at_a_time(shop):
    item = Item(shop.product.pk, quantity=2, inquiry_id=shop.ask().pk)

    with pytest.raises(InvalidInput):
        make_order(customer=shop.customer, items=[item])

    assert not Order.objects.exists()


def test_the_same_answer_twice_in_an_order_is_refused(shop):
    item = Item(shop.product.pk, inquiry_id=shop.ask().pk)

    with pytest.raises(InvalidInput):
        make_order(customer=shop.customer, items=[item, item])


def test_what_costs_more_than_it_is_sold_for_is_not_sold(shop):
    inquiry = shop.ask()
    BillInquiry.objects.update(cost=BILLED + FEE + 1)

    with pytest.raises(NotServed):
        order_of(shop, inquiry)


# --- Once -----------------------------------------------------------------------------


def test_two_clicks_are_one_order(shop):
    inquiry = shop.ask()

    first = order_of(shop, inquiry)
    again = order_of(shop, inquiry)

    assert first == again
    assert OrderLine.objects.count() == 1


def test_two_orders_of_one_answer_are_one(shop):
    inquiry = shop.ask()
    order_of(shop, inquiry)

    with pytest.raises(BillNotPayable):
        order_of(shop, inquiry, request_key="press:2")

    assert Order.objects.count() == 1
    assert DepositHold.objects.count() == 1


def test_somebody_elses_answer_is_not_ordered(shop):
    inquiry = shop.ask()

    with pytest.raises(NotFound):
        order_of(shop, inquiry, customer=make_customer())

    assert not Order.objects.exists()
    assert BillInquiry.objects.get().status == "answered"


def test_what_the_deposit_does_not_cover_is_not_sold(shop):
    SupplierAccount.objects.update(deposit=COST - 1, deposit_at=shop.now)

    with pytest.raises(NotServed):
        order_of(shop)

    assert not Order.objects.exists()


# --- The time -------------------------------------------------------------------------


def test_a_bill_waits_for_its_money_no_longer_than_it_counts(shop):
    shop.now = EVENING + timedelta(hours=3, minutes=40)  # 23:40
    latest = EVENING + timedelta(hours=3, minutes=50)

    order = order_of(shop)

    assert (order.expires_at, order.latest_at) == (latest, latest)
    payment = charges.choose_method(
        order_id=order.pk, method_id=open_transfer().public_id, now=shop.now
    )
    order.refresh_from_db()
    assert payment.expires_at == order.expires_at == latest


def test_shortly_before_that_another_way_to_pay_is_too_late(shop):
    shop.now = EVENING + timedelta(hours=3, minutes=40)
    order = order_of(shop)

    with pytest.raises(charges.TooLate):
        charges.choose_method(
            order_id=order.pk,
            method_id=open_transfer().public_id,
            now=order.latest_at - timedelta(seconds=59),
        )


def test_an_ordinary_order_has_no_latest_moment(in_arcadia):
    order = make_order()

    assert order.latest_at is None


def test_a_quote_of_several_lines_ends_with_its_earliest_bill(shop):
    first, second = shop.ask(), shop.ask(DIGIFLAZZ.numbers.fails)
    items = [Item(shop.product.pk, inquiry_id=each.pk) for each in (first, second)]

    quote = make_quote(
        items, customer=shop.customer, valid_until=NEXT_DAY, now=shop.now
    )

    assert quote.latest == bills.orders_until(first)
    assert quote.valid_until == quote.latest


def test_an_expired_bill_gives_its_deposit_back_and_is_asked_anew(shop):
    order = order_of(shop)
    expiry.expire_order(order_id=order.pk, now=order.expires_at)

    assert SupplierAccount.objects.get().reserved == 0
    with pytest.raises(BillNotPayable):
        order_of(shop, BillInquiry.objects.get(), request_key="press:2")
    assert order_of(shop, shop.ask(), request_key="press:3").total == BILLED + FEE


# --- From the money to the receipt ----------------------------------------------------


def test_a_paid_bill_is_paid_and_delivered_with_its_number(shop):
    order = order_of(shop)

    pay(shop, order)

    [code] = delivery.reveal_codes(
        customer=shop.customer, order_id=order.pk, now=shop.now
    )
    assert order.status == "delivered"
    assert code.code == Purchase.objects.get().serial_number.reveal() != ""
    assert shop.charged() == {BillInquiry.objects.get().ref_id: 1}
    assert SupplierAccount.objects.get().reserved == 0


def test_a_bill_is_booked_at_what_the_deposit_lost(shop):
    order = order_of(shop)

    pay(shop, order)

    assert deposits_booked() == [COST]


def test_a_bill_that_was_not_paid_is_given_back_whole(shop):
    order = order_of(shop, shop.ask(DIGIFLAZZ.numbers.fails))
    pay(shop, order)

    shop.live(secs=180)

    order.refresh_from_db()
    assert (order.status, order.refunded) == ("refunded", order.total)
    assert not Delivery.objects.exists()
    assert shop.charged() == {}


def test_an_unknown_payment_is_neither_handed_over_nor_given_back(shop):
    order = order_of(shop)
    shop.troubles = ["silent"]

    pay(shop, order)
    shop.live(secs=20 * 60)

    order.refresh_from_db()
    assert (order.status, order.refunded) == ("delivering", 0)
    assert not Delivery.objects.exists()


def test_a_buyer_can_take_a_bill_back_before_it_is_sent(shop):
    make_policy(undo_secs=30)
    order = order_of(shop)
    pay(shop, order)

    undo.take_back(customer=shop.customer, order_id=order.pk, now=shop.now)
    shop.live(secs=120)

    order.refresh_from_db()
    assert order.status in {"refunding", "refunded"}
    assert shop.charged() == {}


def test_money_that_comes_late_pays_the_same_bill_under_a_new_reference(shop):
    order = order_of(shop)
    payment = pending(order, method=open_transfer(), now=shop.now)
    expiry.expire_order(order_id=order.pk, now=order.latest_at)
    shop.now = NEXT_DAY

    tell(payment, now=shop.now)
    shop.work()
    shop.live(secs=120)

    order.refresh_from_db()
    used = BillInquiry.objects.get(status="used")
    assert order.status == "delivered"
    assert str(used.day) == "2026-03-15"
    assert shop.charged() == {used.ref_id: 1}


def test_money_that_comes_late_for_another_amount_goes_back(shop):
    order = order_of(shop)
    payment = pending(order, method=open_transfer(), now=shop.now)
    expiry.expire_order(order_id=order.pk, now=order.latest_at)
    BillInquiry.objects.update(billed=BILLED - 500)
    shop.now = NEXT_DAY

    tell(payment, now=shop.now)
    shop.work()
    shop.live(secs=120)

    order.refresh_from_db()
    assert (order.status, order.refunded) == ("refunded", order.total)
    assert shop.charged() == {}
