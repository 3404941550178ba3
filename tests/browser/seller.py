"""What a seller does in the dashboard, by what stands on the page."""

from playwright.sync_api import Locator, Page, expect

from bot.simulator import world
from tests.browser.stage import Stage


class Seller:
    """One person in the dashboard."""

    def __init__(self, stage: Stage, who: world.Person) -> None:
        self.stage, self.who = stage, who
        self.page: Page = stage.new_person()
        self.store = ""

    def see(self, name: str) -> None:
        """Keep a picture of the page."""
        self.stage.picture(self.page, f"seller {name}")

    def ask_to_sign_in(self) -> None:
        """From the landing page to Discord's question."""
        self.page.goto(self.stage.site)
        self.see("landing")
        self.press("Masuk dengan Discord")
        expect(self.page.locator("[data-person]")).to_have_count(len(world.PEOPLE))
        self.see("who am I")
        self.page.locator(f"[data-person='{self.who.id}']").click()
        expect(self.page.locator("[data-action=authorize]")).to_be_visible()
        self.see("consent")

    def sign_in(self) -> None:
        """From the landing page to the list of stores."""
        self.ask_to_sign_in()
        self.page.locator("[data-action=authorize]").click()
        self.page.wait_for_url(f"{self.stage.site}/toko/")
        self.see("stores")

    def open_store(self, guild_id: int) -> None:
        """Choose the server and let the bot in; the wizard goes on by itself."""
        self.page.locator("a[href='/buka-toko/']").first.click()
        self.see("which server")
        self.page.locator(f"button[name=guild][value='{guild_id}']").click()
        self.page.wait_for_url("**/mulai/")
        self.store = self.page.url.split("/toko/")[1].split("/")[0]
        self.see("setup")
        self.press("Tambahkan bot ke serverku")
        expect(self.page.locator("[data-permission=administrator]")).to_have_count(0)
        self.see("bot consent")
        self.page.locator("[data-action=authorize]").click()
        self.page.wait_for_url("**/mulai/")

    def open(self, path: str) -> None:
        """A page of the store."""
        self.page.goto(self.address(path))

    def address(self, path: str) -> str:
        """Where a page of the store is."""
        return f"{self.stage.site}/toko/{self.store}/{path}"

    def watch(self, path: str) -> Page:
        """A second window that stays open, alive."""
        page = self.page.context.new_page()
        page.goto(self.address(path))
        expect(page.locator("[data-live-state]")).to_have_attribute("data-state", "on")
        return page

    def press(self, name: str) -> None:
        """Press the button with this name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        """Press the link with this name."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def step(self, number: int) -> Locator:
        """A step of the wizard."""
        return self.page.locator("#setup ol > li").nth(number - 1)
