"""Top-ups from the order to the supplier and back: bought once, delivered or refunded.

The supplier is the scripted one: it answers as told, at the adapter's own door.
"""

from datetime import timedelta

import pytest

from inventory.models import (
    Purchase,
    PurchaseAttempt,
    SupplierProduct,
)
from inventory.services import purchase_resolution, purchases
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from payments import tasks
from payments.models import Delivery, LedgerEntry, Refund
from payments.services import refunds
from payments.services.orders import delivery
from payments.states import OrderStatus, RefundStatus
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.factories import make_customer, make_member, make_order
from tests.inventory.suppliers import (
    SKU,
    SUCCEEDS,
    Scripted,
    attempt_of,
    hear,
    make_account,
    make_topup,
    map_product,
    served_by,
    told,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    books,
    deliver,
    open_transfer,
    pending,
    refund,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")


PRICE = 11_000
BOUGHT = {"cost": 10_000, "deposit": -10_000}


MINUTE = timedelta(minutes=1)


class Time:
    """What every job takes for the present."""

    now = NOON


@pytest.fixture
def present(monkeypatch):
    moment = Time()
    monkeypatch.setattr(clock, "now", lambda: moment.now)
    return moment


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def product(in_arcadia, present):
    product = make_topup(name="Xl 10.000", price=PRICE)
    map_product(product, make_account())
    return product


@pytest.fixture
def order(product, supplier):
    """Paid by transfer; nobody has been asked to deliver it yet."""
    return pay(make_order(product, destination=SUCCEEDS))


def pay(order, *, now=NOON):
    tell(pending(order, method=open_transfer(), now=now), now=now)
    return fresh(order)


def fresh(row):
    row.refresh_from_db()
    return row


def purchase_of(order):
    return Purchase.objects.get(holder=order.lines.get().public_id)


def codes_of(order):
    revealed = delivery.reveal_codes(
        customer=order.customer, order_id=order.pk, now=NOON
    )
    return [each.code for each in revealed]


def assert_untouched(order, *, status=OrderStatus.DELIVERING):
    """A refusal has moved no money and no status."""
    assert fresh(order).status == status
    assert order.refunded == 0
    assert not Refund.objects.exists()
    assert not Delivery.objects.exists()
    assert books() == {"clearing": PRICE, "held": -PRICE}
    assert balance_of(order.customer) == 0


def test_a_top_up_is_bought_once_and_delivered(order, supplier, jobs):
    jobs.run()

    [request] = supplier.asked
    assert (request.sku, request.destination, request.ceiling) == (SKU, SUCCEEDS, PRICE)
    assert fresh(order).status == OrderStatus.DELIVERED
    assert codes_of(order) == [f"SN-{request.ref_id}"]
    assert books() == {"clearing": PRICE, "sales": -PRICE, **BOUGHT}


def test_delivering_again_buys_nothing_again(order, supplier, jobs):
    for _turn in range(3):
        deliver(order)
    jobs.run()
    for _turn in range(3):
        deliver(order)

    assert len(supplier.asked) == 1
    assert Delivery.objects.get().purchase == purchase_of(order).public_id


def test_what_it_costs_may_be_the_whole_price(product, supplier, jobs):
    SupplierProduct.objects.update(cost=PRICE)
    supplier.answers = [
        lambda request: told(request.ref_id, FactState.SUCCEEDED, cost=PRICE)
    ]
    order = pay(make_order(product, destination=SUCCEEDS))

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert attempt_of(purchase_of(order)).discrepancy == ""


def test_what_was_not_bought_is_refunded(order, supplier, jobs):
    supplier.answers = [FactState.NOT_FORMED]

    jobs.run()

    assert fresh(order).status == OrderStatus.REFUNDED
    assert (order.refunded, balance_of(order.customer)) == (PRICE, PRICE)
    assert Refund.objects.get().status == RefundStatus.DONE
    assert not Delivery.objects.exists()
    assert books() == {"clearing": PRICE, "wallet": -PRICE}
    jobs.run()
    deliver(order)
    assert balance_of(order.customer) == PRICE


def test_a_failure_is_refunded_once_it_is_certain(order, supplier, jobs, present):
    supplier.answers = [FactState.FAILED]
    jobs.run()
    assert_untouched(order)

    hear(purchase_of(order), FactState.FAILED, now=NOON + MINUTE)
    jobs.run()

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(order.customer) == PRICE


@pytest.mark.parametrize(
    "answer",
    [
        FactState.PENDING,
        FactState.UNCLEAR,
        OutcomeUnknown("time-out"),
        ProviderUnreachable("away"),
    ],
)
def test_what_is_not_certain_is_neither_delivered_nor_refunded(
    order, supplier, jobs, answer
):
    supplier.answers = [answer]

    jobs.run()
    deliver(order)

    assert_untouched(order)


def test_what_is_pending_is_delivered_when_it_is_bought(order, supplier, jobs):
    supplier.answers = [FactState.PENDING]
    jobs.run()

    hear(purchase_of(order), FactState.SUCCEEDED)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert codes_of(order) == [f"SN-{supplier.asked[0].ref_id}"]


def needs_owner(order, supplier, jobs):
    """Its only supplier refused our account: the owner has to look."""
    supplier.answers = [ProviderRefused("IP", "45")]
    jobs.run()
    assert purchase_of(order).status == "needs_owner"
    return purchase_of(order)


def test_what_needs_its_owner_is_not_delivered(order, supplier, jobs):
    needs_owner(order, supplier, jobs)

    deliver(order)

    assert_untouched(order)


def test_the_owner_finds_out_that_nothing_was_bought(order, supplier, jobs):
    purchase = needs_owner(order, supplier, jobs)

    purchase_resolution.mark_failed(
        actor=make_member(), purchase=purchase, reason="looked", now=NOON
    )
    jobs.run()

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(order.customer) == PRICE


def test_the_owner_finds_out_that_it_was_bought(order, supplier, jobs):
    supplier.answers = [OutcomeUnknown("time-out")]
    jobs.run()
    purchase = purchase_of(order)
    purchases.hand_to_owner(purchase_id=purchase.pk, now=NOON + 30 * MINUTE)
    assert_untouched(order)

    purchase_resolution.mark_succeeded(
        actor=make_member(),
        purchase=purchase,
        serial_number="7041",
        reason="looked",
        now=NOON + 30 * MINUTE,
    )
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert codes_of(order) == ["7041"]


def test_a_refund_stops_what_was_not_sent(order, supplier, jobs):
    deliver(order)
    assert attempt_of(purchase_of(order)).status == "queued"

    done = refund(make_member(), order)
    jobs.run()

    assert done.status == RefundStatus.DONE
    assert fresh(order).status == OrderStatus.REFUNDED
    attempt = attempt_of(purchase_of(order))
    assert (attempt.status, attempt.fenced_at) == ("failed", NOON)
    assert supplier.asked == []
    assert (order.refunded, balance_of(order.customer)) == (PRICE, PRICE)


def test_a_refund_before_anything_was_ordered_orders_nothing(order, supplier, jobs):
    refund(make_member(), order)
    jobs.run()

    assert supplier.asked == []
    assert not Purchase.objects.exists()
    assert balance_of(order.customer) == PRICE


def test_nothing_is_refunded_while_the_supplier_is_being_asked(order, supplier, jobs):
    seller, refused = make_member(), []

    def answer(request):
        assert attempt_of(purchase_of(order)).status == "sending"
        with pytest.raises(purchases.OutcomeUnclear):
            refund(seller, order)
        assert_untouched(order)
        refused.append(request.ref_id)
        return told(request.ref_id, FactState.SUCCEEDED)

    supplier.answers = [answer]
    jobs.run()

    assert len(refused) == 1
    assert fresh(order).status == OrderStatus.DELIVERED
    assert books() == {"clearing": PRICE, "sales": -PRICE, **BOUGHT}


def test_nothing_is_refunded_that_a_dead_worker_was_sending(order, supplier, jobs):
    supplier.answers = [lambda request: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        jobs.run()
    assert attempt_of(purchase_of(order)).status == "sending"

    with pytest.raises(purchases.OutcomeUnclear):
        refund(make_member(), order)

    assert_untouched(order)
    attempt = attempt_of(purchase_of(order))
    assert (attempt.status, attempt.fenced_at) == ("sending", None)


def test_nothing_is_refunded_whose_outcome_is_unknown(order, supplier, jobs, present):
    supplier.answers = [OutcomeUnknown("time-out")]
    jobs.run()

    with pytest.raises(purchases.OutcomeUnclear):
        refund(make_member(), order)

    assert_untouched(order)
    present.now = NOON + MINUTE
    purchases.check(attempt_id=attempt_of(purchase_of(order)).pk, now=present.now)
    jobs.run()
    assert fresh(order).status == OrderStatus.DELIVERED
    assert {request.ref_id for request in supplier.asked} == {
        attempt_of(purchase_of(order)).ref_id
    }


def test_a_part_is_refunded_while_it_is_being_bought_and_the_rest_is_sold(
    order, supplier, jobs
):
    supplier.answers = [OutcomeUnknown("time-out")]
    jobs.run()
    seller = make_member()

    refund(seller, order, 1_000)
    with pytest.raises(purchases.OutcomeUnclear):
        refund(seller, order, PRICE - 1_000)
    hear(purchase_of(order), FactState.SUCCEEDED)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert (order.refunded, balance_of(order.customer)) == (1_000, 1_000)
    assert books() == {
        "clearing": PRICE,
        "wallet": -1_000,
        "sales": 1_000 - PRICE,
        **BOUGHT,
    }


def test_a_delivered_top_up_is_refunded_and_stays_bought(order, supplier, jobs):
    jobs.run()

    refund(make_member(), order)

    assert fresh(order).status == OrderStatus.DELIVERED
    assert purchase_of(order).status == "succeeded"
    assert balance_of(order.customer) == PRICE
    assert books() == {
        **BOUGHT,
        "clearing": PRICE,
        "sales": -PRICE,
        "refunds": PRICE,
        "wallet": -PRICE,
    }


def overdue(order, *, after=timedelta(hours=24)):
    return refunds.refund_overdue(
        order_id=order.pk, before=NOON + after - tasks.REFUND_AFTER, now=NOON + after
    )


def test_a_day_later_what_was_never_sent_is_refunded(order, supplier, jobs):
    deliver(order)

    assert not overdue(order, after=timedelta(hours=24) - timedelta(microseconds=1))
    assert overdue(order)

    assert fresh(order).status == OrderStatus.REFUNDED
    assert balance_of(order.customer) == PRICE
    jobs.run()
    assert supplier.asked == []


def test_a_day_later_what_may_have_been_bought_is_not_refunded(order, supplier, jobs):
    supplier.answers = [OutcomeUnknown("time-out")]
    jobs.run()

    assert not overdue(order)

    assert_untouched(order)
    assert LedgerEntry.objects.count() == 1


def test_the_sweeper_refunds_what_is_overdue_and_leaves_what_is_unclear(
    order, product, supplier, jobs, present
):
    supplier.answers = [OutcomeUnknown("time-out")]
    jobs.run()
    never_sent = pay(
        make_order(product, customer=make_customer("bima"), destination=SUCCEEDS)
    )
    deliver(never_sent)

    present.now = NOON + timedelta(hours=25)
    with no_tenant_scope():
        tasks.refund_overdue()

    assert fresh(never_sent).status == OrderStatus.REFUNDED
    assert fresh(order).status == OrderStatus.DELIVERING
    assert balance_of(order.customer) == 0


def test_late_money_still_buys_the_top_up(product, supplier, jobs, present):
    order = make_order(product, destination=SUCCEEDS)
    payment = pending(order, method=open_transfer())
    present.now = LATE
    with no_tenant_scope():
        tasks.expire_orders()
    assert fresh(order).status == OrderStatus.EXPIRED

    tell(payment, now=LATE)
    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    assert len(supplier.asked) == 1


def test_a_first_supplier_that_formed_nothing_is_followed_by_the_next(
    order, product, supplier, jobs
):
    map_product(product, make_account(TOKO_DEWI, position=1), cost=10_500)
    supplier.answers = [FactState.NOT_FORMED, FactState.SUCCEEDED]

    jobs.run()

    assert fresh(order).status == OrderStatus.DELIVERED
    accounts = PurchaseAttempt.objects.order_by("pk").values_list(
        "account__username", "status"
    )
    assert list(accounts) == [("rizkytoko", "failed"), ("dewitoko", "succeeded")]
    assert len({request.ref_id for request in supplier.asked}) == 2
    assert codes_of(order) == [f"SN-{supplier.asked[1].ref_id}"]
