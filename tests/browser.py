"""A real browser for journeys: Debian's or any installed Chromium, driven by Playwright's Python package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
PATIENCE = 45_000
"""Milliseconds that a step of a page may take, and an expectation to come true: a busy machine is slow, not wrong."""


def chromium_path() -> str | None:
    """CHROMIUM, or the first Chromium or Chrome on the PATH."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the journey is skipped, or fails when REQUIRE_BROWSER=1.

    Playwright keeps an event loop running in this thread, so it ends with its module: asynchronous tests of others need
    a thread without one, and Django refuses its database beside one unless told otherwise.
    """
    path = chromium_path()
    if path is None:
        how = "No Chromium found. Install one (Debian: apt install chromium) or set CHROMIUM=/path/to/it."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(how)
        pytest.skip(how)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class People:
    """Browsers of several persons; whatever their pages complain about is collected."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open_page(self, *, phone: bool = False, **options: Any) -> Page:
        """A page of one more person, with cookies of its own; options as of Playwright's new_context()."""
        context = self.browser.new_context(base_url=self.address, **(PHONE if phone else DESKTOP), **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self.note_console)
        return page

    def note_console(self, message: Any) -> None:
        """A blocked script or style is only written to the console; so is every failed request, which may be meant."""
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def leave(self) -> None:
        """Close everything; a script error or something that the content policy blocked fails the test."""
        for context in self.contexts:
            context.close()
        assert self.complaints == []


@pytest.fixture(params=["desktop", "phone"])
def browser_page(request: pytest.FixtureRequest, browser: Browser, live_site: Any) -> Iterator[Page]:
    """A fresh page of the live site, once at desktop and once at phone size."""
    people = People(browser, live_site.address)
    yield people.open_page(phone=request.param == "phone")
    people.leave()


@pytest.fixture
def new_page(browser: Browser, live_site: Any) -> Iterator[Callable[..., Page]]:
    """A function that opens a page for one more person: `new_page()` or `new_page(phone=True)`."""
    people = People(browser, live_site.address)
    yield people.open_page
    people.leave()
