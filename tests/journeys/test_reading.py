"""Nobody's place in a conversation is moved: who reads above is told of what comes, and the end stays in sight."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import CONSOLE, log_in, log_out, pane, say
from tests.journeys.test_deals import newest_card, take
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import PRODUCT, STORE, STREET, field, open_window, own, write

pytestmark = pytest.mark.timeout(500)


def top_of(log):
    return log.evaluate("log => log.scrollTop")


def to_the_top(log):
    log.evaluate("log => { log.scrollTop = 0; }")
    log.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def line(place, text):
    return place.locator(".talk-message", has_text=text).last


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_who_reads_above_is_told_of_what_comes_below(live_site, new_page, size):
    looker = Looker()
    desk = looker.watch(new_page(locale="en-GB", phone=size == "phone"))
    shopper = new_page(locale="en-GB", phone=size == "desk")
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    shopper.goto(STREET)
    window = open_window(shopper)
    write(window, "What do you bake on Saturdays?")
    take(desk)
    for number in range(12):
        say(desk, f"Loaf {number}: rye and wheat, two days in the cold, baked in the morning on the stone.")
    expect(line(window, "Loaf 11")).to_be_in_viewport()

    # The shopper reads above; the button leads down.
    log, below = window.get_by_role("log"), window.get_by_role("button", name="New messages below")
    expect(below).to_be_hidden()
    to_the_top(log)
    say(desk, "And buns on every first Saturday.")
    expect(below).to_be_visible()
    assert top_of(log) == 0
    below.click()
    expect(line(window, "And buns")).to_be_in_viewport()
    expect(below).to_be_hidden()

    # The same at the console, whose page never scrolls: the field is always there.
    log, below = pane(desk).get_by_role("log"), pane(desk).get_by_role("button", name="New messages below")
    to_the_top(log)
    write(window, "Keep two buns for me, please.")
    expect(below).to_be_visible()
    assert top_of(log) == 0
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight")
    expect(pane(desk).get_by_label("Your message")).to_be_in_viewport(ratio=1)
    looker.look_at(desk, "a console with messages below")
    below.click()
    expect(line(pane(desk), "Keep two buns")).to_be_in_viewport()

    # Asked before it ends; then the rating opens below, and what was said last is still in sight.
    window.get_by_label("More").click()
    window.get_by_role("button", name="End the conversation").click()
    window.get_by_role("button", name="Go on talking").click()
    expect(field(window)).to_be_focused()
    window.get_by_label("More").click()
    window.get_by_role("button", name="End the conversation").click()
    window.locator("[data-form=end]").get_by_role("button", name="End the conversation").click()
    expect(window.get_by_text("How was it?")).to_be_visible()
    expect(window.locator(".talk-log > :last-child")).to_be_in_viewport(ratio=1)
    log_out(desk)
    assert looker.found == []


@pytest.mark.parametrize("goes_up", [False, True])
def test_a_card_that_comes_late_is_in_sight_for_who_waits_for_it(new_page, goes_up):
    shopper = new_page(locale="en-GB", phone=True)
    # A phone whose keyboard is open.
    shopper.set_viewport_size({"width": 390, "height": 640})
    shopper.goto(f"{STREET}{PRODUCT}/")
    window = open_window(shopper)
    for words in ("Could it be cheaper?", "I would take it every week.", "And I pay at once."):
        write(window, words)
        expect(own(window, words)).to_be_visible()
    log, card = window.get_by_role("log"), newest_card(window, "product")
    card.get_by_text("Name a price").click()
    card.get_by_label("Price of one").fill("2.00")
    late, sent = [], []

    def hold(way):
        if way.request.method == "GET":
            late.append(way)
        else:
            sent.append((way, way.fetch()))

    shopper.route(re.compile(r"/cards/\d+/"), hold)
    to_the_top(log)
    # First there are the words, then the older card is answered and small again, then the new card comes.
    card.get_by_role("button", name="Name this price").click()
    expect(newest_card(window, "proposal")).to_be_in_viewport()
    while not sent:
        shopper.wait_for_timeout(20)
    [(way, answer)] = sent
    way.fulfill(response=answer)
    expect(card.get_by_label("Price of one")).to_be_hidden()
    if goes_up:
        to_the_top(log)
    late[0].fallback()
    drawn = newest_card(window, "proposal").get_by_role("button", name="Take it back")
    if goes_up:
        expect(drawn).to_be_attached()
        assert top_of(log) == 0
    else:
        expect(drawn).to_be_in_viewport(ratio=1)


def test_what_is_typed_while_the_first_words_are_on_their_way_stays(new_page):
    shopper = new_page(locale="en-GB")
    shopper.goto(STREET)
    window = open_window(shopper)
    first = []
    shopper.route(re.compile(r"/conversations/$"), lambda way: first.append(way))
    write(window, "Are you open on Sunday?")
    while not first:
        shopper.wait_for_timeout(20)
    # Impatient: pressed again, with another word behind it.
    field(window).press("End")
    field(window).type(" And on Monday?")
    field(window).press("Enter")
    first[0].fallback()
    expect(own(window, "Are you open on Sunday?")).to_be_visible()
    expect(field(window)).to_have_value(re.compile(r"^\s*And on Monday\?$"))
    field(window).press("Enter")
    expect(own(window, "And on Monday?")).to_be_visible()
    assert len(first) == 1
