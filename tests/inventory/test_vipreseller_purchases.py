"""Purchases from VIP Reseller at its simulator, with Digiflazz as the second supplier.

What holds for every supplier stands in the contract; here is what is its own: orders
without a reference of ours, callbacks that prove nothing, and going on.
"""

import pytest
from django.test import override_settings

from inventory.models import PurchaseAttempt
from inventory.services import price_sync, purchases
from inventory.simulator.faults import Call, Fault
from inventory.simulator.server import make_app
from inventory.suppliers import base, registry
from inventory.suppliers.vipreseller import SPEC
from inventory.suppliers.vipreseller.simulator.engine import sign_of
from inventory.suppliers.vipreseller.simulator.world import TOKO_RIZKY
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from ppob.local.simulators.serving import serving
from security.models import InboxEvent
from tests.factories import CategoryFactory
from tests.inventory.contract.cases import case_of
from tests.inventory.contract.stage import (
    DEWI,
    FLIP_SECS,
    RIZKY,
    Clock,
    Stage,
    account_of,
    controlling,
    shop_at,
)
from tests.inventory.shop import Deaths, Killed
from tests.inventory.suppliers import attempt_of, map_product

CASE = case_of("vipreseller")
PLAYER = "136216325|2685"  # no ending of its own: it waits, and succeeds


@pytest.fixture
def moved_clock(monkeypatch):
    moved = Clock()
    monkeypatch.setattr(clock, "now", lambda: moved.now)
    return moved


@pytest.fixture
def address(tmp_path, moved_clock):
    def app():
        return make_app(
            folder=tmp_path, clock=moved_clock.timestamp, flip_secs=FLIP_SECS
        )

    with serving(app) as found, override_settings(SUPPLIER_SIMULATOR_URL=found):
        yield found


@pytest.fixture
def stage(address, moved_clock, jobs, in_arcadia):
    with controlling(address, "vipreseller") as control:
        yield Stage(CASE, control, moved_clock, jobs)


@pytest.fixture
def digiflazz(address, stage):
    """The second account of the store, at the other supplier."""
    account = account_of(registry.spec_of("digiflazz"), RIZKY, position=1)
    map_product(stage.product, account, sku="ML86", cost=18_500)
    with controlling(address, "digiflazz") as control:
        yield control


def forged(reference, **changes):
    """A callback that everybody can make who has seen one request of the store."""
    headers, body = CASE.callback(CASE.config, reference)
    headers["X-Client-Signature"] = sign_of(TOKO_RIZKY)
    return {"url": "", "headers": headers, "body": body, **changes}


def test_a_purchase_succeeds_under_the_suppliers_own_word(stage):
    purchase = stage.order(destination=PLAYER)
    attempt = attempt_of(purchase)
    assert (stage.status(purchase), attempt.status) == ("open", "unknown")
    assert attempt.supplier_reference == "VP0000001"
    stage.live(secs=240)

    assert stage.status(purchase) == "succeeded"
    assert (purchase.cost, attempt_of(purchase).cost) == (18_900, 18_900)
    stage.assert_books_agree()


def test_a_code_is_what_the_note_of_a_success_says(stage):
    stage.account.products.update(sku="prepaid:PLN20", cost=20_400)

    purchase = stage.order(destination="530000001230", ceiling=20_400)

    assert stage.status(purchase) == "succeeded"
    code = purchase.serial_number.reveal()
    assert (len(code), code.isdigit()) == (10, True)
    assert attempt_of(purchase).message == ""


def test_a_lost_answer_is_found_among_the_orders_of_others(stage):
    others = ["10001230|2685", "136216325|2600", "2772860208"]
    for destination in others:
        stage.order(destination=destination)
    stage.control.fail_next(Fault.HTML_AFTER)

    purchase = stage.order(destination=PLAYER)
    assert attempt_of(purchase).supplier_reference == ""
    stage.live(secs=300)

    assert stage.status(purchase) == "succeeded"
    assert attempt_of(purchase).supplier_reference == "VP0000004"
    assert len(stage.sold()) == 4
    assert [each["charges"] for each in stage.sold()] == [1, 0, 1, 1]


def test_a_callback_is_confirmed_by_asking(stage):
    purchase = stage.order(destination=PLAYER)
    asked = stage.control.list_requests()
    stage.control.finish("VP0000001", "success")

    [callback] = stage.control.list_callbacks()
    assert stage.post(callback).status_code == 200

    assert stage.status(purchase) == "succeeded"
    assert stage.control.list_requests() == [*asked, "VP0000001"]
    assert InboxEvent.objects.get().result == "succeeded"


def test_what_a_callback_claims_is_not_believed(stage):
    """Its signature is a constant: the supplier is asked, and says it is waiting."""
    purchase = stage.order(destination=PLAYER)

    assert stage.post(forged("VP0000001")).status_code == 404
    answer = stage.post(forged("VP0000001"), account=stage.account)

    assert (answer.status_code, stage.status(purchase)) == (200, "open")
    assert InboxEvent.objects.get().result == "unknown"
    assert not purchase.serial_number


def test_a_callback_while_the_supplier_is_silent_is_tried_again(stage):
    purchase = stage.order(destination=PLAYER)
    stage.control.finish("VP0000001", "success")
    stage.control.fail_next(Fault.CUT_BEFORE, call=Call.ASK)
    [callback] = stage.control.list_callbacks()

    stage.post(callback)
    assert stage.status(purchase) == "open"
    stage.live(secs=300)

    assert stage.status(purchase) == "succeeded"
    assert InboxEvent.objects.get().status == "processed"


def test_another_stores_callback_is_refused(stage, borealis):
    with tenant_scope(borealis.pk):
        theirs = account_of(SPEC, DEWI)
    purchase = stage.order(destination=PLAYER)
    stage.control.finish("VP0000001", "success")
    [callback] = stage.control.list_callbacks()

    assert stage.post(callback, account=theirs).status_code == 401

    assert stage.status(purchase) == "open"
    assert not InboxEvent.objects.exists()


def test_a_low_balance_goes_on_to_the_other_supplier(stage, digiflazz):
    stage.control.switch(balance={TOKO_RIZKY.api_id: 18_899})

    purchase = stage.order(destination="136216325")

    assert stage.status(purchase) == "succeeded"
    first, second = purchase.attempts.order_by("pk")
    assert (first.account.kind, first.rc) == ("vipreseller", "balance")
    assert (second.account.kind, second.status) == ("digiflazz", "succeeded")
    assert (stage.sold(), len(digiflazz.list_transactions())) == ([], 1)
    assert purchase.cost == 18_500


@pytest.mark.parametrize("word", ["service", "hold", "parameter"])
def test_other_refusals_without_an_order_go_on_too(stage, digiflazz, word):
    stage.control.plan(word)

    purchase = stage.order(destination="136216325")

    assert stage.status(purchase) == "succeeded"
    assert (stage.sold(), len(digiflazz.list_transactions())) == ([], 1)


def test_a_price_above_the_ceiling_goes_on(stage, digiflazz):
    purchase = stage.order(destination="136216325", ceiling=18_900)

    assert stage.status(purchase) == "succeeded"
    assert purchase.attempts.order_by("pk")[0].rc == "price"
    assert (stage.sold(), len(digiflazz.list_transactions())) == ([], 1)


@pytest.mark.parametrize(
    "fault",
    [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.HTML_BEFORE],
)
def test_silence_never_goes_on_to_the_other_supplier(stage, digiflazz, fault):
    stage.control.fail_next(fault)

    purchase = stage.order(destination="136216325")
    stage.live(secs=3600, step=60)

    assert digiflazz.list_transactions() == []
    assert purchase.attempts.count() == 1
    assert len(stage.sold()) == fault.endswith("_after")


def test_a_refusal_nobody_understands_never_goes_on(stage, digiflazz):
    stage.control.plan("riddle")

    purchase = stage.order(destination="136216325")
    stage.live(secs=3600, step=60)

    assert (stage.status(purchase), purchase.attempts.count()) == ("needs_owner", 1)
    assert digiflazz.list_transactions() == []


@pytest.mark.parametrize("word", ["busy", "maintenance"])
def test_who_shall_come_later_comes_later(stage, digiflazz, word):
    stage.control.plan(word)

    purchase = stage.order(destination=PLAYER)
    assert attempt_of(purchase).status == "queued"
    stage.live(secs=240)

    assert stage.status(purchase) == "succeeded"
    assert (len(stage.sold()), digiflazz.list_transactions()) == (1, [])
    stage.assert_books_agree()


def test_a_price_that_cannot_be_read_orders_nothing(stage, digiflazz):
    stage.control.fail_next(Fault.HTML_BEFORE, call=Call.PRICES, times=50)

    purchase = stage.order(destination="136216325")
    assert attempt_of(purchase).status == "queued"
    stage.live(secs=300)

    assert stage.status(purchase) == "succeeded"
    assert (stage.sold(), len(digiflazz.list_transactions())) == ([], 1)


def test_wherever_a_process_dies_it_has_bought_at_most_once(stage):
    first = attempt_of(stage.submit(destination="10001230|2685"))
    with Deaths() as undisturbed:
        purchases.send(attempt_id=first.pk, now=stage.clock.now)
    places = undisturbed.passed
    assert places.count("vipreseller:after_call") == 2

    ends = {}
    for at, place in enumerate(places):
        player = f"20{at:02}1230"
        purchase = stage.submit(destination=f"{player}|2685")
        with Deaths(at), pytest.raises(Killed):
            purchases.send(attempt_id=attempt_of(purchase).pk, now=stage.clock.now)
        stage.live(secs=300)
        sold = [each for each in stage.sold() if each["data"] == player]
        ends[at, place] = len(sold), stage.status(purchase)

    # Before the claim it is bought by the next process. Once claimed it is only asked
    # about: an order that was made is found, and one that was not is for a person.
    asked, ordered = (
        at for at, place in enumerate(places) if place == "vipreseller:after_call"
    )
    for (at, place), end in ends.items():
        is_bought = place.endswith("claim_attempt:before_commit") or at >= ordered
        assert end == ((1, "succeeded") if is_bought else (0, "open")), place
    assert asked < ordered


def test_an_error_is_confirmed_and_over(stage, digiflazz):
    """An order was made: the other supplier is not asked."""
    purchase = stage.order(destination="136216325|2600")
    stage.live(secs=600)

    assert stage.status(purchase) == "failed"
    attempt = attempt_of(purchase)
    assert (attempt.rc, attempt.message) == ("error", "Zone tujuan salah.")
    assert digiflazz.list_transactions() == []


def test_an_account_of_two_parts_is_written_as_each_supplier_wants_it(stage, digiflazz):
    fields = [{"name": "user_id", "label": "ID"}, {"name": "zone_id", "label": "Zone"}]
    stage.product.category = CategoryFactory(code="ML", destination_fields=fields)
    stage.product.save(update_fields=["category"])

    stage.order(destination=PLAYER)
    stage.control.plan("balance")
    stage.order(destination=PLAYER)

    [here] = stage.sold()
    [there] = digiflazz.list_transactions()
    assert (here["data"], here["zone"]) == ("136216325", "2685")
    assert there["customer_no"] == "1362163252685"


def test_prices_are_kept_for_comparison(stage):
    found = price_sync.sync_prices(account_id=stage.account.pk, now=stage.clock.now)

    line = stage.account.products.get(sku="ML86-S1")
    assert found.lines == stage.account.products.count() == 9
    assert (line.cost, line.brand, line.category) == (
        19_100,
        "Mobile Legends A",
        "Games",
    )
    assert line.product == stage.product
    assert PurchaseAttempt.objects.count() == 0


def test_players_are_named(address, stage):
    shop = shop_at(address, SPEC)
    account = {"user_id": "136216325", "zone_id": "2685"}

    assert shop.find_name("ML", account) == "Itacimo"
    assert shop.find_name("ML", account | {"zone_id": "2600"}) is None
    assert shop.find_name("ML", account | {"user_id": "999999"}) is None
    assert shop.find_name("FF", {"user_id": "2772860208"}) == "BudiFF"
    stage.control.fail_next(Fault.CUT_BEFORE, call=Call.NAME, times=2)
    with pytest.raises(base.OutcomeUnknown):
        shop.find_name("ML", account)
    stage.control.switch(refuses_addresses=True)
    with pytest.raises(base.OutcomeUnknown):
        shop.find_name("ML", account)
    with pytest.raises(base.ProviderRefused):
        shop.find_name("ML", account)
