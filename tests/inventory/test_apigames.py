"""Apigames' protocol: documented requests, statuses, refusals, names and reports."""

from contextlib import suppress

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState, PurchaseFact
from inventory.suppliers.registry import spec_of
from ppob.kit.http import Response
from tests.inventory.apigames import (
    CONFIG,
    LIVE,
    LOST,
    REQUEST,
    SOLD,
    WAITING,
    report,
    shop,
    wire,
)
from tests.providers import changed

__all__ = ["shop", "wire"]

SIGN = "2130475db9eef132be4736c8bf5ce062"
ML = {"user_id": "136216325", "zone_id": "2685"}
FF = {"user_id": "2772860208"}
DEEDS = {
    "buy": lambda shop: shop.buy(REQUEST),
    "look up": lambda shop: shop.look_up(REQUEST),
    "balance": lambda shop: shop.read_balance(),
    "name": lambda shop: shop.find_name("FF", FF),
}


# --- What is sent ---------------------------------------------------------------------


def test_a_purchase_is_the_documented_request(wire, shop):
    shop.buy(REQUEST)

    body = {
        "ref_id": "TRX1",
        "merchant_id": "M1",
        "produk": "ML86",
        "tujuan": "136216325",
        "server_id": "2685",
        "signature": SIGN,
    }
    assert wire.sent == [("POST", "/v2/transaksi", {"json": body})]


def test_what_has_no_server_is_the_account_alone(wire, shop):
    shop.buy(base.PurchaseRequest(**{**vars(REQUEST), "destination": "2772860208"}))

    [(_method, _path, content)] = wire.sent
    assert (content["json"]["tujuan"], content["json"]["server_id"]) == (
        "2772860208",
        "",
    )


def test_a_question_goes_where_nothing_is_bought(wire, shop):
    shop.look_up(REQUEST)

    body = {"ref_id": "TRX1", "merchant_id": "M1", "signature": SIGN}
    assert wire.sent == [("POST", "/v2/transaksi/status", {"json": body})]


def test_a_merchant_that_looks_like_a_path_leads_nowhere_else(wire):
    odd = registry.supplier_for(
        "apigames", config=changed(CONFIG, merchant_id="M1/../M2?x=")
    )
    wire.shows({"saldo": 5})

    assert odd.read_balance() == 5
    assert wire.sent[0][1] == "/merchant/M1%2F..%2FM2%3Fx%3D"


def test_no_call_holds_the_secret(wire, shop):
    for deed in DEEDS.values():
        with suppress(base.OutcomeUnknown):
            deed(shop)

    assert len(wire.sent) == 4
    assert "SEC" not in repr(wire.sent)


# --- What answers mean ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Pending", FactState.PENDING),
        ("Proses", FactState.PENDING),
        ("Validasi Provider", FactState.PENDING),
        ("Sukses", FactState.SUCCEEDED),
        ("SUKSES ", FactState.SUCCEEDED),
        ("Sukses Sebagian", FactState.UNCLEAR),
        ("Gagal", FactState.FAILED),
        ("Gagal Sebagian", FactState.UNCLEAR),
        (1, FactState.UNCLEAR),
    ],
)
def test_every_status_has_a_meaning(wire, shop, status, state):
    wire.shows({**SOLD, "status": status})

    fact = shop.look_up(REQUEST)

    assert fact.state is state
    has_code = state is FactState.SUCCEEDED
    assert fact.serial_number == (SOLD["sn"] if has_code else "")
    assert SOLD["sn"] not in fact.message or state is FactState.FAILED


def test_a_success_is_told_by_the_status_check(wire, shop):
    wire.shows(SOLD)

    assert shop.look_up(REQUEST) == PurchaseFact(
        ref_id="TRX1",
        state=FactState.SUCCEEDED,
        rc="Sukses",
        message="",
        cost=750,
        serial_number="BSK.AFULP. RefId : 12067803053055289057",
        supplier_reference="T220926XXXXX00003",
    )


@pytest.mark.parametrize("data", [SOLD, LOST, WAITING])
def test_the_first_answer_is_never_the_end(wire, shop, data):
    """Documented: it is pending, and outcomes are told by status checks and reports."""
    wire.shows(data)

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.serial_number, fact.message) == (FactState.PENDING, "", "")
    assert (fact.supplier_reference, fact.cost) == ("T220926XXXXX00003", 750)


def test_the_text_of_a_failure_is_a_reason_and_no_serial_number(wire, shop):
    wire.shows(LOST)

    fact = shop.look_up(REQUEST)

    assert (fact.state, fact.message) == (FactState.FAILED, "error_require_login")
    assert (fact.serial_number, fact.is_account_trouble) == ("", False)


@pytest.mark.parametrize("sn", [["AB"], {"code": "A"}, True, 1.5, "A" * 4_001])
def test_a_code_that_cannot_be_read_is_asked_for_again(wire, shop, sn):
    wire.shows({**SOLD, "sn": sn})

    with pytest.raises(base.OutcomeUnknown):
        shop.look_up(REQUEST)


@pytest.mark.parametrize(
    ("sn", "told"), [(None, ""), (42, "42"), (" A ", "A"), ("A" * 4_000, "A" * 4_000)]
)
def test_a_code_is_kept_whole(wire, shop, sn, told):
    wire.shows({**SOLD, "sn": sn})

    assert shop.look_up(REQUEST).serial_number == told


@pytest.mark.parametrize("status", [201, 302, 400, 401, 404, 429, 500, 502])
@pytest.mark.parametrize("deed", ["buy", "look up"])
def test_every_http_error_is_pending(wire, shop, deed, status):
    for data in (SOLD, LOST):
        wire.shows(data, status)
        with pytest.raises(base.OutcomeUnknown):
            DEEDS[deed](shop)
    wire.refuses("Signature not valid", status)
    with pytest.raises(base.OutcomeUnknown):
        DEEDS[deed](shop)


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("Signature not valid", base.KeysRefused, "SIGN"),
        ("Signature Not Valid.", base.KeysRefused, "SIGN"),
        ("Merchant not found", base.KeysRefused, "KEY"),
        ("IP 203.0.113.9 not allowed", base.AddressRefused, "IP"),
    ],
)
@pytest.mark.parametrize("deed", DEEDS)
def test_who_is_turned_away_at_the_door_has_not_been_heard(
    wire, shop, deed, said, kind, code
):
    wire.refuses(said)

    with pytest.raises(kind) as refusal:
        DEEDS[deed](shop)

    assert refusal.value.code == code


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_keys_are_told_apart_from_silence_when_connecting(wire, shop, status):
    wire.refuses("Signature not valid", status)

    with pytest.raises(base.KeysRefused):
        shop.read_balance()


@pytest.mark.parametrize(
    ("said", "rc"),
    [
        ("Produk tidak ditemukan", "product"),
        ("Kode produk tidak ditemukan!!", "product"),
        ("Product not found", "product"),
        ("Saldo tidak cukup", "balance"),
        ("Saldo Anda tidak mencukupi.", "balance"),
    ],
)
def test_words_that_say_that_nothing_was_bought(wire, shop, said, rc):
    wire.refuses(said)

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert fact.is_account_trouble is (rc == "balance")


@pytest.mark.parametrize(
    "said",
    [
        "Produk tidak ditemukan, transaksi diteruskan ke server lain",
        "Saldo tidak cukup untuk transaksi berikutnya",
        "Produk sedang gangguan",
        "Ref ID sudah digunakan",
        "Terjadi kesalahan",
        "Transaksi signature not valid",
    ],
)
def test_any_other_refusal_may_have_bought(wire, shop, said):
    wire.refuses(said)

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.message) == (FactState.UNCLEAR, said)


@pytest.mark.parametrize(
    "said", ["Transaksi tidak ditemukan", "Produk tidak ditemukan", "Saldo tidak cukup"]
)
def test_a_question_that_is_refused_says_nothing_about_the_purchase(wire, shop, said):
    wire.refuses(said)

    fact = shop.look_up(REQUEST)

    assert (fact.state, fact.is_account_trouble) == (FactState.UNCLEAR, False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": 0, "error_msg": "Produk tidak ditemukan", "data": {"a": 1}}',
        b'{"status": 1, "error_msg": "Produk tidak ditemukan"}',
        b'{"status": 2, "error_msg": "Produk tidak ditemukan"}',
        b'{"status": false, "error_msg": "Produk tidak ditemukan"}',
        b'{"status": 0, "error_msg": ["Produk tidak ditemukan"]}',
        b'{"status": 0}',
    ],
)
def test_a_no_with_a_yes_in_it_is_neither(wire, shop, body):
    wire.answer = Response(200, body, {})

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(REQUEST)


# --- Questions ------------------------------------------------------------------------


def test_the_deposit_is_asked_for_as_documented(wire, shop):
    wire.shows({"id": 1, "merchant_id": "M1", "saldo": 19_690_000})

    assert shop.read_balance() == 19_690_000
    asked = {"params": {"signature": "eeb3586b90030161fed7b0186204b63e"}}
    assert wire.sent == [("GET", "/merchant/M1", asked)]


@pytest.mark.parametrize("saldo", [None, "", -1, 1.5, "x", 10**30])
def test_a_deposit_that_cannot_be_read_is_none(wire, shop, saldo):
    wire.shows({"saldo": saldo})

    with pytest.raises(base.OutcomeUnknown):
        shop.read_balance()


@pytest.mark.parametrize(
    ("game", "account", "code", "asked"),
    [
        ("FF", FF, "freefire", "2772860208"),
        ("HIGGS", {"user_id": "12345678"}, "higgs", "12345678"),
        ("ML", ML, "mobilelegend", "136216325(2685)"),
    ],
)
def test_a_player_is_asked_for_by_the_games_word(
    wire, shop, game, account, code, asked
):
    wire.shows({"is_valid": True, "username": " •CUMAN  BISA MM• "})

    assert shop.find_name(game, account) == "•CUMAN BISA MM•"
    [(method, path, content)] = wire.sent
    assert (method, path) == ("GET", f"/merchant/M1/cek-username/{code}")
    assert content["params"] == {
        "user_id": asked,
        "signature": "720d34abd3799f7b271b6b86d01a25b6",
    }


def test_a_player_who_is_not_there(wire, shop):
    wire.shows({"is_valid": False, "username": ""})

    assert shop.find_name("FF", FF) is None
    # Perhaps only the zone was written in another way than it wants.
    with pytest.raises(base.OutcomeUnknown):
        shop.find_name("ML", ML)


@pytest.mark.parametrize(
    "data",
    [
        {"is_valid": True, "username": ""},
        {"is_valid": True},
        {"is_valid": "false", "username": ""},
        {"username": "Budi"},
    ],
)
def test_a_name_that_is_not_told_is_not_known(wire, shop, data):
    wire.shows(data)

    with pytest.raises(base.OutcomeUnknown):
        shop.find_name("FF", FF)


def test_of_other_games_it_names_nobody(wire, shop):
    with pytest.raises(base.ProviderRefused):
        shop.find_name("PUBG", FF)

    assert wire.sent == []


def test_it_tells_no_prices_and_says_so(wire, shop):
    with pytest.raises(base.ProviderRefused) as refusal:
        shop.list_prices()

    assert refusal.value.code == "NO_LIST"
    assert spec_of("apigames").tells_prices is False
    assert wire.sent == []


# --- Reports and keys -----------------------------------------------------------------


@pytest.mark.parametrize("status", ["Sukses", "Gagal", "Proses"])
def test_a_report_only_makes_us_ask(shop, status):
    headers, body = report(status=status)

    assert shop.read_callback(headers, body) == base.LookUp(reference="TRX1")


def test_a_report_is_proven_by_the_reference_that_it_names(shop):
    headers, _body = report("TRX1")
    _headers, body = report("TRX2")

    with pytest.raises(base.BadCallback):
        shop.read_callback(headers, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ref_id": 1}', b"\xff"])
def test_a_report_that_names_no_reference_is_not_proven(shop, body):
    with pytest.raises(base.BadCallback) as refusal:
        shop.read_callback(report("")[0], body)

    assert not isinstance(refusal.value, base.OddCallback)


@pytest.mark.parametrize(
    "address", ["https://v1.apigames.id", "https://V1.APIGAMES.ID/"]
)
def test_a_test_account_never_reaches_real_money(address):
    with pytest.raises(base.WrongCredentials):
        registry.supplier_for("apigames", config=changed(CONFIG, base_url=address))

    assert registry.supplier_for("apigames", config=LIVE).spec.code == "apigames"
