"""Purchases at the running, simulated TokoVoucher that the contract does not hold."""

import pytest

from inventory.simulator.faults import Call, Fault
from inventory.suppliers.base import FactState
from tests.inventory.contract.conftest import address, control, moved_clock, stage
from tests.inventory.contract.stage import FLIP_SECS, shop_at
from tests.inventory.contract.test_simulators import asked
from tests.inventory.contract.tokovoucher import CASE
from tests.inventory.suppliers import attempt_of

__all__ = ["address", "control", "moved_clock", "stage"]


@pytest.fixture
def case():
    return CASE


@pytest.fixture
def buyer(address):
    return shop_at(address, CASE.spec)


def test_a_forged_outcome_in_a_proven_report_changes_nothing(stage):
    """Its signature covers the reference alone: the status check decides."""
    purchase = stage.order("waits_then_fails")
    reference = attempt_of(purchase).ref_id
    stage.clock.pass_secs(FLIP_SECS)
    assert stage.control.list_transactions()[0]["rc"] == "gagal"
    [callback] = stage.control.list_callbacks()
    body = callback["body"].replace('"status": "gagal"', '"status": "sukses"')
    assert body != callback["body"]

    assert stage.post(callback | {"body": body}).status_code == 200

    assert stage.status(purchase) == "open"
    stage.live(secs=600)
    assert (stage.status(purchase), attempt_of(purchase).ref_id) == (
        "failed",
        reference,
    )


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.HTML_AFTER, Fault.CUT_AFTER])
def test_trouble_with_the_price_delays_an_order_and_buys_it_once(stage, fault):
    stage.control.fail_next(fault, call=Call.PRICES)

    purchase = stage.order()
    assert (stage.status(purchase), stage.sold()) == ("open", [])
    stage.live(secs=120)

    assert stage.status(purchase) == "succeeded"
    stage.assert_books_agree()


def test_the_simulator_buys_twice_for_who_orders_twice(buyer, control):
    """So that an adapter which repeats a purchase would not go unnoticed."""
    request = asked(CASE)
    buyer.buy(request)
    buyer.buy(request)

    for _turn in range(3):
        assert buyer.look_up(request).state is FactState.SUCCEEDED
    [sold] = control.list_transactions()
    assert (sold["charges"], sold["deliveries"]) == (2, 2)
    assert buyer.read_balance() == 1_000_000 - 2 * CASE.price


def test_the_list_has_each_of_its_goods(buyer):
    listed = {line.sku: (line.cost, line.brand) for line in buyer.list_prices()}

    assert listed == {
        "ML86": (18_600, "Mobile Legends"),
        "ML172": (36_900, "Mobile Legends"),
        "FF70": (9_050, "Free Fire"),
        "S10": (10_600, "Telkomsel"),
    }


@pytest.mark.parametrize("word", ["product", "balance"])
def test_a_planned_refusal_forms_no_transaction(buyer, control, word):
    control.plan(word)

    fact = buyer.buy(asked(CASE))

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, word)
    assert control.list_transactions() == []
