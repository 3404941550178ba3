"""Bills at the served simulators, over real HTTP, as a store on one machine pays."""

from contextlib import suppress

import pytest

from catalog.states import ProductKind
from inventory.models import SupplierProduct
from inventory.services import bills, price_sync, purchases
from inventory.simulator.faults import Fault
from inventory.simulator.server import make_app
from inventory.suppliers import base, registry
from inventory.suppliers.base import BillFinding, BillQuestion, FactState
from inventory.tasks import sweep_purchases
from ppob.kit.db import unit_of_work
from ppob.kit.scope import no_tenant_scope
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.factories import make_customer, make_policy, make_product
from tests.inventory.billing import DOORS, FEE, WITHOUT_SERIAL_NUMBER
from tests.inventory.contract.stage import (
    FLIP_SECS,
    account_of,
    controlling,
    shop_at,
)

START = 1_000_000


@pytest.fixture(params=DOORS, ids=lambda door: door.code)
def door(request):
    return request.param


@pytest.fixture
def buyer(door, address):
    """The adapter of a demo store."""
    return shop_at(address, registry.spec_of(door.code))


@pytest.fixture
def control(door, address):
    with controlling(address, door.code) as found:
        yield found


def asked(door, number="", *, ref_id="B1"):
    return BillQuestion(ref_id, door.sku, number or door.numbers.paid)


def payment_of(bill, question):
    return base.PurchaseRequest(
        ref_id=question.ref_id,
        sku=question.sku,
        destination=question.number,
        ceiling=bill.billed + FEE,
        callback_url="",
        first_sent_at=NOON,
        sent_at=NOON,
        supplier_reference=bill.supplier_reference,
        is_bill=True,
    )


# --- The adapters ---------------------------------------------------------------------


def test_a_bill_is_listed_asked_about_paid_and_asked_about_again(door, buyer, control):
    assert door.sku in {line.sku for line in buyer.list_bills() if line.is_available}

    bill = buyer.inquire_bill(asked(door))
    before = buyer.read_balance()
    request = payment_of(bill, asked(door))
    paid = buyer.pay_bill(request)
    found = buyer.look_up_bill(request)

    assert (bill.finding, bill.billed, bill.cost) == ("due", door.billed, door.cost)
    assert (bill.customer_name, bill.period) == (door.name, door.period)
    assert (paid.ref_id, paid.state, paid.cost) == (
        "B1",
        FactState.SUCCEEDED,
        door.cost,
    )
    assert paid.serial_number
    assert found == paid
    assert (before, buyer.read_balance()) == (START, START - door.cost)
    [sold] = control.list_transactions()
    assert (sold["ref_id"], sold["charges"]) == ("B1", 1)


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("fails", (FactState.FAILED, FactState.FAILED)),
        ("waits_then_paid", (FactState.PENDING, FactState.SUCCEEDED)),
        ("waits_then_fails", (FactState.PENDING, FactState.FAILED)),
    ],
)
def test_payments_end_as_their_numbers_say(
    door, buyer, control, moved_clock, number, states
):
    question = asked(door, getattr(door.numbers, number))
    bill = buyer.inquire_bill(question)
    request = payment_of(bill, question)

    first = buyer.pay_bill(request)
    moved_clock.pass_secs(FLIP_SECS)
    last = buyer.look_up_bill(request)

    assert (first.state, last.state) == states
    is_paid = states[1] is FactState.SUCCEEDED
    assert bool(last.serial_number) is is_paid
    assert buyer.read_balance() == START - door.cost * is_paid


def test_a_number_without_a_bill_is_a_finding(door, buyer, control):
    bill = buyer.inquire_bill(asked(door, door.numbers.nothing))

    assert bill.finding in (BillFinding.NONE, BillFinding.PAID)
    assert control.list_transactions() == []


def test_what_was_asked_about_alone_is_never_taken_for_paid(door, buyer, control):
    bill = buyer.inquire_bill(asked(door))

    fact = buyer.look_up_bill(payment_of(bill, asked(door)))

    assert fact.state in (FactState.UNCLEAR, FactState.NOT_FORMED)
    assert buyer.read_balance() == START


@pytest.mark.parametrize("fault", [each for each in Fault if "hang" not in each])
def test_a_broken_answer_to_a_payment_is_no_outcome(door, buyer, control, fault):
    bill = buyer.inquire_bill(asked(door))
    control.fail_next(fault)

    with suppress(base.OutcomeUnknown):
        fact = buyer.pay_bill(payment_of(bill, asked(door)))
        assert fact.state is FactState.UNCLEAR

    assert len(control.list_transactions()) == (not fault.endswith("_before"))


def test_a_stranger_is_turned_away_before_a_bill_is_looked_at(door, address, buyer):
    bill = buyer.inquire_bill(asked(door))
    stranger = shop_at(address, registry.spec_of(door.code), api_key="dev-wrong")

    for deed in (
        lambda: stranger.inquire_bill(asked(door, ref_id="B2")),
        lambda: stranger.pay_bill(payment_of(bill, asked(door))),
        stranger.list_bills,
    ):
        with pytest.raises(base.ProviderRefused):
            deed()
    assert buyer.read_balance() == START


def test_a_restart_forgets_no_question(door, tmp_path, moved_clock):
    def app():
        return make_app(folder=tmp_path, clock=moved_clock.timestamp)

    spec = registry.spec_of(door.code)
    with serving(app) as first:
        bill = shop_at(first, spec).inquire_bill(asked(door))
    with serving(app) as second:
        paid = shop_at(second, spec).pay_bill(payment_of(bill, asked(door)))

    assert (paid.state, paid.cost) == (FactState.SUCCEEDED, door.cost)


# --- The whole way --------------------------------------------------------------------


@pytest.fixture
def store(door, address, in_arcadia, moved_clock, jobs):
    """A store with an account at the served supplier, whose bills are listed."""
    make_policy(undo_secs=0)
    account = account_of(registry.spec_of(door.code))
    price_sync.sync_bills(account_id=account.pk, now=moved_clock.now)
    return account


def pay(store, door, number, *, clock, jobs):
    """Ask, order and have paid what this number owes."""
    product = make_product(kind=ProductKind.BILL, price=FEE)
    SupplierProduct.objects.filter(account=store, sku=door.sku).update(product=product)
    customer = make_customer()
    found = bills.inquire(
        customer=customer, product=product, entered={"account": number}, now=clock.now
    )
    holder = found.public_id
    with unit_of_work("tests.pay"):
        used = bills.use(
            inquiry_id=found.pk, customer=customer, holder=holder, now=clock.now
        )
        purchase = purchases.submit(
            holder=holder,
            unit_no=1,
            product=product,
            destination=used.destination,
            ceiling=used.billed + FEE,
            inquiry=used,
            now=clock.now,
        )
    for _turn in range(20):
        with no_tenant_scope():
            sweep_purchases()
            jobs.run()
        clock.pass_secs(30)
    purchase.refresh_from_db()
    return purchase


@pytest.mark.parametrize("number", ["paid", "waits_then_paid"])
def test_a_store_pays_a_bill_once(store, door, control, moved_clock, jobs, number):
    purchase = pay(
        store, door, getattr(door.numbers, number), clock=moved_clock, jobs=jobs
    )

    assert (purchase.status, purchase.cost) == ("succeeded", door.cost)
    assert purchase.serial_number.reveal()
    [sold] = control.list_transactions()
    assert (sold["ref_id"], sold["charges"]) == (purchase.inquiry.ref_id, 1)


def test_a_bill_without_a_serial_number_ends_by_itself(
    address, in_arcadia, moved_clock, jobs
):
    door = WITHOUT_SERIAL_NUMBER
    make_policy(undo_secs=0)
    account = account_of(registry.spec_of(door.code))
    price_sync.sync_bills(account_id=account.pk, now=moved_clock.now)

    purchase = pay(
        account, door, door.numbers.waits_then_paid, clock=moved_clock, jobs=jobs
    )

    assert (purchase.status, purchase.cost) == ("succeeded", door.cost)
    assert purchase.serial_number.reveal() == ""
