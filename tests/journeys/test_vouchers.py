"""A guest buys a teapot that comes with a program, and another one beside it; signed in, both vouchers are there.

One is activated with a photo, checked on the page of its QR code, and passed on to somebody who takes it.
"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from martunion.demo.load import MAIL, people
from tests.journeys.looking import Looker, goto_until, mail_to, sign_in

pytestmark = pytest.mark.timeout(500)
TEAPOT = "/u/cornwall/back-road-pottery/teapot-two-cup/"
ADA, BEN = (f"{mailbox}@{MAIL}" for _name, mailbox, *_rest in people()["customers"]["cornwall"][:2])
PROGRAMS = """
from django.utils import timezone
from ascc.services.offers import adopt_program
from ascc.services.programs import Fits, Promise, create_program
from stores.models import Product, Store
from stores.services.stock import receive
now = timezone.now()
store = Store.objects.select_related("union").get(union__slug="cornwall", slug="back-road-pottery")
teapot = Product.objects.get(store=store, slug="teapot-two-cup")
receive(variant=teapot.variants.get(), quantity=20, actor=None, reason="", now=now)
said = {"terms": "We mend what breaks, or throw it anew.", "event": "paid", "fits": [Fits(product=teapot)]}
create_program(union=store.union, store=store, now=now, promise=Promise(
    title="Mending plan", summary="A chip, a crack, a lost lid.", covers=["repair"], fee=1200, visits=2, months=24,
    activate_days=60, needs_serial=True, needs_photo=True, **said))
extra = create_program(union=store.union, store=store, now=now, promise=Promise(
    title="Yearly check", covers=["check_up", "advice"], fee=500, months=12, sale="extra", price=900, **said))
adopt_program(program=extra, store=store, tax_class=teapot.tax_class, actor=None, now=now)
"""


def buy_as_a_guest(page, looker: Looker) -> None:
    goto_until(page, TEAPOT, page.get_by_text("Mending plan included"))
    looker.look_at(page, "a good with programs")
    expect(page.get_by_role("checkbox", name="Yearly check")).not_to_be_checked()
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/u/cornwall/cart/")
    looker.look_at(page, "the cart with an extra")
    page.get_by_role("button", name="Add Yearly check").click()
    expect(page.get_by_role("link", name="Yearly check")).to_be_visible()
    page.get_by_role("link", name="To the details").click()
    page.fill("#id_email", ADA)
    page.fill("#id_recipient", "Ada Trevithick")
    page.get_by_text("Pick up at the store").first.click()
    for name, value in (("line1", "3 Lemon Street"), ("city", "Truro"), ("postal_code", "TR1 2LZ")):
        page.fill(f"#id_{name}", value)
    page.select_option("#id_country", "GB")
    page.get_by_role("button", name="Check everything").click()
    page.wait_for_url("**/u/cornwall/checkout/review/")
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    page.wait_for_url("**/u/cornwall/track/**")


def test_a_guests_vouchers_are_claimed_activated_checked_and_passed_on(live_site, new_page):
    live_site.python(PROGRAMS)
    looker = Looker()
    page = looker.watch(new_page(phone=True))
    buy_as_a_guest(page, looker)
    # Other journeys on this site may have brought Ada vouchers of older orders: this purchase's mail names the plan.
    told = mail_to(live_site.data, ADA, "Your 2 service vouchers", "Mending plan")
    site = re.search(r"(http\S+)/account/vouchers/", told)
    assert site is not None
    page.reload()
    expect(page.get_by_role("heading", name="Your service vouchers")).to_be_visible()
    looker.look_at(page, "a purchase with vouchers")

    sign_in(page, ADA, then="/account/vouchers/")
    expect(page.get_by_role("link", name="Mending plan")).to_be_visible()
    expect(page.get_by_role("link", name="Yearly check")).to_be_visible()
    looker.look_at(page, "the wallet")
    page.get_by_role("link", name="Mending plan").click()
    looker.look_at(page, "a voucher")
    voucher = page.url
    page.get_by_role("link", name="Activate it").click()
    looker.look_at(page, "activating")
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(picture, "JPEG")
    page.fill("#id_serial", "TP-0047")
    page.set_input_files("#id_photo", {"name": "base.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    page.get_by_role("button", name="Activate it").click()
    expect(page.get_by_text("ready to use")).to_be_visible()
    expect(page.get_by_text("TP-0047")).to_be_visible()
    page.locator("figure img").evaluate("(image) => image.decode()")
    looker.look_at(page, "an activated voucher")

    # What the QR code opens, for whoever holds it up.
    code = voucher.rstrip("/").rpartition("/")[2]
    signed = live_site.python(
        f"from django.conf import settings\nsettings.SITE_ADDRESS = {site.group(1)!r}\n"
        "from django.utils import timezone\nfrom ascc.models import Voucher\nfrom ascc.printing import signed_address\n"
        f"print(signed_address(Voucher.objects.get(code={code!r}), now=timezone.now()))"
    ).strip()
    passer = looker.watch(new_page())
    passer.goto(signed[signed.index("/v/") :])
    expect(passer.get_by_text("The signature is genuine")).to_be_visible()
    expect(passer.get_by_text("TP-0047")).to_have_count(0)
    looker.look_at(passer, "the public page")
    passer.goto(signed[signed.index("/v/") :][:-8] + "AAAAAAAA")
    expect(passer.get_by_text("Do not trust this voucher")).to_be_visible()
    looker.look_at(passer, "a voucher that was tampered with")

    page.get_by_role("link", name="Give it to somebody").click()
    page.fill("#id_email", BEN)
    page.fill("#id_words", "It came with the teapot.")
    looker.look_at(page, "passing on")
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_text(f"Offered to {BEN}")).to_be_visible()
    link = re.search(r"/account/vouchers/gifts/\S+", mail_to(live_site.data, BEN, "It came with the teapot."))
    assert link is not None
    passer.goto(link.group())
    looker.look_at(passer, "an offer")
    sign_in(passer, BEN, then=link.group())
    passer.get_by_role("button", name="Yes, take it").click()
    expect(passer.get_by_text("It is yours now.")).to_be_visible()
    page.goto("/account/vouchers/")
    expect(page.get_by_role("link", name="Mending plan")).to_have_count(0)
    expect(page.get_by_role("link", name="Yearly check")).to_be_visible()
    mail_to(live_site.data, ADA, "has been taken")
    assert looker.found == []
