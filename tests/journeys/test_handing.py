"""Two managers and two shoppers: each gets one, one conversation is handed over with a note, and when who had it
vanishes it goes to who is left. Four browsers, the shopper of the story on a phone."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import act, at_console, console, end, ring, said, street, take, told, until, workplace
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import pane, say
from tests.journeys.test_talk import open_window, write

pytestmark = pytest.mark.timeout(500)

STORE = "falmouth-chandlery"
OWNER, STAFF = "loveday@falmouth-chandlery.example", "kit@falmouth-chandlery.example"
LOST = "The connection to the store was lost. Somebody else takes over; you keep your place."
GONE_WITHIN = 45.0
"""Seconds after which a store knows that its manager is gone."""


def test_handed_over_with_a_note_and_taken_over_from_who_vanished(new_page):
    look = Looker()
    desk, helper = look.watch(new_page(locale="en-GB")), look.watch(new_page(locale="en-GB"))
    phone, other = look.watch(new_page(phone=True, locale="en-GB")), look.watch(new_page(locale="en-GB"))
    sign_in(desk, OWNER, then=console(STORE))
    sign_in(helper, STAFF, then=console(STORE))
    names = {desk: "Loveday Bosanko", helper: "Kit Angove"}
    with at_console(desk, STORE), at_console(helper, STORE):
        # By turns: the first shopper to one of them, the second to the other.
        phone.goto(f"{street(STORE)}brass-lantern/")
        window = open_window(phone)
        write(window, "Does the lantern burn oil?")
        until(lambda: ring(desk, "lantern").count() + ring(helper, "lantern").count() == 1)
        giver, taker = (desk, helper) if ring(desk, "lantern").count() else (helper, desk)
        other.goto(street(STORE))
        write(open_window(other), "Do you splice rope?")
        expect(ring(taker, "Do you splice rope?")).to_have_count(1)
        expect(ring(giver)).to_have_count(1)
        take(taker, "Do you splice rope?")
        say(taker, "While you wait.")
        expect(other.get_by_role("log")).to_contain_text("While you wait.")
        end(taker)

        take(giver, "Does the lantern burn oil?")
        say(giver, "Lamp oil or paraffin.")
        told(window, f"^You are talking with {names[giver]}")

        # Given away, with a word for the colleague that the shopper never sees.
        act(giver, "Hand over")
        box = giver.get_by_role("dialog", name="Hand over")
        look.look_at(giver, "handing over")
        box.get_by_label("To", exact=True).select_option(label=f"{names[taker]} · available")
        box.get_by_label("Note for whoever goes on").fill("Wants the wick as well, is in a hurry")
        box.get_by_role("button", name="Hand over").click()
        log = window.get_by_role("log")
        expect(log).to_contain_text(f"You are being handed over to {names[taker]}.")
        told(window, "^You are next, about \\d+ min")
        expect(pane(giver)).to_have_count(0)
        expect(ring(taker)).to_contain_text("Guest would like to talk")
        theirs = take(taker)
        told(window, f"^You are talking with {names[taker]}")
        expect(log).to_contain_text(f"{names[taker]} has joined.")
        assert said(theirs) == ["Does the lantern burn oil?", "Lamp oil or paraffin."]
        expect(theirs.locator(".console-note")).to_contain_text("Wants the wick as well, is in a hurry")
        aside = taker.locator("#console-context")
        expect(aside.locator("[data-notes]")).to_contain_text("Wants the wick as well, is in a hurry")
        expect(aside).to_contain_text(re.compile(rf"handed over · {names[giver]}\s*→ {names[taker]}"))
        look.look_at(taker, "a conversation that was handed over")
        expect(giver.locator("[data-list]")).to_contain_text("With colleagues (1)")
        say(taker, "The wick is five pounds.")
        expect(log).to_contain_text("The wick is five pounds.")
        assert "in a hurry" not in phone.content()

        # Who has it is gone without a word; the shopper writes on, and hears who takes over.
        taker.close()
        write(window, "Are you still there?")
        since = time.monotonic()
        look.look_at(phone, "a window whose manager has gone")
        expect(log).to_contain_text(LOST, timeout=90_000)
        assert time.monotonic() - since < GONE_WITHIN
        told(window, "^You are next, about \\d+ min")
        expect(ring(giver)).to_contain_text("Are you still there?")
        theirs = take(giver)
        told(window, f"^You are talking with {names[giver]}")
        say(giver, "I am. Shall I post it?")
        expect(log).to_contain_text("I am. Shall I post it?")
        everything = [
            "Does the lantern burn oil?", "Lamp oil or paraffin.", "The wick is five pounds.", "Are you still there?",
            "I am. Shall I post it?",
        ]  # fmt: skip
        assert said(window) == everything
        assert said(theirs) == everything
        end(giver)
        expect(window.get_by_text("How was it?")).to_be_visible()

        # The stay at the console is kept, with how it ended.
        leads = desk if not desk.is_closed() else desk.context.new_page()
        leads.goto(f"{workplace(STORE)}talk/managers/")
        stay = leads.get_by_role("row").filter(has_text=names[taker]).filter(has_text="the connection was lost")
        expect(stay.first).to_contain_text("127.0.0.1")
        look.look_at(leads, "who answers, and the last stays")
    assert look.found == []
