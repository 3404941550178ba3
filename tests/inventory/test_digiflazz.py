"""Digiflazz's protocol: documented signatures, codes, callbacks, answers, failures."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import time, timedelta

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz import adapter as digiflazz
from ppob.kit.http import NoAnswer, Response
from tests.conftest import NOON
from tests.providers import changed, config_of

CONFIG = config_of(
    base_url="https://api.digiflazz.com/v1",
    username="demo",
    api_key="dev-demo-key",
    webhook_secret="s3cret",
)
REQUEST = base.PurchaseRequest(
    ref_id="TRX1",
    sku="xld10",
    destination="087800001230",
    ceiling=11_000,
    callback_url="https://shop.example/callbacks/",
    first_sent_at=NOON,
    sent_at=NOON,
)
BOUGHT = {
    "ref_id": "TRX1",
    "customer_no": "087800001230",
    "buyer_sku_code": "xld10",
    "message": "Transaksi Sukses",
    "status": "Sukses",
    "rc": "00",
    "sn": "1234567890",
    "buyer_last_saldo": 990000,
    "price": 10000,
}
# Every documented code: what it says, and whether a transaction exists.
SUCCESS, PENDING = {"00"}, {"03", "99"}
AT_THE_DOOR = {"40", "41", "42", "45", "61", "82", "83", "88"}
PERSON = {"47", "49", "50"}
DOCUMENTED = [
    f"{number:02}"
    for number in (*range(4), *range(40, 46), 47, *range(49, 75), *range(80, 89), 99)
]
WITH_TRANSACTION = {
    f"{number:02}"
    for number in (1, 2, *range(51, 56), *range(57, 61), *range(70, 74), 84, 85, 86)
}


class Wire:
    """Stands in for the network: answers, and keeps what was sent."""

    def __init__(self):
        self.sent = []
        self.answer = Response(200, json.dumps({"data": BOUGHT}).encode(), {})

    def says(self, status=200, **changes):
        body = json.dumps({"data": {**BOUGHT, **changes}}).encode()
        self.answer = Response(status, body, {})

    def request(self, method, path, *, json):
        self.sent.append((method, path, json))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(digiflazz, "_client", lambda *_limits: made)
    return made


@pytest.fixture
def shop():
    return registry.supplier_for("digiflazz", config=CONFIG)


def signed(body, secret="s3cret"):
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {"X-Hub-Signature": f"sha1={digest}", "X-Digiflazz-Event": "update"}


def test_a_purchase_is_the_documented_request(wire, shop):
    shop.buy(REQUEST)

    assert wire.sent == [
        (
            "POST",
            "/transaction",
            {
                "username": "demo",
                "buyer_sku_code": "xld10",
                "customer_no": "087800001230",
                "ref_id": "TRX1",
                "max_price": 11_000,
                "cb_url": "https://shop.example/callbacks/",
                "testing": True,
                "sign": "fd41c4c7f036ddddc64dd360e4edb623",
            },
        )
    ]


def test_asking_again_is_the_same_request(wire, shop):
    shop.buy(REQUEST)
    shop.look_up(replace(REQUEST, sent_at=NOON + timedelta(hours=1)))

    assert wire.sent[0] == wire.sent[1]


def test_a_real_account_is_not_in_test_mode(wire):
    real = changed(CONFIG, api_key="9f0c7f9e", mode=base.Mode.LIVE)

    registry.supplier_for("digiflazz", config=real).buy(REQUEST)

    assert "testing" not in wire.sent[0][2]


def test_a_success_carries_cost_and_serial_number(wire, shop):
    fact = shop.buy(REQUEST)

    assert fact == base.PurchaseFact(
        ref_id="TRX1",
        state=FactState.SUCCEEDED,
        rc="00",
        message="",
        cost=10_000,
        serial_number="1234567890",
    )
    assert "1234567890" not in repr(fact)


@pytest.mark.parametrize("rc", DOCUMENTED)
def test_every_documented_code_means_what_it_says(wire, shop, rc):
    word = {"00": "Sukses", "03": "Pending", "99": "Pending"}.get(rc, "Gagal")
    wire.answer = Response(
        200, json.dumps({"data": {**BOUGHT, "rc": rc, "status": word}}).encode(), {}
    )

    if rc in AT_THE_DOOR:
        with pytest.raises(base.ProviderRefused) as refusal:
            shop.buy(REQUEST)
        assert refusal.value.code == rc
        return
    fact = shop.buy(REQUEST)

    expected = {"74": FactState.REFUNDED}.get(rc, FactState.NOT_FORMED)
    for state, codes in [
        (FactState.SUCCEEDED, SUCCESS),
        (FactState.PENDING, PENDING),
        (FactState.UNCLEAR, PERSON),
        (FactState.FAILED, WITH_TRANSACTION),
    ]:
        expected = state if rc in codes else expected
    assert len(DOCUMENTED) == 47
    assert fact.state is expected
    assert fact.is_account_trouble == (rc == "44")
    assert fact.serial_number == ("1234567890" if rc == "00" else "")


@pytest.mark.parametrize(
    ("rc", "word"),
    [("77", "Gagal"), ("", "Sukses"), ("00", "Gagal"), ("02", "Sukses"), ("02", "")],
)
def test_what_is_not_documented_is_never_a_failure(wire, shop, rc, word):
    wire.answer = Response(
        200, json.dumps({"data": {**BOUGHT, "rc": rc, "status": word}}).encode(), {}
    )

    assert shop.buy(REQUEST).state is FactState.UNCLEAR


@pytest.mark.parametrize(
    "answer",
    [
        Response(502, json.dumps({"data": BOUGHT}).encode(), {}),
        Response(200, b"<!doctype html><h1>Maintenance</h1>", {}),
        Response(200, b"[]", {}),
        Response(200, b"{}", {}),
        Response(200, b'{"data": null}', {}),
        Response(200, b'{"data": {"rc": "00"}, "data": {"rc": "02"}}', {}),
        Response(200, json.dumps({"data": {**BOUGHT, "ref_id": "X"}}).encode(), {}),
        NoAnswer("ReadTimeout"),
    ],
)
def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(wire, shop, answer):
    wire.answer = answer

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(REQUEST)


def test_the_status_of_an_error_does_not_hide_its_code(wire, shop):
    wire.answer = Response(
        400, json.dumps({"data": {"rc": "41", "message": "Sign"}}).encode(), {}
    )

    with pytest.raises(base.ProviderRefused):
        shop.buy(REQUEST)


@pytest.mark.parametrize(
    ("age", "is_sent"),
    [
        (timedelta(hours=23), True),
        (timedelta(days=79, hours=23), True),
        (timedelta(days=80), False),
        (timedelta(days=81), False),
        (timedelta(days=91), False),
    ],
)
def test_a_reference_is_not_sent_once_it_may_be_forgotten(wire, shop, age, is_sent):
    late = replace(REQUEST, sent_at=NOON + age)

    if is_sent:
        shop.look_up(late)
    else:
        with pytest.raises(base.TooOld):
            shop.look_up(late)

    assert bool(wire.sent) == is_sent


def test_a_signed_callback_is_read(shop):
    body = b'{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}'

    fact = shop.read_callback(
        {"x-hub-signature": "sha1=9f9b1459583de8e44a920c1961ce9bc5058e43a0"}, body
    )

    assert (fact.ref_id, fact.state, fact.cost) == ("TRX1", FactState.SUCCEEDED, None)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": "sha1="},
        {"X-Hub-Signature": "9f9b1459583de8e44a920c1961ce9bc5058e43a0"},
        {"X-Hub-Signature": "sha1=9F9B1459583DE8E44A920C1961CE9BC5058E43A0"},
        {"X-Hub-Signature": "sha1=9f9b1459583de8e44a920c1961ce9bc5058e43a1"},
        {"X-Hub-Signature": "sha1=९"},
        signed(b'{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}', "other"),
    ],
)
def test_a_callback_that_is_not_proven_is_refused(shop, headers):
    body = b'{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}'

    with pytest.raises(base.BadCallback):
        shop.read_callback(headers, body)


def test_every_changed_byte_of_a_callback_is_noticed(shop):
    body = b'{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}'

    for position in range(len(body)):
        changed = bytearray(body)
        changed[position] ^= 1
        with pytest.raises(base.BadCallback):
            shop.read_callback(signed(body), bytes(changed))


def test_without_a_secret_no_callback_is_believed():
    shop = registry.supplier_for("digiflazz", config=changed(CONFIG, webhook_secret=""))
    body = b'{"data":{"ref_id":"TRX1","status":"Sukses","rc":"00"}}'

    for headers in ({}, signed(body, ""), signed(body)):
        with pytest.raises(base.BadCallback):
            shop.read_callback(headers, body)


def test_a_ping_is_proven_and_brings_no_news(shop):
    body = b'{"sed":"1","hook_id":"7","hook":{"url":"u","secret":"s3cret"}}'

    assert shop.read_callback(signed(body), body) is None
    with pytest.raises(base.BadCallback):
        shop.read_callback({}, body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": {"ref_id": 1}}',
        b'{"data": {"ref_id": "A"}, "data": {"ref_id": "B"}}',
        b'{"data":' + b" " * 70_000 + b"{}}",
    ],
)
def test_a_signed_callback_that_cannot_be_read_is_refused(shop, body):
    with pytest.raises(base.BadCallback):
        shop.read_callback(signed(body), body)


def test_the_deposit_is_asked_for_with_its_own_signature(wire, shop):
    wire.answer = Response(200, b'{"data": {"deposit": 500000000000.0}}', {})

    assert shop.read_balance() == 500_000_000_000
    assert wire.sent[0][1:] == (
        "/cek-saldo",
        {
            "cmd": "deposit",
            "username": "demo",
            "sign": "003c91abcf92dd94ba51bdef7441627c",
        },
    )


def test_the_price_list_says_what_can_be_bought_when(wire, shop):
    line = {
        "product_name": "Xl 100.000",
        "price": 98000,
        "buyer_sku_code": "X100",
        "buyer_product_status": True,
        "seller_product_status": True,
        "unlimited_stock": True,
        "stock": 0,
        "start_cut_off": "23:45",
        "end_cut_off": "0:15",
    }
    off = {"buyer_sku_code": "S5", "seller_product_status": False, "price": "5100"}
    open_ = {"start_cut_off": "00:00", "end_cut_off": "00:00"}
    wire.answer = Response(
        200,
        json.dumps(
            {
                "data": [
                    line,
                    line | off | open_,
                    line | {"buyer_sku_code": "E1", "unlimited_stock": False},
                    line | {"price": "?"},
                    "nonsense",
                ]
            }
        ).encode(),
        {},
    )

    listed = shop.list_prices()

    assert listed == [
        base.PricedProduct(
            "X100", "Xl 100.000", 98_000, True, time(23, 45), time(0, 15)
        ),
        base.PricedProduct("S5", "Xl 100.000", 5_100, False, None, None),
        base.PricedProduct(
            "E1", "Xl 100.000", 98_000, False, time(23, 45), time(0, 15)
        ),
    ]
    assert wire.sent[0][2]["sign"] == "336a66551a119b15e8d517f32b8925db"


def test_a_price_list_asked_for_too_often_is_a_refusal(wire, shop):
    wire.says(rc="83")

    with pytest.raises(base.ProviderRefused) as refusal:
        shop.list_prices()
    assert refusal.value.code == "83"


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": ""},
        {"username": ""},
        {"api_key": "9f0c7f9e"},
        {"mode": base.Mode.LIVE},
        {
            "mode": base.Mode.LIVE,
            "api_key": "9f",
            "base_url": "http://localhost:8300/v1",
        },
        {
            "mode": base.Mode.LIVE,
            "api_key": "9f",
            "base_url": "http://api.digiflazz.com/v1",
        },
        {
            "mode": base.Mode.LIVE,
            "api_key": "9f",
            "base_url": "https://api.digiflazz.com.x/",
        },
    ],
)
def test_keys_and_modes_that_do_not_belong_together_are_refused(changes):
    with pytest.raises(base.WrongCredentials):
        registry.supplier_for("digiflazz", config=changed(CONFIG, **changes))
