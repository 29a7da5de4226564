"""The customer's side of the work: the page, confirming, the code, a dispute with a file, assessing, rewarding."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from ascc.models import ConfirmationCode, Dispute, IncentiveVoucher, Redemption, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.charging import ask_extra
from ascc.services.confirming import confirm_with_code, count_try
from ascc.services.moving import By, Side
from ascc.services.picturing import add_picture
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import Part, agree_visit, report_work, start_work
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
WORKER = By(Side.PROVIDER)


def picture(name="photo.png"):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com")


@pytest.fixture
def client(ada):
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def visit(ada):
    """Work in hand, started, with a photo."""
    held, now = a_voucher(StoreFactory(), owner=ada), timezone.now()
    Voucher.objects.filter(pk=held.pk).update(issued_at=now, activate_until=None, expires_at=now + timedelta(days=99))
    held.refresh_from_db()
    by = By(Side.CUSTOMER, ada.pk)
    activate_voucher(voucher=held, by=by, now=now)
    worker = a_provider(held.union, store=StoreFactory(union=held.union, name="Mender"))
    sent = send_voucher(voucher=held, provider=worker, by=by, now=now, wish="It flickers.")
    accept_transmission(transmission=sent, by=WORKER, now=now)
    held.refresh_from_db()
    visit = agree_visit(voucher=held, provider=worker, by=WORKER, now=now)
    add_picture(visit=visit, file=picture(), now=now)
    return start_work(visit=visit, by=WORKER, now=now)


def reported(visit):
    parts = [Part("Bulb", 2, 350)]
    return report_work(visit=visit, by=WORKER, now=timezone.now(), report="A new bulb.", parts=parts)


def address(visit, rest=""):
    return f"/account/vouchers/{visit.voucher.code}/{rest}"


def test_the_page_tells_the_work_and_asks_for_the_word_when_it_is_reported(client, visit):
    page = client.get(address(visit)).content.decode()
    assert "The service" in page and "started" in page and "Confirm the work" not in page
    photo = visit.pictures.get()
    assert address(visit, f"pictures/{photo.ref}/") in page
    response = client.get(address(visit, f"pictures/{photo.ref}/"))
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert "no-store" in response["Cache-Control"]
    reported(visit)
    page = client.get(address(visit)).content.decode()
    for words in ("A new bulb.", "2 × Bulb", "3.50", "Confirm the work", "Something is wrong"):
        assert words in page


def test_one_press_confirms_and_the_assessment_brings_an_incentive_voucher_to_give(client, visit):
    assert client.post(address(visit, "confirm/")).status_code == 302
    assert not Redemption.objects.exists()
    reported(visit)
    assert client.post(address(visit, "confirm/"))["Location"] == address(visit, "assess/")
    client.post(address(visit, "confirm/"))
    assert Redemption.objects.count() == 1
    marks = {"quality": "5", "punctuality": "4", "courtesy": "5"}
    assert client.post(address(visit, "assess/"), marks).status_code == 422
    response = client.post(address(visit, "assess/"), {**marks, "price": "5", "words": "Bright again."})
    assert response["Location"] == address(visit)
    incentive = IncentiveVoucher.objects.get()
    assert (incentive.assessment.score, incentive.value, incentive.state) == (475, 200, "issued")
    page = client.get(address(visit)).content.decode()
    assert "Incentive voucher worth" in page and "Give it to Mender" in page and "Choose a provider" in page
    stranger = Client()
    stranger.force_login(UserFactory())
    give = address(visit, f"rewards/{incentive.code}/")
    assert stranger.post(give).status_code == 404
    incentive.refresh_from_db()
    assert incentive.state == "issued"
    client.post(give)
    client.post(give)
    incentive.refresh_from_db()
    assert incentive.state == "given"
    public = Client().get(f"/u/{visit.union.slug}/providers/{visit.provider.ref}/").content.decode()
    assert "Bright again." in public and "ada" not in public.lower()


def test_the_one_time_code_stands_on_its_page_once_and_confirms(client, visit):
    reported(visit)
    page = client.post(address(visit, "one-time-code/")).content.decode()
    plain = re.search(r'class="one-time"[^>]*>(\d{3} \d{3})<', page).group(1)
    assert plain not in client.get(address(visit)).content.decode()
    now = timezone.now()
    count_try(voucher=visit.voucher, now=now)
    confirm_with_code(visit=visit, plain=plain, by=WORKER, now=now)
    assert Voucher.objects.get(pk=visit.voucher_id).state == "performed"
    assert client.get(address(visit, "one-time-code/")).status_code == 405
    assert client.post(address(visit, "one-time-code/")).status_code == 302
    assert ConfirmationCode.objects.get().used_at == now


def test_a_dispute_is_opened_with_a_file_that_only_its_sides_see(client, visit):
    assert client.get(address(visit, "dispute/")).status_code == 302
    reported(visit)
    assert client.post(address(visit, "dispute/"), {"reason": ""}).status_code == 422
    assert not Dispute.objects.exists()
    client.post(address(visit, "dispute/"), {"reason": "It is dark.", "file": picture()})
    dispute = Dispute.objects.get()
    assert (dispute.opened_by, dispute.reason) == ("customer", "It is dark.")
    client.post(address(visit, "evidence/"), {"words": "And a noise."})
    assert list(dispute.evidence.values_list("side", "words")) == [
        ("customer", "It is dark."),
        ("customer", "And a noise."),
    ]
    page = client.get(address(visit)).content.decode()
    assert "The service center decides" in page and "And a noise." in page and "Confirm the work" not in page
    kept = address(visit, f"evidence/{dispute.evidence.first().ref}/")
    assert client.get(kept)["Content-Type"] == "image/webp"
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(kept).status_code == 404
    assert client.post(address(visit, "confirm/")).status_code == 302
    assert not Redemption.objects.exists()


def test_an_unreadable_file_opens_no_dispute_and_the_words_stay(client, visit):
    reported(visit)
    broken = SimpleUploadedFile("photo.png", b"no picture at all", content_type="image/png")
    response = client.post(address(visit, "dispute/"), {"reason": "It is dark.", "file": broken})
    assert response.status_code == 422
    page = response.content.decode()
    assert "It is dark." in page and "The service center has it" not in page
    assert not Dispute.objects.exists()
    visit.refresh_from_db()
    assert visit.state == "reported"


def test_extra_work_is_asked_at_the_top_linked_back_and_can_be_refused(client, visit):
    bill = ask_extra(visit=visit, title="New lamp", amount=2500, actor=None, now=timezone.now())
    page = client.get(address(visit)).content.decode()
    assert (
        "for extra work: New lamp." in page and "To be paid by you" in page and "Waiting for the customer" not in page
    )
    payment = client.get(f"/account/payments/{bill.number}/").content.decode()
    assert f'href="{address(visit)}"' in payment and "To be paid by you" in payment
    assert client.get(address(visit, "extra/refuse/")).status_code == 405
    assert client.post(address(visit, "extra/refuse/")).status_code == 302
    bill.refresh_from_db()
    assert bill.withdrawn_at is not None
    page = client.get(address(visit)).content.decode()
    assert "for extra work: New lamp." not in page and "Withdrawn" in page


def test_a_voucher_that_is_not_mine_says_so(client):
    response = client.get("/account/vouchers/CW-7Q2M4X9TVA-C/")
    assert response.status_code == 404
    assert "If you have passed it on" in response.content.decode()
