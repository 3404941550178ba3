"""What VIP Reseller is asked: orders, the balance, prices, names of players."""

import json
from dataclasses import replace

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState, LookUp, PricedProduct
from ppob.kit.http import NoAnswer, Unreachable
from ppob.kit.providers import Mode, address_of, modes_of
from tests.inventory.contract.vipreseller import (
    CONFIG,
    ORDER,
    REQUEST,
    SERVICE,
    SIGN,
    refused,
    said,
)
from tests.inventory.vipreseller import LOST, service, shop, wire
from tests.providers import changed as with_keys

__all__ = ["shop", "wire"]


# --- Asking ---------------------------------------------------------------------------


def lost(wire, shop, *orders, **changes):
    wire.answers["status"] = said([{**ORDER, **order} for order in orders])
    return shop.look_up(replace(LOST, **changes))


def test_an_order_is_asked_about_by_its_own_id(wire, shop):
    assert shop.look_up(REQUEST).state is FactState.SUCCEEDED
    _method, path, content = wire.sent[0]
    assert (path, content["trxid"], "limit" in content) == (
        "/game-feature",
        "some1d",
        False,
    )


@pytest.mark.parametrize(
    "answer",
    [
        said([]),
        said([{**ORDER, "trxid": "another"}]),
        said([{**ORDER, "data": "136216326"}]),
        said([{**ORDER, "zone": "2600"}]),
        refused("Transaksi tidak ditemukan."),
    ],
)
def test_an_order_that_cannot_be_found_is_unclear(wire, shop, answer):
    wire.answers["status"] = answer

    fact = shop.look_up(REQUEST)

    assert (fact.state, fact.supplier_reference) == (FactState.UNCLEAR, "")


def test_after_a_silence_the_last_orders_are_read(wire, shop):
    fact = lost(wire, shop, {"trxid": "VP7"})

    assert (fact.state, fact.supplier_reference) == (FactState.SUCCEEDED, "VP7")
    assert (fact.ref_id, fact.serial_number) == ("TRX1", "1234567890")
    assert wire.types() == ["status", "services"]
    assert wire.sent[0][2]["limit"] == "50"


@pytest.mark.parametrize(
    "difference",
    [
        {"data": "136216326"},
        {"zone": "2600"},
        {"zone": ""},
        {"service": "Mobile Legends B - 86 Diamonds"},
        {"service": "Mobile Legends A - 1048 Diamonds"},
        {"service": ""},
        {"service": "-"},
        {"trxid": "taken-1"},
    ],
)
def test_another_order_is_not_taken_for_ours(wire, shop, difference):
    fact = lost(wire, shop, difference, taken=frozenset({"taken-1"}))

    assert (fact.state, fact.supplier_reference) == (FactState.UNCLEAR, "")
    both = lost(wire, shop, difference, {"trxid": "VP7"}, taken=frozenset({"taken-1"}))
    assert both.supplier_reference == "VP7"


@pytest.mark.parametrize(
    "written",
    [
        {"service": "mobile legends b -  1048 diamonds"},
        {"service": "ML1048-S2"},
        {"service": "1048 Diamonds"},
        {"service": "renamed", "code": "ML1048-S2"},
        {"data": 136216325, "zone": 2685},
    ],
)
def test_our_order_is_known_however_it_is_written(wire, shop, written):
    assert lost(wire, shop, written).state is FactState.SUCCEEDED


def test_two_orders_that_may_be_ours_are_for_a_person(wire, shop):
    fact = lost(wire, shop, {"trxid": "VP7"}, {"trxid": "VP8", "status": "error"})

    assert (fact.state, fact.rc) == (FactState.UNCLEAR, "2 found")
    assert fact.supplier_reference == ""


def test_one_order_that_is_listed_twice_is_one(wire, shop):
    fact = lost(wire, shop, {"trxid": "VP7"}, {"trxid": "VP7"})

    assert fact.supplier_reference == "VP7"


def test_with_a_rival_nothing_that_is_found_is_believed(wire, shop):
    fact = lost(wire, shop, {"trxid": "VP7"}, has_rivals=True)

    assert (fact.state, fact.rc, wire.sent) == (FactState.UNCLEAR, "rivals", [])
    wire.answers["status"] = said([ORDER])
    known = shop.look_up(replace(REQUEST, has_rivals=True))
    assert known.state is FactState.SUCCEEDED


def test_an_order_nobody_can_read_may_be_ours(wire, shop):
    for odd in ({"trxid": None}, {"note": "\0"}, {"price": -1}):
        with pytest.raises(base.OutcomeUnknown):
            lost(wire, shop, {"trxid": "VP7"}, odd)


def test_without_the_services_no_order_is_recognised(wire, shop):
    wire.answers["services"] = NoAnswer("ReadTimeout")

    with pytest.raises(base.OutcomeUnknown):
        lost(wire, shop, {"trxid": "VP7"})


def test_no_question_ever_orders(wire, shop):
    for request in (REQUEST, LOST, replace(LOST, has_rivals=True)):
        shop.look_up(request)

    assert "order" not in wire.types()


# --- Callbacks, balance, prices -------------------------------------------------------


def test_a_callback_says_only_what_to_ask_about(shop):
    body = json.dumps({"data": {**ORDER, "status": "error"}}).encode()

    news = shop.read_callback({"X-Client-Signature": SIGN}, body)

    assert news == LookUp(supplier_reference="some1d")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": {"trxid": 1}}',
        b'{"data": {"trxid": ""}}',
        b'{"data": {"trxid": "A"}, "data": {"trxid": "B"}}',
        json.dumps({"data": {"trxid": "x" * 65}}).encode(),
    ],
)
def test_a_signed_callback_without_an_order_is_odd(shop, body):
    with pytest.raises(base.OddCallback):
        shop.read_callback({"X-Client-Signature": SIGN}, body)


def test_the_balance_is_in_the_profile(wire, shop):
    wire.answers["/profile"] = said({"balance": "125000", "level": "Basic"})

    assert shop.read_balance() == 125_000
    assert wire.sent == [("POST", "/profile", {"key": "DEMOKEY", "sign": SIGN})]


@pytest.mark.parametrize("data", [None, [], {}, {"balance": "?"}, {"balance": -1}])
def test_a_profile_without_a_balance_is_no_answer(wire, shop, data):
    wire.answers["/profile"] = said(data)

    with pytest.raises(base.OutcomeUnknown):
        shop.read_balance()


def test_prices_are_the_highest_of_three(wire, shop):
    games = [SERVICE, service(code="ML14-S14", status="empty"), service(price={}), "?"]
    prepaid = [
        {
            "code": "PLN20",
            "brand": "PLN",
            "name": "PLN 20.000",
            "note": "-",
            "type": "token-pln",
            "price": {"basic": 20_400, "premium": 20_500, "special": None},
            "status": "available",
        },
        {"code": "x" * 53, "price": 1, "status": "available"},
        {"code": "", "price": 1, "status": "available"},
    ]
    wire.answers["/game-feature services"] = said(games)
    wire.answers["/prepaid services"] = said(prepaid)

    ml = "Mobile Legends B - 1048 Diamonds"
    game = ("Mobile Legends B", "Games")
    pln = ("PLN", "token-pln")
    assert shop.list_prices() == [
        PricedProduct("ML1048-S2", ml, 197_000, True, None, None, *game),
        PricedProduct("ML14-S14", ml, 197_000, False, None, None, *game),
        PricedProduct("prepaid:PLN20", "PLN 20.000", 20_500, True, None, None, *pln),
    ]
    assert wire.sent[0][2]["filter_status"] == "available"


def test_a_part_without_services_is_an_empty_list(wire, shop):
    wire.answers["/prepaid services"] = refused("Layanan tidak ditemukan.")

    assert [line.sku for line in shop.list_prices()] == ["ML1048-S2"]


def test_a_list_that_is_refused_is_not_an_empty_one(wire, shop):
    wire.answers["/prepaid services"] = refused("Fitur tidak tersedia.")

    with pytest.raises(base.ProviderRefused):
        shop.list_prices()


# --- Modes ----------------------------------------------------------------------------


def test_there_is_no_test_mode_but_the_simulator():
    spec = registry.spec_of("vipreseller")

    assert modes_of(spec, is_simulated=False) == [Mode.LIVE]
    assert modes_of(spec, is_simulated=True) == [Mode.LIVE, Mode.TEST]
    with pytest.raises(base.WrongCredentials):
        address_of(spec, Mode.TEST, simulator="")


def test_a_pretended_purchase_never_reaches_the_real_supplier():
    real = with_keys(CONFIG, base_url="https://vip-reseller.co.id/api")

    with pytest.raises(base.WrongCredentials):
        registry.supplier_for("vipreseller", config=real)


# --- Names of players -----------------------------------------------------------------

ML = {"user_id": "136216325", "zone_id": "2685"}


@pytest.mark.parametrize(
    ("game", "account", "asked"),
    [
        ("ML", ML, ("mobile-legends", "136216325", "2685")),
        ("ML", dict(reversed(ML.items())), ("mobile-legends", "136216325", "2685")),
        ("FF", {"user_id": "2772860208"}, ("free-fire", "2772860208", "")),
        ("PUBG", {"user_id": "5123456789"}, ("pubgm", "5123456789", "")),
        (
            "GENSHIN",
            {"user_id": "812345678", "server": "os_asia"},
            ("genshin-impact", "812345678", "os_asia"),
        ),
        ("VALORANT", {"riot_id": "Teemo#sip"}, ("valorant", "Teemo#sip", "")),
    ],
)
def test_a_player_is_asked_for_by_the_suppliers_words(wire, shop, game, account, asked):
    wire.answers["get-nickname"] = said("Itacimo")

    assert shop.find_name(game, account) == "Itacimo"
    [(_method, path, content)] = wire.sent
    assert path == "/game-feature"
    sent = (content["code"], content["target"], content["additional_target"])
    assert sent == asked


@pytest.mark.parametrize(
    "message",
    [
        "Player ID Tidak Ditemukan.",
        "ID tidak ditemukan",
        "User not found.",
        "Data akun tidak ditemukan.",
        "Zone tujuan salah.",
        "Invalid user ID or zone ID: ID salah",
    ],
)
def test_a_player_who_is_not_there_has_no_name(wire, shop, message):
    wire.answers["get-nickname"] = refused(message)

    assert shop.find_name("ML", ML) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("Layanan tidak ditemukan."), base.ProviderRefused),
        (refused("Server tidak ditemukan."), base.ProviderRefused),
        (refused("Game code tidak ditemukan."), base.ProviderRefused),
        (refused("Data layanan tidak ditemukan."), base.ProviderRefused),
        (refused("Coba lagi nanti."), base.ProviderRefused),
        (refused("API ID tidak ditemukan."), base.ProviderRefused),
        (refused(""), base.ProviderRefused),
        (
            said("Itacimo", ok=False, message="ID tidak ditemukan"),
            base.ProviderRefused,
        ),
        (said(""), base.OutcomeUnknown),
        (said(" \n "), base.OutcomeUnknown),
        (said(None), base.OutcomeUnknown),
        (said({"name": "Itacimo"}), base.OutcomeUnknown),
        (b"<html>", base.OutcomeUnknown),
        (NoAnswer("ReadTimeout"), base.OutcomeUnknown),
        (Unreachable("ConnectError"), base.ProviderUnreachable),
    ],
)
def test_what_says_nothing_about_the_player_is_not_believed(wire, shop, answer, error):
    wire.answers["get-nickname"] = answer

    with pytest.raises(error):
        shop.find_name("ML", ML)


def test_a_name_is_cleaned(wire, shop):
    for name, cleaned in (
        (" Budi \n Satu ", "Budi Satu"),
        ("a\x00b", "a\ufffdb"),
        ("x" * 300, "x" * 80),
    ):
        wire.answers["get-nickname"] = said(name)

        assert shop.find_name("ML", ML) == cleaned


def test_a_game_or_an_account_it_cannot_name_is_not_asked_about(wire, shop):
    for game, account in (("CHESS", ML), ("ML", {"user_id": "1"})):
        with pytest.raises(base.ProviderRefused):
            shop.find_name(game, account)

    assert wire.sent == []
