"""A guest asks for a time, the store sees it at once and proposes another, the guest accepts: two browsers."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, mail_to, sign_in

pytestmark = pytest.mark.timeout(500)
PATIENCE = 60_000
STORE = "back-road-pottery"


def test_a_guest_and_a_store_agree_a_time(live_site, new_page):
    looker = Looker()
    shopper, manager = looker.watch(new_page(phone=True)), looker.watch(new_page())
    sign_in(manager, "tamsin@backroad-pottery.example", then=f"/manage/cornwall/{STORE}/reservations/")
    expect(manager.get_by_role("heading", name="Reservations")).to_be_visible()

    shopper.goto(f"/u/cornwall/{STORE}/throwing-day/")
    shopper.get_by_role("link", name="Choose a time").click()
    looker.look_at(shopper, "choosing a time")
    shopper.locator(".days a").nth(3).click()
    shopper.locator(".chips label").first.click()
    shopper.fill("input[name=name]", "Wenna Guest")
    shopper.fill("input[name=email]", "wenna@example.com")
    shopper.get_by_role("button", name="Ask for this time").click()
    expect(shopper.get_by_text("The store has to answer")).to_be_visible()
    looker.look_at(shopper, "a reservation that waits")

    row = manager.get_by_role("row").filter(has_text="Wenna Guest")
    expect(row).to_be_visible(timeout=PATIENCE)
    looker.look_at(manager, "the store's reservations")
    row.get_by_role("link").click()
    manager.get_by_text("Propose another time").click()
    start = manager.locator("input[name=start]")
    start.fill(re.sub(r"T\d\d:\d\d", "T18:10", start.input_value()))
    manager.get_by_role("button", name="Propose it").click()
    expect(manager.get_by_text("The shopper has to answer")).to_be_visible()
    looker.look_at(manager, "a reservation at the store")

    accept = shopper.get_by_role("button", name="Yes, this suits me")
    expect(accept).to_be_visible(timeout=PATIENCE)
    expect(shopper.get_by_text("18:10").first).to_be_visible()
    accept.click()
    expect(shopper.get_by_text("Confirmed").first).to_be_visible()
    with shopper.expect_download() as download:
        shopper.get_by_role("link", name="Into my calendar").click()
    assert download.value.suggested_filename.endswith(".ics")
    assert "Confirmed: At the wheel with Tamsin" in mail_to(live_site.data, "wenna@example.com", 'method="REQUEST"')
    assert looker.found == []
