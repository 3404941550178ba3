"""What documented postpaid answers mean, and what is believed of odd ones."""

import hashlib
import json
from dataclasses import replace

import pytest

from inventory.suppliers import registry
from inventory.suppliers.base import (
    BillQuestion,
    FactState,
    KeysRefused,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    PurchaseRequest,
)
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.iak import adapter as iak
from ppob.kit.http import NoAnswer, Response, Unreachable
from ppob.kit.providers import Mode
from tests.conftest import NOON
from tests.inventory.iak import CONFIG as IAK_CONFIG
from tests.inventory.test_digiflazz import CONFIG
from tests.providers import changed

NUMBER = "530000000001"
QUESTION = BillQuestion("some1d", "pln", NUMBER)
# https://developer.digiflazz.com/api/buyer/cek-tagihan/ and …/test-case/
ASKED = {
    "ref_id": "some1d",
    "customer_no": NUMBER,
    "customer_name": "Nama Pelanggan Pertama",
    "buyer_sku_code": "pln",
    "admin": 2500,
    "message": "Transaksi Sukses",
    "status": "Sukses",
    "rc": "00",
    "buyer_last_saldo": 100000,
    "price": 10000,
    "selling_price": 11000,
    "desc": {
        "tarif": "R1",
        "daya": 1300,
        "lembar_tagihan": 1,
        "detail": [
            {
                "periode": "201901",
                "nilai_tagihan": "8000",
                "admin": "2500",
                "denda": "500",
            }
        ],
    },
}
PAID = {**ASKED, "sn": "S1234554321N", "buyer_last_saldo": 90000}
# https://api.iak.id/api/postpaid/core/product/pln/inquiry and …/payment
IAK_QUESTION = BillQuestion("09128374655", "PLNPOSTPAID", NUMBER)
IAK_ASKED = {
    "tr_id": 9732792,
    "code": "PLNPOSTPAID",
    "hp": NUMBER,
    "tr_name": "SUBCRIBER NAME",
    "period": "201608",
    "nominal": 300000,
    "admin": 2500,
    "ref_id": "09128374655",
    "response_code": "00",
    "message": "INQUIRY SUCCESS",
    "price": 302500,
    "selling_price": 301900,
    "desc": {
        "tarif": "R1",
        "daya": 1300,
        "lembar_tagihan": "1",
        "tagihan": {
            "detail": [
                {
                    "periode": "201608",
                    "nilai_tagihan": "300000",
                    "admin": "2500",
                    "denda": "0",
                    "total": 302500,
                }
            ]
        },
    },
}
IAK_PAID = {
    **IAK_ASKED,
    "datetime": "20180803171844",
    "message": "PAYMENT SUCCESS",
    "balance": 997586108,
    "noref": "004212C9245F1BA43A77CEBD5CD5DA39",
}


def request_of(ref_id, sku, word=""):
    return PurchaseRequest(
        ref_id=ref_id,
        sku=sku,
        destination=NUMBER,
        ceiling=400_000,
        callback_url="https://shop.example/x",
        first_sent_at=NOON,
        sent_at=NOON,
        supplier_reference=word,
        is_bill=True,
    )


REQUEST = request_of("some1d", "pln")
IAK_REQUEST = request_of("09128374655", "PLNPOSTPAID", "9732792")


class Wire:
    """Answers every request with the same, and remembers them."""

    def __init__(self, said, status=200):
        self.said, self.status, self.sent = said, status, []

    def request(self, method, path, *, json=None, data=None):
        self.sent.append((path, json))
        if isinstance(self.said, Exception):
            raise self.said
        return Response(self.status, _bytes(self.said), {})


def _bytes(said):
    if isinstance(said, bytes):
        return said
    return json.dumps({"data": said}).encode()


def shop(monkeypatch, code, said, *, config=None, status=200):
    wire = Wire(said, status)
    module = {"digiflazz": digiflazz, "iak": iak}[code]
    addresses = []
    monkeypatch.setattr(
        module, "_client", lambda base, *_limits: addresses.append(base) or wire
    )
    wire.addresses = addresses
    known = config or {"digiflazz": CONFIG, "iak": IAK_CONFIG}[code]
    return registry.supplier_for(code, config=known), wire


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


# --- Digiflazz ------------------------------------------------------------------------


def test_digiflazz_says_what_is_billed_and_what_it_takes(monkeypatch):
    supplier, wire = shop(monkeypatch, "digiflazz", ASKED)

    bill = supplier.inquire_bill(QUESTION)

    assert (bill.finding, bill.billed, bill.cost, bill.admin) == (
        "due",
        11_000,
        10_000,
        2_500,
    )
    assert (bill.customer_name, bill.period) == ("Nama Pelanggan Pertama", "201901")
    assert dict(bill.details) == {
        "sheets": "1",
        "tariff": "R1",
        "power": "1300",
        "fine": "500",
    }
    [(path, body)] = wire.sent
    assert path == "/transaction"
    keys = f"{CONFIG.key('username')}{CONFIG.key('api_key')}"
    assert body["commands"] == "inq-pasca"
    assert body["sign"] == md5(f"{keys}some1d")
    assert body["testing"] is True


@pytest.mark.parametrize(
    ("rc", "finding"), [("60", "none"), ("54", "wrong_number"), ("57", "wrong_number")]
)
def test_digiflazz_findings_are_no_errors(monkeypatch, rc, finding):
    said = {"ref_id": "some1d", "customer_no": NUMBER, "status": "Gagal", "rc": rc}
    supplier, _wire = shop(monkeypatch, "digiflazz", said)

    assert supplier.inquire_bill(QUESTION).finding == finding


@pytest.mark.parametrize(
    "changes",
    [
        {"ref_id": "another"},
        {"customer_no": "530000000002"},
        {"price": 0},
        {"price": None},
        {"selling_price": 0},
        {"selling_price": "eleven"},
        {"selling_price": 10**10},
        {"status": "Gagal"},
        {"rc": "01", "status": "Gagal"},
        {"rc": "70", "status": "Gagal"},
        {"rc": "03", "status": "Pending"},
        {"rc": "77", "status": "Gagal"},
    ],
)
def test_digiflazz_answers_that_nobody_can_use_are_none(monkeypatch, changes):
    supplier, _wire = shop(monkeypatch, "digiflazz", {**ASKED, **changes})

    with pytest.raises(OutcomeUnknown):
        supplier.inquire_bill(QUESTION)


def test_digiflazz_refusals_of_a_question_are_refusals(monkeypatch):
    said = {**ASKED, "rc": "44", "status": "Gagal"}
    supplier, _wire = shop(monkeypatch, "digiflazz", said)

    with pytest.raises(ProviderRefused):
        supplier.inquire_bill(QUESTION)


def test_digiflazz_pays_under_the_reference_of_the_question(monkeypatch):
    supplier, wire = shop(monkeypatch, "digiflazz", PAID)

    fact = supplier.pay_bill(REQUEST)

    assert (fact.state, fact.cost, fact.serial_number) == (
        FactState.SUCCEEDED,
        10_000,
        "S1234554321N",
    )
    [(_path, body)] = wire.sent
    assert (body["commands"], body["ref_id"]) == ("pay-pasca", "some1d")
    assert "max_price" not in body


def test_a_payment_without_a_serial_number_is_one_a_status_without_is_none(monkeypatch):
    supplier, wire = shop(monkeypatch, "digiflazz", {**PAID, "sn": ""})

    assert supplier.pay_bill(REQUEST).state is FactState.SUCCEEDED
    assert supplier.look_up_bill(REQUEST).state is FactState.UNCLEAR
    assert [body["commands"] for _path, body in wire.sent] == [
        "pay-pasca",
        "status-pasca",
    ]


@pytest.mark.parametrize("rc", ["01", "70", "47", "49", "50", "77"])
def test_what_digiflazz_calls_a_failure_by_time_out_is_unclear(monkeypatch, rc):
    said = {**PAID, "rc": rc, "status": "Gagal"}
    supplier, _wire = shop(monkeypatch, "digiflazz", said)

    assert supplier.pay_bill(REQUEST).state is FactState.UNCLEAR
    assert supplier.look_up_bill(REQUEST).state is FactState.UNCLEAR


@pytest.mark.parametrize(
    ("rc", "state"), [("02", FactState.FAILED), ("68", FactState.NOT_FORMED)]
)
def test_digiflazz_failures_carry_no_number(monkeypatch, rc, state):
    said = {**PAID, "rc": rc, "status": "Gagal"}
    supplier, _wire = shop(monkeypatch, "digiflazz", said)

    fact = supplier.pay_bill(REQUEST)

    assert (fact.state, fact.serial_number) == (state, "")


# --- IAK ------------------------------------------------------------------------------


def test_iak_names_its_two_prices_the_other_way_round(monkeypatch):
    supplier, wire = shop(monkeypatch, "iak", IAK_ASKED)

    bill = supplier.inquire_bill(IAK_QUESTION)

    assert (bill.billed, bill.cost) == (302_500, 301_900)
    assert bill.supplier_reference == "9732792"
    assert (bill.customer_name, bill.period) == ("SUBCRIBER NAME", "201608")
    [(path, body)] = wire.sent
    assert path == "/api/v1/bill/check"
    assert body == {
        "commands": "inq-pasca",
        "username": "081234567890",
        "code": "PLNPOSTPAID",
        "hp": NUMBER,
        "ref_id": "09128374655",
        "sign": md5("081234567890demokey09128374655"),
    }


@pytest.mark.parametrize(
    ("rc", "finding"),
    [("01", "paid"), ("34", "paid"), ("10", "none"), ("14", "wrong_number")],
)
def test_iak_findings_are_no_errors(monkeypatch, rc, finding):
    said = {"response_code": rc, "message": "NO"}
    supplier, _wire = shop(monkeypatch, "iak", said)

    assert supplier.inquire_bill(IAK_QUESTION).finding == finding


@pytest.mark.parametrize(
    "changes",
    [
        {"ref_id": "another"},
        {"hp": "530000000002"},
        {"tr_id": 0},
        {"tr_id": None},
        {"price": 0},
        {"selling_price": None},
        {"response_code": "103"},
        {"response_code": "201"},
        {"response_code": "777"},
    ],
)
def test_iak_answers_that_nobody_can_use_are_none(monkeypatch, changes):
    supplier, _wire = shop(monkeypatch, "iak", {**IAK_ASKED, **changes})

    with pytest.raises(OutcomeUnknown):
        supplier.inquire_bill(IAK_QUESTION)


def test_iak_pays_by_its_own_number(monkeypatch):
    supplier, wire = shop(monkeypatch, "iak", IAK_PAID)

    fact = supplier.pay_bill(IAK_REQUEST)

    assert (fact.state, fact.cost) == (FactState.SUCCEEDED, 301_900)
    assert fact.serial_number == "004212C9245F1BA43A77CEBD5CD5DA39"
    [(_path, body)] = wire.sent
    assert body == {
        "commands": "pay-pasca",
        "username": "081234567890",
        "tr_id": "9732792",
        "sign": md5("081234567890demokey9732792"),
    }


def test_an_iak_payment_under_another_reference_is_no_answer(monkeypatch):
    supplier, _wire = shop(monkeypatch, "iak", {**IAK_PAID, "ref_id": "another"})

    with pytest.raises(OutcomeUnknown):
        supplier.pay_bill(IAK_REQUEST)


def test_iak_says_how_many_bills_are_left_on_the_receipt(monkeypatch):
    left = {**IAK_PAID["desc"], "lembar_tagihan_sisa": 4}
    supplier, _wire = shop(monkeypatch, "iak", {**IAK_PAID, "desc": left})

    assert supplier.pay_bill(IAK_REQUEST).serial_number.endswith(" / SISA 4 LEMBAR")


def test_iak_pays_nothing_without_a_number(monkeypatch):
    supplier, wire = shop(monkeypatch, "iak", IAK_PAID)

    with pytest.raises(ProviderRefused):
        supplier.pay_bill(replace(IAK_REQUEST, supplier_reference=""))

    assert wire.sent == []


@pytest.mark.parametrize("rc", ["01", "34", "40", "42", "91", "92", "103", "777"])
def test_what_iak_says_of_a_payment_and_may_mean_ours_is_unclear(monkeypatch, rc):
    supplier, _wire = shop(monkeypatch, "iak", {**IAK_PAID, "response_code": rc})

    fact = supplier.pay_bill(IAK_REQUEST)

    assert (fact.state, fact.serial_number) == (FactState.UNCLEAR, "")


@pytest.mark.parametrize(
    ("status", "rc", "state"),
    [
        (1, "00", FactState.SUCCEEDED),
        (3, "39", FactState.PENDING),
        (2, "37", FactState.FAILED),
        (2, "34", FactState.FAILED),
        (0, "42", FactState.NOT_FORMED),
        (0, "02", FactState.NOT_FORMED),
        (2, "103", FactState.UNCLEAR),
        (2, "92", FactState.UNCLEAR),
        (2, "00", FactState.UNCLEAR),
        (0, "00", FactState.UNCLEAR),
        (3, "00", FactState.UNCLEAR),
        (1, "37", FactState.UNCLEAR),
        (2, "777", FactState.UNCLEAR),
        (9, "00", FactState.UNCLEAR),
    ],
)
def test_iak_status_and_code_have_to_agree(monkeypatch, status, rc, state):
    said = {**IAK_PAID, "status": status, "response_code": rc}
    supplier, wire = shop(monkeypatch, "iak", said)

    assert supplier.look_up_bill(IAK_REQUEST).state is state
    [(_path, body)] = wire.sent
    assert body["sign"] == md5("081234567890demokeycs")


def test_an_iak_status_about_another_inquiry_is_no_answer(monkeypatch):
    said = {**IAK_PAID, "status": 1, "tr_id": 1}
    supplier, _wire = shop(monkeypatch, "iak", said)

    with pytest.raises(OutcomeUnknown):
        supplier.look_up_bill(IAK_REQUEST)


@pytest.mark.parametrize(
    ("mode", "prepaid", "postpaid"),
    [
        (Mode.TEST, "https://prepaid.iak.dev", "https://testpostpaid.mobilepulsa.net"),
        (Mode.LIVE, "https://prepaid.iak.id", "https://mobilepulsa.net"),
        (Mode.TEST, "http://127.0.0.1:8300/iak", "http://127.0.0.1:8300/iak"),
    ],
)
def test_iak_takes_bills_at_an_address_of_their_own(
    monkeypatch, mode, prepaid, postpaid
):
    config = changed(IAK_CONFIG, base_url=prepaid, mode=mode)
    supplier, wire = shop(monkeypatch, "iak", IAK_ASKED, config=config)

    supplier.inquire_bill(IAK_QUESTION)

    assert wire.addresses == [postpaid]


# --- Both -----------------------------------------------------------------------------

BOTH = [("digiflazz", REQUEST), ("iak", IAK_REQUEST)]


@pytest.mark.parametrize(("code", "request_"), BOTH)
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (NoAnswer("late"), 200),
        (b"<html>", 200),
        (b"[]", 200),
        ({}, 502),
        ([1], 200),
    ],
)
def test_silence_about_a_payment_is_no_failure(
    monkeypatch, code, request_, said, status
):
    supplier, _wire = shop(monkeypatch, code, said, status=status)

    for ask in (supplier.pay_bill, supplier.look_up_bill):
        with pytest.raises(OutcomeUnknown):
            ask(request_)


@pytest.mark.parametrize(("code", "request_"), BOTH)
def test_what_never_left_is_told_apart(monkeypatch, code, request_):
    supplier, _wire = shop(monkeypatch, code, Unreachable("no"))

    with pytest.raises(ProviderUnreachable):
        supplier.pay_bill(request_)


@pytest.mark.parametrize(
    ("code", "request_", "said"),
    [
        ("digiflazz", REQUEST, {"rc": "41", "message": "no", "status": "Gagal"}),
        ("iak", IAK_REQUEST, {"response_code": "100", "message": "no"}),
    ],
)
def test_keys_that_are_refused_are_named(monkeypatch, code, request_, said):
    supplier, _wire = shop(monkeypatch, code, said)

    with pytest.raises(KeysRefused):
        supplier.pay_bill(request_)
