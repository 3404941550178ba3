"""TokoVoucher's protocol: documented requests, statuses, refusals and prices."""

from contextlib import suppress
from dataclasses import replace

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState, PricedProduct, PurchaseFact
from inventory.suppliers.tokovoucher import adapter
from ppob.kit.http import NoAnswer, Unreachable
from tests.inventory.tokovoucher import (
    CONFIG,
    FOUND,
    LIVE,
    LOST,
    REQUEST,
    SOLD,
    WAITING,
    granted,
    refused,
    report,
    shop,
    wire,
)
from tests.providers import changed

__all__ = ["shop", "wire"]

OF_TRX1 = "bae95a7c1cda0e99ff50fa54125fa64d"
KEYS = {"member_code": "MEM1", "signature": "95b4082c6e27680800514b1dc765f6fc"}
DEEDS = {
    "buy": lambda shop: shop.buy(REQUEST),
    "look up": lambda shop: shop.look_up(REQUEST),
    "balance": lambda shop: shop.read_balance(),
    "prices": lambda shop: shop.list_prices(),
}


# --- What is sent ---------------------------------------------------------------------


def test_a_purchase_is_the_documented_request_after_a_look_at_its_price(wire, shop):
    shop.buy(REQUEST)

    body = {
        "ref_id": "TRX1",
        "produk": "ML86",
        "tujuan": "136216325",
        "server_id": "2685",
        "member_code": "MEM1",
        "signature": OF_TRX1,
    }
    assert wire.sent == [
        ("GET", "/produk/code", {"params": {**KEYS, "kode": "ML86"}}),
        ("POST", "/v1/transaksi", {"json": body}),
    ]


def test_what_has_no_server_is_the_account_alone(wire, shop):
    shop.buy(replace(REQUEST, destination="081234567890"))

    body = wire.sent[-1][2]["json"]
    assert (body["tujuan"], body["server_id"]) == ("081234567890", "")


def test_a_question_goes_where_nothing_is_bought(wire, shop):
    shop.look_up(REQUEST)

    body = {"ref_id": "TRX1", "member_code": "MEM1", "signature": OF_TRX1}
    assert wire.sent == [("POST", "/v1/transaksi/status", {"json": body})]


def test_no_call_holds_the_secret(wire, shop):
    for deed in DEEDS.values():
        with suppress(base.OutcomeUnknown):
            deed(shop)

    assert len(wire.sent) == 5
    assert "SEC" not in repr(wire.sent)


# --- The price before the order -------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "rc"),
    [
        ([FOUND | {"price": 20_001}], "price"),
        ([FOUND | {"status": 0}], "off"),
        ([FOUND | {"code": "ML860"}], "product"),
        ([], "product"),
    ],
)
def test_what_is_not_wanted_any_more_is_not_ordered(wire, shop, found, rc):
    wire.finds(granted(found))

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert fact.is_account_trouble is False
    assert [path for _method, path, _content in wire.sent] == ["/produk/code"]


def test_at_the_ceiling_it_is_ordered(wire, shop):
    wire.finds(granted([FOUND | {"code": "ML860"}, FOUND | {"price": "20000"}]))

    assert shop.buy(REQUEST).state is FactState.PENDING


def test_a_code_that_nobody_has_is_not_ordered(wire, shop):
    wire.finds({**refused("Kode Produk Tidak Ditemukan"), "rc": 500})

    assert shop.buy(REQUEST).state is FactState.NOT_FORMED
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "search",
    [
        granted({"code": "ML86"}),
        granted([FOUND | {"price": None}]),
        granted([FOUND | {"price": 10**30}]),
        refused("Terjadi Kesalahan Sistem"),
        {"status": "sukses"},
        [],
    ],
)
def test_a_price_that_nobody_can_read_orders_nothing(wire, shop, search):
    wire.finds(search)

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(REQUEST)

    assert len(wire.sent) == 1


@pytest.mark.parametrize("failure", [NoAnswer("ReadTimeout"), Unreachable("…")])
def test_a_silence_before_the_order_has_bought_nothing(wire, shop, failure):
    wire.search = failure

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(REQUEST)

    assert len(wire.sent) == 1


def test_an_order_does_not_start_when_its_lease_may_end_before(wire, shop, monkeypatch):
    moments = iter([0.0, 25.1])
    monkeypatch.setattr(adapter.time, "monotonic", lambda: next(moments))

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(REQUEST)

    assert len(wire.sent) == 1


# --- What answers mean ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", FactState.PENDING),
        ("sukses", FactState.SUCCEEDED),
        (" SUKSES", FactState.SUCCEEDED),
        ("gagal", FactState.FAILED),
        ("sukses sebagian", FactState.UNCLEAR),
        ("refund", FactState.UNCLEAR),
        ("0", FactState.UNCLEAR),
        ("1", FactState.UNCLEAR),
    ],
)
def test_every_status_has_a_meaning(wire, shop, status, state):
    wire.says({**SOLD, "status": status})

    for fact in (shop.buy(REQUEST), shop.look_up(REQUEST)):
        assert fact.state is state
        has_code = state is FactState.SUCCEEDED
        assert fact.serial_number == (SOLD["sn"] if has_code else "")
        assert SOLD["sn"] not in fact.message or state is FactState.FAILED


def test_a_success_carries_its_cost_and_code(wire, shop):
    wire.says(SOLD)

    assert shop.buy(REQUEST) == PurchaseFact(
        ref_id="TRX1",
        state=FactState.SUCCEEDED,
        rc="sukses",
        message="",
        cost=789,
        serial_number="DLINR-_-. RefId : 11183039941543874221",
        supplier_reference="T220907HTRK027479",
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (LOST, "Nomor Tujuan Salah"),
        ({**LOST, "sn": "", "message": "Nomor tidak valid"}, "Nomor tidak valid"),
    ],
)
def test_the_text_of_a_failure_is_a_reason_and_no_serial_number(
    wire, shop, said, reason
):
    wire.says(said)

    fact = shop.look_up(REQUEST)

    assert (fact.state, fact.message) == (FactState.FAILED, reason)
    assert (fact.serial_number, fact.is_account_trouble) == ("", False)


@pytest.mark.parametrize("sn", [["AB"], {"code": "A"}, True, 1.5, "A" * 4_001])
def test_a_code_that_cannot_be_read_is_asked_for_again(wire, shop, sn):
    wire.says({**SOLD, "sn": sn})

    with pytest.raises(base.OutcomeUnknown):
        shop.look_up(REQUEST)


@pytest.mark.parametrize(
    ("sn", "told"), [(None, ""), (42, "42"), (" A ", "A"), ("A" * 4_000, "A" * 4_000)]
)
def test_a_code_is_kept_whole(wire, shop, sn, told):
    wire.says({**SOLD, "sn": sn})

    assert shop.look_up(REQUEST).serial_number == told


@pytest.mark.parametrize("status", [201, 302, 400, 401, 404, 429, 500, 502])
@pytest.mark.parametrize("deed", ["buy", "look up"])
def test_every_http_error_is_pending(wire, shop, deed, status):
    for content in (SOLD, LOST, refused("Signature Invalid")):
        wire.says(content, status)
        with pytest.raises(base.OutcomeUnknown):
            DEEDS[deed](shop)


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("Ip Not Allow", base.AddressRefused, "IP"),
        ("IP 203.0.113.9 not allowed", base.AddressRefused, "IP"),
        ("Signature Invalid", base.KeysRefused, "SIGN"),
        ("Member tidak ditemukan !!", base.KeysRefused, "KEY"),
    ],
)
@pytest.mark.parametrize("deed", DEEDS)
def test_who_is_turned_away_at_the_door_has_not_been_heard(
    wire, shop, deed, said, kind, code
):
    wire.says(refused(said))

    with pytest.raises(kind) as refusal:
        DEEDS[deed](shop)

    assert refusal.value.code == code


def test_who_is_turned_away_while_the_price_is_read_has_bought_nothing(wire, shop):
    wire.finds(refused("Ip Not Allow"))

    with pytest.raises(base.AddressRefused):
        shop.buy(REQUEST)

    assert len(wire.sent) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_keys_are_told_apart_from_silence_when_connecting(wire, shop, status):
    wire.says(refused("Signature Invalid"), status)

    with pytest.raises(base.KeysRefused):
        shop.read_balance()


@pytest.mark.parametrize(
    ("said", "rc"),
    [
        ("Kode Produk Tidak Ditemukan", "product"),
        ("Saldo Tidak Cukup", "balance"),
        ("Saldo Anda tidak mencukupi.", "balance"),
    ],
)
def test_words_that_say_that_nothing_was_bought(wire, shop, said, rc):
    wire.says(refused(said))

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert fact.is_account_trouble is (rc == "balance")


@pytest.mark.parametrize(
    "said",
    [
        "Kode Produk Tidak Ditemukan, dialihkan ke produk lain",
        "Saldo Tidak Cukup untuk transaksi berikutnya",
        "Ref Id Sudah Ada",
        "Produk Gangguan",
        "Terjadi Kesalahan Sistem",
    ],
)
def test_any_other_refusal_may_have_bought(wire, shop, said):
    wire.says(refused(said))

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.message) == (FactState.UNCLEAR, said)


@pytest.mark.parametrize(
    "said",
    ["Transaksi Tidak Ditemukan", "Kode Produk Tidak Ditemukan", "Saldo Tidak Cukup"],
)
def test_a_question_that_is_refused_says_nothing_about_the_purchase(wire, shop, said):
    wire.says(refused(said))

    fact = shop.look_up(REQUEST)

    assert (fact.state, fact.is_account_trouble) == (FactState.UNCLEAR, False)


@pytest.mark.parametrize("more", [{"trx_id": "T1"}, {"data": {"a": 1}}, {"sn": "AB"}])
def test_a_no_with_something_beside_it_is_neither(wire, shop, more):
    wire.says({**refused("Saldo Tidak Cukup"), **more})

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(REQUEST)


@pytest.mark.parametrize("status", [None, False, 2, -1, 0.5, [0]])
def test_a_status_that_is_neither_yes_nor_no(wire, shop, status):
    wire.says({**refused("Saldo Tidak Cukup"), "status": status})

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(REQUEST)


# --- The deposit and the list ---------------------------------------------------------


def test_the_deposit_is_asked_for_as_documented(wire, shop):
    wire.says(granted({"saldo": 1_000, "nama": "Dev", "member_code": "MEM1"}))

    assert shop.read_balance() == 1_000
    assert wire.sent == [("GET", "/member", {"params": KEYS})]


@pytest.mark.parametrize("data", [None, [], {}, {"saldo": -1}, {"saldo": "x"}])
def test_a_deposit_that_cannot_be_read_is_none(wire, shop, data):
    wire.says(granted(data))

    with pytest.raises(base.OutcomeUnknown):
        shop.read_balance()


# https://docs.tokovoucher.net/produk/full
LINE = {
    "id": 1,
    "kode_produk": "FF5",
    "nama": "Free Fire 5 Diamond",
    "deskripsi": "Free Fire 5 Diamond",
    "price": 1_500,
    "status": 1,
    "kategori_id": 1,
    "operator_id": 1,
    "jenis_id": 1,
    "price_gold": 1_510,
    "price_vip": 1_490,
    "price_vvip": 1_480,
}


def full(*lines, operator=1, kind=1):
    return granted(
        {
            "category": [{"id": 1, "nama": "Topup Game"}],
            "operator": [{"id": 1, "nama": "Free Fire", "status": operator}],
            "jenis": [{"id": 1, "nama": "Fast", "operator_id": 1, "status": kind}],
            "produk": list(lines),
        }
    )


def test_the_list_is_read_with_what_its_lines_stand_below(wire, shop):
    wire.says(full(LINE))

    assert shop.list_prices() == [
        PricedProduct(
            sku="FF5",
            name="Free Fire 5 Diamond",
            cost=1_500,
            is_available=True,
            closed_from=None,
            closed_until=None,
            brand="Free Fire",
            category="Topup Game",
        )
    ]
    assert wire.sent == [("GET", "/member/produk/full", {"params": KEYS})]


@pytest.mark.parametrize(
    "listed",
    [
        full(LINE | {"status": 0}),
        full(LINE | {"status": None}),
        full(LINE, operator=0),
        full(LINE, kind=0),
    ],
)
def test_what_is_switched_off_somewhere_cannot_be_had(wire, shop, listed):
    wire.says(listed)

    assert [line.is_available for line in shop.list_prices()] == [False]


def test_an_odd_line_does_not_cost_the_list(wire, shop):
    wire.says(
        full(
            "x",
            {},
            LINE | {"price": None},
            LINE | {"kode_produk": "A" * 61},
            LINE | {"kode_produk": "A" * 300},
            LINE | {"operator_id": 9, "jenis_id": "x", "kategori_id": None},
        )
    )

    [line] = shop.list_prices()

    assert (line.sku, line.brand, line.category) == ("FF5", "", "")
    assert line.is_available


@pytest.mark.parametrize("data", [None, [], {}, {"produk": {}}])
def test_what_is_no_list_is_none(wire, shop, data):
    wire.says(granted(data))

    with pytest.raises(base.OutcomeUnknown):
        shop.list_prices()


# --- Reports and keys -----------------------------------------------------------------


@pytest.mark.parametrize("status", ["sukses", "gagal", "pending"])
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
    "address", ["https://api.tokovoucher.net", "https://API.TOKOVOUCHER.NET/"]
)
def test_a_test_account_never_reaches_real_money(address):
    with pytest.raises(base.WrongCredentials):
        registry.supplier_for("tokovoucher", config=changed(CONFIG, base_url=address))

    assert registry.supplier_for("tokovoucher", config=LIVE).spec.code == "tokovoucher"


def test_a_purchase_under_way_shows_nothing_yet(wire, shop):
    wire.says(WAITING)

    fact = shop.buy(REQUEST)

    assert (fact.state, fact.message, fact.serial_number) == (FactState.PENDING, "", "")
    assert fact.supplier_reference == "T220907HTRK027479"
