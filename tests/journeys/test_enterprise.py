"""An enterprise applies with papers, the union's admin approves it in the administration, its owner sets up a store,
sells one piece and is paid."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import PASSWORD, Looker, mail_to, sign_in
from tests.journeys.test_first_sale import SETTLE, step

pytestmark = pytest.mark.timeout(500)

OWNER, SHOPPER = "kerensa@lizard-candles.example", "ben.buyer@mail.example"
ADMIN = "admin@cornwall.martunion.example"
PAPER = {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\ntrailer\n%%EOF\n"}
STORE = "/manage/cornwall/lizard-candles/"


def apply_with_papers(page) -> None:
    sign_in(page, OWNER, then="/u/cornwall/apply/")
    page.fill("input[name=name]", "Lizard Candles")
    page.fill("input[name=legal_name]", "Lizard Candles Ltd")
    page.fill("input[name=registration_number]", "07654321")
    page.select_option("select[name=business_class]", "32")
    page.fill("input[name=address]", "2 Green, Lizard")
    page.fill("textarea[name=message]", "We pour by hand.")
    page.set_input_files("input[name=papers]", [PAPER])
    page.get_by_role("button", name="Send the application").click()
    page.get_by_text("Lizard Candles has applied.").wait_for()


def approve(page) -> None:
    """Read the application with its paper, and let the enterprise in."""
    page.goto("/admin/unions/membership/?q=Lizard")
    page.get_by_role("link", name="Lizard Candles").first.click()
    expect(page.get_by_text("We pour by hand.")).to_be_visible()
    with page.expect_download() as paper:
        page.get_by_role("link", name="licence.pdf").click()
    assert paper.value.suggested_filename == "licence.pdf"
    page.get_by_role("link", name="Approve").click()
    page.fill("textarea[name=reason]", "Welcome to the street.")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_load_state()


def set_up_the_store(page, looker: Looker) -> None:
    """Words, a product with two variants in stock, hours, delivery, an account for the earnings; then open."""
    page.goto(f"{STORE}settings/")
    page.fill("#id_tagline", "Poured by hand at the end of the land")
    page.fill("#id_description", "Candles from the Lizard.")
    page.get_by_role("button", name="Save the words").click()
    page.wait_for_load_state()
    page.goto(f"{STORE}catalogue-new/")
    page.fill("#id_title", "Sea candle")
    page.fill("#id_price", "12.50")
    page.fill("#id_pieces", "0")
    page.select_option("#id_tax_class", index=1)
    page.fill("#id_description", "Smells of the coast path.")
    page.get_by_role("button", name="Save and add pictures").click()
    page.wait_for_url("**/catalogue/sea-candle/")
    page.get_by_text("Sizes, colours and other options").click()
    page.fill("#id_options-name_0", "Size")
    page.fill("#id_options-values_0", "small, large")
    page.get_by_role("button", name="Make the variants").click()
    expect(page.get_by_role("region", name="List of variants").locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Show to shoppers").click()
    expect(page.get_by_text("shown", exact=True)).to_be_visible()
    looker.look_at(page, "product editor")

    for size in ("small", "large"):
        page.goto(f"{STORE}stock/")
        page.get_by_role("row", name=re.compile(size)).get_by_role("link").first.click()
        page.fill("#id_quantity", "5")
        page.fill("#id_reason", "first batch")
        page.get_by_role("button", name="Book it").click()
        expect(page.get_by_text("first batch")).to_be_visible()
    page.goto(f"{STORE}hours/")
    for day in range(7):
        page.fill(f"#id_opens_{day}_0", "09:00")
        page.fill(f"#id_closes_{day}_0", "17:00")
    page.get_by_role("button", name="Save the week").click()
    page.goto(f"{STORE}delivery/option/")
    page.select_option("#id_kind", "delivery")
    page.fill("#id_name", "Post")
    page.fill("#id_price", "3.00")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{STORE}settlement/")
    page.get_by_text("Current account …1001").click()
    page.get_by_role("button", name="Add the account").click()
    page.locator("input[name$='-code']").fill("2468")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Verified. Payouts go to this account from now on.")).to_be_visible()
    page.goto(STORE)
    page.get_by_role("button", name="Open the store to shoppers").click()
    expect(page.get_by_role("button", name="Close to shoppers")).to_be_visible()


def buy_one(page) -> None:
    page.goto("/u/cornwall/lizard-candles/sea-candle/")
    page.get_by_text("large", exact=True).click()
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/u/cornwall/cart/")
    page.goto("/u/cornwall/checkout/")
    for name, value in (("email", SHOPPER), ("recipient", "Ben"), ("line1", "1 Hill"), ("city", "Truro")):
        page.fill(f"#id_{name}", value)
    page.select_option("#id_country", "GB")
    page.get_by_role("button", name="Check everything").click()
    page.get_by_role("button", name="Pay £15.50").click()
    page.wait_for_url("**/u/cornwall/track/**")


def test_an_enterprise_from_its_application_to_its_first_payout(live_site, new_page):
    live_site.python(
        "from accounts.models import User\n"
        "from allauth.account.models import EmailAddress\n"
        f"user = User.objects.create_user({OWNER!r}, {PASSWORD!r})\n"
        "EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)"
    )
    looker = Looker()
    owner, office = looker.watch(new_page()), new_page()
    apply_with_papers(owner)
    sign_in(office, ADMIN, then="/admin/")
    approve(office)
    mail_to(live_site.data, OWNER, "Lizard Candles")

    # The store is made ready by the event's handler, a moment later.
    for _ in range(120):
        owner.goto("/manage/")
        if owner.url.endswith(STORE):
            break
        owner.wait_for_timeout(500)
    looker.look_at(owner, "dashboard of a new store")
    set_up_the_store(owner, looker)

    owner.goto(f"{STORE}orders/")
    buy_one(looker.watch(new_page(phone=True)))
    row = owner.get_by_role("link", name=re.compile("^CON-"))
    expect(row).to_be_visible()
    number = row.inner_text()
    row.click()
    step(owner, "Accept the order", "accepted")
    step(owner, "It is packed", "packed")
    owner.fill("#id_carrier", "Royal Mail")
    step(owner, "Hand to the carrier", "shipped")
    step(owner, "It has arrived", "delivered")

    live_site.python(SETTLE.format(days=70))
    owner.goto(f"{STORE}settlement/")
    payout = owner.locator("tbody tr")
    expect(payout).to_have_count(1)
    expect(payout).to_contain_text("paid")
    # £15.50 less 7 % (£1.08, half to even) and 20 % tax on that (22 p).
    expect(payout.locator("td.number")).to_have_text("£14.20")
    looker.look_at(owner, "settlement")
    payout.get_by_role("link").click()
    expect(owner.locator("tbody tr th")).to_have_text(number)
    assert "cornwall: 0 differences" in live_site.manage("check_books", "--union", "cornwall")
    assert looker.found == []


def test_regional_admin_sees_charts_and_the_own_union_only(live_site, new_page):
    page = new_page()
    sign_in(page, ADMIN, then="/admin/")
    expect(page.locator("h2.office-name")).to_have_text("Cornwall Mart Union")
    charts = page.locator(".office-panel figure")
    assert charts.count() >= 3
    for chart in charts.all():
        expect(chart).to_be_visible()
    for address in ("", "unions/union/", "stores/store/", "orders/order/", "payments/payout/"):
        page.goto(f"/admin/{address}")
        text = page.content()
        for foreign in ("Kaohsiung", "Busan", "高雄", "부산"):
            assert foreign not in text, address
        assert "ornwall" in text or "CON-" in text, address
    other = live_site.python(
        "from orders.models import Order\nprint(Order.objects.filter(union__slug='busan').order_by('pk').first().pk)"
    ).strip()
    page.goto(f"/admin/orders/order/{other}/change/")
    assert page.url.endswith("/admin/")
