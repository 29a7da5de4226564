"""On a shop's phone the shopper signs a step of the order with a finger, and anew; the shop sees what was drawn."""

import json

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import UNION, workplace
from tests.journeys.looking import Looker, sign_in

pytestmark = pytest.mark.timeout(500)

WALKS = f"""
import json
from django.utils import timezone
from orders.models import Order
from orders.services.procedures import StepWish, create_procedure, publish_whole
from orders.services.runs.starting import choose_procedure
from stores.models import StoreStaff
chiefs = StoreStaff.objects.filter(store__union__slug="{UNION}", permissions__contains=["orders"])
order = Order.objects.filter(union__slug="{UNION}", state="paid", store__in=chiefs.values("store"))
order = order.select_related("store__union", "union").order_by("pk").last()
now = timezone.now()
way = create_procedure(union=order.union, store=order.store, name="By signature", now=now)
wishes = [StepWish("Sign for it", kind="signature"), StepWish("Thank them")]
publish_whole(procedure=way, wishes=wishes, actor=None, now=now)
choose_procedure(order=order, procedure=way, actor=None, now=now)
chief = chiefs.filter(store=order.store).select_related("user").first()
print(json.dumps([order.store.slug, order.number, chief.user.email]))
"""


def draw(page, *corners: tuple[float, float]) -> None:
    """A line over the field through these places, in parts of its width and height."""
    pad = page.locator("[data-pad]")
    # Not where the bar at the bottom of a phone lies over it.
    pad.evaluate("(pad) => pad.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = pad.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def ink(page) -> int:
    """How many dots of the field are dark."""
    return int(
        page.locator("[data-pad]").evaluate(
            "(pad) => { const dots = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data;"
            " let dark = 0; for (let at = 0; at < dots.length; at += 4) dark += dots[at] < 128; return dark }"
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_step_is_signed_with_a_finger(new_page, live_site, scheme):
    look = Looker()
    store, number, email = json.loads(live_site.python(WALKS))
    phone = look.watch(new_page(phone=True, locale="en-GB", color_scheme=scheme))
    step = f"{workplace(store)}steps/{number}/1/"
    sign_in(phone, email, then=step)
    look.look_at(phone, f"a step to be signed, {scheme}")

    # Nothing drawn: the name alone is not enough, unless it is said so.
    phone.get_by_label("Who signs").fill("Ada Trevithick")
    phone.get_by_role("button", name="It is done").click()
    expect(phone.get_by_role("alert").first).to_contain_text("Let them sign in the field")
    look.look_at(phone, f"not signed yet, {scheme}")

    # Drawn, wiped away, drawn again; what is only saved is kept.
    draw(phone, (0.1, 0.6), (0.3, 0.2), (0.5, 0.8))
    assert ink(phone) > 200
    phone.get_by_role("button", name="Sign anew").click()
    assert ink(phone) == 0
    draw(phone, (0.1, 0.5), (0.25, 0.2), (0.4, 0.8), (0.6, 0.3), (0.9, 0.6))
    phone.get_by_role("button", name="Only save").click()
    picture = phone.get_by_role("img", name="The signature", exact=True)
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 640
    expect(phone.get_by_label("Who signs")).to_have_value("Ada Trevithick")
    look.look_at(phone, f"signed and saved, {scheme}")

    phone.get_by_role("button", name="It is done").click()
    phone.wait_for_url(f"**{workplace(store)}steps/")
    phone.goto(step)
    expect(phone.get_by_text("signed by Ada Trevithick").first).to_be_visible()
    expect(picture).to_be_visible()
    expect(phone.locator("[data-pad]")).to_have_count(0)
    look.look_at(phone, f"signed, {scheme}")
    assert look.found == []
