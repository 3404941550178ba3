"""More than one of something, seen by a buyer in each language and by the seller."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from bot.simulator import world
from ppob.local.demo import TOKO_RIZKY
from tests.browser.buyer import Buyer
from tests.browser.seller import Seller
from tests.browser.stage import Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(300),
]


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (640, 640), (229, 57, 53)).save(kept, "PNG")
    return kept.getvalue()


def first_product(stage: Stage) -> tuple[int, str]:
    """The id and public id of the first product that is sold as a code."""
    [(product, public_id)] = stage.installation.query(
        "SELECT p.id, p.public_id FROM catalog_product p"
        " JOIN tenants_tenant t ON t.id = p.tenant_id"
        " WHERE t.slug = %s AND p.kind = 'code' ORDER BY p.position, p.id LIMIT 1",
        TOKO_RIZKY.slug,
    )
    return product, str(public_id)


@pytest.fixture
def ends_unpaid(stage: Stage) -> Iterator[None]:
    """What a buyer leaves unpaid ends with the test: others buy the same product."""
    yield
    for [order] in stage.installation.query(
        "SELECT id FROM payments_order WHERE status = 'awaiting_payment'"
    ):
        stage.installation.let_expire(order)


def open_ticket(buyer: Buyer, button: Locator) -> str:
    """Press what opens a ticket and follow the answer; the ticket's channel."""
    places = buyer.page.locator("[data-ephemeral=true] [data-open-channel]")
    expect(button).to_be_visible()
    earlier = places.count()  # of other purchases
    button.click()
    expect(places).to_have_count(earlier + 1)
    place = places.last
    channel = place.get_attribute("data-open-channel") or ""
    place.click()
    expect(buyer.button("pay")).to_be_visible()
    return channel


def words_of(page: Page) -> str:
    return page.locator("main").inner_text()


@pytest.mark.usefixtures("ends_unpaid")
@pytest.mark.parametrize("who", [world.AYU, world.BIMA], ids=["Indonesian", "English"])
def test_a_picture_three_pieces_and_a_second_ticket(
    stage: Stage, who: world.Person
) -> None:
    product, public_id = first_product(stage)
    seller = Seller(stage, world.RIZKY)
    seller.sign_in()
    seller.store = TOKO_RIZKY.slug
    seller.open(f"produk/{public_id}/")
    seller.page.locator("[name=image]").set_input_files(
        {"name": "red.png", "mimeType": "image/png", "buffer": picture()}
    )
    seller.press("Simpan")
    expect(seller.page.locator(".messages")).to_be_visible()

    buyer = Buyer(stage, who)
    buyer.open(world.RIZKY_PRODUCTS_ID)
    first = open_ticket(buyer, buyer.button("buy", product))
    expect(buyer.page.locator("img.embed-thumbnail").last).to_be_visible()
    buyer.see("product's picture")

    buyer.button("quantity").click()
    buyer.page.locator("[data-custom-id^='v1:pieces:']").last.click()
    buyer.see("how many")
    buyer.page.locator("[role=option][data-value='3']").last.click()
    expect(buyer.secret("3 × ").last).to_be_visible()
    expect(buyer.message(re.compile("3 × "))).to_be_visible()
    buyer.see("three pieces")

    buyer.open(world.RIZKY_PRODUCTS_ID)
    buyer.button("buy", product).click()
    expect(buyer.button("another")).to_be_visible()
    buyer.see("one is open")
    second = open_ticket(buyer, buyer.button("another"))
    buyer.see("second ticket")
    assert second != first

    ticket = stage.installation.value(
        "SELECT public_id FROM bot_ticket WHERE channel_id = %s", int(first)
    )
    seller.open(f"tiket/{ticket}/")
    expect(seller.page.locator("main")).to_contain_text("3 × ")
    seller.see("conversation")
    for raw in ("<@", "<t:", "**"):
        assert raw not in words_of(seller.page)


def test_the_api_describes_itself_on_a_phone(stage: Stage) -> None:
    page = stage.new_person()
    page.goto(f"{stage.site}/api/docs/")
    expect(page.locator("#swagger-ui .opblock").first).to_be_visible()
    stage.picture(page, "api", is_whole=False)
