"""A code from the shop's poster: entered from the footer, wrong once; it leads to the item with the window open."""

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker

pytestmark = pytest.mark.timeout(500)

POSTER = """
from chat.models import AccessCode
from chat.queries.codes import plain_code
# The first is the demo's; other journeys may have printed more.
code = AccessCode.objects.select_related("campaign__product__store", "union").filter(
    union__slug="cornwall", campaign__short="window"
).earliest("pk")
product = code.campaign.product
print(plain_code(code, code.union), f"/u/cornwall/{product.store.slug}/{product.slug}/")
"""


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_a_code_leads_to_the_item_and_to_whoever_answers(live_site, new_page, phone):
    code, address = live_site.python(POSTER).split()
    look = Looker()
    page = new_page(phone=phone, locale="en-GB")
    page.goto("/u/cornwall/")
    page.get_by_role("contentinfo").get_by_role("link", name="I have a code").click()
    look.look_at(page, "the place for a code")
    page.get_by_label("Your code").fill("CON-00000000-0")
    page.get_by_role("button", name="Use the code").click()
    expect(page.get_by_role("alert").first).to_contain_text("This code does not open anything here.")
    look.look_at(page, "a code that opens nothing")
    page.get_by_label("Your code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Use the code").click()
    page.wait_for_url(f"**{address}?open=1")
    window = page.locator("#talk")
    expect(window).to_be_visible()
    expect(window.get_by_role("log")).to_contain_text("Came with a code")
    look.look_at(page, "the item with the window open")
    assert look.found == []
