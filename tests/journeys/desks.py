"""At the consoles of a store: who comes, takes, answers, and leaves everything as it was found.

All journeys share one site and run in any order, so whatever a journey changes here it changes back.
"""

import re
import time
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.journeys.test_console import log_in, pane

UNION = "cornwall"


def street(store):
    """A store's transaction pages."""
    return f"/u/{UNION}/{store}/"


def workplace(store):
    """A store's management pages."""
    return f"/manage/{UNION}/{store}/"


def console(store):
    return f"{workplace(store)}console/"


@contextmanager
def at_console(page, store):
    """Somebody who is signed in says “I am here”, and logs out in the end, also when their page was closed."""
    context = page.context
    page.goto(console(store))
    log_in(page)
    try:
        yield
    finally:
        context.set_offline(False)
        here = context.new_page() if page.is_closed() else page
        here.goto(console(store))
        here.locator("[data-status]").select_option("off")
        expect(here.get_by_role("button", name="I am here")).to_be_visible()


@contextmanager
def capacity(page, store, person, most):
    """So many conversations at once fall to this person for a while; `page` is of whoever leads the team."""
    before = change_capacity(page, store, person, most)
    try:
        yield
    finally:
        change_capacity(page, store, person, before)


def change_capacity(page, store, person, most):
    """What it was before."""
    page.goto(f"{workplace(store)}talk/managers/")
    page.get_by_text(f"Change how {person} answers").click()
    form = page.locator("li.panel", has=page.get_by_role("heading", name=person))
    field = form.get_by_label("Conversations at once")
    before = field.input_value()
    field.fill(str(most))
    form.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Saved.")
    return before


@contextmanager
def rule_for_now(page, name):
    """The rule of this name, whose page is shown after it was saved; taken away with its figures in the end."""
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    address = page.url
    try:
        yield address
    finally:
        page.goto(address)
        page.get_by_role("button", name="Remove the rule").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove the rule").click()
        expect(page.get_by_role("link", name=name)).to_have_count(0)


def ring(page, words=""):
    """The bar that offers a conversation, by what the shopper said last."""
    return page.locator(".console-ring", has_text=words)


def take(page, words=""):
    """Accept what is offered; the pane in which it then stands."""
    ring(page, words).get_by_role("button", name="Accept").click()
    expect(pane(page).get_by_label("Your message")).to_be_focused()
    return pane(page)


def act(page, name):
    """Something from the current conversation's menu."""
    pane(page).get_by_label("More").click()
    pane(page).get_by_role("button", name=name).click()


def end(page):
    """End the current conversation."""
    page.once("dialog", lambda asked: asked.accept())
    act(page, "End the conversation")
    expect(pane(page).locator("[data-line]")).to_have_text("The conversation has ended.")


def told(window, words):
    """The line of the shopper's window says how it stands."""
    expect(window.locator("[data-line]")).to_have_text(re.compile(words))


def said(log):
    """What was said in a window or pane, line by line, without notes."""
    return [text.strip() for text in log.locator(".talk-message:not(.console-note) .text").all_inner_texts()]


def until(holds, *, patience=30.0):
    """Wait for something that is seen in more than one browser."""
    limit = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < limit, "it never came true"
        # No browser tells of what becomes true in another one.
        time.sleep(0.1)
