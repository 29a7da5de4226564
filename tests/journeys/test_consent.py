"""Being asked once: nothing is kept before a yes, a no is as easy, and what was said yes to can be taken back."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import until
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import STORE, UNION

pytestmark = pytest.mark.timeout(600)
COUNT = """
from unions.models import BrowsingEvent
from unions.services.browsing import copy_events
copy_events()
print("KEPT", BrowsingEvent.objects.exclude(entry__startswith="demo").exclude(entry__startswith="way").count())
"""
RECORDED = {"visitor", "consent"}


def kept(site) -> int:
    return int(re.search(r"KEPT (\d+)", site.python(COUNT)).group(1))


def cookies(page) -> set[str]:
    return {cookie["name"] for cookie in page.context.cookies()} & RECORDED


def test_nothing_is_kept_before_yes_and_no_is_as_easy_and_both_can_be_changed(live_site, new_page):
    look = Looker()
    # Of journeys before this one.
    others = kept(live_site)
    page = look.watch(new_page(phone=True, locale="en-GB"))
    page.goto(f"/u/{UNION}/{STORE}/")
    yes, no = (page.locator(f"button[name=answer][value={word}]") for word in ("yes", "no"))
    assert (yes.count(), no.count()) == (1, 1)
    assert yes.bounding_box()["height"] == no.bounding_box()["height"]
    page.goto(f"/u/{UNION}/search/?q=mug")
    page.wait_for_timeout(1500)
    assert (cookies(page), kept(live_site)) == (set(), others)
    page.locator("button[name=answer][value=no]").click()
    page.goto(f"/u/{UNION}/search/?q=mug")
    page.wait_for_timeout(1500)
    assert (cookies(page), kept(live_site)) == ({"consent"}, others)
    assert page.locator("button[name=answer]").count() == 0
    page.goto("/account/privacy/")
    look.look_at(page, "privacy")
    page.get_by_role("button", name="Recognise this browser").click()
    page.goto(f"/u/{UNION}/search/?q=mug")
    until(lambda: cookies(page) == RECORDED and kept(live_site) > others)
    page.goto("/account/privacy/")
    page.get_by_role("button", name="Stop, and erase what is kept").click()
    assert kept(live_site) == others
    assert look.found == []


def test_pages_of_ones_own_data_and_of_visitors_are_sound(live_site, new_page):
    look = Looker()
    desk = look.watch(new_page(locale="en-GB"))
    sign_in(desk, manager_of(live_site, STORE), then=f"/manage/{UNION}/{STORE}/visitors/")
    look.look_at(desk, "visitors")
    desk.goto("/account/privacy/")
    desk.get_by_role("button", name="Make the file").click()
    expect(desk.get_by_role("link", name="Download the file")).to_be_visible(timeout=60_000)
    look.look_at(desk, "the file is ready")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Download the file").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert "account/person.csv" in archive.namelist()
    desk.goto("/account/privacy/erase/")
    expect(desk.get_by_text("Hand that over first.").first).to_be_visible()
    look.look_at(desk, "what holds back")
    assert look.found == []
