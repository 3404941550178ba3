"""A top-up in a browser: from the keys of two suppliers to the serial number."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from bot.simulator import world
from inventory.suppliers import registry
from ppob.kit.money import rupiah
from ppob.local.demo import TOKO_RIZKY
from tests.browser.buyer import Buyer
from tests.browser.seller import Seller
from tests.browser.stage import Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(300),
]

PLAYER = "136216325 (2685)"


@pytest.fixture
def seller(stage: Stage) -> Iterator[Seller]:
    """Rizky, signed in; what he sells here is sold to nobody afterwards."""
    rizky = Seller(stage, world.RIZKY)
    rizky.sign_in()
    rizky.store = TOKO_RIZKY.slug
    newest = stage.installation.value("SELECT max(id) FROM catalog_product")
    yield rizky
    stage.installation.execute(
        "UPDATE catalog_product SET is_active = false WHERE id > %s", newest
    )
    stage.installation.execute("UPDATE inventory_supplieraccount SET is_active = false")
    stage.installation.execute("UPDATE payments_moneypolicy SET undo_secs = 30")


def connect(seller: Seller, code: str) -> None:
    """Enter the keys that the simulated supplier knows, in test mode."""
    seller.open(f"pemasok/tambah/{code}/")
    page = seller.page
    page.locator("select[name=mode]").select_option("test")
    for name, value in registry.spec_of(code).demo_keys[TOKO_RIZKY.slug].items():
        page.locator(f"[name={name}]").fill(value)
    seller.see(f"keys of {code}")
    seller.press("Coba dan hubungkan")
    expect(page.locator(".messages")).to_contain_text("Terhubung")
    seller.see(f"{code} connected")


def sell(seller: Seller, *, brand: str, **numbers: str) -> None:
    """Sell everything of a brand, with a margin or a fee."""
    page = seller.page
    expect(page.locator("#supplier table")).to_contain_text(brand, ignore_case=True)
    page.reload()
    page.locator("select[name=merek]").select_option(brand)
    seller.press("Tampilkan")
    page.locator(".tick-all input").check()
    for name, value in numbers.items():
        page.locator(f"[name={name}]").fill(value)
    seller.see(f"goods of {brand}")
    seller.press("Jual barang yang dicentang")
    expect(page.locator(".messages")).to_be_visible()
    seller.see(f"sold {brand}")
    seller.stage.wide_picture(page, f"seller sold {brand}")


def product_called(stage: Stage, name: str) -> tuple[int, int]:
    """The id and price of the newest product of the store with this in its name."""
    rows = stage.installation.query(
        "SELECT p.id, p.price FROM catalog_product p"
        " JOIN tenants_tenant t ON t.id = p.tenant_id"
        " WHERE t.slug = %s AND p.name LIKE %s ORDER BY p.id DESC",
        TOKO_RIZKY.slug,
        f"%{name}%",
    )
    return rows[0]


def enter(buyer: Buyer, text: str) -> None:
    """Type one thing into the form that is open."""
    dialog = buyer.page.locator("dialog[data-modal]")
    dialog.locator("input").fill(text)
    buyer.see("typed")
    dialog.locator("[data-action=modal-submit]").click()
    expect(dialog).to_have_count(0)


def confirm(buyer: Buyer, button: Locator) -> str:
    """Say that it is right, and go to the ticket; its channel."""
    expect(button).to_be_visible()
    buyer.see("is it right")
    places = buyer.page.locator("[data-ephemeral=true] [data-open-channel]")
    earlier = places.count()  # of other purchases
    button.click()
    expect(places).to_have_count(earlier + 1)
    place = places.last
    channel = place.get_attribute("data-open-channel") or ""
    place.click()
    expect(buyer.button("pay")).to_be_visible()
    buyer.see("ticket")
    return channel


def pay(buyer: Buyer, total: int) -> None:
    """Pay at the gateway by QRIS."""
    buyer.page.get_by_role("button", name="QRIS").last.click()
    link = buyer.page.locator("a.button-link", has_text="Buka halaman").last
    expect(link).to_be_visible()
    buyer.see("how to pay")
    with buyer.page.expect_popup() as opened:
        link.click()
    gateway = opened.value
    expect(gateway.get_by_role("heading", name=rupiah(total))).to_be_visible()
    gateway.get_by_role("button", name="Bayar sekarang").click()
    expect(gateway.get_by_role("heading", name="Pembayaran berhasil")).to_be_visible()
    gateway.close()


def test_diamonds_by_the_panel_taken_back_and_by_a_command(
    stage: Stage, seller: Seller
) -> None:
    connect(seller, "vipreseller")
    connect(seller, "digiflazz")
    sell(seller, brand="MOBILE LEGENDS", percent="8")
    product, price = product_called(stage, "86")

    ayu = Buyer(stage, world.AYU)
    ayu.open(world.RIZKY_PRODUCTS_ID)
    expect(ayu.button("buy", product)).to_be_visible()
    ayu.see("panel with diamonds")
    ayu.button("buy", product).click()
    expect(ayu.button("account")).to_be_visible()
    ayu.see("for which account")
    ayu.button("account").click()
    enter(ayu, PLAYER)
    expect(ayu.secret("Itacimo").last).to_be_visible()
    confirm(ayu, ayu.button("buyfor"))
    pay(ayu, price)
    expect(ayu.button("undo")).to_be_visible()
    ayu.see("can be taken back")
    ayu.button("undo").click()
    expect(ayu.message("dibatalkan")).to_be_visible()
    ayu.see("taken back")

    seller.open("saldo/batas/")
    seller.page.locator("[name=undo_secs]").fill("0")
    seller.press("Simpan")
    ayu.open(world.RIZKY_GENERAL_ID)
    ayu.command("topup", suggested={"item": "86"}, typed={"account": PLAYER})
    confirm(ayu, ayu.button("buyfor"))
    pay(ayu, price)
    expect(ayu.button("reveal")).to_be_visible()
    ayu.see("arrived")
    ayu.button("reveal").click()
    serial_number = ayu.page.locator("[data-ephemeral=true] code").last
    expect(serial_number).to_have_text(re.compile(r"\w{8,}"))
    ayu.see("serial number")
