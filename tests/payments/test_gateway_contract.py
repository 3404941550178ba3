"""What holds for every gateway."""

from datetime import UTC, datetime

import pytest

from payments.gateways import base, registry

CONFIG = base.GatewayConfig(
    base_url="https://tripay.co.id/api-sandbox",
    merchant_code="T0001",
    api_key="DEV-key",
    private_key="private",
)
REQUEST = base.ChargeRequest(
    reference="PPOB-1",
    amount=100_123,
    expires_at=datetime(2026, 3, 1, tzinfo=UTC),
    description="86 Diamonds",
    customer_name="ayu",
    customer_email="no-reply@toko.example",
    callback_url="",
    return_url="",
)


@pytest.fixture(params=registry.names())
def gateway(request):
    return registry.gateway_for(request.param, config=CONFIG)


def test_every_gateway_carries_its_name(gateway):
    assert gateway.code in registry.names()
    assert isinstance(gateway.is_automatic, bool)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"status":"PAID"}'])
def test_every_gateway_refuses_a_stranger_s_callback(gateway, body):
    with pytest.raises(base.BadCallback):
        gateway.read_callback({}, body)


def test_no_gateway_shows_its_keys(gateway):
    assert "private" not in repr(gateway)
    assert "DEV-key" not in repr(gateway)


def test_automatic_gateways_need_keys():
    with pytest.raises(base.WrongCredentials):
        registry.gateway_for("tripay", config=None)


def test_an_unknown_gateway_is_named():
    with pytest.raises(registry.UnknownGateway, match="paypal"):
        registry.gateway_for("paypal", config=CONFIG)


def test_a_manual_payment_waits_for_exactly_its_amount():
    manual = registry.gateway_for("manual", config=None)

    charge = manual.create_charge(REQUEST)

    assert not manual.is_automatic
    assert charge.amount == 100_123
    assert charge.expires_at == REQUEST.expires_at
    assert manual.find_charge("PPOB-1") is None
    with pytest.raises(base.GatewayRefused):
        manual.look_up("PPOB-1")
