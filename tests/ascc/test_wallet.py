"""A customer's vouchers: the wallet, one voucher, activating it, its QR code and paper, passing it on."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from ascc.models import Voucher, VoucherGift, VoucherStep
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By
from ascc.services.passing_on import offer_voucher
from chat.services.attachments import attachment_storage
from tests.factories.accounts import UserFactory
from tests.factories.ascc import program, sold
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com")


def held_by(owner, *, store=None, **said):
    """A voucher that was issued today, since pages look at the clock."""
    held, now = a_voucher(store or StoreFactory(), owner=owner, **said), timezone.now()
    Voucher.objects.filter(pk=held.pk).update(issued_at=now, expires_at=now + timedelta(days=365))
    held.refresh_from_db()
    return held


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return SimpleUploadedFile("plate.png", buffer.getvalue(), content_type="image/png")


def test_the_wallet_says_what_will_be_there(ada):
    page = signed_in(ada).get("/account/vouchers/").content.decode()
    assert "No vouchers yet" in page


def test_the_wallet_has_three_parts(ada):
    held = held_by(ada, title="Repair plan")
    over = held_by(ada, store=held.store)
    Voucher.objects.filter(pk=over.pk).update(state="closed")
    client = signed_in(ada)
    page = client.get("/account/vouchers/").content.decode()
    assert held.code in page and over.code not in page
    assert "to be activated" in page and "2 visits" in page
    page = client.get("/account/vouchers/?kind=over").content.decode()
    assert over.code in page and held.code not in page and "used up" in page
    assert "No voucher is in this part." in client.get("/account/vouchers/?kind=running").content.decode()


def test_the_wallet_asks_as_much_for_three_vouchers_as_for_one(ada):
    held = held_by(ada)
    client = signed_in(ada)
    client.get("/account/vouchers/")
    for _more in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get("/account/vouchers/")
        assert len(asked) == 6
        a_voucher(held.store, owner=ada)
        a_voucher(held.store, owner=ada)


def test_a_voucher_shows_its_state_history_and_the_terms_of_its_version(ada):
    held = held_by(ada, terms="We repair what breaks.")
    page = signed_in(ada).get(f"/account/vouchers/{held.code}/").content.decode()
    for words in (held.code, "to be activated", "Activate it", "We repair what breaks.", held.about, "repair"):
        assert words in page
    assert signed_in(UserFactory()).get(f"/account/vouchers/{held.code}/").status_code == 404
    assert Client().get(f"/account/vouchers/{held.code}/")["Location"].startswith("/account/login/")
    # As a person types it.
    assert signed_in(ada).get(f"/account/vouchers/{held.code.lower().replace('0', 'o')}/").status_code == 200


def test_activating_needs_only_a_press_where_nothing_is_asked(ada):
    held = held_by(ada)
    client = signed_in(ada)
    assert "Nothing is needed" in client.get(f"/account/vouchers/{held.code}/activate/").content.decode()
    response = client.post(f"/account/vouchers/{held.code}/activate/")
    assert response["Location"] == f"/account/vouchers/{held.code}/"
    held.refresh_from_db()
    assert (held.state, held.serial, held.photo) == ("active", "", "")
    step = VoucherStep.objects.get(voucher=held, what="activated")
    assert (step.side, step.actor, step.address) == ("customer", ada, "127.0.0.1")
    # Twice is once.
    assert client.post(f"/account/vouchers/{held.code}/activate/").status_code == 302
    assert VoucherStep.objects.filter(voucher=held, what="activated").count() == 1


def test_activating_keeps_serial_number_and_photo_where_they_are_asked(ada):
    held = held_by(ada, needs_serial=True, needs_photo=True)
    client, address = signed_in(ada), f"/account/vouchers/{held.code}/activate/"
    response = client.post(address, {"serial": "SN-7"})
    assert response.status_code == 422
    assert "Nothing was saved yet" in response.content.decode()
    page = SimpleUploadedFile("x.png", b"<script>", content_type="image/png")
    assert client.post(address, {"serial": "SN-7", "photo": page}).status_code == 422
    paper = SimpleUploadedFile("x.pdf", b"%PDF-1.4 %%EOF", content_type="application/pdf")
    assert "Send a photo" in client.post(address, {"serial": "SN-7", "photo": paper}).content.decode()
    held.refresh_from_db()
    assert (held.state, held.photo) == ("issued", "")

    assert client.post(address, {"serial": " SN-7 ", "photo": picture()}).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.serial) == ("active", "SN-7")
    with attachment_storage().open(held.photo) as stored:
        kept = stored.read()
    response = client.get(f"/account/vouchers/{held.code}/photo/")
    assert response.content == kept and response["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(kept)).size == (40, 30)
    assert signed_in(UserFactory()).get(f"/account/vouchers/{held.code}/photo/").status_code == 404


def test_activating_too_late_is_refused_and_leaves_no_photo(ada):
    held = held_by(ada, needs_photo=True)
    Voucher.objects.filter(pk=held.pk).update(expires_at=held.issued_at)
    client = signed_in(ada)
    response = client.post(f"/account/vouchers/{held.code}/activate/", {"photo": picture()})
    assert response["Location"] == f"/account/vouchers/{held.code}/"
    assert "Its time is over" in client.get(response["Location"]).content.decode()
    held.refresh_from_db()
    assert held.state == "issued"


def test_the_qr_code_and_the_paper_are_the_owners(ada):
    held = held_by(ada, terms="We repair what breaks.")
    client = signed_in(ada)
    drawing = client.get(f"/account/vouchers/{held.code}/qr.svg")
    assert drawing["Content-Type"] == "image/svg+xml" and b"<svg" in drawing.content
    assert b"style=" not in drawing.content
    paper = client.get(f"/account/vouchers/{held.code}/voucher.pdf")
    [page] = PdfReader(io.BytesIO(paper.content)).pages
    text = page.extract_text()
    for words in (held.code, "Repair plan", "We repair what breaks.", f"/v/{held.code}/"):
        assert words in text
    for path in ("qr.svg", "voucher.pdf"):
        assert signed_in(UserFactory()).get(f"/account/vouchers/{held.code}/{path}").status_code == 404


def test_the_paper_speaks_chinese_and_korean(ada):
    held = held_by(ada, translations={"ko": {"title": "수리 프로그램"}})
    client = signed_in(ada)
    paper = client.get(f"/account/vouchers/{held.code}/voucher.pdf", headers={"Accept-Language": "ko"})
    assert "수리 프로그램" in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()


def test_a_voucher_is_passed_on_with_the_consent_of_both(ada):
    held = held_by(ada)
    client, ben = signed_in(ada), UserFactory(email="Ben@example.com")
    assert client.post(f"/account/vouchers/{held.code}/give/", {"email": "ADA@example.com"}).status_code == 422
    assert not VoucherGift.objects.exists()
    response = client.post(f"/account/vouchers/{held.code}/give/", {"email": "ben@example.com", "words": "Enjoy"})
    assert response["Location"] == f"/account/vouchers/{held.code}/"
    page = client.get(response["Location"]).content.decode()
    assert "Offered to ben@example.com" in page
    link = f"/account/vouchers/gifts/{VoucherGift.objects.get().token}/"
    page = Client().get(link).content.decode()
    assert "Enjoy" in page and "Sign in" in page and held.code not in page
    eve = signed_in(UserFactory())
    assert "Sign in with that address" in eve.get(link).content.decode()
    eve.post(f"{link}accept/")
    assert Voucher.objects.get().owner == ada
    taken = signed_in(ben).post(f"{link}accept/")
    assert taken["Location"] == f"/account/vouchers/{held.code}/"
    assert Voucher.objects.get().owner == ben
    # Whose order it came with is not told to whoever has it now.
    page = signed_in(ben).get(f"/account/vouchers/{held.code}/").content.decode()
    assert held.order_line.order.number not in page
    assert client.get(f"/account/vouchers/{held.code}/").status_code == 404
    assert "It was accepted." in Client().get(link).content.decode()


def test_an_offer_is_declined_without_an_account_and_withdrawn_by_its_owner(ada):
    held = held_by(ada)
    client = signed_in(ada)
    client.post(f"/account/vouchers/{held.code}/give/", {"email": "ben@example.com"})
    link = f"/account/vouchers/gifts/{VoucherGift.objects.get().token}/"
    assert Client().post(f"{link}decline/")["Location"] == link
    assert VoucherGift.objects.get().state == "declined"
    client.post(f"/account/vouchers/{held.code}/give/", {"email": "eve@example.com"})
    client.post(f"/account/vouchers/{held.code}/keep/")
    assert list(VoucherGift.objects.order_by("pk").values_list("state", flat=True)) == ["declined", "withdrawn"]
    assert Voucher.objects.get().owner == ada
    assert Client().get("/account/vouchers/gifts/nothing/").status_code == 404


def test_an_offer_stands_in_the_wallet_of_whom_it_is_for(ada):
    ben = UserFactory(email="ben@example.com")
    held = held_by(ada)
    offer_voucher(voucher=held, by=By("customer"), now=held.issued_at, email="ben@example.com")
    assert "Repair plan is offered to you" in signed_in(ben).get("/account/vouchers/").content.decode()
    assert "offered to you" not in signed_in(UserFactory()).get("/account/vouchers/").content.decode()


def test_a_purchase_shows_its_vouchers():
    store = StoreFactory()
    program(store.union)
    order = sold(store, owner=None, purchase__email="ada@example.com")
    issue_vouchers(order_ids=[order.pk], now=order.placed_at)
    held = Voucher.objects.get()
    page = Client().get(f"/u/{store.union.slug}/track/{order.purchase.token}/").content.decode()
    assert held.code in page and f"/v/{held.code}/" in page
    assert re.search(r"sign in as\s+ada@example.com", page)
