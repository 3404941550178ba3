"""The whole sale in a browser: both sides of it, against the real processes."""

import re

import pytest
from playwright.sync_api import Page, expect

from bot.simulator import world
from tests.browser.buyer import Buyer
from tests.browser.seller import Seller
from tests.browser.stage import DESKTOP, Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(300),
]

CODES = "NETFLIX-7KQ2-MMXR\nNETFLIX-P4TD-9WVA\n\nNETFLIX-7KQ2-MMXR\nNETFLIX-HX6E-2CLF\n"


def fill_product_list(seller: Seller) -> None:
    """The first product with three codes, and what became of the other lines."""
    page = seller.page
    seller.follow("Tambah produk")
    page.locator("[name=name]").fill("Netflix 1 Bulan")
    page.locator("[name=price]").fill("29rb")
    page.locator("[name=description]").fill("Akun privat, garansi 30 hari.")
    seller.see("new product")
    seller.press("Simpan lalu isi stok")
    page.locator("[data-codes]").fill(CODES)
    counted = page.locator("[data-codes-count]")
    expect(counted).to_have_text("3 kode · 1 ganda · 1 kosong")
    seller.see("pasted codes")
    seller.press("Lanjut")

    counts = page.locator(".levels b")
    expect(counts).to_have_text(["3", "1", "0", "0"])
    expect(page.get_by_text("NETFLIX-7KQ2").first).to_be_visible()
    seller.see("check upload")
    seller.press("Masukkan 3 kode ke stok")

    expect(page.locator(".messages")).to_contain_text("3 kode masuk ke stok")
    expect(page.locator("#batch .levels b").first).to_have_text("3")
    expect(page.get_by_text("NETFLIX-7KQ2")).to_have_count(0)
    seller.see("upload")


def take_play_money(seller: Seller) -> None:
    """A gateway for play money: no keys, and a page on which buyers pay."""
    seller.page.locator("a.setup-bar").click()
    seller.see("setup before paying")
    seller.page.locator("#setup a.button-main").click()
    seller.page.get_by_role("link", name="Uang mainan").click()
    seller.see("play money")
    seller.press("Simpan")
    expect(seller.page.locator("#methods tbody tr")).to_have_count(1)
    seller.see("ways to pay")


def put_up_panel(seller: Seller) -> None:
    """The panel, drawn while it is typed, in the server's only channel."""
    page = seller.page
    page.locator("a.setup-bar").click()
    page.locator("#setup a.button-main").click()
    page.wait_for_load_state()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Netflix 1 Bulan")
    page.locator("[name=title]").fill("Server Baru Digital")
    expect(preview.locator(".dc-title")).to_have_text("Server Baru Digital")
    page.locator("[name=channel_id]").select_option(str(world.NEW_GENERAL_ID))
    seller.see("panel")
    seller.stage.wide_picture(page, "seller panel")
    seller.press("Pasang")
    expect(page.locator("#panels .badge-good")).to_be_visible()
    seller.see("panels")


def first_order(page: Page, status: str) -> None:
    """The newest order reaches the status while the page stays open."""
    expect(page.locator("tr[data-status]").first).to_have_attribute(
        "data-status", status
    )


def pay_at_gateway(buyer: Buyer) -> None:
    """Open the gateway's page from the ticket and pay there."""
    with buyer.page.expect_popup() as opened:
        buyer.page.locator("a.button-link", has_text="Buka halaman").last.click()
    gateway = opened.value
    expect(gateway.get_by_role("heading", name="Rp 29.000")).to_be_visible()
    buyer.stage.picture(gateway, "gateway")
    gateway.get_by_role("button", name="Bayar sekarang").click()
    expect(gateway.get_by_role("heading", name="Pembayaran berhasil")).to_be_visible()
    buyer.stage.picture(gateway, "gateway paid")
    gateway.close()


def assert_nobody_else_sees(stage: Stage, ticket: str, code: str) -> None:
    """The seller reads the ticket without the code; others see no ticket at all."""
    seller, stranger = Buyer(stage, world.RIZKY), Buyer(stage, world.CITRA)
    seller.open(int(ticket))
    expect(seller.button("reveal")).to_be_visible()
    seller.see("in the ticket")
    expect(seller.page.get_by_text(code)).to_have_count(0)
    stranger.open(int(ticket))
    expect(stranger.page.locator("#channel-title")).not_to_be_empty()
    expect(stranger.page.locator(f"[data-channel='{ticket}']")).to_have_count(0)
    expect(stranger.page.get_by_text(code)).to_have_count(0)


def test_from_an_empty_server_to_the_first_review(stage: Stage) -> None:
    seller = Seller(stage, world.RIZKY)
    seller.sign_in()
    seller.open_store(world.NEW_GUILD_ID)
    expect(seller.step(3).locator("a.button-main")).to_be_visible()
    seller.see("setup with bot")
    fill_product_list(seller)
    take_play_money(seller)
    put_up_panel(seller)
    orders, shelf = seller.watch("pesanan/"), seller.watch("produk/")
    stock = shelf.locator("#product-list .keeps-label b")
    expect(stock).to_have_text("3")

    for person in (world.AYU, world.CITRA):
        stage.installation.control.join(world.NEW_GUILD_ID, person.id)
    ayu = Buyer(stage, world.AYU)
    ayu.open(world.NEW_GENERAL_ID)
    expect(ayu.button("buy")).to_be_visible()
    ayu.see("panel")
    ticket = ayu.buy()
    first_order(orders, "awaiting_payment")
    expect(stock).to_have_text("2")
    stage.picture(orders, "seller order came")
    ayu.button("pay").click()
    expect(ayu.button("paid")).to_be_visible()
    ayu.see("qr code")
    pay_at_gateway(ayu)
    expect(ayu.message(re.compile(r"Pembayaran Rp 29\.000 diterima"))).to_be_visible()
    first_order(orders, "delivered")
    ayu.see("received")
    ayu.button("reveal").click()
    secret = ayu.secret("NETFLIX-")
    expect(secret).to_be_visible()
    ayu.see("code")
    code = re.findall(r"NETFLIX-\w{4}-\w{4}", secret.inner_text())[0]
    assert_nobody_else_sees(stage, ticket, code)

    ayu.rate(5, "Cepat sekali!")
    first_order(orders, "completed")
    ayu.see("rated")
    stage.picture(orders, "seller order completed")
    stage.wide_picture(orders, "seller orders")
    stage.installation.execute(
        "UPDATE bot_ticket SET closes_at = now() WHERE channel_id = %s", int(ticket)
    )
    expect(ayu.page.locator(f"[data-channel='{ticket}']")).to_have_count(0)
    ayu.see("ticket closed")
    expect(stock).to_have_text("2")
    seller.open("mulai/")
    # Play money is no sale: the last step waits for a real one.
    expect(seller.page.locator("#setup .tick-good")).to_have_count(6)
    seller.see("setup but for a real sale")
    seller.open("")
    seller.see("overview")
    stage.wide_picture(seller.page, "seller overview")


def test_a_bank_transfer_confirmed_on_the_sellers_phone(stage: Stage) -> None:
    seller = Seller(stage, world.DEWI)
    seller.sign_in()
    seller.store = "toko-dewi"
    seller.open("")
    seller.see("overview")
    eko = Buyer(stage, world.EKO, DESKTOP)
    eko.open(world.DEWI_PRODUCTS_ID)
    eko.see("panel")
    eko.buy()
    eko.page.get_by_role("button", name="BCA").or_(
        eko.page.get_by_role("button", name="Mandiri")
    ).last.click()
    title = eko.message("Transfer Rp").locator(".embed-title")
    expect(title).to_be_visible()
    amount = title.inner_text().removeprefix("Transfer ")
    eko.see("account")

    eko.button("paid").click()
    expect(eko.secret("penjual sudah diberi tahu")).to_be_visible()
    eko.see("says paid")
    seller.page.locator("#overview .note-warn a").first.click()
    seller.see("transfer to check")
    seller.follow("Periksa")
    seller.see("order")
    seller.page.once("dialog", lambda dialog: dialog.accept())
    seller.press("Ya, sudah masuk")

    expect(seller.page.locator("#order .page-head")).to_contain_text("Terkirim")
    seller.see("order confirmed")
    stage.wide_picture(seller.page, "seller order confirmed")
    expect(eko.message(f"Pembayaran {amount} diterima")).to_be_visible()
    eko.button("reveal").click()
    expect(eko.secret("DEMO-")).to_be_visible()
    eko.see("code")


def test_whoever_cancels_the_permission_leaves_no_trace(stage: Stage) -> None:
    citra = Seller(stage, world.CITRA)
    citra.ask_to_sign_in()

    citra.page.locator("[data-action=cancel]").click()

    expect(citra.page.locator(".messages")).to_contain_text("Kamu membatalkan izin")
    citra.see("cancelled")
    known = "SELECT count(*) FROM security_user WHERE discord_id = %s"
    assert stage.installation.value(known, world.CITRA.id) == 0
