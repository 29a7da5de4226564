"""A time is agreed without leaving the window: the shopper on a phone picks a free one, the store counters in its
console, the shopper counters again and the store accepts; both see each step at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import log_in, pane
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import open_window, write

pytestmark = pytest.mark.timeout(500)

UNION, STORE, SERVICE = "cornwall", "back-road-pottery", "throwing-day"
CONSOLE = f"/manage/{UNION}/{STORE}/console/"


def last_card(place):
    return place.locator(".talk-message .card[data-kind=reservation]").last


def pick(card, number):
    """Choose one of the free times; what it says."""
    choice = card.locator(".talk-slots label").nth(number)
    choice.click()
    return choice.inner_text().strip()


def test_a_time_is_agreed_in_the_window(live_site, new_page):
    look = Looker()
    desk, phone = look.watch(new_page(locale="en-GB")), look.watch(new_page(phone=True, locale="en-GB"))
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    phone.goto(f"/u/{UNION}/{STORE}/{SERVICE}/")
    window = open_window(phone)
    write(window, "Could I come one day?")
    desk.locator("[data-accept]").first.click()
    expect(pane(desk).get_by_label("Your message")).to_be_focused()

    # The shopper turns to another day and asks for a time of it.
    window.get_by_role("button", name="Choose a time").click()
    times = last_card(window)
    times.get_by_role("button", name="At the wheel with Tamsin", exact=True).click()
    expect(times.locator(".talk-slots label").first).to_be_visible()
    first = times.get_by_role("status").inner_text()
    look.look_at(phone, "free times in the window")
    times.get_by_role("button", name=re.compile("^Later: ")).click()
    expect(times.get_by_role("status")).not_to_have_text(first)
    day = times.get_by_role("status").inner_text()
    times.get_by_role("button", name=re.compile("^Earlier: ")).click()
    expect(times.get_by_role("status")).to_have_text(first)
    times.get_by_role("button", name=re.compile("^Later: ")).click()
    expect(times.get_by_role("status")).to_have_text(day)
    asked = pick(times, 0)
    times.get_by_role("button", name=re.compile("this time$")).click()
    expect(last_card(window)).to_contain_text(asked)
    expect(last_card(window)).to_contain_text("The store has to answer")
    assert phone.url.endswith(f"/{SERVICE}/")

    # The store sees it at once, and proposes another from the same free times.
    theirs = last_card(pane(desk))
    expect(theirs).to_contain_text(asked)
    expect(theirs).to_contain_text("Waits for your answer")
    theirs.get_by_role("button", name="Another time").click()
    expect(theirs.locator(".talk-slots label").first).to_be_visible()
    look.look_at(desk, "free times at the console")
    countered = pick(theirs, 1)
    theirs.get_by_role("button", name="Propose it").click()
    own = last_card(window)
    expect(own).to_contain_text(countered)
    expect(own).to_contain_text("Waits for your answer")

    # Another again, by the shopper, which the store accepts.
    own.get_by_role("button", name="Another time").click()
    expect(own.locator(".talk-slots label").first).to_be_visible()
    agreed = pick(own, 0)
    own.get_by_role("button", name="Ask for this time").click()
    expect(last_card(pane(desk))).to_contain_text(agreed)
    expect(last_card(pane(desk))).to_contain_text("Waits for your answer")
    last_card(pane(desk)).get_by_role("button", name="Accept").click()
    for place in (pane(desk), window):
        expect(last_card(place)).to_contain_text("Confirmed")
        expect(last_card(place)).to_contain_text(agreed)
    look.look_at(phone, "an agreed time in the window")
    assert phone.url.endswith(f"/{SERVICE}/")

    desk.once("dialog", lambda box: box.accept())
    desk.keyboard.press("Escape")
    desk.keyboard.press("e")
    expect(window.locator("[data-form=rate]")).to_be_visible()
    desk.locator("[data-status]").select_option("off")
    expect(desk.get_by_role("button", name="I am here")).to_be_visible()
    assert look.found == []
