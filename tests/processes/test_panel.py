"""The panel follows the store: quickly, without a needless edit, within limits."""

import time

import pytest

from bot.simulator import world
from bot.simulator.client import text_of
from ppob.kit.money import rupiah
from tests.processes.installation import Installation
from tests.processes.journey import Buyer

pytestmark = pytest.mark.processes

STORE = "toko-rizky"
CHANGES, SECS = 250, 15  # a thousand a minute, longer than Discord's limits look back


@pytest.fixture
def product(installation: Installation) -> int:
    return installation.value(
        "SELECT p.id FROM catalog_product p JOIN tenants_tenant t"
        " ON t.id = p.tenant_id WHERE t.slug = %s AND p.kind = 'code'"
        " ORDER BY p.position, p.id OFFSET 2 LIMIT 1",
        STORE,
    )


@pytest.fixture
def buyer(installation: Installation) -> Buyer:
    return Buyer(installation, world.AYU)


def edits_of(installation: Installation, message: dict) -> int:
    return installation.control.stats()["edits"].get(str(message["id"]), 0)


def free(installation: Installation, product: int) -> int:
    return installation.value(
        "SELECT count(*) FROM inventory_stockitem WHERE product_id = %s"
        " AND status = 'free'",
        product,
    )


@pytest.fixture(autouse=True)
def quiet(installation: Installation, product: int) -> None:
    """The panels show everything that happened before."""
    installation.sell("see_panels_settle", STORE, product)


def test_a_change_is_visible_within_five_seconds(installation, buyer, product):
    price = 66_700

    started = time.monotonic()
    installation.sell("change_price", STORE, product, price)
    changed = time.monotonic()
    installation.until(lambda: rupiah(price) in text_of(buyer.panel()))

    print(f"visible {time.monotonic() - changed:.1f} s after the change")
    assert time.monotonic() - started < 5 + (changed - started)


def test_a_bot_that_looks_at_everything_again_edits_what_changed(
    installation, buyer, product
):
    panel = buyer.panel()
    before = edits_of(installation, panel)
    installation.kill("bot")
    installation.revive()  # a bot that starts looks at every panel, as once a minute

    installation.sell("change_price", STORE, product, 67_800)
    installation.until(lambda: rupiah(67_800) in text_of(buyer.panel()), secs=60)

    assert edits_of(installation, panel) == before + 1


def test_a_thousand_changes_a_minute_end_in_the_right_picture(
    installation, buyer, product
):
    panel = buyer.panel()
    before = edits_of(installation, panel)
    refused = len(installation.control.stats()["limited"])

    installation.sell("change_stock", STORE, product, CHANGES, SECS)
    finished = time.monotonic()
    wanted = str(free(installation, product))
    installation.until(lambda: wanted in text_of(buyer.panel()), secs=8)

    edits = edits_of(installation, panel) - before
    print(f"{edits} edits, right {time.monotonic() - finished:.1f} s after the last")
    assert len(installation.control.stats()["limited"]) == refused
    assert 0 < edits < SECS


def test_a_deleted_panel_comes_back(installation, buyer):
    old = buyer.panel()

    installation.control.delete_message(old)

    installation.until(lambda: buyer.panel()["id"] != old["id"], secs=40)
