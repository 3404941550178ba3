"""What holds for every gateway that there is."""

from datetime import UTC, datetime

import pytest

from payments.gateways import base, instructions, registry
from ppob.kit.providers import Mode, ProviderConfig, address_of, modes_of
from tests.providers import config_of

AUTOMATIC = registry.specs()
REQUEST = base.ChargeRequest(
    reference="PPOB-1",
    channel="",
    amount=100_123,
    expires_at=datetime(2026, 3, 1, tzinfo=UTC),
    description="86 Diamonds",
    customer_name="ayu",
    customer_email="no-reply@toko.example",
    callback_url="",
    return_url="",
)


def demo_config(spec) -> ProviderConfig:
    """What a demo store enters at the gateway's simulator."""
    keys = next(iter(spec.demo_keys.values()), {})
    base_url = address_of(spec, Mode.TEST, simulator="http://127.0.0.1:1")
    return config_of(base_url, **keys)


@pytest.fixture(params=AUTOMATIC, ids=lambda spec: spec.code)
def spec(request):
    return request.param


@pytest.fixture
def gateway(spec):
    return registry.gateway_for(spec.code, config=demo_config(spec))


def test_every_gateway_says_what_it_is(spec, gateway):
    assert gateway.spec is spec
    assert registry.spec_of(spec.code) is spec
    assert spec.label
    assert spec.channels
    assert len({channel.code for channel in spec.channels}) == len(spec.channels)
    assert [name.lower() for name in spec.callbacks.headers] == list(
        spec.callbacks.headers
    )


def test_every_gateway_can_be_tried_out_where_all_is_play(spec):
    assert Mode.TEST in modes_of(spec, is_simulated=True)


def test_an_unknown_channel_is_named(spec):
    with pytest.raises(LookupError, match="carrier pigeon"):
        spec.channel("carrier pigeon")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"status":"PAID"}', b"\xff"])
def test_every_gateway_refuses_a_stranger_s_callback(gateway, body):
    with pytest.raises(base.BadCallback):
        gateway.read_callback({}, body)


def test_no_gateway_shows_its_keys(spec, gateway):
    shown = repr(gateway) + repr(demo_config(spec)) + repr(spec)
    secrets = [key.name for key in spec.keys if key.is_secret]

    for keys in spec.demo_keys.values():
        assert not any(keys[name] in shown for name in secrets)


def test_a_key_that_is_missing_is_named(spec):
    for key in spec.required_keys(Mode.TEST):
        config = demo_config(spec)
        without = ProviderConfig(
            base_url=config.base_url,
            mode=config.mode,
            keys={**config.keys, key.name: ""},
        )

        with pytest.raises(base.WrongCredentials) as refusal:
            registry.gateway_for(spec.code, config=without)

        assert refusal.value.key == key.name


def test_what_a_channel_cannot_do_is_refused(spec, gateway):
    for channel in spec.channels:
        if not channel.can_cancel:
            with pytest.raises(base.ProviderRefused, match="cancel"):
                gateway.cancel("PPOB-1", gateway_reference="")
        if not channel.can_refund:
            with pytest.raises(base.ProviderRefused, match="refund"):
                gateway.refund("PPOB-1", gateway_reference="", amount=1, key="R1")


def test_an_unknown_gateway_is_named():
    with pytest.raises(registry.UnknownGateway, match="paypal"):
        registry.gateway_for("paypal", config=config_of("http://127.0.0.1:1"))


def test_a_mode_without_an_address_is_refused():
    with pytest.raises(base.WrongCredentials, match="no live mode"):
        address_of(registry.spec_of("manual"), Mode.LIVE, simulator="")


def test_a_manual_payment_waits_for_exactly_its_amount():
    manual = registry.gateway_for("manual", config=config_of(""))

    charge = manual.create_charge(REQUEST)

    assert not manual.spec.is_automatic
    assert charge.amount == 100_123
    assert charge.expires_at == REQUEST.expires_at
    assert manual.find_charge("PPOB-1") is None
    with pytest.raises(base.ProviderRefused):
        manual.look_up("PPOB-1")


@pytest.mark.parametrize(
    "told",
    [
        instructions.Qris("00020101"),
        instructions.VirtualAccount("BCA", "8808123"),
        instructions.PayCode("Alfamart", "ALF123"),
        instructions.Link("https://pay.example/1"),
        instructions.Push("OVO"),
        None,
    ],
)
def test_instructions_come_back_as_they_were_stored(told):
    assert instructions.unpack(instructions.pack(told)) == told


def test_instructions_of_another_kind_are_not_guessed():
    with pytest.raises(LookupError):
        instructions.unpack({"kind": "telepathy"})
