"""The simulated IAK, spoken to by our own adapter over real HTTP."""

import json
from dataclasses import replace

import httpx
import pytest

from inventory.simulator.client import SupplierControl
from inventory.simulator.server import make_app
from inventory.suppliers import base
from inventory.suppliers.base import FactState
from inventory.suppliers.iak.adapter import Iak
from inventory.suppliers.iak.simulator.engine import sign
from inventory.suppliers.iak.simulator.world import (
    BASE_PATH,
    START_BALANCE,
    TOKO_DEWI,
    TOKO_RIZKY,
    Buyer,
)
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.payments.test_gateway_simulator import receiving
from tests.providers import config_of

DIAMONDS = base.PurchaseRequest(
    ref_id="order1",
    sku="hml86",
    destination="156378300|8483",
    ceiling=20_000,
    callback_url="",
    first_sent_at=NOON,
    sent_at=NOON,
)
STEAM = replace(DIAMONDS, sku="hsteam12000", destination="0817777215")


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
    found = SupplierControl(address, "iak")
    yield found
    found.close()


def shop_at(address, **changes):
    values = {
        "base_url": f"{address}{BASE_PATH}",
        "username": TOKO_RIZKY.username,
        "api_key": TOKO_RIZKY.api_key,
    }
    return Iak(config_of(**{**values, **changes}))


@pytest.fixture
def shop(address):
    return shop_at(address)


def asked(address, path, *, buyer=TOKO_RIZKY, suffix, **content):
    """What the simulator answers to somebody who speaks to it directly."""
    body = {"username": buyer.username, "sign": sign(buyer, suffix), **content}
    answer = httpx.post(f"{address}/iak/api/{path}", json=body, trust_env=False)
    return answer.raise_for_status().json()["data"]


def test_a_purchase_is_charged_first_and_delivered_after_a_while(shop, clock):
    first = shop.buy(DIAMONDS)
    assert (first.rc, first.cost) == ("39", 18_900)
    assert shop.read_balance() == START_BALANCE - 18_900

    clock.now += 60
    fact = shop.look_up(DIAMONDS)

    assert (fact.rc, fact.supplier_reference) == ("00", first.supplier_reference)
    assert len(fact.serial_number) == len("ABCD-EFGH-IJKL-MNOP")
    assert first.supplier_reference


def test_a_voucher_comes_with_its_pin(shop, control):
    shop.buy(STEAM)
    control.finish("order1", "00", report=False)

    serial_number = shop.look_up(STEAM).serial_number

    [transaction] = control.list_transactions()
    assert serial_number == f"{transaction['sn']} / PIN {transaction['pin']}"
    assert len(transaction["pin"]) == 9


def test_the_same_reference_again_is_a_question(shop, control, clock):
    first = shop.buy(DIAMONDS)
    assert shop.buy(DIAMONDS) == first

    clock.now += 60

    assert shop.buy(DIAMONDS) == shop.look_up(DIAMONDS)
    assert [each["charges"] for each in control.list_transactions()] == [1]


def test_a_reference_that_never_arrived_is_not_bought_by_asking(shop, control):
    fact = shop.look_up(DIAMONDS)

    assert (fact.state, fact.rc) == (FactState.UNCLEAR, "06")
    assert control.list_transactions() == []
    assert control.list_requests() == ["order1"]


@pytest.mark.parametrize("rc", ["07", "14", "142", "121"])
def test_a_planned_failure_comes_after_the_process(shop, control, clock, rc):
    control.plan(rc)
    assert shop.buy(DIAMONDS).state is FactState.PENDING
    clock.now += 60

    fact = shop.look_up(DIAMONDS)

    assert (fact.state, fact.rc) == (FactState.FAILED, rc)
    assert shop.read_balance() == START_BALANCE


def test_a_planned_silence_stays_in_process(shop, control, clock):
    control.plan("39", "201>00")
    other = replace(DIAMONDS, ref_id="order2")
    assert [shop.buy(each).rc for each in (DIAMONDS, other)] == ["39", "201"]
    clock.now += 3_600

    assert shop.look_up(DIAMONDS).state is FactState.PENDING
    assert shop.look_up(other).state is FactState.SUCCEEDED


@pytest.mark.parametrize("rc", ["10", "16", "110", "202"])
def test_a_planned_refusal_forms_no_transaction(shop, control, rc):
    control.plan(rc)

    fact = shop.buy(DIAMONDS)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert control.list_transactions() == []


def test_refusals_have_their_documented_codes(shop, control):
    assert shop.buy(replace(DIAMONDS, sku="nothing")).rc == "20"
    control.switch(balance={TOKO_RIZKY.username: 18_899})
    assert shop.buy(DIAMONDS).rc == "17"
    control.switch(off=["hml86"])
    assert shop.buy(DIAMONDS).rc == "106"
    assert control.list_transactions() == []


def test_the_price_list_has_each_of_its_goods_once(shop):
    listed = shop.list_prices()

    assert {product.sku: (product.name, product.cost) for product in listed} == {
        "htelkomsel10000": ("Telkomsel 10.000", 10_850),
        "hml86": ("Mobile Legend 86 Diamonds", 18_900),
        "hml172": ("Mobile Legend 172 Diamonds", 37_400),
        "hff70": ("Free Fire 70 Diamonds", 9_200),
        "hsteam12000": ("Steam SEA Voucher Steam IDR 12.000", 16_500),
        "hpln20000": ("PLN Token 20.000", 20_350),
    }
    assert len(listed) == 6
    assert all(product.is_available for product in listed)


def test_the_list_can_be_asked_for_one_operator(address):
    data = asked(address, "pricelist/game/free_fire", suffix="pl", status="all")

    assert [line["product_code"] for line in data["pricelist"]] == ["hff70"]


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": "wrong"},
        {"username": "081200000000"},
        {"api_key": TOKO_DEWI.api_key},
    ],
)
def test_strangers_are_refused_at_the_door(address, control, changes):
    shop = shop_at(address, **changes)

    for deed in (
        lambda: shop.buy(DIAMONDS),
        lambda: shop.look_up(DIAMONDS),
        shop.read_balance,
        shop.list_prices,
        lambda: shop.find_name("ML", {"user_id": "156378300", "zone_id": "8483"}),
    ):
        with pytest.raises(base.ProviderRefused) as refusal:
            deed()
        assert refusal.value.code == "204"
    assert control.list_transactions() == []


def test_a_body_that_is_no_json_is_refused(address):
    answer = httpx.post(f"{address}/iak/api/top-up", content=b"<mp/>", trust_env=False)

    assert (answer.status_code, answer.json()["data"]["rc"]) == (400, "107")


# --- The documented test cases of games -----------------------------------------------


def test_the_documented_player(shop):
    assert shop.find_name("ML", {"user_id": "156378300", "zone_id": "8483"}) == "budi"
    assert shop.find_name("ML", {"user_id": "156378300", "zone_id": "1"}) is None
    with pytest.raises(base.ProviderRefused) as refusal:
        shop.find_name("FF", {"user_id": "156378300|8483"})
    assert refusal.value.code == "20"


@pytest.mark.parametrize(
    ("game_code", "data"),
    [
        ("103", {"servers": [], "status": 1, "message": "SUCCESS", "rc": "00"}),
        (
            "142",
            {
                "servers": [
                    {"name": "Test 1", "value": "90001"},
                    {"name": "Test 2", "value": "90002"},
                ],
                "status": 1,
                "message": "SUCCESS",
                "rc": "00",
            },
        ),
        ("100", {"status": 2, "message": "CODE NOT FOUND", "rc": "20"}),
    ],
)
def test_the_documented_servers(address, game_code, data):
    found = asked(address, "inquiry-game-server", suffix=game_code, game_code=game_code)

    assert found == data


@pytest.mark.parametrize(
    ("game_code", "rc", "written"),
    [
        ("103", "00", "[userid]|[zoneid]"),
        ("135", "00", "[userid]"),
        ("140", "00", "[rolename]|[userid]|[zoneid]"),
        ("127", "00", "[userid]|[serverId]"),
        ("142", "00", "[rolename]|[serverId]"),
        ("104", "143", None),
        ("1234", "20", None),
    ],
)
def test_the_documented_formats(address, game_code, rc, written):
    found = asked(address, "game/format", suffix=game_code, game_code=game_code)

    assert (found["rc"], found.get("formatGameId")) == (rc, written)


# --- Reports --------------------------------------------------------------------------


def test_the_documented_signature():
    buyer = Buyer("081234567890", "demokey")

    assert sign(buyer, "order1") == "28966425d7c30293346fc489fb03c068"
    assert sign(buyer, "bl") == "bf73a15fb99989913b4413cbda9093ce"


def test_an_outcome_is_reported_as_text_with_a_signature(shop, control, clock):
    with receiving() as merchant:
        control.switch(callback_urls={TOKO_RIZKY.username: merchant.url})
        shop.buy(DIAMONDS)
        control.report("order1")
        assert control.list_callbacks() == []  # only outcomes are reported

        clock.now += 60
        control.wait_for_callback("order1")

    [(headers, body)] = merchant.received
    data = json.loads(body)["data"]
    assert shop.read_callback(headers, body) == base.LookUp(reference="order1")
    assert {type(value) for value in data.values()} == {str}
    assert (data["status"], data["rc"], data["price"]) == ("1", "00", "18900")
    assert data["sign"] == sign(TOKO_RIZKY, "order1")


@pytest.mark.parametrize("switches", [{}, {"silent": True}])
def test_who_entered_no_address_or_meets_silence_hears_nothing(
    shop, control, clock, switches
):
    if switches:
        control.switch(callback_urls={TOKO_RIZKY.username: "http://x/"}, **switches)
    shop.buy(DIAMONDS)
    clock.now += 60

    assert shop.look_up(DIAMONDS).state is FactState.SUCCEEDED
    assert control.list_callbacks() == []


@pytest.mark.parametrize(("first", "then"), [("00", "07"), ("07", "00")])
def test_an_outcome_can_be_taken_back(shop, control, first, then):
    shop.buy(DIAMONDS)
    with pytest.raises(httpx.HTTPStatusError):
        control.change_mind("order1", "07")
    control.finish("order1", first, report=False)
    with pytest.raises(httpx.HTTPStatusError):
        control.finish("order1", "00")

    control.change_mind("order1", then)

    assert shop.look_up(DIAMONDS).rc == then
    charged = 18_900 if then == "00" else 0
    assert shop.read_balance() == START_BALANCE - charged


def test_not_even_a_reset_gives_a_number_twice(shop, control, clock):
    first = shop.buy(DIAMONDS)
    control.reset()
    clock.now += 1

    again = shop.buy(DIAMONDS)

    assert int(again.supplier_reference) > int(first.supplier_reference)
