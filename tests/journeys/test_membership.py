"""A store offers a membership, a shopper on a phone joins and is charged, is recognised and served before who came
first, and cancels: three browsers."""

import json
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import UNION, at_console, capacity, console, end, ring, street, take, told, workplace
from tests.journeys.looking import Looker, mail_to, sign_in
from tests.journeys.test_console import pane, say
from tests.journeys.test_talk import open_window, write

pytestmark = pytest.mark.timeout(500)

STORE, NAME = "mousehole-books", "The Slipway Bookshop"
OWNER, SHOPPER = "wella@mousehole-books.example", "sofia.marques@mail.example"
PLAN = "Slipway readers"
CHARGED = f"""
import json
from chat.models import PreferredBuyer
from payments.models import PaymentRequest
buyer = PreferredBuyer.objects.get(plan__name="{PLAN}", plan__store__slug="{STORE}", customer__email="{SHOPPER}")
asked = PaymentRequest.objects.filter(reference__in=[each.reference for each in buyer.dues.all()])
print(json.dumps([
    buyer.state, buyer.periods, [each.state for each in buyer.dues.all()],
    [[each.state, each.amount, each.currency] for each in asked],
]))
"""


@contextmanager
def plan(desk, terms):
    """A plan that can be joined as long as this lasts."""
    desk.goto(f"{workplace(STORE)}members/")
    new = desk.get_by_role("form", name="New plan")
    new.locator("[name=name]").fill(PLAN)
    new.locator("[name=promise]").fill("First to hear of what the vans bring.")
    new.locator("[name=amount]").fill("6.00")
    new.locator("[name=period]").select_option("month")
    # Nothing is offered without saying what members agree to.
    new.locator("[name=terms]").fill(" ")
    new.get_by_role("button", name="Offer it").click()
    expect(desk.locator("[name=terms][aria-invalid=true]")).to_have_count(1)
    new.locator("[name=terms]").fill(terms)
    new.get_by_role("button", name="Offer it").click()
    expect(desk.get_by_role("heading", name=PLAN)).to_be_visible()
    try:
        yield
    finally:
        desk.goto(f"{workplace(STORE)}members/")
        desk.get_by_text(f"Change {PLAN}").click()
        own = desk.locator("section.panel", has=desk.get_by_role("heading", name=PLAN))
        own.locator("[name=is_open]").uncheck()
        own.get_by_role("button", name="Save").click()
        expect(desk.locator("main")).to_contain_text("Saved.")


def test_a_member_is_charged_recognised_served_first_and_cancels(live_site, new_page):
    look = Looker()
    desk, guest = look.watch(new_page(locale="en-GB")), new_page(locale="en-GB")
    phone = look.watch(new_page(phone=True, locale="en-GB"))
    sign_in(desk, OWNER, then=console(STORE))
    with plan(desk, "Six pounds a month until you cancel."), capacity(desk, STORE, "Wella Harvey", 1):
        # Joined on the phone, with the account that the bank has confirmed; nothing without agreeing.
        sign_in(phone, SHOPPER, then=f"/u/{UNION}/members/")
        look.look_at(phone, "plans")
        phone.get_by_role("link", name=f"Join {PLAN}").click()
        look.look_at(phone, "joining")
        join = phone.get_by_role("button", name="Join and pay £6.00")
        join.click()
        expect(phone).to_have_url(re.compile(f"/u/{UNION}/members/"))
        phone.get_by_label("I agree to the terms").check()
        join.click()
        phone.wait_for_url("**/account/memberships/*/")
        membership = phone.url
        main = phone.locator("main")
        expect(main).to_contain_text("Paid. You are recognised from now on; a receipt is on its way.")
        expect(main.locator(".badge").first).to_have_text("active")
        expect(main.get_by_role("row").nth(1)).to_contain_text("paid")
        expect(main.get_by_role("row").nth(1)).to_contain_text("£6.00")
        expect(main.get_by_role("row")).to_have_count(2)
        look.look_at(phone, "a membership")
        assert json.loads(live_site.python(CHARGED)) == ["active", 1, ["paid"], [["captured", 600, "GBP"]]]
        assert "Amount: £6.00" in mail_to(live_site.data, SHOPPER, f"Receipt: {PLAN}, {NAME}")
        phone.goto(f"/u/{UNION}/members/")
        expect(phone.get_by_role("link", name=f"Join {PLAN}")).to_have_count(0)

        with at_console(desk, STORE):
            # A guest asks first, while the shop is busy; then the member. The member is served first.
            desk.locator("[data-status]").select_option("busy")
            guest.goto(street(STORE))
            theirs = open_window(guest)
            write(theirs, "I was here first.")
            told(theirs, "^You are next")
            phone.goto(street(STORE))
            window = open_window(phone)
            expect(window.get_by_role("log")).to_contain_text(
                f"You are recognised: with “{PLAN}” you are served first."
            )
            write(window, "Has the van come?")
            told(window, "^You are next")
            told(theirs, "^You are number 2 in the queue")
            look.look_at(phone, "a member's window")
            desk.locator("[data-status]").select_option("available")
            expect(ring(desk)).to_have_count(1)
            expect(ring(desk)).to_contain_text("Sofia Marques would like to talk")
            take(desk, "Has the van come?")
            aside = desk.locator("#console-context")
            expect(aside).to_contain_text(f"member of {NAME}")
            expect(aside).to_contain_text(re.compile(rf"{PLAN}\s*since .+, 1 periods paid"))
            look.look_at(desk, "a member at the console")
            told(theirs, "^You are next")
            say(desk, "This morning: three boxes.")
            expect(window.get_by_role("log")).to_contain_text("This morning: three boxes.")
            end(desk)
            take(desk, "I was here first.")
            expect(aside).not_to_contain_text(PLAN)
            end(desk)

        # Cancelled: a member to the end of what is paid, and nothing more is charged.
        phone.goto(membership)
        phone.get_by_role("button", name="Cancel to the end of the period").click()
        phone.get_by_role("dialog").get_by_role("button", name="Cancel the membership").click()
        expect(main).to_contain_text("Cancelled. Nothing more is charged.")
        expect(main.get_by_role("button", name="Stay a member after all")).to_be_visible()
        look.look_at(phone, "a cancelled membership")
        assert "You remain a member until" in mail_to(live_site.data, SHOPPER, f"Your membership {PLAN} is cancelled")
        assert json.loads(live_site.python(CHARGED)) == ["active", 1, ["paid"], [["captured", 600, "GBP"]]]
        desk.goto(f"{workplace(STORE)}members/")
        row = desk.get_by_role("row").filter(has_text="Sofia Marques")
        expect(row).to_contain_text(re.compile(r"active\s*cancelled"))
        look.look_at(desk, "a store's members")
    # Withdrawn, nobody is asked to join it.
    guest.goto(f"/u/{UNION}/members/")
    expect(guest.get_by_role("heading", name="Preferred buyers")).to_be_visible()
    expect(guest.get_by_text(PLAN)).to_have_count(0)
    assert pane(desk).count() == 0
    assert look.found == []
