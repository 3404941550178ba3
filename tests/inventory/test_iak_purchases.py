"""Purchases at the running, simulated IAK: bought once, told once, never guessed."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from inventory.models import PurchaseAttempt
from inventory.services import purchases
from inventory.simulator.client import SupplierControl
from inventory.simulator.faults import Fault
from inventory.simulator.server import make_app
from inventory.suppliers.iak.simulator.engine import sign
from inventory.suppliers.iak.simulator.world import TOKO_DEWI, TOKO_RIZKY
from ppob.kit.scope import no_tenant_scope, tenant_scope
from ppob.local.simulators.serving import serving
from security.models import InboxEvent
from tests.conftest import NOON
from tests.factories import SupplierAccountFactory
from tests.factories.goods import CategoryFactory
from tests.inventory.suppliers import (
    attempt_of,
    check,
    make_topup,
    map_product,
    send,
    state_of,
    submit,
)
from tests.payments.test_gateway_simulator import receiving

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PLAYER = "156378300|8483"
PRICE = 18_900
ZONES = [
    {"name": "user_id", "label": "User ID", "pattern": "[0-9]{6,12}"},
    {"name": "zone_id", "label": "Zone ID", "pattern": "[0-9]{4,5}"},
]
# Whatever became of the request, its answer says nothing that can be used.
UNHEARD = [Fault.ERROR_AFTER, Fault.HTML_AFTER, Fault.CUT_AFTER, Fault.WRONG_REF]


class Clock:
    """What time it is at the supplier."""

    def __init__(self):
        self.now = NOON

    def passes(self, time):
        self.now += time
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(tmp_path, clock, settings):
    def app():
        return make_app(
            folder=tmp_path, clock=lambda: clock.now.timestamp(), flip_secs=10
        )

    with serving(app) as found:
        settings.SUPPLIER_SIMULATOR_URL = found
        yield found


@pytest.fixture
def control(address):
    found = SupplierControl(address, "iak")
    yield found
    found.close()


def make_account(buyer=TOKO_RIZKY, **fields):
    keys = json.dumps({"api_key": buyer.api_key})
    return SupplierAccountFactory(
        kind="iak", username=buyer.username, credentials=keys, **fields
    )


@pytest.fixture
def account(in_arcadia):
    return make_account()


@pytest.fixture
def product(account):
    made = make_topup(category=CategoryFactory(code="ML", destination_fields=ZONES))
    map_product(made, account, sku="hml86", cost=PRICE)
    return made


@pytest.fixture
def purchase(product, address):
    return submit(product, PLAYER, ceiling=20_000)


@pytest.fixture
def second(product):
    made = make_account(TOKO_DEWI, position=1)
    map_product(product, made, sku="hml86", cost=PRICE)
    return made


def test_a_top_up_is_under_way_first_and_then_bought(purchase, control, clock):
    assert send(purchase) == ("open", "unknown")
    assert attempt_of(purchase).due_at == NOON + 20 * SECOND

    assert check(purchase, now=clock.passes(20 * SECOND)) == ("succeeded", "succeeded")

    attempt = attempt_of(purchase)
    [transaction] = control.list_transactions()
    assert (transaction["customer_id"], transaction["charges"]) == (PLAYER, 1)
    assert purchase.cost == attempt.cost == PRICE
    assert purchase.serial_number.reveal() == transaction["sn"] != ""
    assert attempt.supplier_reference == str(transaction["tr_id"])
    assert attempt.discrepancy == ""


@pytest.mark.parametrize("fault", UNHEARD)
def test_a_purchase_whose_answer_was_lost_is_found_by_its_reference(
    purchase, second, control, clock, fault
):
    control.fail_next(fault)
    assert send(purchase) == ("open", "unknown")

    assert check(purchase, now=clock.passes(20 * SECOND)) == ("succeeded", "succeeded")

    ref_id = attempt_of(purchase).ref_id
    assert control.list_requests() == [ref_id, ref_id]
    assert [each["charges"] for each in control.list_transactions()] == [1]


@pytest.mark.parametrize("fault", [*UNHEARD, Fault.NEW_CODE])
def test_a_question_without_an_answer_is_asked_again(purchase, control, clock, fault):
    send(purchase)
    control.fail_next(fault)
    assert check(purchase, now=clock.passes(20 * SECOND)) == ("open", "unknown")

    assert check(purchase, now=clock.passes(MINUTE)) == ("succeeded", "succeeded")


def test_a_reference_that_never_arrived_stays_open_and_is_not_bought(
    purchase, second, control, clock
):
    control.fail_next(Fault.CUT_BEFORE)
    assert send(purchase) == ("open", "unknown")

    for _turn in range(8):
        now = clock.passes(5 * MINUTE)
        assert check(purchase, now=now)[1] == "unknown"
        purchases.find_supplier_again(purchase_id=purchase.pk, now=now)
        purchases.hand_to_owner(purchase_id=purchase.pk, now=now)

    assert control.list_transactions() == []
    assert control.list_requests() == [attempt_of(purchase).ref_id] * 8
    assert state_of(purchase) == ("needs_owner", "unknown")
    assert (attempt_of(purchase).rc, PurchaseAttempt.objects.count()) == ("06", 1)
    with pytest.raises(purchases.OutcomeUnclear):
        purchases.give_up(purchase_id=purchase.pk, actor="test", reason="", now=now)


@pytest.mark.parametrize("rc", ["07", "14", "141"])
def test_a_failure_counts_when_it_is_told_twice(purchase, second, control, clock, rc):
    control.plan(rc)
    assert send(purchase) == ("open", "unknown")
    assert check(purchase, now=clock.passes(20 * SECOND)) == ("open", "unknown")
    assert check(purchase, now=clock.passes(59 * SECOND)) == ("open", "unknown")

    assert check(purchase, now=clock.passes(SECOND)) == ("failed", "failed")

    # It had a transaction, so no other supplier is asked.
    attempt = PurchaseAttempt.objects.get()
    assert (attempt.rc, purchase.serial_number.reveal()) == (rc, "")
    assert [each["charges"] for each in control.list_transactions()] == [0]


@pytest.mark.parametrize("rc", ["17", "20", "106", "110", "202"])
def test_what_formed_no_transaction_is_bought_elsewhere(
    purchase, second, control, clock, rc
):
    control.plan(rc)
    assert send(purchase) == ("open", "queued")
    send(purchase)

    assert check(purchase, now=clock.passes(20 * SECOND)) == ("succeeded", "succeeded")
    [transaction] = control.list_transactions()
    assert transaction["username"] == TOKO_DEWI.username
    assert attempt_of(purchase).account == second


@pytest.mark.parametrize(
    ("rc", "state"), [("17", ("needs_owner", "failed")), ("106", ("failed", "failed"))]
)
def test_without_another_account_only_the_accounts_own_trouble_waits(
    purchase, control, rc, state
):
    control.plan(rc)

    assert send(purchase) == state
    assert control.list_transactions() == []


def test_a_question_that_is_turned_away_says_nothing(purchase, second, control, clock):
    send(purchase)
    control.switch(refuses_addresses=True)
    for _turn in range(3):
        now = clock.passes(2 * MINUTE)
        assert check(purchase, now=now) == ("open", "unknown")
    assert attempt_of(purchase).rc == "102"

    control.switch(refuses_addresses=False)

    assert check(purchase, now=clock.passes(5 * MINUTE)) == ("succeeded", "succeeded")


def test_a_failure_that_is_taken_back_is_evidence_only(
    purchase, account, control, clock, jobs
):
    control.plan("07")
    send(purchase)
    for pause in (20 * SECOND, MINUTE):
        settled = check(purchase, now=clock.passes(pause))
    control.change_mind(attempt_of(purchase).ref_id, "00")

    assert post(account, report_of(purchase), jobs).status_code == 200

    assert state_of(purchase) == settled == ("failed", "failed")
    assert attempt_of(purchase).discrepancy == "late_success"


# --- Callbacks ------------------------------------------------------------------------


def report_of(purchase, *, buyer=TOKO_RIZKY, **changes):
    """A signed report; what it says beside the reference is not covered by that."""
    ref_id = attempt_of(purchase).ref_id
    data = {"ref_id": ref_id, "status": "1", "rc": "00", "sn": "FORGED", "price": "1"}
    return json.dumps({"data": data | {"sign": sign(buyer, ref_id)} | changes}).encode()


def post(account, body, jobs):
    """Bring the bytes to the account's door, and let the workers work."""
    jobs.waiting.clear()  # the attempts' own jobs
    with no_tenant_scope():
        answer = Client().post(
            f"/api/v1/suppliers/iak/{account.public_id}/callbacks/",
            data=body,
            content_type="application/json",
        )
        jobs.run()
    return answer


def test_a_report_makes_us_ask_and_the_answer_settles(
    purchase, account, control, clock, jobs
):
    with receiving() as merchant:
        control.switch(callback_urls={TOKO_RIZKY.username: merchant.url})
        send(purchase)
        clock.passes(10 * SECOND)
        control.wait_for_callback(attempt_of(purchase).ref_id)
    [(_headers, body)] = merchant.received

    answers = [post(account, body, jobs).status_code for _turn in range(2)]

    assert answers == [200, 200]
    event = InboxEvent.objects.get()
    assert (event.source, event.status, event.result) == (
        "supplier:iak",
        "processed",
        "succeeded",
    )
    assert state_of(purchase) == ("succeeded", "succeeded")
    [transaction] = control.list_transactions()
    assert purchase.serial_number.reveal() == transaction["sn"]
    assert control.list_requests() == [transaction["ref_id"]] * 2


@pytest.mark.parametrize(
    "lie", [{}, {"status": "2", "rc": "07"}, {"status": "2", "rc": "17"}]
)
def test_a_report_that_says_more_than_it_signs_is_not_believed(
    purchase, account, control, jobs, lie
):
    send(purchase)

    assert post(account, report_of(purchase, **lie), jobs).status_code == 200

    assert state_of(purchase) == ("open", "unknown")
    attempt = attempt_of(purchase)
    assert (attempt.rc, attempt.failed_once_at) == ("39", None)
    assert attempt.serial_number.reveal() == ""
    assert InboxEvent.objects.get().result == "unknown"


def test_a_report_that_cannot_be_confirmed_waits(
    purchase, account, control, clock, jobs
):
    send(purchase)
    clock.passes(10 * SECOND)
    control.fail_next(Fault.ERROR_AFTER)

    assert post(account, report_of(purchase), jobs).status_code == 200

    assert state_of(purchase) == ("open", "unknown")
    assert InboxEvent.objects.get().status == "received"


def test_another_accounts_report_cannot_settle(
    purchase, borealis, control, clock, jobs
):
    with tenant_scope(borealis.pk):
        stranger = make_account(TOKO_DEWI)
    mine = make_account(TOKO_DEWI, position=1)
    send(purchase)
    clock.passes(10 * SECOND)

    for other in (stranger, mine):
        answer = post(other, report_of(purchase, buyer=TOKO_DEWI), jobs)
        assert answer.status_code == 200

    assert state_of(purchase) == ("open", "unknown")
    assert control.list_requests() == [attempt_of(purchase).ref_id]
    for tenant_id in (mine.tenant_id, borealis.pk):
        with tenant_scope(tenant_id):
            event = InboxEvent.objects.get()
            assert (event.status, event.result) == ("refused", "unknown reference")
