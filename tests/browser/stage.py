"""Windows of several people, a picture of every step, and every complaint."""

from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
)

from tests.processes.installation import Installation

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


class Stage:
    """Everybody's browser windows against one installation."""

    def __init__(
        self,
        browser: Browser,
        installation: Installation,
        folder: Path,
        *,
        patience_ms: int,
    ) -> None:
        self.browser, self.installation = browser, installation
        self.site = installation.site
        self.discord = f"http://localhost:{installation.discord}"
        self.gateway = f"http://localhost:{installation.gateway}"
        self.problems: list[str] = []
        self._folder, self._patience_ms = folder, patience_ms
        self._contexts: list[BrowserContext] = []
        self._pictures = 0
        folder.mkdir(parents=True, exist_ok=True)

    def new_person(self, viewport: ViewportSize = PHONE) -> Page:
        """The first window of somebody with cookies of their own."""
        context = self.browser.new_context(
            viewport=viewport, locale="id-ID", timezone_id="Asia/Jakarta"
        )
        context.set_default_timeout(self._patience_ms)
        context.on("console", self._heard)
        context.on("weberror", lambda found: self.problems.append(str(found.error)))
        context.on("response", self._answered)
        self._contexts.append(context)
        return context.new_page()

    def picture(self, page: Page, name: str, *, is_whole: bool = True) -> None:
        """Keep what the page shows, and see that nothing sticks out sideways."""
        self._pictures += 1
        # Before its styles are there, a page is as wide and as long as it likes.
        page.wait_for_load_state()
        page.screenshot(
            path=self._folder / f"{self._pictures:02} {name}.png",
            full_page=is_whole,
            # Hiding it means writing inline styles, which our policy forbids.
            caret="initial",
        )
        needed = page.evaluate("document.documentElement.scrollWidth")
        given = page.evaluate("document.documentElement.clientWidth")
        if needed > given:
            self.problems.append(f"{name}: {needed} px on a screen of {given} px")

    def wide_picture(self, page: Page, name: str) -> None:
        """The same page on a computer."""
        before = page.viewport_size
        page.set_viewport_size(DESKTOP)
        self.picture(page, f"{name} wide")
        if before is not None:
            page.set_viewport_size(before)
            # Two frames later, everything has its place again and can be pressed.
            page.evaluate(
                "new Promise((done) =>"
                " requestAnimationFrame(() => requestAnimationFrame(done)))"
            )

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location
            self.problems.append(
                f"{message.type} at {where['url']}:{where['lineNumber']}"
                f" after picture {self._pictures}: {message.text}"
            )

    def _answered(self, response: Response) -> None:
        own = (self.site, self.discord, self.gateway)
        if response.status >= 400 and response.url.startswith(own):
            self.problems.append(f"{response.status}: {response.url}")
