"""A provider's day on a phone: a voucher is taken on, and the work is done in a cellar without a network."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.service import steps_of, vouchers_sent
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)

UNION, STORE = "cornwall", "back-road-pottery"
DESK = f"/provider/{UNION}/{STORE}/"


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_work_done_without_a_network_is_kept_and_sent_once(live_site, new_page):
    code, later = vouchers_sent(live_site, union=UNION, store=STORE, many=2)
    look = Looker()
    phone = look.watch(new_page(phone=True, locale="en-GB"))
    sign_in(phone, manager_of(live_site, STORE), then=DESK)
    look.look_at(phone, "the day")
    asked = phone.locator(".job.lit")
    expect(asked).to_have_count(2)

    # Taken on, agreed without a time, with the customer's name from then on.
    asked.first.get_by_role("button", name=re.compile("^Take on")).click()
    expect(phone).to_have_url(re.compile(f"/vouchers/{code}/$"))
    expect(phone.get_by_text("Taken on. Agree a time with the customer.")).to_be_visible()
    look.look_at(phone, "agreeing a time")
    phone.get_by_label("In your calendar as").select_option(label="No entry: agreed without a time")
    press(phone, "It is agreed")
    expect(phone.get_by_role("button", name="I am on the way")).to_be_visible()
    look.look_at(phone, "an agreed visit")
    phone.wait_for_function("async () => Boolean(await (await caches.open('provider-pages')).match(location.href))")

    # In the cellar: three steps, one after the other, on the page as it was; it even opens anew.
    found_before = list(look.found)
    phone.context.set_offline(True)
    press(phone, "Start the work")
    kept = phone.locator("[data-kept]")
    expect(kept).to_contain_text("1 step waits in this phone")
    phone.reload()
    expect(kept).to_contain_text("1 step waits in this phone")
    phone.get_by_label("What was found and done").fill("Glued the handle.")
    phone.reload()
    expect(phone.get_by_label("What was found and done")).to_have_value("Glued the handle.")
    phone.get_by_label("Part", exact=True).fill("glue")
    phone.get_by_label("How many").fill("1")
    press(phone, "Report the work")
    expect(kept).to_contain_text("2 steps wait in this phone")
    pad = phone.locator("[data-pad]")
    pad.scroll_into_view_if_needed()
    frame = pad.bounding_box()
    phone.mouse.move(frame["x"] + 30, frame["y"] + 40)
    phone.mouse.down()
    phone.mouse.move(frame["x"] + 200, frame["y"] + 70, steps=8)
    phone.mouse.up()
    press(phone, "Confirm with the signature")
    expect(kept).to_contain_text("3 steps wait in this phone")
    phone.goto(f"{DESK}vouchers/{later}/")
    expect(phone.get_by_role("button", name="Take it on")).to_be_visible()
    phone.goto("/provider/")
    expect(phone.get_by_role("heading", name="No connection")).to_be_visible()
    assert steps_of(live_site, code)[-1] == "appointed"

    # What a lost network writes to the console was meant.
    look.found[:] = found_before
    phone.context.set_offline(False)
    phone.goto(f"{DESK}vouchers/{code}/")
    expect(phone.locator("[data-state]")).to_have_text("confirmed")
    expect(phone.locator("[data-kept]")).to_be_hidden()
    assert steps_of(live_site, code)[-4:] == ["appointed", "started", "reported", "redeemed"]
    look.look_at(phone, "a confirmed visit")

    # The till on the same phone: a code alone shows what it is and redeems nothing.
    phone.goto(f"{DESK}till/")
    look.look_at(phone, "the till")
    phone.get_by_label("Code of the voucher").fill(later)
    press(phone, "Look it up")
    expect(phone.get_by_text("This voucher has not been handed to you.")).to_be_visible()
    for page, name in (("rewards/", "rewards"), ("record/", "the record"), ("apply/", "about the work")):
        phone.goto(f"{DESK}{page}")
        look.look_at(phone, name)
    assert look.found == []
