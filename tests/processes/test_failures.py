"""What buyer and seller see when something goes wrong, with real processes."""

from collections.abc import Iterator

import httpx
import pytest

from bot.simulator import world
from bot.simulator.client import text_of
from tests.processes.installation import Installation
from tests.processes.journey import Buyer, buttons, pick
from tests.processes.test_sale import (
    gateway_reference,
    order_of,
    status_of,
)

pytestmark = pytest.mark.processes

STORE = "toko-rizky"


@pytest.fixture
def product(installation: Installation) -> int:
    return installation.value(
        "SELECT p.id FROM catalog_product p JOIN tenants_tenant t"
        " ON t.id = p.tenant_id WHERE t.slug = %s AND p.kind = 'code'"
        " ORDER BY p.position, p.id OFFSET 1 LIMIT 1",
        STORE,
    )


@pytest.fixture
def qris(installation: Installation) -> int:
    return installation.value(
        "SELECT m.id FROM payments_paymentmethod m JOIN tenants_tenant t"
        " ON t.id = m.tenant_id WHERE t.slug = %s AND m.gateway = 'tripay'",
        STORE,
    )


@pytest.fixture
def buyer(installation: Installation, product: int, qris: int) -> Iterator[Buyer]:
    """Ayu, with a QR code before her; what she leaves unpaid ends with the test."""
    ayu = Buyer(installation, world.AYU)
    ayu.buy(product)
    ayu.choose_method(qris)
    order_id = order_of(installation, ayu)
    yield ayu
    if status_of(installation, order_id) == "awaiting_payment":
        installation.let_expire(order_id)


def levels(installation: Installation, product: int) -> tuple[int, int]:
    """Free codes as counted, and as the movements add up."""
    [(counted, moved)] = installation.query(
        "SELECT (SELECT count(*) FROM inventory_stockitem"
        "   WHERE product_id = %s AND status = 'free'),"
        " (SELECT sum(available) FROM inventory_stockmovement WHERE product_id = %s)",
        product,
        product,
    )
    return counted, moved


def test_an_expired_hold_gives_the_code_back_and_tells_the_buyer(
    installation, buyer, product
):
    order_id = order_of(installation, buyer)
    before = levels(installation, product)[0]

    installation.let_expire(order_id)

    assert levels(installation, product) == (before + 1, before + 1)
    buyer.person.wait_for_message(
        buyer.ticket, lambda message: "⌛" in text_of(message), secs=60
    )


def test_late_money_completes_the_order_while_stock_is_left(installation, buyer):
    order_id = order_of(installation, buyer)
    reference = gateway_reference(installation, order_id)
    installation.let_expire(order_id)

    installation.payments.pay(reference)
    code = buyer.read_code()

    assert "```" in code
    assert status_of(installation, order_id) == "delivered"


def test_late_money_for_sold_out_stock_goes_to_the_balance(
    installation, buyer, product
):
    order_id = order_of(installation, buyer)
    reference = gateway_reference(installation, order_id)
    installation.let_expire(order_id)
    installation.sell("sell_out", STORE, product)
    try:
        installation.payments.pay(reference)
        buyer.person.wait_for_message(
            buyer.ticket, lambda message: "saldo" in text_of(message).lower(), secs=60
        )

        [(reason, status)] = installation.query(
            "SELECT u.reason, u.status FROM payments_unmatchedmoney u"
            " JOIN payments_payment p ON p.id = u.payment_id WHERE p.order_id = %s",
            order_id,
        )
        assert (reason, status) == ("out_of_stock", "credited")
        assert status_of(installation, order_id) == "expired"
        seller = installation.person(world.RIZKY)
        seller.wait_for_message(
            world.RIZKY_LOG_ID,
            lambda message: "saldo" in text_of(message).lower(),
            secs=60,
        )
    finally:
        installation.sell("change_stock", STORE, product, 5, 0)


def test_a_forged_callback_changes_nothing(installation, buyer):
    order_id = order_of(installation, buyer)
    reference = gateway_reference(installation, order_id)

    installation.payments.forge(reference)

    refused = "SELECT count(*) FROM security_auditentry WHERE action = %s"
    installation.until(
        lambda: installation.value(refused, "callback.refused") > 0, secs=30
    )
    assert status_of(installation, order_id) == "awaiting_payment"
    assert (
        installation.value(
            "SELECT count(*) FROM payments_ledgerentry e, payments_payment p"
            " WHERE p.order_id = %s AND e.kind = 'settled' AND e.source = p.reference",
            order_id,
        )
        == 0
    )


def test_a_callback_at_another_stores_address_is_refused(installation, buyer):
    order_id = order_of(installation, buyer)
    other = installation.value(
        "SELECT m.public_id FROM payments_paymentmethod m JOIN tenants_tenant t"
        " ON t.id = m.tenant_id WHERE t.slug = 'toko-dewi' AND m.gateway = 'tripay'"
    )

    answer = httpx.post(
        f"{installation.site}/api/v1/callbacks/tripay/{other}/",
        content=b'{"merchant_ref": "x", "status": "PAID"}',
        headers={"X-Callback-Signature": "0" * 64},
        trust_env=False,
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "BAD_SIGNATURE"
    assert status_of(installation, order_id) == "awaiting_payment"


def test_money_of_another_amount_is_kept_for_the_seller(installation, buyer):
    order_id = order_of(installation, buyer)
    reference = gateway_reference(installation, order_id)

    installation.payments.pay(reference, amount=1_000)
    installation.until(
        lambda: (
            installation.value(
                "SELECT count(*) FROM payments_unmatchedmoney u JOIN payments_payment p"
                " ON p.id = u.payment_id WHERE p.order_id = %s AND u.amount = 1000",
                order_id,
            )
            == 1
        ),
        secs=60,
    )

    assert status_of(installation, order_id) == "awaiting_payment"


def can_buy(panel: dict, product: int) -> bool:
    """Whether the product's button can be pressed; a refilled card takes a moment."""
    wanted = pick(panel, "buy", product)
    return any(
        button["custom_id"] == wanted and not button.get("disabled")
        for button in buttons(panel)
    )


def test_a_bot_without_manage_channels_says_so_and_sells_nothing(installation, product):
    bima = Buyer(installation, world.BIMA)
    installation.until(lambda: can_buy(bima.panel(), product), secs=60)
    before = levels(installation, product)
    panel = bima.panel()

    installation.control.change_bot(world.RIZKY_GUILD_ID, deny=["manage_channels"])
    try:
        answer = bima.person.click(panel, pick(panel, "buy", product))
    finally:
        installation.control.change_bot(world.RIZKY_GUILD_ID, allow=["manage_channels"])

    assert "nothing was charged" in text_of(answer["message"])
    assert levels(installation, product) == before
