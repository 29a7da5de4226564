"""What every page of a journey is looked at for: access, width, and what its scripts complain about."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, ViewportSize

STILL = """() => {
  const ends = (each) => each.effect.getTiming().iterations !== Infinity && each.animationName !== "glow";
  return Promise.all(document.getAnimations().filter(ends).map((each) => each.finished.catch(() => null)));
}"""
DESK: ViewportSize = {"width": 1280, "height": 900}
WIDTHS: tuple[ViewportSize, ...] = ({"width": 360, "height": 740}, DESK)
PASSWORD = "open-the-market-7"
"""Of everybody in the demo."""


class Looker:
    """Looks at pages at phone and desk width; `found` is what is wrong with them."""

    def __init__(self) -> None:
        self.axe = Axe()
        self.found: list[str] = []

    def watch(self, page: Page) -> Page:
        """Note whatever the console complains about from now on."""
        page.on("console", lambda message: self._note(page, message))
        return page

    def _note(self, page: Page, message: Any) -> None:
        # A line that tries again while the journey has cut the network.
        if message.type == "error" and "net::ERR_INTERNET_DISCONNECTED" not in message.text:
            self.found.append(f"{page.url}: console: {message.text}")

    def look_at(self, page: Page, name: str, widths: tuple[ViewportSize, ...] = WIDTHS) -> None:
        """axe finds nothing and nothing hangs over the side, on a phone and on a desk; the page is left as it was."""
        before = page.viewport_size
        for size in widths:
            page.set_viewport_size(size)
            # Half faded in is nobody's contrast.
            page.evaluate(STILL)
            where = f"{name} ({page.url}) at {size['width']}"
            violations = self.axe.run(page).response["violations"]
            if violations:
                # What had begun to fade in just then is looked at once more; what is wrong stays wrong.
                page.evaluate(STILL)
                violations = self.axe.run(page).response["violations"]
            for violation in violations:
                first = violation["nodes"][0]["html"][:200]
                self.found.append(f"{where}: {violation['id']} × {len(violation['nodes'])}: {first}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                self.found.append(f"{where}: {wide} pixels wide")
        if before:
            page.set_viewport_size(before)


def sign_in(page: Page, email: str, *, password: str = PASSWORD, then: str) -> None:
    """Through the sign-in page to where one wanted to go."""
    page.goto(f"/account/login/?next={then}")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**{then}")


def goto_until(page: Page, address: str, shown: Locator, *, patience: float = 60.0) -> None:
    """To a page that may be drawn as it was some seconds ago (core/memory.py): somebody may have looked just then."""
    limit = time.monotonic() + patience
    page.goto(address)
    while not shown.first.is_visible() and time.monotonic() < limit:
        page.wait_for_timeout(1000)
        page.goto(address)
    expect(shown.first).to_be_visible()


def mail_to(data: Path, address: str, *words: str, patience: float = 90.0) -> str:
    """The mail to this person with all these words in it; mail is files on a site like this."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        for path in Path(data, "mail").glob("*.log"):
            for text in re.split(r"^-{70,}$", path.read_text(), flags=re.MULTILINE):
                if f"To: {address}" in text and all(word in text for word in words):
                    return text
        time.sleep(0.2)
    raise AssertionError(f"no mail to {address} with {words}")
