"""The page in a real browser, as a person on a computer and on a phone."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.simulator import world
from bot.simulator.client import SimulatedPerson

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
GENERAL = world.RIZKY_GENERAL_ID

pytestmark = [
    pytest.mark.usefixtures("bot"),
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="no chromium here"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    yield from open_page(browser, url, {"width": 1280, "height": 800})


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    yield from open_page(browser, url, {"width": 390, "height": 844})


def open_page(browser: Browser, url: str, viewport: dict) -> Iterator[Page]:
    context = browser.new_context(viewport=viewport, base_url=url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if message.type == "error" else None
        ),
    )
    yield page
    context.close()
    assert problems == []


def test_one_picks_a_person_and_lands_in_the_first_channel(page: Page):
    page.goto("/")
    page.click("[data-username=ayu]")

    expect(page.locator("[data-me]")).to_have_text("Ayu")
    expect(page.locator("#channel-title")).to_have_text("# umum")
    expect(page.locator("[data-channel-name=log-toko]")).to_have_count(0)


def test_a_slash_command_button_and_form_by_hand(page: Page):
    page.goto(f"/?as=ayu#{GENERAL}")
    page.fill("[data-composer]", "/panel")
    page.click("[data-command=panel]")
    panel = page.locator("[data-message]", has_text="Pilih produk").last
    panel.locator("[data-custom-id=form]").click()
    dialog = page.locator("dialog[data-modal]")
    dialog.locator("input[type=text]").fill("Ayu")
    dialog.locator(".menu-button").click()
    dialog.locator("[data-value=blue]").click()
    dialog.locator("input[type=file]").set_input_files(
        {"name": "b.txt", "mimeType": "text/plain", "buffer": b"lunas"}
    )
    page.click("[data-action=modal-submit]")

    answer = page.locator("[data-ephemeral=true]", has_text="Ayu blue ['lunas']")
    expect(answer).to_be_visible()
    answer.locator("[data-action=dismiss]").click()
    expect(answer).to_have_count(0)


def test_a_silent_bot_shows_as_a_failed_interaction(page: Page, ayu: SimulatedPerson):
    panel = ayu.slash(GENERAL, "panel")["message"]
    page.goto(f"/?as=ayu#{GENERAL}")
    shown = page.locator(f"[data-message='{panel['id']}']")

    shown.locator("[data-custom-id=silent]").click()

    expect(shown.locator(".failure")).to_have_text("⚠ Interaksi ini gagal")


def test_news_arrives_without_reload(page: Page, bima: SimulatedPerson):
    page.goto(f"/?as=ayu#{world.RIZKY_PRODUCTS_ID}")
    expect(page.locator("#channel-title")).to_have_text("# produk")

    bima.send(GENERAL, "ada yang **baru**")

    unread = page.locator(f"[data-channel='{GENERAL}'].unread")
    expect(unread).to_be_visible()
    unread.click()
    expect(page.locator("[data-message] strong", has_text="baru").last).to_be_visible()


def test_a_command_with_suggestions_by_keyboard(page: Page):
    page.goto(f"/?as=bima#{GENERAL}")
    page.locator("[data-composer]").press_sequentially("/kata")
    expect(page.locator("[data-command=katalog]")).to_be_visible()
    page.keyboard.press("Enter")
    page.locator("[data-option=produk] input").press_sequentially("spo")
    expect(page.locator("[data-choice]")).to_have_text(["Spotify"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.click("[data-action=command-run]")

    expect(page.locator("[data-message]", has_text="spotify x1 en-US")).to_be_visible()


def test_on_a_phone_the_list_is_a_drawer(phone: Page, ayu: SimulatedPerson):
    ayu.slash(GENERAL, "sapa")
    phone.goto(f"/?as=ayu#{GENERAL}")
    phone.click("[data-action=open-drawer]")
    phone.click("[data-guild=dm]")

    expect(
        phone.locator("[data-message]", has_text="Halo lewat DM").last
    ).to_be_visible()
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_an_owner_adds_the_bot_through_the_consent_page(page: Page, local):
    page.goto("/?as=rizky")
    page.click(f"[data-guild='{world.NEW_GUILD_ID}']")
    page.click("[data-action=guild-menu]")
    page.click("[data-action=add-bot]")
    page.uncheck("[data-permission=manage_roles]")
    page.click("[data-action=authorize]")
    expect(page.locator("h1")).to_have_text("Berhasil")

    page.goto("/?as=rizky")
    page.click(f"[data-guild='{world.NEW_GUILD_ID}']")
    expect(page.locator(f"[data-member='{world.BOT_ID}']")).to_be_visible()
    hello = page.locator("[data-message]", has_text="Halo Server Baru").last
    expect(hello).to_be_visible()
    local.remove(world.NEW_GUILD_ID, world.BOT_ID)
