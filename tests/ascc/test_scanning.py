"""QR codes in pictures from phones and tills: read however they are turned, refused with words, never kept."""

import io

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageFilter

from ascc.models import Redemption, Transmission
from ascc.queries.vouchers import issuer_of, public_address
from ascc.services.moving import By, Side
from ascc.services.scanning import MOST_OF_FRAME, NoCodeSeen, PictureUnreadable, code_in
from ascc.services.tokens import token_of
from ascc.services.transmitting import give_back
from ascc.views.provider.till import LOOKS, PICTURES
from core.live import redis_connection
from tests.ascc.desks import desk, state_of
from tests.factories.accounts import UserFactory

LINK = "https://union.example/v/KH-7Q2M4X9TVA-C/?t=" + "eyJhbGciOiJFZERTQSIsImtpZCI6" * 16


def seen(text=LINK, *, turn=0.0, width=640, room=900, blur=0.0, kind="JPEG"):
    """What a camera sees of a QR code: turned, on a grey table, as small as `width` of the whole."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="l").save(drawn, kind="png", scale=6, border=4)
    code = Image.open(drawn).convert("L").resize((560, 560)).rotate(turn, expand=True, fillcolor=170)
    table = Image.new("L", (room, room), 170)
    table.paste(code, ((room - code.width) // 2, (room - code.height) // 2))
    table = table.resize((width, width)).filter(ImageFilter.GaussianBlur(blur))
    out = io.BytesIO()
    table.save(out, kind)
    return out.getvalue()


def read(content, **limits):
    return code_in(picture=SimpleUploadedFile("qr.jpg", content), **limits)


@pytest.mark.parametrize("turn", [0, 17, 45, 90, 163, 180, 270])
def test_a_code_is_read_however_it_is_turned(turn):
    assert read(seen(turn=turn)) == LINK


@pytest.mark.parametrize(("width", "kind", "blur"), [(440, "JPEG", 0), (640, "PNG", 0.6), (1600, "WEBP", 1.5)])
def test_a_small_or_soft_code_is_read_whatever_the_format(width, kind, blur):
    assert read(seen(width=width, kind=kind, blur=blur)) == LINK


def test_a_large_photo_is_read_small():
    assert read(seen(width=5000, turn=8)) == LINK


def test_no_code_no_picture_and_too_much_are_told_apart():
    table = io.BytesIO()
    Image.new("L", (640, 480), 170).save(table, "JPEG")
    with pytest.raises(NoCodeSeen):
        read(table.getvalue())
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    whole = seen()
    tiff = io.BytesIO()
    Image.new("L", (64, 64)).save(tiff, "TIFF")
    for content in (b"", b"%PDF-1.4", whole[:200], bomb.getvalue(), tiff.getvalue()):
        with pytest.raises(PictureUnreadable):
            read(content)
    with pytest.raises(PictureUnreadable):
        read(whole, most_bytes=len(whole) - 1)
    assert read(whole, most_bytes=len(whole)) == LINK


@pytest.fixture
def there(db):
    redis_connection().flushdb()
    return desk()


def signed(there):
    there.voucher.refresh_from_db()
    token = token_of(voucher=there.voucher, issuer=issuer_of(there.union), now=timezone.now())
    return public_address(there.voucher, token)


def ask(there, content, *, browser=None):
    file = SimpleUploadedFile("qr.jpg", content, "image/jpeg")
    return (browser or there.browser).post(f"{there.base}till/picture/", {"photo": file}, headers={"X-Kept": "1"})


def test_the_page_asks_what_its_camera_sees(there):
    link = signed(there)
    assert ask(there, seen(link, turn=30)).json() == {"text": link}
    table = io.BytesIO()
    Image.new("L", (640, 480)).save(table, "JPEG")
    assert ask(there, table.getvalue()).json() == {"text": ""}
    for content in (b"no picture", b"x" * (MOST_OF_FRAME + 1)):
        refused = ask(there, content)
        assert (refused.status_code, refused.json()["code"]) == (422, "picture_unreadable")
    nothing = there.browser.post(f"{there.base}till/picture/", headers={"X-Kept": "1"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "picture_unreadable")
    assert there.browser.get(f"{there.base}till/picture/").status_code == 405


def test_pictures_are_read_for_the_providers_people_alone_and_so_many_an_hour(there):
    stranger = Client()
    assert ask(there, seen(), browser=stranger).status_code == 302
    stranger.force_login(UserFactory())
    assert ask(there, seen(), browser=stranger).status_code == 404
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(there.person)
    assert ask(there, seen(), browser=careful).status_code == 403
    assert ask(there, b"x").status_code == 422
    for name in redis_connection().keys("limit:till-picture:visitor:*"):
        redis_connection().set(name, PICTURES[0])
    refused = ask(there, seen())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert LOOKS[0] < PICTURES[0]


def test_a_photo_is_looked_up_without_any_script_and_not_kept(there, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    photo = SimpleUploadedFile("photo.jpg", seen(signed(there), width=2400, turn=12), "image/jpeg")
    page = there.browser.post(f"{there.base}till/", {"text": "", "photo": photo}).content.decode()
    assert "signature is genuine" in page and "Take it on" in page
    assert list(tmp_path.iterdir()) == []
    blank = io.BytesIO()
    Image.new("L", (640, 480)).save(blank, "JPEG")
    answer = there.browser.post(f"{there.base}till/", {"photo": SimpleUploadedFile("photo.jpg", blank.getvalue())})
    assert (answer.status_code, "No QR code can be made out" in answer.content.decode()) == (422, True)
    answer = there.browser.post(f"{there.base}till/", {"photo": SimpleUploadedFile("photo.jpg", b"words")})
    assert (answer.status_code, "This picture cannot be read" in answer.content.decode()) == (422, True)
    answer = there.browser.post(f"{there.base}till/", {})
    assert "Type the code, or take a photo" in answer.content.decode()


def test_a_scanned_voucher_is_taken_on_and_redeemed_on_the_page_and_shown_by_its_address(there):
    link, kept = signed(there), {"X-Kept": "1"}
    found = there.browser.post(f"{there.base}till/", {"text": link}, headers=kept).json()
    assert found == {"go": f"{there.base}till/?shown=1", "said": ""}
    page = there.browser.get(found["go"]).content.decode()
    assert "Take it on" in page and "Redeem one visit" not in page
    taken = there.browser.post(f"{there.base}till/hold/", {"text": link, "once": "1"}, headers=kept).json()
    assert (taken["go"], state_of(there)) == (found["go"], ("accepted", None))
    assert "Redeem one visit" in there.browser.get(taken["go"]).content.decode()
    done = there.browser.post(f"{there.base}till/redeem/", {"text": link, "once": "2"}, headers=kept).json()
    made = Redemption.objects.get()
    assert (done["go"], state_of(there)[0]) == (f"{there.base}till/?done={made.ref}", "performed")
    # What was on the counter is off it.
    assert there.voucher.code not in there.browser.get(found["go"]).content.decode()
    refused = there.browser.post(f"{there.base}till/", {"text": "KH-1"}, headers=kept)
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_voucher")


def test_a_stale_code_is_explained_and_neither_taken_on_nor_redeemed(there):
    link = signed(there)
    there.browser.post(f"{there.base}till/hold/", {"text": link, "once": "1"})
    give_back(voucher=there.voucher, by=By(Side.PROVIDER), now=timezone.now(), reason="No time")
    page = there.browser.post(f"{there.base}till/", {"text": link}).content.decode()
    assert "was for an earlier handing over" in page and "open the voucher in the wallet" in page
    assert "Take it on" not in page and there.voucher.about not in page
    answer = there.browser.post(f"{there.base}till/hold/", {"text": link, "once": "2"}, headers={"X-Kept": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_token")
    assert there.browser.post(f"{there.base}till/hold/", {"text": link, "once": "3"}).status_code == 422
    assert (state_of(there), Transmission.objects.count()) == (("active", None), 1)


def test_a_typed_code_alone_tells_no_more_than_its_public_page(there):
    page = there.browser.post(f"{there.base}till/", {"text": there.voucher.code}).content.decode()
    assert there.voucher.code in page and there.voucher.about not in page and "Take it on" not in page
    answer = there.browser.post(f"{there.base}till/hold/", {"text": there.voucher.code, "once": "1"})
    assert (answer.status_code, state_of(there)) == (422, ("active", None))
