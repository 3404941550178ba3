"""IAK's protocol: documented signatures, payloads, codes and callbacks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from inventory.suppliers import base
from inventory.suppliers.base import FactState
from inventory.suppliers.iak import answers
from tests.conftest import NOON
from tests.inventory.iak import (
    BOUGHT,
    FAILED,
    IN_PROCESS,
    REQUEST,
    body_of,
    report,
    shop,
    wire,
    without,
)

__all__ = ["shop", "wire"]

# Every documented code of a failure: by itself, and with a transaction.
OPERATORS = {"07", "12", "121", "131"}
OWN_CHECKS = {
    *("10", "13", "14", "16", "17", "20", "106", "110"),
    *("141", "142", "202", "203", "206", "207"),
}
AT_THE_DOOR = {"102", "107", "117", "118", "204", "205"}


# --- What is sent ---------------------------------------------------------------------


def test_a_purchase_is_the_documented_request(wire, shop):
    shop.buy(REQUEST)

    assert wire.sent == [
        (
            "POST",
            "/api/top-up",
            {
                "username": "081234567890",
                "ref_id": "order1",
                "customer_id": "0817777215",
                "product_code": "xld25000",
                "sign": "28966425d7c30293346fc489fb03c068",
            },
        )
    ]


def test_a_question_goes_where_nothing_is_bought(wire, shop):
    shop.look_up(replace(REQUEST, sent_at=NOON + timedelta(days=400)))

    assert wire.sent == [
        (
            "POST",
            "/api/check-status",
            {
                "username": "081234567890",
                "ref_id": "order1",
                "sign": "28966425d7c30293346fc489fb03c068",
            },
        )
    ]


@pytest.mark.parametrize(
    ("age", "is_sent"),
    [(timedelta(days=1) - timedelta(seconds=1), True), (timedelta(days=1), False)],
)
def test_an_old_reference_is_not_bought(wire, shop, age, is_sent):
    late = replace(REQUEST, sent_at=NOON + age)

    if is_sent:
        shop.buy(late)
    else:
        with pytest.raises(base.TooOld):
            shop.buy(late)

    assert bool(wire.sent) == is_sent


# --- What answers mean ----------------------------------------------------------------


def test_the_first_answer_is_that_it_is_under_way(wire, shop):
    assert shop.buy(REQUEST) == base.PurchaseFact(
        ref_id="order1",
        state=FactState.PENDING,
        rc="39",
        message="PROCESS",
        cost=25_000,
        supplier_reference="3482",
    )


def test_a_success_carries_cost_and_serial_number(wire, shop):
    wire.says(BOUGHT)

    fact = shop.look_up(REQUEST)

    assert fact == base.PurchaseFact(
        ref_id="order1",
        state=FactState.SUCCEEDED,
        rc="00",
        message="",
        cost=25_000,
        serial_number="123456789",
        supplier_reference="3482",
    )
    assert "123456789" not in repr(fact)


@pytest.mark.parametrize(
    ("goods", "serial_number"),
    [
        ({"sn": "ABCD-EFGH", "pin": "123456789"}, "ABCD-EFGH / PIN 123456789"),
        ({"sn": "", "pin": "0123"}, "PIN 0123"),
        ({"sn": "BA4B52862X7P / 2018-12-07"}, "BA4B52862X7P / 2018-12-07"),
        ({"sn": 123456789, "pin": 42}, "123456789 / PIN 42"),
        ({"sn": "8962", "activation_code": "LPA:1$x"}, "8962 / LPA:1$x"),
        ({"sn": None}, ""),
        ({}, ""),
        ({"sn": "A" * 1300, "pin": "B" * 1300}, "A" * 1300 + " / PIN " + "B" * 1300),
    ],
)
def test_everything_that_was_paid_for_is_kept(wire, shop, goods, serial_number):
    wire.says(without(BOUGHT, "sn") | goods)

    assert shop.look_up(REQUEST).serial_number == serial_number


@pytest.mark.parametrize("code", [["AB", "CD"], {"code": "A"}, True, 1.5, "A" * 1301])
@pytest.mark.parametrize("key", ["sn", "pin", "activation_code"])
def test_a_code_that_cannot_be_read_is_asked_for_again(wire, shop, key, code):
    wire.says(BOUGHT | {key: code})

    with pytest.raises(base.OutcomeUnknown):
        shop.look_up(REQUEST)


@pytest.mark.parametrize("rc", sorted(OPERATORS | OWN_CHECKS))
def test_a_failure_with_a_transaction_is_a_failed_one(wire, shop, rc):
    wire.says(FAILED | {"rc": rc})

    for fact in (shop.buy(REQUEST), shop.look_up(REQUEST)):
        assert (fact.state, fact.rc) == (FactState.FAILED, rc)
        assert (fact.supplier_reference, fact.serial_number) == ("3482", "")
        assert fact.is_account_trouble == (rc == "17")


@pytest.mark.parametrize("rc", sorted(OPERATORS | OWN_CHECKS))
@pytest.mark.parametrize("tr_id", [None, 0, "0", ""])
def test_a_failure_without_a_transaction(wire, shop, rc, tr_id):
    """IAK's own checks formed none. A status check may be refused for its own sake."""
    wire.says(FAILED | {"rc": rc, "tr_id": tr_id})

    first = FactState.FAILED if rc in OPERATORS else FactState.NOT_FORMED
    assert shop.buy(REQUEST).state is first
    assert shop.look_up(REQUEST).state is FactState.UNCLEAR


@pytest.mark.parametrize("rc", sorted(AT_THE_DOOR))
@pytest.mark.parametrize("status", [200, 400])
def test_who_is_turned_away_at_the_door_has_not_been_heard(wire, shop, rc, status):
    wire.says({"status": 2, "message": "NO", "rc": rc}, status)

    for deed in (
        lambda: shop.buy(REQUEST),
        lambda: shop.look_up(REQUEST),
        shop.read_balance,
        shop.list_prices,
    ):
        with pytest.raises(base.ProviderRefused) as refusal:
            deed()
        assert refusal.value.code == rc


@pytest.mark.parametrize("rc", ["39", "201"])
def test_a_transaction_under_way_is_pending(wire, shop, rc):
    wire.says(IN_PROCESS | {"rc": rc})

    assert shop.look_up(REQUEST).state is FactState.PENDING


def test_every_documented_code_has_a_meaning():
    documented = {
        *("00", "06", "07", "10", "12", "13", "14", "16", "17", "20", "39"),
        *("102", "106", "107", "110", "117", "118", "121", "131", "141", "142"),
        *("201", "202", "203", "204", "205", "206", "207"),
    }

    assert OPERATORS | OWN_CHECKS | AT_THE_DOOR | {"00", "06", "39", "201"} == (
        documented
    )
    assert set(answers._STATES) | set(answers.AT_THE_DOOR) == documented


@pytest.mark.parametrize(
    "told", [{}, {"ref_id": "order1"}, {"ref_id": "order1", "tr_id": 3482}]
)
def test_a_reference_that_is_not_known_is_unclear(wire, shop, told):
    missing = {"status": 2, "message": "TRANSACTION NOT FOUND", "rc": "06"}
    wire.says(missing | told)

    for fact in (shop.look_up(REQUEST), shop.buy(REQUEST)):
        assert (fact.ref_id, fact.state, fact.rc) == ("order1", FactState.UNCLEAR, "06")
        assert fact.message == "TRANSACTION NOT FOUND"


@pytest.mark.parametrize(
    ("rc", "status"),
    [
        ("05", 2),  # "UNDEFINED ERROR" was seen in a report of a prepaid purchase
        ("77", 2),
        ("143", 2),
        ("", 1),
        ("00", 2),
        ("00", 0),
        ("00", None),
        ("07", 1),
        ("07", 0),
        ("17", None),
        ("39", 1),
        ("39", 2),
    ],
)
def test_what_is_not_documented_is_never_a_failure(wire, shop, rc, status):
    wire.says(BOUGHT | {"rc": rc, "status": status})

    for fact in (shop.buy(REQUEST), shop.look_up(REQUEST)):
        assert (fact.state, fact.serial_number) == (FactState.UNCLEAR, "")


def test_a_refusal_may_leave_out_what_it_refused(wire, shop):
    wire.says({"status": 2, "message": "INSUFFICIENT DEPOSIT", "rc": "17"})

    fact = shop.buy(REQUEST)

    assert (fact.ref_id, fact.state) == ("order1", FactState.NOT_FORMED)
    assert fact.is_account_trouble


@pytest.mark.parametrize(
    "answer",
    [
        *(body_of(BOUGHT, status) for status in (201, 302, 403, 404, 429, 500, 503)),
        body_of(BOUGHT | {"ref_id": "X"}),
        body_of(FAILED | {"rc": "17", "ref_id": "X", "tr_id": 0}),
        body_of(without(BOUGHT, "ref_id")),
        body_of(without(FAILED, "ref_id")),
        body_of(FAILED | {"tr_id": [1]}),
        body_of([BOUGHT]),
        body_of({}),
        body_of({"error_details": "ref_id is required"}, 400),
    ],
)
def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(wire, shop, answer):
    wire.answer = answer

    for deed in (shop.buy, shop.look_up):
        with pytest.raises(base.OutcomeUnknown):
            deed(REQUEST)


# --- Callbacks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "2", "rc": "07"},
        # Accounts of version 1 get other names for these.
        {"code": "xld25000", "hp": "0817777215", "sn": "ABCD", "pin": "1"},
    ],
)
def test_a_signed_callback_only_says_where_to_ask(wire, shop, changes):
    body = report(**changes)

    assert b"28966425d7c30293346fc489fb03c068" in body
    assert shop.read_callback({}, body) == base.LookUp(reference="order1")
    assert wire.sent == []


@pytest.mark.parametrize(
    "body",
    [
        report(key=""),
        report(sign=None),
        report(ref_id="order2", sign="28966425d7c30293346fc489fb03c068"),
        report(ref_id=""),
        report(ref_id="A" * 201),
        b"",
        b"[]",
        b"{}",
        b'{"data": []}',
        b'{"data": {"ref_id": 1, "sign": "28966425d7c30293346fc489fb03c068"}}',
        b'<?xml version="1.0"?><mp><ref_id>order1</ref_id></mp>',
    ],
)
def test_a_callback_that_is_not_proven_is_refused(shop, body):
    with pytest.raises(base.BadCallback) as refusal:
        shop.read_callback({}, body)

    # What is not proven is not even kept as odd.
    assert not isinstance(refusal.value, base.OddCallback)
