"""A shop makes a rule, a shopper is invited by it and says yes: two real browsers, the shopper on a phone."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import rule_for_now
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import CONSOLE, log_in, log_out, pane, say
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import STORE, STREET, UNION, button

pytestmark = pytest.mark.timeout(500)
RULES = f"/manage/{UNION}/{STORE}/rules/"


@contextmanager
def rule(desk, name, words):
    """A rule of the shop that speaks on the first page; withdrawn afterwards, for all journeys meet the same shop."""
    desk.goto(RULES)
    desk.get_by_role("link", name="New rule").click()
    desk.locator("[name=name]").fill(name)
    desk.locator("[name=words]").fill(words)
    desk.locator("[name=g0_0_if]").select_option("pages")
    desk.locator("[name=g0_0_value]").fill("1")
    desk.get_by_role("button", name="Save", exact=True).click()
    with rule_for_now(desk, name) as page:
        yield page


def test_a_rule_invites_and_a_conversation_follows(live_site, new_page):
    desk, phone = new_page(locale="en-GB"), new_page(phone=True, locale="en-GB")
    look = Looker()
    look.watch(desk)
    look.watch(phone)
    sign_in(desk, manager_of(live_site, STORE), then=RULES)
    with rule(desk, "First look", "Shall we keep a loaf for you?"):
        look.look_at(desk, "a rule that was saved")
        desk.get_by_role("link", name="Look at the last week").click()
        expect(desk.locator("#preview + p")).to_contain_text("shoppers who agreed to be recognised")
        look.look_at(desk, "a rule with its preview")
        desk.goto(CONSOLE)
        log_in(desk)

        phone.goto(STREET)
        invitation = phone.locator(".invitation")
        expect(invitation).to_contain_text("Shall we keep a loaf for you?", timeout=20_000)
        look.look_at(phone, "an invitation")
        expect(desk.locator("[data-invites]")).to_contain_text("First look")
        invitation.get_by_role("button", name="Yes, please").click()
        expect(phone.locator("#talk")).to_be_visible()
        desk.locator(".console-ring button").click()
        say(desk, "Good morning!")
        expect(phone.locator("#talk .talk-message", has_text="Good morning!")).to_be_visible()
        expect(pane(desk)).to_be_visible()
        log_out(desk)
    assert look.found == []


def test_who_opens_the_window_is_not_invited_as_well(live_site, new_page):
    desk, phone = new_page(locale="en-GB"), new_page(phone=True, locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=RULES)
    with rule(desk, "Second look", "May we show you round?"):
        desk.goto(CONSOLE)
        log_in(desk)
        phone.goto(STREET)
        expect(phone.locator(".invitation")).to_contain_text("May we show you round?", timeout=20_000)
        button(phone).click()
        expect(phone.locator("#talk")).to_be_visible()
        expect(phone.locator(".invitation")).to_have_count(0)
        log_out(desk)
    expect(phone.locator("#talk")).to_be_visible()
    assert phone.locator(".invitation").count() == 0
