"""The simulated supplier, spoken to by our own adapter over real HTTP."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from inventory.simulator.client import SupplierControl
from inventory.simulator.server import make_app
from inventory.suppliers import base
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz.adapter import Digiflazz
from inventory.suppliers.digiflazz.simulator.engine import sign_callback
from inventory.suppliers.digiflazz.simulator.records import Transaction
from inventory.suppliers.digiflazz.simulator.world import (
    API_PATH,
    START_BALANCE,
    TOKO_RIZKY,
)
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.payments.test_gateway_simulator import receiving
from tests.providers import config_of

REQUEST = base.PurchaseRequest(
    ref_id="TRX1",
    sku="xld10",
    destination="087800001230",
    ceiling=11_000,
    callback_url="",
    first_sent_at=NOON,
    sent_at=NOON,
)


class Clock:
    def __init__(self):
        self.now = NOON.timestamp()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(tmp_path, clock):
    def app():
        return make_app(folder=tmp_path, clock=lambda: clock.now, flip_secs=60)

    with serving(app) as found:
        yield found


@pytest.fixture
def control(address):
    found = SupplierControl(address, "digiflazz")
    yield found
    found.close()


def shop_at(address, **changes):
    values = {
        "base_url": f"{address}{API_PATH}",
        "username": TOKO_RIZKY.username,
        "api_key": TOKO_RIZKY.api_key,
        "webhook_secret": TOKO_RIZKY.webhook_secret,
    }
    return Digiflazz(config_of(**{**values, **changes}))


@pytest.fixture
def shop(address):
    return shop_at(address)


@pytest.mark.parametrize(
    ("number", "state", "rc", "left"),
    [
        ("087800001230", FactState.SUCCEEDED, "00", 990_000),
        ("087800001232", FactState.FAILED, "02", START_BALANCE),
        ("087800001233", FactState.PENDING, "03", 990_000),
        ("087800001234", FactState.PENDING, "03", 990_000),
    ],
)
def test_the_documented_numbers(shop, number, state, rc, left):
    fact = shop.buy(replace(REQUEST, destination=number))

    assert (fact.state, fact.rc, shop.read_balance()) == (state, rc, left)
    assert bool(fact.serial_number) == (rc == "00")


def test_the_same_reference_gives_the_stored_result(shop, control):
    first = shop.buy(REQUEST)
    again = shop.look_up(REQUEST)

    assert first == again
    [transaction] = control.list_transactions()
    assert (transaction["charges"], transaction["deliveries"]) == (1, 1)


def test_the_same_reference_with_other_data_is_not_unique(shop, control):
    shop.buy(REQUEST)

    fact = shop.buy(replace(REQUEST, destination="087800009999"))

    assert (fact.state, fact.rc) == (FactState.UNCLEAR, "49")
    assert len(control.list_transactions()) == 1


@pytest.mark.parametrize(
    ("changes", "rc"),
    [
        ({"api_key": "dev-wrong"}, "41"),
        ({"username": "nobody"}, "42"),
    ],
)
def test_strangers_are_refused_at_the_door(address, changes, rc):
    shop = shop_at(address, **changes)

    for deed in (lambda: shop.buy(REQUEST), shop.list_prices):
        with pytest.raises(base.ProviderRefused) as refusal:
            deed()
        assert refusal.value.code == rc


def test_an_address_that_is_not_allowed_is_refused(shop, control):
    control.switch(refuses_addresses=True)

    with pytest.raises(base.ProviderRefused) as refusal:
        shop.buy(REQUEST)
    assert refusal.value.code == "45"


@pytest.mark.parametrize(
    ("changes", "rc"),
    [({"sku": "nothing"}, "43"), ({"ceiling": 9_999}, "69")],
)
def test_what_cannot_be_bought_forms_no_transaction(shop, control, changes, rc):
    fact = shop.buy(replace(REQUEST, **changes))

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert control.list_transactions() == []


def test_the_price_list_is_given_once_in_five_minutes(shop, clock):
    shop.list_prices()
    clock.now += 299
    with pytest.raises(base.ProviderRefused) as refusal:
        shop.list_prices()
    assert refusal.value.code == "83"

    clock.now += 1
    assert shop.list_prices()


def test_a_pending_order_ends_and_is_reported_with_a_signature(shop, control, clock):
    with receiving() as merchant:
        shop.buy(
            replace(REQUEST, destination="087800001233", callback_url=merchant.url)
        )
        clock.now += 60
        control.wait_for_callback("TRX1")

    [(headers, body)] = merchant.received
    fact = shop.read_callback(headers, body)
    assert (fact.ref_id, fact.state, fact.cost) == ("TRX1", FactState.SUCCEEDED, 10_000)
    assert headers["User-Agent"] == "Digiflazz-Hookshot"


def test_a_success_can_be_taken_back(shop, control):
    shop.buy(REQUEST)

    control.change_mind("TRX1", "74")

    assert shop.look_up(REQUEST).state is FactState.REFUNDED
    assert shop.read_balance() == START_BALANCE
    with pytest.raises(httpx.HTTPStatusError):
        control.change_mind("TRX1", "74")


def test_after_ninety_days_the_same_reference_buys_again(shop, control, clock):
    """What makes asking dangerous, and why our client refuses long before."""
    shop.buy(REQUEST)
    clock.now += timedelta(days=90).total_seconds() + 1

    shop.look_up(REQUEST)

    assert sum(each["charges"] for each in control.list_transactions()) == 2


def test_the_documented_signature_of_callbacks():
    body = '{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}'

    signature = sign_callback(replace(TOKO_RIZKY, webhook_secret="s3cret"), body)

    assert signature == "sha1=9f9b1459583de8e44a920c1961ce9bc5058e43a0"
    assert Transaction.__dataclass_fields__["charges"].default == 0
