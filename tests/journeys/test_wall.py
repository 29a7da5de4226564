"""The union's office at its live wall while people wait: they see their place in the queue, who answers is shown as
they are, and the support helps out with who is left. Five browsers."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import UNION, at_console, capacity, console, end, ring, street, take, told, workplace
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import pane, say
from tests.journeys.test_talk import button, open_window, write

pytestmark = pytest.mark.timeout(500)

STORE, NAME, OWNER = "camel-cycles", "Camel Estuary Cycles", "nessa@camel-cycles.example"
OFFICE = "admin@cornwall.martunion.example"


def tells(wall, **numbers):
    """The store's own wall, opened now, where nobody else's figures are."""
    wall.goto(f"{workplace(STORE)}wall/")
    for label, number in numbers.items():
        tile = wall.locator("#wall .tile", has=wall.get_by_text(label.replace("_", " "), exact=True))
        expect(tile.locator(".value")).to_have_text(str(number))


def ask(page, name, text):
    """A guest who says their name begins a conversation; their window."""
    page.goto(street(STORE))
    window = open_window(page)
    window.get_by_text("Say who you are (if you like)").click()
    window.get_by_label("Your name").fill(name)
    write(window, text)
    return window


def test_the_wall_tells_who_waits_and_the_support_helps_out(new_page):
    look = Looker()
    desk, office = look.watch(new_page(locale="en-GB")), look.watch(new_page(locale="en-GB"))
    phone, second, third = new_page(phone=True, locale="en-GB"), new_page(locale="en-GB"), new_page(locale="en-GB")
    sign_in(desk, OWNER, then=console(STORE))
    sign_in(office, OFFICE, then=f"/manage/{UNION}/-/wall/")
    status = desk.locator("[data-status]")
    with capacity(desk, STORE, "Nessa Blight", 1), at_console(desk, STORE):
        # The store's pages say whether somebody will answer, as it changes.
        third.goto(street(STORE))
        for state, words in (
            ("available", r"^Nessa Blight answers in about \d+ min"),
            ("busy", r"^Nessa Blight is called, about \d+ min"),
            ("away", r"^Nessa Blight is called, about \d+ min"),
            ("silent", "^Leave a message"),
            ("available", r"^Nessa Blight answers in about \d+ min"),
        ):
            status.select_option(state)
            expect(button(third).locator("[data-talk-text]")).to_have_text(re.compile(words))

        # One is answered, two wait and know where they stand.
        talking = ask(phone, "Ann", "Are tandems free on Sunday?")
        take(desk, "Are tandems free on Sunday?")
        expect(desk.locator("[data-load]")).to_have_text("1 of 1")
        told(talking, "^You are talking with Nessa Blight")
        next_one = ask(second, "Bet", "Do you hire trailers?")
        told(next_one, r"^You are next, about \d+ min\.$")
        last = ask(third, "Cat", "Is there a helmet for me?")
        told(last, r"^You are number 2 in the queue, about \d+ min\.$")

        # At the wall, by itself: who is present with how much in hand, who waits, where.
        wall = office.locator("#wall")
        waiting = wall.locator("section", has=office.get_by_role("heading", name="Who waits"))
        for name in ("Bet", "Cat"):
            expect(waiting.get_by_role("listitem").filter(has_text=f"{name} · {NAME}")).to_have_count(1)
        expect(waiting.get_by_text("Ann")).to_have_count(0)
        present = wall.locator("section", has=office.get_by_role("heading", name="Who is present"))
        at_store = present.get_by_role("listitem").filter(has_text=f"Nessa Blight · {NAME}")
        expect(at_store).to_contain_text("available · 1/1")
        look.look_at(office, "the wall while people wait")
        own = desk.context.new_page()
        tells(own, Waiting=2, Being_answered=1, Present=1)

        # Who was first is next; who is left moves up.
        end(desk)
        take(desk, "Do you hire trailers?")
        told(next_one, "^You are talking with Nessa Blight")
        told(last, r"^You are next, about \d+ min\.$")
        tells(own, Waiting=1, Being_answered=1, Present=1)

        # Nobody at the store can be asked any more; somebody at the union's support takes who still waits.
        support = office.context.new_page()
        with at_console(support, "-"):
            status.select_option("silent")
            expect(ring(support, "Is there a helmet for me?")).to_be_visible()
            take(support, "Is there a helmet for me?")
            told(last, "^You are talking with Kerensa Tregear")
            say(support, "They have three sizes, come by.")
            expect(last.get_by_role("log")).to_contain_text("They have three sizes, come by.")
            helping = present.get_by_role("listitem").filter(has_text="Kerensa Tregear")
            expect(helping).to_contain_text("available · 1/4")
            expect(waiting.get_by_text("Cat")).to_have_count(0)
            tells(own, Waiting=0, Being_answered=2, Present=1)
            end(support)
        end(desk)
        tells(own, Waiting=0, Being_answered=0, Present=1)
        own.close()
    expect(at_store).to_have_count(0)
    # The last fortnight, as pictures with their tables.
    figures = office.get_by_role("region", name="The last 14 days")
    expect(figures.locator("figure table")).to_have_count(4)
    assert pane(desk).count() == 0
    assert look.found == []
