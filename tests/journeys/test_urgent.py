"""An urgent sale of two pieces in two browsers: one claims both, the other waits, is let in and buys, all live."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker

pytestmark = pytest.mark.timeout(400)

STREET = "/u/cornwall/urgent/"
PLAN = """
import json
from datetime import timedelta
from django.utils import timezone
from stores.models import Variant
from stores.services.urgent import SalePlan, plan_sale
now, planned = timezone.now(), []
goods = Variant.objects.select_related("store__union", "product").filter(
    store__slug="tamar-cheese", is_active=True, tracks_stock=True, stock__available__gte=4, product__is_published=True
).exclude(urgent_sales__ends_at__gt=now - timedelta(days=1)).order_by("id")
for variant, begin, end in zip(goods[:2], (15, 0), (3600, 75)):
    plan = SalePlan(variant=variant, quantity=2, percent=50, starts_at=now + timedelta(seconds=begin),
                    ends_at=now + timedelta(seconds=end))
    sale = plan_sale(store=variant.store, plan=plan, actor=None, now=now)
    planned.append([sale.ref, variant.product.slug, "£%.2f" % (sale.price / 100)])
print(json.dumps(planned))
"""
SETTLED = """
import json
from orders.models import OrderLine
from stores.models import UrgentSale
from stores.queries.stock import stock_differences
from stores.queries.urgent import sale_figures, urgent_differences
sale = UrgentSale.objects.select_related("level", "union").get(ref={ref!r})
figures = sale_figures([sale])[sale.pk]
lines = OrderLine.objects.filter(urgent=sale).values_list("quantity", "unit_price")
print(json.dumps([figures.left, figures.claimed, figures.bought, [list(line) for line in lines],
                  len(stock_differences(sale.union)) + len(urgent_differences(sale.union))]))
"""


def block(page, ref):
    return page.locator(f'[data-urgent="{ref}"]')


def pay(page) -> None:
    page.get_by_role("link", name="To the details").click()
    for name, value in (("email", "wendy.waits@mail.example"), ("recipient", "Wendy Waits")):
        page.fill(f"#id_{name}", value)
    page.get_by_text("Pick up at the store").first.click()
    for name, value in (("line1", "3 Lemon Street"), ("city", "Truro"), ("postal_code", "TR1 2LZ")):
        page.fill(f"#id_{name}", value)
    page.select_option("#id_country", "GB")
    page.get_by_role("button", name="Check everything").click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url("**/u/cornwall/track/**")


def test_urgent_sale_begins_fills_lets_in_sells_out_and_ends_without_a_reload(live_site, new_page):
    (ref, slug, _price), (short, short_slug, short_price) = json.loads(live_site.python(PLAN))
    look = Looker()
    quick, slow, third = look.watch(new_page()), look.watch(new_page(phone=True)), look.watch(new_page())
    third.goto(f"/u/cornwall/tamar-cheese/{short_slug}/")
    expect(block(third, short)).to_contain_text("Ends in")
    # It begins by itself on a page that was there before.
    slow.goto(f"{STREET}{ref}/")
    for page in (slow, third):
        page.evaluate("window.stayed = true")
    quick.goto(f"{STREET}{ref}/")
    take = block(slow, ref).get_by_role("button", name="Take it at this price")
    expect(take).to_be_visible()
    look.look_at(slow, "an urgent sale that runs")

    # One takes both: the other sees it, and waits.
    quick.reload()
    quick.get_by_role("button", name="One more").click()
    quick.get_by_role("button", name="Take it at this price").click()
    quick.wait_for_url("**/u/cornwall/cart/")
    expect(block(slow, ref)).to_have_attribute("data-state", "busy")
    expect(take).to_be_hidden()
    assert slow.evaluate("window.stayed")
    slow.get_by_role("button", name="Wait in the queue").click()
    expect(slow.get_by_role("status").filter(has_text="You are next")).to_be_visible()
    look.look_at(slow, "a place in the queue")

    # The first lets go: the other is let in where they are, and takes what is there.
    quick.get_by_role("button", name=re.compile("^Remove")).click()
    expect(slow.get_by_role("heading", name="It is your turn")).to_be_visible()
    look.look_at(slow, "let in")
    slow.get_by_role("button", name="Put in the cart").click()
    slow.wait_for_url("**/u/cornwall/cart/")
    slow.get_by_role("button", name="One more").click()
    expect(slow.locator("#cart input[name=quantity]")).to_have_value("2")
    quick.goto(f"{STREET}{ref}/")
    expect(block(quick, ref)).to_have_attribute("data-state", "busy")
    quick.get_by_role("button", name="Wait in the queue").click()
    expect(quick.get_by_role("heading", name="Your place in the queue")).to_be_visible()
    pay(slow)

    # Who waited is told the truth, once, and the goods have their usual price.
    expect(block(quick, ref)).to_contain_text("All 2 pieces at this price are sold.")
    expect(quick.get_by_role("heading", name="Your place in the queue")).to_have_count(0)
    look.look_at(quick, "sold out")
    left, claimed, bought, lines, differences = json.loads(live_site.python(SETTLED.format(ref=ref)))
    assert (left, claimed, bought, differences) == (0, 0, 2, 0) and [line[0] for line in lines] == [2]
    quick.goto(f"/u/cornwall/tamar-cheese/{slug}/")
    expect(quick.get_by_role("button", name="Put in the cart")).to_be_visible()

    # The other sale ended meanwhile, on a page that nobody touched; and whoever comes now sees nothing of it.
    expect(block(third, short)).to_have_attribute("data-state", "over", timeout=90_000)
    expect(block(third, short)).to_contain_text("This urgent sale is over.")
    expect(block(third, short).get_by_text(short_price)).to_be_hidden()
    assert third.evaluate("window.stayed")
    third.reload()
    expect(block(third, short)).to_have_count(0)
    assert look.found == []
