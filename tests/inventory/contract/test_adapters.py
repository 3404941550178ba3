"""Every adapter on documented answers, broken ones, and none."""

from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.suppliers import base, registry
from inventory.suppliers.base import FactState, LookUp
from inventory.suppliers.wire import LIST_READ_SECS, MOST_LIST_BYTES
from ppob.kit.http import NoAnswer, Unreachable
from ppob.kit.providers import Mode
from tests.inventory.contract import wire as wires
from tests.inventory.contract.cases import has_case
from tests.payments.test_odd_answers import JSON
from tests.providers import changed

DEEDS = {
    "buy": lambda shop, request: shop.buy(request),
    "look up": lambda shop, request: shop.look_up(request),
}
NOTHING = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)


def test_every_registered_supplier_has_a_case():
    without = [spec.code for spec in registry.specs() if not has_case(spec.code)]

    assert without == []


def test_a_supplier_says_what_it_is(case, shop):
    assert shop.spec is case.spec is registry.spec_of(case.spec.code)
    assert case.spec.label
    assert set(case.spec.demo_keys) == {"toko-rizky", "toko-dewi"}
    for keys in case.spec.demo_keys.values():
        assert set(keys) == {key.name for key in case.spec.keys}
    headers = case.spec.callbacks.headers
    assert [name.lower() for name in headers] == list(headers)


def test_an_unknown_supplier_is_named(case):
    with pytest.raises(registry.UnknownSupplier, match="okeconnect"):
        registry.supplier_for("okeconnect", config=case.config)


# --- What is sent ---------------------------------------------------------------------


def test_calls_are_signed_as_documented(case, shop, wire):
    for name, (deed, signature) in case.vectors.items():
        wire.sent.clear()
        with suppress(*NOTHING):
            deed(shop)

        told = [each[case.signed_in] for each in wire.sent]
        assert told == [signature], name


def test_one_purchase_is_one_request(case, shop, wire):
    wire.says(case.answer(FactState.SUCCEEDED))

    shop.buy(case.request)

    assert len(wire.sent) == 1
    for part in case.request.destination.split("|"):
        assert part in wire.sent[0].values()


# --- What is answered -----------------------------------------------------------------


def test_a_success_carries_cost_and_serial_number(case, shop, wire):
    wire.says(case.answer(FactState.SUCCEEDED))

    fact = case.hear(shop)

    assert (fact.ref_id, fact.state) == (case.request.ref_id, FactState.SUCCEEDED)
    assert (fact.cost, fact.serial_number) == (case.cost, "1234567890")
    assert fact.message == ""
    assert "1234567890" not in repr(fact)
    assert fact.supplier_reference or case.spec.keeps_our_reference


@pytest.mark.parametrize("state", [FactState.PENDING, FactState.FAILED])
def test_what_is_no_success_has_no_serial_number(case, shop, wire, state):
    wire.says(case.answer(state))

    fact = case.hear(shop)

    assert (fact.state, fact.serial_number) == (state, "")
    assert "1234567890" not in fact.message or state is FactState.FAILED


@pytest.mark.parametrize(
    "state", [FactState.SUCCEEDED, FactState.PENDING, FactState.FAILED]
)
def test_asking_hears_what_buying_would_have_said(case, shop, wire, state):
    wire.says(case.answer(state))
    bought = shop.buy(case.request)
    wire.says(case.told(state))

    asked = shop.look_up(case.request)

    if case.ends_at_once:
        assert asked == bought
    else:
        assert (asked.state, bought.state) == (state, FactState.PENDING)
        assert (bought.serial_number, bought.message) == ("", "")
        assert (asked.ref_id, asked.cost) == (bought.ref_id, bought.cost)


def test_what_formed_no_transaction_is_known_as_such(case, shop, wire):
    wire.says(case.answer(FactState.NOT_FORMED))

    fact = shop.buy(case.request)

    assert (fact.state, fact.is_account_trouble) == (FactState.NOT_FORMED, False)
    assert fact.rc


def test_a_low_balance_is_the_owners_business(case, shop, wire):
    wire.says(case.low_balance)

    fact = shop.buy(case.request)

    assert (fact.state, fact.is_account_trouble) == (FactState.NOT_FORMED, True)


def test_who_is_turned_away_at_the_door_has_bought_nothing(case, shop, wire):
    for code, answer in case.at_the_door.items():
        wire.says(answer)
        for deed in DEEDS.values():
            with pytest.raises(base.ProviderRefused) as refusal:
                deed(shop, case.request)
            assert refusal.value.code == code


def test_what_is_not_documented_is_never_an_outcome(case, shop, wire):
    for name, answer in case.riddles.items():
        wire.says(answer)

        fact = shop.buy(case.request)

        assert (fact.state, fact.serial_number) == (FactState.UNCLEAR, ""), name
        assert not fact.is_account_trouble


@pytest.mark.parametrize("price", [16500, "16500", 16500.0, "16500.0"])
def test_numbers_are_read_in_every_notation(case, shop, wire, price):
    wire.says(case.answer(FactState.SUCCEEDED, price=price))

    assert case.hear(shop).cost == 16_500


@pytest.mark.parametrize("price", ["", None, "16.500", "x", True, "１２"])
def test_what_is_no_number_is_no_cost(case, shop, wire, price):
    wire.says(case.answer(FactState.SUCCEEDED, price=price))

    assert shop.buy(case.request).cost is None


def test_a_fraction_of_a_rupiah_is_never_left_out(case, shop, wire):
    wire.says(case.answer(FactState.SUCCEEDED, price=1.5))

    assert shop.buy(case.request).cost == case.fraction


# --- What is broken -------------------------------------------------------------------

BROKEN = {
    "a page": b"<!doctype html><h1>Maintenance</h1>",
    "nothing": b"",
    "a list": b"[]",
    "an empty object": b"{}",
    "no data": b'{"data": null}',
    "a yes without data": b'{"result": true, "data": null, "message": ""}',
    "a key twice": b'{"data": {"rc": "00"}, "data": {"rc": "02"}, "result": true}',
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
@pytest.mark.parametrize("status", [200, 302, 403, 404])
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_an_answer_nobody_can_read_leaves_the_outcome_open(
    case, shop, wire, body, status, deed
):
    wire.says(body, status=status)

    with pytest.raises(base.OutcomeUnknown):
        deed(shop, case.request)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_server_may_have_bought(case, shop, wire, status):
    for state in (FactState.SUCCEEDED, FactState.FAILED, FactState.NOT_FORMED):
        wire.says(case.answer(state), status=status)

        with pytest.raises(base.OutcomeUnknown):
            shop.buy(case.request)


def test_an_answer_about_another_purchase_is_none(case, shop, wire):
    wire.says(case.about_another())

    with pytest.raises(base.OutcomeUnknown):
        shop.buy(case.request)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_silence_is_no_answer(case, shop, wire, deed):
    wire.answer = NoAnswer("ReadTimeout")

    with pytest.raises(base.OutcomeUnknown):
        deed(shop, case.request)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_did_not_leave_is_known_as_such(case, shop, wire, deed):
    wire.answer = Unreachable("ConnectError")

    with pytest.raises(base.ProviderUnreachable):
        deed(shop, case.request)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ReadTimeout, base.OutcomeUnknown),
        (httpx.WriteTimeout, base.OutcomeUnknown),
        (httpx.RemoteProtocolError, base.OutcomeUnknown),
        (httpx.ConnectTimeout, base.ProviderUnreachable),
        (httpx.ConnectError, base.ProviderUnreachable),
    ],
)
def test_a_slow_network_is_read_by_what_may_have_left(
    case, shop, monkeypatch, failure, expected
):
    wires.put(monkeypatch, case, wires.failing_client(case, failure))

    with pytest.raises(expected):
        shop.buy(case.request)


@given(body=st.binary(max_size=80) | JSON.map(lambda value: repr(value).encode()))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_noise_is_a_purchase(case, shop, wire, body):
    wire.says(body)

    for deed in DEEDS.values():
        with pytest.raises(base.OutcomeUnknown):
            deed(shop, case.request)


# --- Callbacks ------------------------------------------------------------------------


def reference_in(news):
    if isinstance(news, LookUp):
        return news.supplier_reference or news.reference
    return news.ref_id


def test_a_signed_callback_names_its_purchase(case, shop):
    headers, body = case.callback(case.config, "SOME-1")

    for sent in (headers, {name.lower(): value for name, value in headers.items()}):
        news = shop.read_callback(sent, body)

        assert reference_in(news) == "SOME-1"
        assert isinstance(news, LookUp) is case.spec.callbacks.is_confirmed_by_look_up


def test_another_stores_signature_proves_nothing(case, shop):
    own = case.callback(case.config, "SOME-1")
    forged = [
        case.callback(changed(case.config, **{key.name: "somebody-elses"}), "SOME-1")
        for key in case.spec.keys
    ]
    forged = [each for each in forged if each != own]  # some keys sign no callbacks

    assert forged
    for headers, body in forged:
        with pytest.raises(base.BadCallback) as refusal:
            shop.read_callback(headers, body)
        assert refusal.value.code == "BAD_SIGNATURE"


def test_a_signature_is_compared_whole(case, shop):
    callback = case.callback(case.config, "SOME-1")
    signature = case.signature(callback)

    assert reference_in(shop.read_callback(*case.signed(callback, signature)))
    for near in (
        *(signature[:length] for length in range(len(signature))),
        f" {signature}",
        f"{signature} ",
        f"{signature}\0",
        signature + signature,
        signature.upper(),
        "é" * len(signature),
        "\ud800",
    ):
        with pytest.raises(base.BadCallback) as refusal:
            shop.read_callback(*case.signed(callback, near))
        # What is not proven is not even kept as odd.
        assert not isinstance(refusal.value, base.OddCallback)


def test_an_unsigned_callback_is_refused(case, shop):
    headers, body = case.signed(case.callback(case.config, "SOME-1"), None)

    assert headers == {}
    for sent in ({}, {"X-Other": "1"}):
        with pytest.raises(base.BadCallback) as refusal:
            shop.read_callback(sent, body)
        assert not isinstance(refusal.value, base.OddCallback)


def test_a_price_list_may_be_long_and_slow(case, shop, wire, monkeypatch):
    """Twenty thousand lines are some megabytes; nothing else may be that long."""
    limits = []

    def client(*args, **_options):
        limits.append({LIST_READ_SECS, MOST_LIST_BYTES} <= set(args))
        return wire

    monkeypatch.setattr(case.adapter, "_client", client)
    with suppress(base.OutcomeUnknown, base.ProviderRefused):
        shop.list_prices()
    assert bool(limits) is case.spec.tells_prices
    assert all(limits)
    limits.clear()
    with suppress(base.OutcomeUnknown, base.ProviderRefused):
        shop.read_balance()
    assert limits == [False]


def test_a_callback_that_is_too_long_is_not_read(case, shop):
    headers, body = case.callback(case.config, "SOME-1")

    with pytest.raises(base.BadCallback):
        shop.read_callback(headers, body + b" " * 70_000)


# --- Keys -----------------------------------------------------------------------------


def test_nothing_shows_a_key(case, shop, wire):
    secrets = [case.config.key(key.name) for key in case.spec.keys if key.is_secret]
    shown = [repr(shop), str(shop), repr(case.config), str(case.config)]
    for body in (*BROKEN.values(), *case.at_the_door.values(), b"\x00"):
        wire.says(body)
        for deed in DEEDS.values():
            with pytest.raises(NOTHING) as error:
                deed(shop, case.request)
            shown += [repr(error.value), str(error.value)]

    for secret in secrets:
        assert secret
        assert not any(secret in text for text in shown)


def test_a_key_that_is_missing_is_refused(case):
    for key in case.spec.required_keys(Mode.TEST):
        with pytest.raises(base.WrongCredentials) as refusal:
            registry.supplier_for(
                case.spec.code, config=changed(case.config, **{key.name: ""})
            )
        assert refusal.value.code == "MISSING"


@pytest.mark.parametrize(
    "written",
    [
        "http://{host}/api",
        "https://evil{host}/api",
        "https://{host}.evil.example/api",
        "https://{host}@evil.example/api",
        "https://{host}:8443/api",
        "https://evil.example/{host}",
    ],
)
def test_real_keys_go_to_the_supplier_only(case, written):
    live = case.spec.addresses[Mode.LIVE]
    config = replace(
        changed(case.config, mode=Mode.LIVE, base_url=live),
        keys={key.name: "live-key" for key in case.spec.keys},
    )
    host = live.split("/")[2]

    assert registry.supplier_for(case.spec.code, config=config).spec is case.spec
    with pytest.raises(base.WrongCredentials) as refusal:
        registry.supplier_for(
            case.spec.code,
            config=changed(config, base_url=written.format(host=host)),
        )
    assert refusal.value.code == "WRONG_ADDRESS"
