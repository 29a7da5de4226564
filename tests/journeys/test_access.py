"""A purchase by keyboard alone, at twice the size; the office, accounts and what came with conversations, by axe."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in

pytestmark = pytest.mark.timeout(900)

FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels?.length ? one.labels[0].innerText : one.getAttribute("aria-label") || one.innerText || "";
  const box = one.getBoundingClientRect();
  const seen = one.matches(":focus-visible") && (box.width > 0 || one.type === "radio");
  return {id: one.id, name: one.name || "", type: one.type || "", label: label.trim(), seen};
}"""
ZOOMED = {"width": 640, "height": 400}
"""What a desk of 1280 by 800 shows at 200 %."""


class Keys:
    """Somebody without a mouse: Tab until it is there, then press."""

    def __init__(self, page) -> None:
        self.page = page

    def go_to(self, **wanted: str) -> None:
        """Tab on to what has this label, id or name (patterns); everything on the way shows that it has the focus."""
        for _ in range(250):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            if all(re.search(pattern, focused[key]) for key, pattern in wanted.items()):
                assert focused["seen"], focused
                return
        raise AssertionError(f"Tab never comes to {wanted} on {self.page.url}")

    def fill(self, field: str, text: str) -> None:
        self.go_to(id=f"^id_{field}$")
        self.page.keyboard.type(text)


def fits(page) -> None:
    """Nothing hangs over the side, nothing that is read is cut off."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url
    cut = page.evaluate(
        """() => [...document.querySelectorAll("main h1, main h2, main p, main label, main button, main a, main dd")]
          .filter(one => one.offsetParent && getComputedStyle(one).overflowX === "hidden"
            && getComputedStyle(one).textOverflow !== "ellipsis" && one.scrollWidth > one.clientWidth + 1
            && !one.closest(".hidden-visually"))
          .map(one => one.outerHTML.slice(0, 120))"""
    )
    assert cut == [], page.url


def test_a_purchase_by_keyboard_alone_at_twice_the_size(new_page):
    page = new_page()
    page.set_viewport_size(ZOOMED)
    keys = Keys(page)
    page.goto("/u/cornwall/")
    fits(page)
    page.goto("/u/cornwall/penberth-bakery/sourdough/")
    fits(page)
    keys.go_to(label="^Put in the cart")
    page.keyboard.press("Enter")
    page.wait_for_url("**/u/cornwall/cart/")
    fits(page)
    keys.go_to(label="^To the details")
    page.keyboard.press("Enter")
    page.wait_for_url("**/u/cornwall/checkout/")
    fits(page)
    keys.fill("email", "kay.keyboard@mail.example")
    keys.fill("recipient", "Kay Board")
    keys.go_to(name="^delivery-")
    page.keyboard.press("Space")
    for field, text in (("line1", "1 Hill"), ("postal_code", "TR1 1AA"), ("city", "Truro")):
        keys.fill(field, text)
    keys.go_to(id="^id_country$")
    page.keyboard.type("United Kingdom")
    keys.go_to(label="^Check everything")
    page.keyboard.press("Enter")
    page.wait_for_url("**/u/cornwall/checkout/review/")
    fits(page)
    keys.go_to(label="^Pay £")
    page.keyboard.press("Enter")
    page.wait_for_url("**/u/cornwall/track/**")
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    fits(page)


def test_the_office_is_clean(new_page):
    """The administration: overview, lists, a record, the tree of categories; its menus open by key."""
    looker, page = Looker(), new_page(locale="en-GB")
    looker.watch(page)
    sign_in(page, "admin@cornwall.martunion.example", then="/admin/")
    looker.look_at(page, "overview of the office")
    page.get_by_role("button", name="Account").press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    for address in ("orders/order/", "orders/order/?q=nothing-like-this", "unions/membership/"):
        page.goto(f"/admin/{address}")
        looker.look_at(page, address)
    page.goto("/admin/stores/product/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/**")
    looker.look_at(page, "a record of the office")
    page.goto("/admin/stores/category/tree/")
    looker.look_at(page, "the tree of categories")
    row = page.locator("tbody tr").first
    row.get_by_role("combobox").select_option(label="Services")
    row.get_by_role("button", name="Merge").click()
    expect(page.locator(".question")).to_contain_text("Merge “")
    looker.look_at(page, "merging is asked about")
    assert looker.found == []


def test_every_page_of_an_account_is_clean(new_page):
    """What the account's tabs lead to, and what those lead to for somebody with orders, times and a membership."""
    looker, page = Looker(), new_page(phone=True, locale="ko-KR", color_scheme="dark")
    looker.watch(page)
    sign_in(page, "hannah.trewin@mail.example", then="/account/")
    tabs = page.locator("nav.tabs a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(tabs) == 16
    further = ["/account/profile/", "/account/addresses/new/"]
    for address in (*tabs, *further):
        page.goto(address)
        looker.look_at(page, address)
        if address.endswith("/memberships/"):
            further.append(page.locator("main h2 a").first.get_attribute("href"))
            page.goto(further[-1])
            looker.look_at(page, further[-1])
    assert len(further) == 3
    assert looker.found == []


def test_pages_around_a_conversation_are_clean(new_page):
    """Where a shopper begins to talk, uses a code, joins, or meets others around a thing."""
    looker, page = Looker(), new_page(locale="zh-TW")
    looker.watch(page)
    page.goto("/u/kaohsiung/stores/")
    for address in ("conversations/", "conversations/?store=hamasen-cycles", "code/", "members/"):
        page.goto(f"/u/kaohsiung/{address}")
        looker.look_at(page, address)
    sign_in(page, "zhiming@hamasen-cycles.example", then="/manage/kaohsiung/hamasen-cycles/rooms/")
    parcels = ("parcels/", "parcels/carriers/", "parcels/upload/", "parcels/counter/", "orders/", "orders/pick-list/")
    talks = ("rules/", "codes/", "codes/window/", "members/", "reservations/calendar/", "proposals/rules/")
    returns = ("returns/", "returns-rules/")
    for section in (*talks, *parcels, *returns):
        page.goto(f"/manage/kaohsiung/hamasen-cycles/{section}")
        looker.look_at(page, section)
    page.goto("/manage/kaohsiung/hamasen-cycles/rooms/")
    page.locator("main .panel a").first.click()
    page.wait_for_url("**/rooms/*/")
    looker.look_at(page, "a room, presented")
    assert looker.found == []
