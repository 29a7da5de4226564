"""One precious item, two shoppers and the representative: three browsers, one of them a phone.

They find the room by its invitation, hear what is said to everybody, one talks alone with the representative, one holds
the piece while the other cannot, buys it, and everybody sees that it is sold.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, goto_until, sign_in
from tests.journeys.test_console import log_in, pane, say
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)

UNION, STORE, PRODUCT = "cornwall", "back-road-pottery", "teapot-two-cup"
PLACE, WORKPLACE = f"/u/{UNION}/{STORE}/", f"/manage/{UNION}/{STORE}/"
ONE_LEFT = f"""
from django.utils import timezone
from stores.models import Variant
from stores.services.stock import adjust
variant = Variant.objects.get(union__slug="{UNION}", store__slug="{STORE}", product__slug="{PRODUCT}")
adjust(variant=variant, quantity=variant.stock.held + 1, actor=None, reason="counted", now=timezone.now())
print(variant.sku)
"""


def item(page):
    return page.locator("[data-item]")


def test_two_shoppers_and_one_piece(live_site, new_page):
    sku = live_site.python(ONE_LEFT).strip()
    look = Looker()
    desk, helper = look.watch(new_page(locale="en-GB")), look.watch(new_page(locale="en-GB"))
    owner = manager_of(live_site, STORE)
    sign_in(desk, owner, then=f"{WORKPLACE}rooms/")
    choice = desk.get_by_label("Item").locator("option", has_text=f"({sku})").get_attribute("value")
    desk.get_by_label("Item").select_option(choice)
    desk.get_by_label("Title").fill("The last jar of the firing")
    desk.get_by_role("button", name="Open the room").click()
    expect(desk.locator("[data-presenter]")).not_to_be_empty()
    sign_in(helper, owner, then=f"{WORKPLACE}console/")
    log_in(helper)

    # The pages of the street invite; the shoppers come in.
    phone, other = look.watch(new_page(phone=True, locale="en-GB")), look.watch(new_page(locale="en-GB"))
    goto_until(phone, f"/u/{UNION}/", phone.get_by_role("heading", name="Looked at together, now"))
    look.look_at(phone, "the union's home with open rooms")
    way = phone.get_by_role("link", name="Join: The last jar of the firing")
    goto_until(phone, PLACE, way)
    look.look_at(phone, "a store with an open room")
    way.click()
    phone.get_by_role("button", name="Come in").click()
    expect(phone.locator("[data-here]")).to_have_text("1 person is here")
    way = other.get_by_role("link", name="Join them")
    goto_until(other, f"{PLACE}{PRODUCT}/", way)
    look.look_at(other, "a product with a room around it")
    way.click()
    other.get_by_role("button", name="Come in").click()
    for page in (phone, other, desk):
        expect(page.locator("[data-here]")).to_have_text("2 people are here")
        expect(item(page)).to_have_text("Free")
    look.look_at(phone, "a room")

    # To everybody.
    desk.get_by_label("To everybody in the room").fill("It is the only one with this glaze.")
    desk.get_by_role("button", name="Say it").click()
    for page in (phone, other, desk):
        expect(page.locator("ol[data-words]")).to_contain_text("the only one with this glaze")

    # One alone; the other reads none of it, and nobody has left the room.
    other.get_by_role("button", name="Talk alone").click()
    window = other.locator("#talk")
    expect(window).to_be_visible()
    helper.locator("[data-accept]").first.click()
    expect(pane(helper).get_by_label("Your message")).to_be_focused()
    say(helper, "Between us: I would take it.")
    expect(window.locator(".talk-message", has_text="Between us")).to_be_visible()
    look.look_at(other, "a room with the window beside it")
    helper.once("dialog", lambda asked: asked.accept())
    helper.keyboard.press("Escape")
    helper.keyboard.press("e")
    expect(window.locator("[data-form=rate]")).to_be_visible()
    other.keyboard.press("Escape")
    expect(phone.locator("[data-here]")).to_have_text("2 people are here")
    assert "Between us" not in phone.content()

    # One holds it: the other sees that and cannot, neither here nor on the product's page.
    phone.get_by_role("button", name=re.compile("^Hold it for")).click()
    expect(item(phone)).to_contain_text("Held for you until")
    for page in (other, desk):
        expect(item(page)).to_contain_text("Held by somebody until")
    expect(other.get_by_role("button", name=re.compile("^Hold it for"))).to_be_hidden()
    expect(other.get_by_role("button", name="Buy it")).to_be_hidden()
    third = look.watch(new_page(locale="en-GB"))
    third.goto(f"{PLACE}{PRODUCT}/")
    expect(third.get_by_role("button", name="Put in the cart")).to_be_disabled()
    look.look_at(phone, "a room while one holds the piece")

    # They buy it, and everybody sees it.
    phone.get_by_role("button", name="Buy it").click()
    phone.wait_for_url("**/checkout/")
    expect(item(other)).to_have_text("In somebody’s cart")
    phone.fill("#id_email", "holder@mail.example")
    phone.fill("#id_recipient", "Hol Der")
    phone.get_by_text("Pick up at the store").first.click()
    for name, value in (("line1", "3 Lemon Street"), ("city", "Truro"), ("postal_code", "TR1 2LZ")):
        phone.fill(f"#id_{name}", value)
    phone.select_option("#id_country", "GB")
    phone.get_by_role("button", name="Check everything").click()
    phone.get_by_role("button", name=re.compile("^Pay ")).click()
    phone.wait_for_url(f"**/u/{UNION}/track/**")
    for page in (other, desk):
        expect(item(page)).to_have_text("Sold")
    other.reload()
    expect(item(other)).to_have_text("Sold")
    expect(other.get_by_role("button", name=re.compile("^Hold it for"))).to_be_hidden()
    # A page of the street is kept for some seconds.
    other.wait_for_timeout(16_000)
    other.goto(PLACE)
    expect(other.get_by_role("heading", name="Looked at together, now")).to_have_count(0)

    desk.get_by_role("button", name="Close the room").click()
    expect(desk.get_by_text("The room has closed.")).to_be_visible()
    helper.locator("[data-status]").select_option("off")
    expect(helper.get_by_role("button", name="I am here")).to_be_visible()
    assert look.found == []
