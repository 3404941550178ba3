"""The whole sale with real processes, and again while they are being killed."""

import pytest

from bot.simulator import world
from bot.simulator.client import ActionFailed, InteractionFailed, text_of
from tests.processes.installation import Installation
from tests.processes.journey import Buyer, pick

pytestmark = pytest.mark.processes


@pytest.fixture
def product(installation: Installation) -> tuple[int, str]:
    """A code product of Toko Rizky: its id and name."""
    [row] = installation.query(
        "SELECT p.id, p.name FROM catalog_product p JOIN tenants_tenant t"
        " ON t.id = p.tenant_id WHERE t.slug = 'toko-rizky' AND p.kind = 'code'"
        " ORDER BY p.position, p.id LIMIT 1"
    )
    return row[0], row[1]


@pytest.fixture
def qris(installation: Installation) -> int:
    return installation.value(
        "SELECT m.id FROM payments_paymentmethod m JOIN tenants_tenant t"
        " ON t.id = m.tenant_id WHERE t.slug = 'toko-rizky' AND m.gateway = 'tripay'"
    )


def order_of(installation: Installation, buyer: Buyer) -> int:
    return installation.value(
        "SELECT order_id FROM bot_ticket WHERE channel_id = %s", buyer.ticket
    )


def status_of(installation: Installation, order_id: int) -> str:
    return installation.value(
        "SELECT status FROM payments_order WHERE id = %s", order_id
    )


def gateway_reference(installation: Installation, order_id: int) -> str:
    return installation.value(
        "SELECT gateway_reference FROM payments_payment WHERE order_id = %s"
        " AND status = 'pending'",
        order_id,
    )


def assert_sold_once(installation: Installation, order_id: int) -> None:
    """One delivery, one set of ledger entries, levels equal movements."""
    deliveries = installation.value(
        "SELECT count(*) FROM payments_delivery d JOIN payments_orderline l"
        " ON l.id = d.line_id WHERE l.order_id = %s",
        order_id,
    )
    entries = installation.query(
        "SELECT e.kind FROM payments_ledgerentry e, payments_order o"
        " LEFT JOIN payments_payment p ON p.order_id = o.id"
        " WHERE o.id = %s AND e.tenant_id = o.tenant_id AND (e.kind, e.source)"
        " IN (('sale', o.public_id::text), ('settled', p.reference))",
        order_id,
    )
    [(counted, moved)] = installation.query(
        "SELECT (SELECT count(*) FROM inventory_stockitem i"
        "   WHERE i.product_id = l.product_id AND i.status = 'free'),"
        " (SELECT sum(available) FROM inventory_stockmovement m"
        "   WHERE m.product_id = l.product_id)"
        " FROM payments_orderline l WHERE l.order_id = %s",
        order_id,
    )
    assert deliveries == 1
    assert len(entries) == 2
    assert counted == moved


def buy_until_qr(
    installation: Installation, who: world.Person, product_id: int, qris: int
) -> tuple[Buyer, int]:
    buyer = Buyer(installation, who)
    buyer.buy(product_id)
    buyer.choose_method(qris)
    return buyer, order_of(installation, buyer)


def test_a_whole_sale(installation, product, qris):
    product_id = product[0]
    buyer, order_id = buy_until_qr(installation, world.AYU, product_id, qris)

    installation.payments.pay(gateway_reference(installation, order_id))
    code = buyer.read_code()
    buyer.rate(5)
    installation.until(lambda: status_of(installation, order_id) == "completed")

    assert "DEMO-" in code
    assert "DEMO-" not in buyer.texts_for_staff()
    assert (
        installation.value(
            "SELECT stars FROM payments_review WHERE order_id = %s", order_id
        )
        == 5
    )
    assert_sold_once(installation, order_id)
    installation.execute(
        "UPDATE bot_ticket SET closes_at = now() WHERE order_id = %s", order_id
    )
    installation.until(
        lambda: (
            buyer.ticket
            not in [int(c["id"]) for c in buyer.person.channels(world.RIZKY_GUILD_ID)]
        ),
        secs=40,
    )


def test_a_repeated_press_shows_the_same_ticket(installation, product):
    buyer = Buyer(installation, world.BIMA)

    buyer.buy(product[0])
    first = buyer.ticket
    buyer.buy(product[0])

    assert buyer.ticket == first
    asked = buyer.press("cancel")["message"]
    buyer.person.click(asked, pick(asked, "cancelled"))
    installation.until(
        lambda: (
            installation.value(
                "SELECT o.status FROM payments_order o"
                " JOIN bot_ticket t ON t.order_id = o.id WHERE t.channel_id = %s",
                first,
            )
            == "cancelled"
        )
    )


def test_every_callback_twenty_times_in_parallel_delivers_once(
    installation, product, qris
):
    buyer, order_id = buy_until_qr(installation, world.AYU, product[0], qris)

    installation.payments.pay(
        gateway_reference(installation, order_id), times=20, parallel=True
    )
    buyer.wait_for("reveal")

    assert_sold_once(installation, order_id)


def test_the_bot_is_killed_after_the_payment(installation, product, qris):
    buyer, order_id = buy_until_qr(installation, world.AYU, product[0], qris)
    installation.kill("bot")

    installation.payments.pay(gateway_reference(installation, order_id))
    installation.until(lambda: status_of(installation, order_id) == "delivered")
    installation.start_process("bot")
    code = Buyer.read_code(buyer)

    assert "DEMO-" in code
    assert_sold_once(installation, order_id)


def test_the_worker_is_killed_between_paid_and_delivered(installation, product, qris):
    buyer, order_id = buy_until_qr(installation, world.AYU, product[0], qris)
    reference = gateway_reference(installation, order_id)
    # A lock on the codes stops the worker exactly between the two steps.
    with installation.locked_stock(order_id):
        installation.payments.pay(reference)
        installation.until(lambda: status_of(installation, order_id) == "paid")
        installation.kill("worker")
    installation.start_process("worker")

    buyer.wait_for("reveal", secs=60)

    assert_sold_once(installation, order_id)


def test_a_stranger_can_neither_see_nor_press(installation, product, qris):
    buyer, order_id = buy_until_qr(installation, world.AYU, product[0], qris)
    installation.payments.pay(gateway_reference(installation, order_id))
    message = buyer.wait_for("reveal")

    for who in (world.BIMA, world.CITRA, world.EKO):
        stranger = installation.person(who)
        with pytest.raises((ActionFailed, InteractionFailed)):
            stranger.messages(buyer.ticket)
        with pytest.raises((ActionFailed, InteractionFailed)):
            stranger.click(message, f"v1:reveal:{order_id}")
    staff = installation.person(world.RIZKY)
    answer = staff.click(message, f"v1:reveal:{order_id}")

    assert "DEMO" not in text_of(answer["message"])
