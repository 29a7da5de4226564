"""A provider at its desk: a store that works, a customer with an active voucher, and their browsers."""

import io
from datetime import timedelta
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from ascc.models import ServiceVisit, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.moving import By, Side
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, report_work, start_work
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory
from tests.factories.unions import owner_of

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x03\x00\x08\xfc\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)


def desk(**said):
    """Everything up to the voucher's being active, of a program that says this; sold and worked for as of now, since
    pages ask the clock.
    """
    shop, customer = StoreFactory(), UserFactory(name="Ada Trevithick", phone="+44 1326 555")
    held = a_voucher(shop, owner=customer, **said)
    now = timezone.now()
    Voucher.objects.filter(pk=held.pk).update(expires_at=now + timedelta(days=300))
    purchase = held.order_line.order.purchase
    purchase.user = customer
    purchase.line1, purchase.city, purchase.postal_code = "1 Quay Street", "Falmouth", "TR11 3LH"
    purchase.save()
    held.refresh_from_db()
    worker = a_provider(shop.union)
    person = owner_of(worker.store.membership)
    browser = Client()
    browser.force_login(person)
    there = SimpleNamespace(
        union=shop.union,
        shop=shop,
        customer=customer,
        voucher=held,
        provider=worker,
        person=person,
        browser=browser,
        by=By(Side.CUSTOMER, customer.pk),
        base=f"/provider/{shop.union.slug}/{worker.store.slug}/",
    )
    activate_voucher(voucher=held, by=there.by, now=now)
    return there


def another(there):
    """One more active voucher of the same customer; from here on it is the one in hand."""
    there.voucher = a_voucher(there.shop, owner=there.customer)
    there.voucher.expires_at = timezone.now() + timedelta(days=100)
    there.voucher.save()
    activate_voucher(voucher=there.voucher, by=there.by, now=timezone.now())


def sent(there, wish=""):
    """The customer has sent it to the provider."""
    return send_voucher(voucher=there.voucher, provider=there.provider, by=there.by, now=timezone.now(), wish=wish)


def taken_on(there):
    accept_transmission(transmission=sent(there), by=By(Side.PROVIDER), now=timezone.now())
    there.voucher.refresh_from_db()
    return there.voucher


def visited(there, *, reported=False):
    """A visit is agreed, and with `reported` waits for the customer."""
    visit = agree_visit(voucher=taken_on(there), provider=there.provider, by=there.by, now=timezone.now())
    if reported:
        start_work(visit=visit, by=there.by, now=timezone.now())
        report_work(visit=visit, by=there.by, now=timezone.now(), report="New belt.")
    return visit


def step(there, name, data=None, *, once="once-1", script=False):
    """Press a button of the voucher's page."""
    headers = {"X-Kept": "1"} if script else {}
    address = f"{there.base}vouchers/{there.voucher.code}/{name}/"
    return there.browser.post(address, {"once": once, **(data or {})}, headers=headers)


def state_of(there):
    there.voucher.refresh_from_db()
    visit = ServiceVisit.objects.filter(voucher=there.voucher).order_by("-id").first()
    return there.voucher.state, visit.state if visit else None


def drawing(*line):
    """What a customer has drawn on the provider's screen: a line through these points."""
    sheet = Image.new("RGB", (300, 120), "white")
    if line:
        ImageDraw.Draw(sheet).line(line, fill="#111", width=3)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return SimpleUploadedFile("signature.png", buffer.getvalue(), "image/png")
