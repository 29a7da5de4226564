"""A real browser for journeys: Debian's or any installed Chromium, driven by Playwright's Python package."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


def chromium_path() -> str | None:
    """CHROMIUM, or the first Chromium or Chrome on the PATH."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium; without one the journey is skipped, or fails when REQUIRE_BROWSER=1."""
    path = chromium_path()
    if path is None:
        how = "No Chromium found. Install one (Debian: apt install chromium) or set CHROMIUM=/path/to/it."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(how)
        pytest.skip(how)
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would refuse to touch its database meanwhile.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["desktop", "phone"])
def browser_page(request: pytest.FixtureRequest, browser: "Browser", live_site) -> Iterator["Page"]:
    """A fresh page of the live site, once at desktop and once at phone size; a script error fails the test."""
    context = browser.new_context(base_url=live_site.address, **(PHONE if request.param == "phone" else DESKTOP))
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def new_page(browser: "Browser", live_site):
    """A function that opens a page for one more person: `new_page()` or `new_page(phone=True)`."""
    contexts = []

    def open_page(*, phone: bool = False) -> "Page":
        context = browser.new_context(base_url=live_site.address, **(PHONE if phone else DESKTOP))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
