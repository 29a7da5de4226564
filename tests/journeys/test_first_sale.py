"""A newcomer at the service center fills one cart from two stores, pays as a guest and follows both orders until they
have arrived; both managers see them come in and send them out; the money is paid out."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, mail_to, sign_in

pytestmark = pytest.mark.timeout(500)

BAKERY, CHEESE = "penberth-bakery", "tamar-cheese"
SHOPPER = "ada.newcomer@mail.example"
SETTLE = """
from datetime import timedelta
from time import sleep
from django.utils import timezone
from core.models import OutboxEvent
from orders.services.completing import complete_delivered_orders
from payments.services.arrivals import book_arrivals
from payments.services.settlement import make_payouts
from payments.services.sweeper import send_waiting_payouts
from unions.models import Union
union, now = Union.objects.get(slug="cornwall"), timezone.now()
# Settling leaves what a worker holds at this moment to the next run.
while OutboxEvent.objects.filter(delivered_at=None, next_attempt_at=None).exists():
    sleep(0.2)
complete_delivered_orders(now=now + timedelta(days={days}))
later = now + timedelta(days={days} + 8)
book_arrivals(union=union, now=later)
while make_payouts(union=union, now=later).busy:
    sleep(0.2)
send_waiting_payouts(now=later)
"""


def manager_of(live_site, store: str) -> str:
    return live_site.python(
        "from stores.models import Store\n"
        f"store = Store.objects.get(union__slug='cornwall', slug={store!r})\n"
        "print(store.membership.enterprise.members.get(role='owner').user.email)"
    ).strip()


def step(page, words: str, state: str) -> None:
    """Press the one strong button of an order's page."""
    page.get_by_role("button", name=words, exact=True).click()
    expect(page.locator(".page-head .badge").first).to_have_text(state)


def find_and_fill_the_cart(page, looker: Looker) -> None:
    """From the center to the union, to a loaf by a misspelt word, and to the neighbour's cheese."""
    page.goto("/")
    looker.look_at(page, "center")
    page.select_option("#region", "GB-CON")
    page.get_by_role("button", name="Show my union").click()
    page.get_by_role("link", name="Cornwall Mart Union").first.click()
    page.wait_for_url("**/u/cornwall/**")
    looker.look_at(page, "union")
    page.goto("/u/cornwall/search/?q=sourdugh")
    looker.look_at(page, "search")
    page.get_by_role("link", name=re.compile("sourdough")).first.click()
    page.wait_for_url(f"**/{BAKERY}/sourdough/**")
    looker.look_at(page, "product")
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/u/cornwall/cart/")
    page.goto(f"/u/cornwall/{CHEESE}/")
    looker.look_at(page, "store")
    page.goto(f"/u/cornwall/{CHEESE}/cave-cheddar/")
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/u/cornwall/cart/")
    looker.look_at(page, "cart")
    page.get_by_role("link", name="To the details").click()


def fill_in_the_details(page, looker: Looker) -> None:
    """With one wrong entry on the way: nothing is lost, the error stands beside the field."""
    looker.look_at(page, "details")
    email, street, note = page.locator("#id_email"), page.locator("#id_line1"), page.locator("#id_note")
    email.fill("ada.newcomer@mail")
    page.fill("#id_recipient", "Ada Trevithick")
    page.get_by_role("group", name="Penberth Bakery").get_by_text("Post to your door").click()
    page.get_by_role("group", name="Tamar Valley Cheese").get_by_text("Pick up at the store").click()
    street.fill("3 Lemon Street")
    page.fill("#id_city", "Truro")
    page.fill("#id_postal_code", "TR1 2LZ")
    page.select_option("#id_country", "GB")
    note.fill("The blue door, please.")
    page.get_by_role("button", name="Check everything").click()

    expect(email).to_have_attribute("aria-invalid", "true")
    looker.look_at(page, "details with an error")
    expect(page.locator(".field", has=email)).to_contain_text("Enter a valid email address.")
    expect(email).to_have_value("ada.newcomer@mail")
    expect(street).to_have_value("3 Lemon Street")
    expect(note).to_have_value("The blue door, please.")
    expect(page.get_by_role("group", name="Penberth Bakery").get_by_label("Post to your door")).to_be_checked()
    email.fill(SHOPPER)
    page.get_by_role("button", name="Check everything").click()
    page.wait_for_url("**/u/cornwall/checkout/review/")


def test_from_the_center_to_delivered_orders_and_a_payout(live_site, new_page):
    live_site.python(SETTLE.format(days=10))
    looker = Looker()
    bakery, cheese = looker.watch(new_page()), looker.watch(new_page())
    sign_in(bakery, manager_of(live_site, BAKERY), then=f"/manage/cornwall/{BAKERY}/orders/")
    sign_in(cheese, manager_of(live_site, CHEESE), then=f"/manage/cornwall/{CHEESE}/")
    looker.look_at(bakery, "orders")
    looker.look_at(cheese, "dashboard")
    for page in (bakery, cheese):
        page.evaluate("window.stayed = true")

    page = looker.watch(new_page(phone=True))
    find_and_fill_the_cart(page, looker)
    fill_in_the_details(page, looker)
    looker.look_at(page, "review")
    # £3.80 and £3.95 for the parcel; £5.80 fetched at the counter.
    expect(page.get_by_role("button", name="Pay £13.55")).to_be_visible()
    page.get_by_role("button", name="Pay £13.55").click()
    page.wait_for_url("**/u/cornwall/track/**")
    looker.look_at(page, "tracking")
    tracking = page.url
    numbers = {
        store: page.locator("section", has=page.get_by_role("heading", name=name)).get_attribute("id")
        for store, name in ((BAKERY, "Penberth Bakery"), (CHEESE, "Tamar Valley Cheese"))
    }

    # Both managers see it come in, without reloading.
    for manager, store in ((bakery, BAKERY), (cheese, CHEESE)):
        expect(manager.get_by_role("link", name=numbers[store])).to_be_visible()
        assert manager.evaluate("window.stayed")
        manager.get_by_role("link", name=numbers[store]).click()
        step(manager, "Accept the order", "accepted")
        step(manager, "It is packed", "packed")
    looker.look_at(bakery, "order")
    # The shopper's page moves on by itself as well.
    expect(page.locator(f"[id='{numbers[CHEESE]}'] .badge")).to_have_text("Ready to be picked up")
    bakery.fill("#id_carrier", "Royal Mail")
    bakery.fill("#id_tracking_number", "JV123456789GB")
    step(bakery, "Hand to the carrier", "shipped")
    step(cheese, "Handed over to the shopper", "delivered")

    # By the link in the mail, on another device.
    link = re.search(r"http\S+/track/\S+", mail_to(live_site.data, SHOPPER, "JV123456789GB"))
    assert link is not None
    page = looker.watch(new_page())
    page.goto(link.group())
    assert urlsplit(page.url).path == urlsplit(tracking).path
    expect(page.locator(f"[id='{numbers[BAKERY]}']")).to_contain_text("Royal Mail JV123456789GB")
    expect(page.locator(f"[id='{numbers[CHEESE]}'] .badge")).to_have_text("Picked up")
    step(bakery, "It has arrived", "delivered")
    page.reload()
    # The order says so, and so does its parcel.
    expect(page.locator(f"[id='{numbers[BAKERY]}'] .badge")).to_have_text(["Delivered", "Delivered"])
    for moment in ("Paid", "Accepted by the store", "Packed", "On its way", "Delivered"):
        expect(page.locator(f"[id='{numbers[BAKERY]}'] .timeline").first).to_contain_text(moment)
    for words in ("has accepted your order", "has packed your order", "is on its way", "has reached you"):
        mail_to(live_site.data, SHOPPER, words)

    # The money: 7 % commission and 20 % tax on it stay with the union.
    live_site.python(SETTLE.format(days=40))
    for manager, store, net in ((bakery, BAKERY, "£7.10"), (cheese, CHEESE, "£5.31")):
        manager.goto(f"/manage/cornwall/{store}/settlement/")
        row = manager.locator("tbody tr").filter(has_text=net)
        expect(row).to_have_count(1)
        expect(row).to_contain_text("paid")
        row.get_by_role("link").click()
        expect(manager.locator("tbody tr")).to_have_count(1)
        expect(manager.locator("tbody tr th")).to_have_text(numbers[store])
    looker.look_at(bakery, "statement")
    assert "cornwall: 0 differences" in live_site.manage("check_books", "--union", "cornwall")
    assert looker.found == []
