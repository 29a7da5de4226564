"""From activation to the redeemed incentive voucher: a customer on a phone, a provider at the console and its pages.

The customer finds the provider, asks in the window, hands the voucher over there; the provider takes it on at the
console, agrees, starts and reports; the customer's page moves by itself, and good work is rewarded.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import log_in, log_out
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import STORE, UNION

pytestmark = pytest.mark.timeout(600)
PATIENCE = 60_000
DESK = f"/provider/{UNION}/{STORE}/"
SEED = """
from datetime import timedelta
from django.utils import timezone
from ascc.models import ServiceProvider, Voucher
from ascc.services.issuing import issue_vouchers
from ascc.services.programs import Promise, create_program, end_program
from ascc.services.providers import apply_as_provider, move_provider
from orders.models import Order
from stores.models import Store
now = timezone.now()
store = Store.objects.select_related("union", "membership").get(union__slug={union!r}, slug={store!r})
worker = apply_as_provider(
    store=store, actor=None, about="Ovens and mills.", reach_km=40, skills=["sv-repair", "hg-11"], now=now
)
move_provider(provider=worker, to="approved", actor=None, now=now)
program = create_program(union=store.union, store=None, now=now - timedelta(days=200), promise=Promise(
    title="Kitchen care", terms="We mend what breaks.", covers=["repair"], fee=4000, visits=2, rewards=[(400, 300)],
    funding="center"))
orders = Order.objects.filter(union=store.union, state__in=["delivered", "completed"], purchase__user__isnull=False)
issue_vouchers(order_ids=list(orders.values_list("pk", flat=True)[:20]), now=now)
end_program(program=program, now=now)
held = Voucher.objects.filter(program=program, state="issued", expires_at__gt=now).exclude(store=store)
held = held.select_related("owner", "store").first()
print("HELD", held.code, held.owner.email, worker.ref, held.store.slug)
"""


def test_from_activation_to_the_redeemed_reward(live_site, new_page):
    told = live_site.python(SEED.format(union=UNION, store=STORE))
    code, email, ref, seller = re.search(r"HELD (\S+) (\S+) (\S+) (\S+)", told).groups()
    look = Looker()
    phone, desk = look.watch(new_page(phone=True, locale="en-GB")), look.watch(new_page(locale="en-GB"))
    sign_in(desk, manager_of(live_site, STORE), then=f"{DESK}prices/")
    look.look_at(desk, "no prices yet")
    desk.get_by_label("What for").first.fill("Call-out")
    desk.get_by_label("Amount").fill("45")
    desk.get_by_role("button", name="Add it").click()
    expect(desk.get_by_text("Saved. Customers see it when they choose.")).to_be_visible()
    look.look_at(desk, "prices")
    desk.goto(f"/manage/{UNION}/{STORE}/console/")
    log_in(desk)
    own = f"/account/vouchers/{code}/"
    sign_in(phone, email, then=own)
    phone.get_by_role("link", name="Activate it").click()
    phone.get_by_role("button", name="Activate it").click()
    expect(phone.get_by_text("ready to use")).to_be_visible()

    phone.get_by_role("link", name="Choose a provider").click()
    expect(phone.get_by_role("link", name="Penberth Bakery")).to_be_visible()
    expect(phone.get_by_text("Call-out from £45.00")).to_be_visible()
    look.look_at(phone, "providers")
    phone.get_by_role("link", name="Penberth Bakery").click()
    look.look_at(phone, "a provider")
    phone.get_by_role("link", name="Ask first").click()
    look.look_at(phone, "asking")
    phone.get_by_label("Your question").fill("Could you mend this?")
    phone.get_by_role("button", name="Send").click()

    # The conversation opens in the window, with the voucher's card; there it is handed over.
    window = phone.get_by_role("dialog")
    card = window.locator('.card[data-kind="voucher"]')
    card.last.get_by_label("What is to be done?").fill("The handle is loose.")
    look.look_at(phone, "a voucher in the window")
    card.last.get_by_role("button", name="Hand it over to Penberth Bakery").click()
    expect(card.last.get_by_role("button", name="Take it back")).to_be_visible(timeout=PATIENCE)

    # At the console it is read and taken on.
    expect(desk.locator(".console-ring")).to_contain_text("mend this", timeout=PATIENCE)
    desk.locator("[data-accept]").first.click()
    asked = desk.locator('.card[data-kind="voucher"]').last
    expect(asked).to_contain_text("The handle is loose.", timeout=PATIENCE)
    look.look_at(desk, "a voucher at the console", widths=({"width": 1280, "height": 900},))
    asked.get_by_role("button", name="Take it on").click()
    expect(card.last).to_contain_text("taken on by the provider", timeout=PATIENCE)

    # Who sold it is asked in, joins at a console of its own, and is heard by both.
    card.last.get_by_role("button", name=re.compile("who sold it, to join")).click()
    expect(window.get_by_text(re.compile("was asked to join"))).to_be_visible(timeout=PATIENCE)
    shop = look.watch(new_page(locale="en-GB"))
    sign_in(shop, manager_of(live_site, seller), then=f"/manage/{UNION}/{seller}/console/")
    log_in(shop)
    shop.locator(".console-part.beside [data-ref]").first.click()
    shop.get_by_role("button", name="Join", exact=True).click()
    shop.get_by_label("Your message").fill("It is still under guarantee.")
    look.look_at(shop, "asked into a conversation", widths=({"width": 1280, "height": 900},))
    shop.get_by_label("Your message").press("Enter")
    expect(window.get_by_text("It is still under guarantee.")).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_text("It is still under guarantee.").first).to_be_visible(timeout=PATIENCE)
    shop.locator("[data-status]").select_option("off")
    expect(shop.get_by_role("button", name="I am here")).to_be_visible()
    shop.close()

    # The customer's page follows the work by itself.
    phone.goto(own)
    expect(phone.get_by_text("taken on by the provider")).to_be_visible()
    desk.goto(f"{DESK}vouchers/{code}/")
    desk.get_by_label("In your calendar as").select_option(label="No entry: agreed without a time")
    desk.get_by_role("button", name="It is agreed").click()
    expect(phone.get_by_role("heading", name="The service", exact=True)).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("button", name="Start the work").click()
    desk.get_by_label("What was found and done").fill("Screwed it tight.")
    desk.get_by_role("button", name="Report the work").click()
    confirm = phone.get_by_role("button", name="Confirm the work")
    expect(confirm).to_be_visible(timeout=PATIENCE)
    look.look_at(phone, "a reported service")
    confirm.click()
    phone.get_by_role("button", name="Yes, it is done").click()
    expect(phone.get_by_role("heading", name="How was Penberth Bakery?")).to_be_visible()
    look.look_at(phone, "assessing")
    for name in ("quality", "punctuality", "courtesy", "price"):
        phone.locator(f"#id_{name} label").last.click()
    phone.get_by_label("In your words").fill("Quick and kind.")
    phone.get_by_role("button", name="Send").click()
    give = phone.get_by_role("button", name="Give it to Penberth Bakery")
    expect(give).to_be_visible()
    look.look_at(phone, "an incentive voucher")
    give.click()
    expect(phone.get_by_text("Given. The provider sees it at once.")).to_be_visible()

    desk.goto(f"{DESK}rewards/")
    look.look_at(desk, "rewards")
    desk.get_by_role("button", name=re.compile("for money$")).first.click()
    expect(desk.get_by_text("It comes with the next settlement.")).to_be_visible()
    phone.goto(f"/u/{UNION}/providers/{ref}/")
    expect(phone.get_by_text("Quick and kind.")).to_be_visible()
    log_out(desk)
    assert look.found == []
