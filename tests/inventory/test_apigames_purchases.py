"""Purchases at the running, simulated Apigames that the contract does not hold."""

import pytest

from inventory.suppliers import base
from inventory.suppliers.base import FactState
from tests.inventory.contract.apigames import CASE
from tests.inventory.contract.conftest import address, control, moved_clock, stage
from tests.inventory.contract.stage import FLIP_SECS, RIZKY, shop_at
from tests.inventory.contract.test_simulators import asked
from tests.inventory.suppliers import attempt_of

__all__ = ["address", "control", "moved_clock", "stage"]


@pytest.fixture
def case():
    return CASE


@pytest.fixture
def buyer(address):
    return shop_at(address, CASE.spec)


def test_one_part_of_a_bundle_is_left_to_its_owner(stage):
    """Neither delivered nor given back: somebody has to look at what arrived."""
    stage.control.plan("Pending>Sukses Sebagian")

    purchase = stage.order()
    stage.live(secs=1_920, step=60)

    attempt = attempt_of(purchase)
    assert (stage.status(purchase), attempt.status) == ("needs_owner", "unknown")
    assert (attempt.rc, attempt.message) == ("Sukses Sebagian", "")
    assert not attempt.serial_number
    [sold] = stage.sold()
    assert (sold["charges"], sold["sn"] != "") == (1, True)


def test_a_purchase_passes_through_every_state_under_way(stage):
    purchase = stage.order("waits_then_succeeds")
    reference = attempt_of(purchase).ref_id
    for state in ("Proses", "Validasi Provider"):
        stage.control.finish(reference, state)
        stage.live(secs=60)
        assert stage.status(purchase) == "open"
    stage.control.finish(reference, "Sukses")

    for callback in stage.control.list_callbacks():
        assert stage.post(callback).status_code == 200

    assert stage.status(purchase) == "succeeded"
    stage.assert_books_agree()


def test_a_forged_outcome_in_a_proven_report_changes_nothing(stage):
    """Its signature covers the reference alone: the status check decides."""
    purchase = stage.order("waits_then_fails")
    reference = attempt_of(purchase).ref_id
    stage.control.report(reference)
    [callback] = stage.control.list_callbacks()
    body = callback["body"].replace('"status": "Pending"', '"status": "Sukses"')
    assert body != callback["body"]

    assert stage.post(callback | {"body": body}).status_code == 200

    assert stage.status(purchase) == "open"
    stage.live(secs=600)
    assert stage.status(purchase) == "failed"


def test_the_simulator_buys_twice_for_who_orders_twice(buyer, control, moved_clock):
    """So that an adapter which repeats a purchase would not go unnoticed."""
    request = asked(CASE)
    buyer.buy(request)
    buyer.buy(request)
    moved_clock.pass_secs(FLIP_SECS)

    for _turn in range(3):
        assert buyer.look_up(request).state is FactState.SUCCEEDED
    [sold] = control.list_transactions()
    assert (sold["charges"], sold["deliveries"]) == (2, 2)
    assert buyer.read_balance() == 1_000_000 - 2 * CASE.price


def test_the_demo_players_are_named(address):
    shop = shop_at(address, CASE.spec, RIZKY)

    ml = {"user_id": "136216325", "zone_id": "2685"}
    assert shop.find_name("ML", ml) == "Itacimo"
    assert shop.find_name("FF", {"user_id": "2772860208"}) == "BudiFF"
    assert shop.find_name("HIGGS", {"user_id": "12345678"}) == "RMX2180"
    assert shop.find_name("FF", {"user_id": "99999999"}) is None
    with pytest.raises(base.OutcomeUnknown):
        shop.find_name("ML", ml | {"zone_id": "1"})


@pytest.mark.parametrize("word", ["product", "balance"])
def test_a_planned_refusal_forms_no_transaction(buyer, control, word):
    control.plan(word)

    fact = buyer.buy(asked(CASE))

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, word)
    assert control.list_transactions() == []
