"""What a buyer does in the local Discord, by what stands on the page."""

import re

from playwright.sync_api import Locator, Page, ViewportSize, expect

from bot.simulator import world
from tests.browser.stage import PHONE, Stage


class Buyer:
    """One person in the local Discord."""

    def __init__(
        self, stage: Stage, who: world.Person, viewport: ViewportSize = PHONE
    ) -> None:
        self.stage, self.who = stage, who
        self.page: Page = stage.new_person(viewport)

    def see(self, name: str) -> None:
        """Keep a picture of what is on screen."""
        self.stage.picture(self.page, f"{self.who.username} {name}", is_whole=False)

    def open(self, channel_id: int) -> None:
        """Look into a channel."""
        self.page.goto(f"{self.stage.discord}/?as={self.who.username}#{channel_id}")

    def button(self, verb: str, last_id: int | str = "") -> Locator:
        """The newest button for `verb`, about `last_id` if that matters."""
        found = f"[data-custom-id^='v1:{verb}:']"
        if last_id:
            found += f"[data-custom-id$=':{last_id}']"
        return self.page.locator(f"{found}:not([disabled])").last

    def message(self, text: str | re.Pattern[str]) -> Locator:
        """The newest message with this text."""
        return self.page.locator("[data-message]", has_text=text).last

    def secret(self, text: str) -> Locator:
        """A message that only this person sees."""
        return self.page.locator("[data-ephemeral=true]", has_text=text)

    def command(
        self, name: str, *, suggested: dict[str, str], typed: dict[str, str]
    ) -> None:
        """Run a slash command; of what is suggested for an option, the first one."""
        composer = self.page.locator("#composer-input")
        composer.press_sequentially(f"/{name}")
        self.page.locator(f"[data-command='{name}']").click()
        form = self.page.locator(f"[data-command-form='{name}']")
        for option, text in suggested.items():
            form.locator(f"[data-option={option}] input").fill(text)
            form.locator(f"[data-option={option}] [data-choice]").first.click()
        for option, text in typed.items():
            more = form.locator(".option-more")
            if more.count():
                more.first.click()
            form.locator(f"[data-option={option}] input").fill(text)
        self.see(f"command {name}")
        form.locator("[data-action=command-run]").click()

    def buy(self) -> str:
        """Press Buy on the panel and go to the ticket that the bot names; its id."""
        self.button("buy").click()
        place = self.page.locator("[data-ephemeral=true] [data-open-channel]").last
        expect(place).to_be_visible()
        self.see("ticket is there")
        ticket = place.get_attribute("data-open-channel") or ""
        place.click()
        expect(self.page.locator("#channel-title")).to_have_text(
            re.compile("ticket-", re.IGNORECASE)
        )
        expect(self.button("pay")).to_be_visible()
        self.see("ticket")
        listed = self.page.locator(f"#channels [data-channel='{ticket}']")
        expect(listed).to_have_count(1)
        return ticket

    def rate(self, stars: int, words: str) -> None:
        """Give stars with a few words."""
        self.button("star", stars).click()
        dialog = self.page.locator("dialog[data-modal]")
        dialog.locator("textarea").fill(words)
        self.see("rating")
        dialog.locator("[data-action=modal-submit]").click()
        expect(dialog).to_have_count(0)
