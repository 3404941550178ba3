"""Every simulator, spoken to by its own adapter over real HTTP."""

from contextlib import suppress

import pytest

from inventory.simulator.faults import Call, Fault
from inventory.simulator.server import make_app
from inventory.suppliers import base
from inventory.suppliers.base import FactState, LookUp, PurchaseRequest
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.factories import wait_until
from tests.inventory.contract.stage import (
    DEWI,
    FLIP_SECS,
    RIZKY,
    controlling,
    shop_at,
)
from tests.payments.test_gateway_simulator import receiving

START = 1_000_000


@pytest.fixture
def buyer(case, address):
    """The adapter of a demo store."""
    return shop_at(address, case.spec)


def asked(case, destination="", **changes):
    fields = {
        "ref_id": "TRX1",
        "sku": case.sku,
        "destination": destination or case.numbers.succeeds,
        "ceiling": case.price * 2,
        "callback_url": "",
        "first_sent_at": NOON,
        "sent_at": NOON,
    }
    return PurchaseRequest(**{**fields, **changes})


def told_by(fact, request):
    """The same request with what the supplier called it."""
    return PurchaseRequest(
        **{**vars(request), "supplier_reference": fact.supplier_reference}
    )


def look_up_of(case, fact):
    """The question that news about this purchase lead to."""
    if case.spec.keeps_our_reference:
        return LookUp(reference=fact.ref_id)
    return LookUp(supplier_reference=fact.supplier_reference)


@pytest.mark.parametrize(
    ("number", "states", "left"),
    [
        ("succeeds", (FactState.SUCCEEDED, FactState.SUCCEEDED), 1),
        ("fails", (FactState.FAILED, FactState.FAILED), 0),
        ("waits_then_succeeds", (FactState.PENDING, FactState.SUCCEEDED), 1),
        ("waits_then_fails", (FactState.PENDING, FactState.FAILED), 0),
    ],
)
def test_numbers_end_as_they_are_known_to(
    case, buyer, control, moved_clock, number, states, left
):
    request = asked(case, case.destined(control, number))

    first = buyer.buy(request)
    moved_clock.pass_secs(FLIP_SECS)
    last = buyer.look_up(told_by(first, request))

    assert (first.state, last.state) == (case.first(states[0]), states[1])
    assert last.supplier_reference == first.supplier_reference
    has_code = bool(left) and case.has_serial_number
    assert (bool(last.serial_number), last.cost) == (has_code, case.price)
    assert buyer.read_balance() == START - left * case.price
    [sold] = control.list_transactions()
    assert (sold["charges"], sold["deliveries"]) == (left, left)


def test_asking_again_buys_nothing_more(case, buyer, control):
    request = asked(case)
    fact = buyer.buy(request)

    for _turn in range(3):
        assert buyer.look_up(told_by(fact, request)) == fact

    assert len(control.list_transactions()) == 1
    assert buyer.read_balance() == START - case.price


def test_a_stranger_is_turned_away(case, address):
    own = shop_at(address, case.spec)
    for key in case.spec.required_keys(base.Mode.LIVE):
        if key.is_for_live_only:
            continue  # it proves callbacks, not requests
        stranger = shop_at(address, case.spec, **{key.name: "dev-wrong"})
        with pytest.raises(base.ProviderRefused):
            stranger.read_balance()
        with pytest.raises(base.ProviderRefused):
            stranger.buy(asked(case))
    assert own.read_balance() == START


def test_an_address_that_is_not_allowed_is_turned_away(case, buyer, control):
    control.switch(refuses_addresses=True)

    for deed in (lambda: buyer.buy(asked(case)), buyer.read_balance, buyer.list_prices):
        with pytest.raises(base.ProviderRefused):
            deed()
    assert control.list_transactions() == []


def test_what_is_not_sold_forms_no_transaction(case, buyer, control):
    too_dear = [{"ceiling": case.price - 1}] if case.has_ceiling else []
    for changes in ({"sku": "nothing"}, *too_dear):
        fact = buyer.buy(asked(case, **changes))

        assert (fact.state, fact.is_account_trouble) == (FactState.NOT_FORMED, False)
    assert control.list_transactions() == []


def test_a_deposit_that_is_too_low_buys_nothing(case, buyer, control):
    account = case.spec.demo_keys[RIZKY][case.spec.account_key.name]
    control.switch(balance={account: case.price - 1})

    fact = buyer.buy(asked(case))

    assert (fact.state, fact.is_account_trouble) == (FactState.NOT_FORMED, True)
    assert control.list_transactions() == []
    assert buyer.read_balance() == case.price - 1


def on_sale(case, buyer):
    """What the list offers now; nothing where a supplier tells nobody."""
    if not case.spec.tells_prices:
        with pytest.raises(base.ProviderRefused):
            buyer.list_prices()
        return set()
    return {line.sku for line in buyer.list_prices() if line.is_available}


def test_goods_that_are_off_are_not_sold(case, buyer, control):
    before = on_sale(case, buyer)
    control.reset()
    control.switch(off=[case.sku])

    assert buyer.buy(asked(case)).state is FactState.NOT_FORMED
    listed = {case.sku} if case.spec.tells_prices else set()
    assert before - on_sale(case, buyer) == listed


def test_prices_cover_what_is_charged(case, buyer):
    if not case.spec.tells_prices:
        assert buyer.buy(asked(case)).cost == case.price
        return
    [line] = [each for each in buyer.list_prices() if each.sku == case.sku]

    assert line.cost >= buyer.buy(asked(case)).cost == case.price
    assert line.name
    assert line.brand
    assert line.category


def test_a_pending_order_ends_and_is_reported(case, buyer, control, moved_clock):
    with receiving() as merchant:
        merchant.answers = [(500, b""), (200, b"{}")]
        case.listen(control, RIZKY, merchant.url)
        waits = case.destined(control, "waits_then_succeeds")
        fact = buyer.buy(asked(case, waits, callback_url=merchant.url))
        moved_clock.pass_secs(FLIP_SECS)
        wait_until(lambda: [c["answers"] for c in control.list_callbacks()] == [[500]])
        moved_clock.pass_secs(1)
        control.wait_for_callback(case.reference_of(fact))

    for headers, body in merchant.received:
        news = buyer.read_callback(headers, body)
        if isinstance(news, LookUp):
            assert news == look_up_of(case, fact)
        else:
            assert (news.ref_id, news.state) == ("TRX1", FactState.SUCCEEDED)
    assert len(merchant.received) == 2


def test_an_outcome_can_be_taken_back(case, buyer, control, moved_clock):
    request = asked(case)
    fact = buyer.buy(request)
    moved_clock.pass_secs(FLIP_SECS)
    assert buyer.look_up(told_by(fact, request)).state is FactState.SUCCEEDED

    control.change_mind(case.reference_of(fact), case.words.taken_back)

    lost = buyer.look_up(told_by(fact, request)).state
    assert lost in (FactState.REFUNDED, FactState.FAILED)
    assert buyer.read_balance() == START


@pytest.mark.parametrize("fault", [each for each in Fault if "hang" not in each])
def test_a_broken_answer_is_no_outcome(case, buyer, control, fault):
    control.fail_next(fault)

    with suppress(base.OutcomeUnknown):
        assert buyer.buy(asked(case)).state is FactState.UNCLEAR

    had_effect = not fault.endswith("_before")
    assert len(control.list_transactions()) == had_effect


def test_a_fault_is_for_the_call_it_was_ordered_for(case, buyer, control):
    control.fail_next(Fault.CUT_BEFORE, call=Call.NAME)

    assert buyer.buy(asked(case)).state is case.first(FactState.SUCCEEDED)
    assert buyer.read_balance() == START - case.price


def test_a_restart_forgets_nothing(case, tmp_path, moved_clock):
    def app():
        return make_app(folder=tmp_path, clock=moved_clock.timestamp)

    request = asked(case)
    with serving(app) as first:
        fact = shop_at(first, case.spec).buy(request)
    with serving(app) as second:
        again = shop_at(second, case.spec)
        with controlling(second, case.spec.code) as control:
            assert len(control.list_transactions()) == 1
        assert again.read_balance() == START - case.price
        assert again.look_up(told_by(fact, request)) == fact


def test_a_reset_forgets_everything(case, buyer, control):
    buyer.buy(asked(case))

    control.reset()

    assert control.list_transactions() == []
    assert buyer.read_balance() == START


def test_stores_have_deposits_and_orders_of_their_own(case, address, buyer):
    fact = buyer.buy(asked(case))
    other = shop_at(address, case.spec, DEWI)

    assert other.read_balance() == START
    if fact.supplier_reference:
        found = other.look_up(told_by(fact, asked(case)))
        assert (found.state, found.serial_number) == (FactState.UNCLEAR, "")
