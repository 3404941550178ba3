"""VIP Reseller's orders: the price before them, their answers, their refusals."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from inventory.suppliers import base
from inventory.suppliers.base import FactState
from inventory.suppliers.vipreseller import adapter as vipreseller
from inventory.suppliers.vipreseller import refusals
from ppob.kit.foreign import MOST_RUPIAH, is_storable
from ppob.kit.http import NoAnswer, Unreachable
from tests.inventory.contract.vipreseller import REQUEST, SERVICE, SIGN, refused, said
from tests.inventory.vipreseller import LOST, ORDERED, service, shop, wire
from tests.payments.test_odd_answers import changed

__all__ = ["shop", "wire"]

LOW_BALANCE = "Saldo Anda tidak cukup untuk melakukan pemesanan ini."


# --- Buying ---------------------------------------------------------------------------


def test_an_order_is_the_documented_request(wire, shop):
    shop.buy(LOST)

    key = {"key": "DEMOKEY", "sign": SIGN}
    assert wire.sent == [
        (
            "POST",
            "/game-feature",
            {**key, "type": "service-stock", "service": "ML1048-S2"},
        ),
        (
            "POST",
            "/game-feature",
            {
                **key,
                "type": "order",
                "service": "ML1048-S2",
                "data_no": "136216325",
                "data_zone": "2685",
            },
        ),
    ]


def test_the_order_is_known_by_the_suppliers_own_word(wire, shop):
    assert shop.buy(LOST) == base.PurchaseFact(
        ref_id="TRX1",
        state=FactState.SUCCEEDED,
        rc="success",
        message="",
        cost=195_695,
        serial_number="1234567890",
        supplier_reference="some1d",
    )


def test_an_account_without_a_zone_is_sent_without_one(wire, shop):
    wire.answers["order"] = said({**ORDERED, "data": "2772860208", "zone": ""})

    fact = shop.buy(replace(LOST, destination="2772860208"))

    assert fact.state is FactState.SUCCEEDED
    assert "data_zone" not in wire.sent[1][2]


def test_only_the_first_bar_divides_an_account(wire, shop):
    with suppress(base.OutcomeUnknown):
        shop.buy(replace(LOST, destination="rolename|server|2"))

    assert wire.sent[1][2]["data_no"] == "rolename"
    assert wire.sent[1][2]["data_zone"] == "server|2"


def test_prepaid_goods_are_ordered_where_they_are_sold(wire, shop):
    line = {"code": "PLN20", "price": {"basic": 20_400}, "status": "available"}
    wire.answers["services"] = said([line])
    shown = {**ORDERED, "data": "53000|1", "zone": None, "service": "PLN 20.000"}
    wire.answers["order"] = said(shown)

    fact = shop.buy(replace(LOST, sku="prepaid:PLN20", destination="53000|1"))

    assert fact.state is FactState.SUCCEEDED
    assert [(path, content["type"]) for _m, path, content in wire.sent] == [
        ("/prepaid", "services"),
        ("/prepaid", "order"),
    ]
    assert wire.sent[1][2]["data_no"] == "53000|1"


def test_a_number_that_is_filled_again_is_shown_with_its_turn(wire, shop):
    line = {"code": "XL10", "price": 10_350, "status": "available"}
    wire.answers["services"] = said([line])
    wire.answers["order"] = said({**ORDERED, "data": "2.087800009999", "zone": ""})
    number = replace(LOST, sku="prepaid:XL10", destination="087800009999")

    assert shop.buy(number).state is FactState.SUCCEEDED
    with pytest.raises(base.OutcomeUnknown):
        shop.buy(replace(number, destination="87800009999"))


def test_an_answer_with_an_order_that_is_taken_is_none(wire, shop):
    with pytest.raises(base.OutcomeUnknown):
        shop.buy(replace(LOST, taken=frozenset({"some1d"})))


@pytest.mark.parametrize("trxid", ["", " ", None, 7, "x" * 65, "a\0"])
def test_an_order_without_a_usable_id_leaves_the_outcome_open(wire, shop, trxid):
    wire.answers["order"] = said({**ORDERED, "trxid": trxid})

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(LOST)


# --- The price, right before ----------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (service(price={"basic": 200_001, "premium": 1, "special": 1}), "price"),
        (service(price=200_001), "price"),
        (service(status="empty"), "empty"),
        (service(status=None), "empty"),
    ],
)
def test_what_is_not_wanted_at_its_present_price_is_not_ordered(
    wire, shop, item, reason
):
    wire.answers["service-stock"] = said(item)

    fact = shop.buy(LOST)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, reason)
    assert not fact.is_account_trouble
    assert wire.types() == ["service-stock"]


def test_a_price_at_the_ceiling_is_paid(wire, shop):
    wire.answers["service-stock"] = said(service(price=200_000))

    assert shop.buy(LOST).state is FactState.SUCCEEDED


@pytest.mark.parametrize(
    "told",
    [refused("Layanan tidak ditemukan."), said(None), said(service(code="ANOTHER"))],
)
def test_what_is_not_told_alone_is_read_in_the_list(wire, shop, told):
    wire.answers["service-stock"] = told

    assert shop.buy(LOST).state is FactState.SUCCEEDED
    wire.answers["services"] = said([service(code="ANOTHER")])
    assert (shop.buy(LOST).rc, wire.types()[-1]) == ("service", "services")


@pytest.mark.parametrize(
    "silence",
    [
        NoAnswer("ReadTimeout"),
        Unreachable("ConnectError"),
        b"<html>",
        said(service(price="?")),
        said(service(price={"basic": 10**30})),
        said(service(price=0)),
    ],
)
def test_without_a_price_nothing_is_ordered_and_trying_again_is_safe(
    wire, shop, silence
):
    wire.answers["service-stock"] = silence

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(LOST)

    assert wire.types() == ["service-stock"]


@pytest.mark.parametrize("said_of_list", [refused("Fitur tidak tersedia."), said({})])
def test_a_list_that_is_refused_orders_nothing(wire, shop, said_of_list):
    wire.answers["service-stock"] = refused("Fitur tidak tersedia.")
    wire.answers["services"] = said_of_list

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(LOST)

    assert "order" not in wire.types()


def test_a_price_that_took_too_long_to_read_is_not_trusted(wire, shop, monkeypatch):
    for took, is_ordered in ((25, True), (26, False)):
        wire.sent.clear()
        readings = iter([100, 100 + took])
        monkeypatch.setattr(vipreseller.time, "monotonic", lambda r=readings: next(r))
        with suppress(base.ProviderUnreachable):
            shop.buy(LOST)

        assert ("order" in wire.types()) is is_ordered


def test_two_slow_calls_end_within_a_lease():
    """Connecting 3 s; waiting for a place, writing, the head; three times the body."""
    order_secs = 3 + 6 * vipreseller.READ_SECS

    assert vipreseller.PRICE_WITHIN_SECS + order_secs <= 95


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "rc"),
    [
        (LOW_BALANCE, "balance"),
        ("saldo  anda TIDAK CUKUP", "balance"),
        ("Saldo Anda rendah.", "balance"),
        ("Saldo akun minimum Anda adalah 50,000.", "balance"),
        ("Layanan tidak ditemukan atau saat ini tidak tersedia.", "service"),
        ("Server tidak ditemukan atau saat ini tidak tersedia.", "service"),
        ("Masih ada parameter yang kosong.", "parameter"),
    ],
)
def test_some_refusals_say_that_no_order_was_made(wire, shop, message, rc):
    wire.answers["order"] = refused(message)

    fact = shop.buy(LOST)

    assert (fact.state, fact.rc) == (FactState.NOT_FORMED, rc)
    assert fact.is_account_trouble is (rc == "balance")
    assert fact.supplier_reference == ""


@pytest.mark.parametrize(
    "message",
    [
        "Transaksi dibatasi, coba lagi dalam 6 detik.",
        "Transaksi terbatas, silakan coba lagi dalam 1 detik.",
        "Ada pemeliharaan sistem transaksi, coba lagi nanti.",
    ],
)
def test_who_shall_come_later_has_ordered_nothing(wire, shop, message):
    wire.answers["order"] = refused(message)

    with pytest.raises(base.ProviderUnreachable):
        shop.buy(LOST)


@pytest.mark.parametrize(
    "answer",
    [
        refused("Something went wrong, please contact the admin."),
        refused("Pesanan diproses; saldo anda tidak cukup untuk yang berikutnya."),
        refused("Zone tujuan salah."),
        said(ORDERED, ok=False, message=LOW_BALANCE),
        said({"trxid": "x"}, ok=False, message="IP 1.2.3.4 is not permitted"),
        said({"trxid": "x"}, ok=False, message="Transaksi dibatasi, coba lagi."),
    ],
)
def test_any_other_refusal_of_an_order_may_hide_one(wire, shop, answer):
    wire.answers["order"] = answer

    fact = shop.buy(LOST)

    assert (fact.state, fact.is_account_trouble) == (FactState.UNCLEAR, False)


def test_patterns_are_whole_beginnings():
    every = [
        *refusals.AT_THE_DOOR,
        *refusals.NOT_ORDERED,
        *refusals.COME_LATER,
        *refusals.NO_SERVICES,
        *refusals.NO_PLAYER,
    ]

    assert len(every) == 13
    assert not any(refusals.find(text, every) for text in ("", "Pesanan berhasil."))


# --- Anything at all ------------------------------------------------------------------

OURS = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)


def check_fact(fact):
    assert fact.ref_id == "TRX1"
    assert fact.cost is None or 0 <= fact.cost <= MOST_RUPIAH
    assert len(fact.rc) <= 16
    assert len(fact.message) <= 120
    assert len(fact.supplier_reference) <= 64
    for text in (fact.rc, fact.message, fact.serial_number, fact.supplier_reference):
        assert is_storable(text)
    if fact.state is FactState.SUCCEEDED:
        assert fact.supplier_reference
    else:
        assert fact.serial_number == ""


@given(order=changed(ORDERED), item=changed(SERVICE))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_answer_is_a_fact_or_one_of_three_errors(wire, shop, order, item):
    wire.answers |= {"order": said(order), "status": said([order])}
    with suppress(*OURS):
        check_fact(shop.buy(LOST))
    wire.answers |= {"service-stock": said(item), "services": said([item])}
    for request in (LOST, REQUEST):
        with suppress(*OURS):
            check_fact(shop.look_up(request))
    with suppress(*OURS):
        for product in shop.list_prices():
            assert 0 < product.cost <= MOST_RUPIAH
            assert is_storable(product.sku + product.name + product.brand)
    with suppress(*OURS):
        assert shop.read_callback(
            {"X-Client-Signature": SIGN}, json.dumps({"data": order}).encode()
        ).supplier_reference
