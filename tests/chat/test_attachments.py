"""Files in conversations: judged by content, drawn anew, inert, and only for those who take part."""

import io
import struct
import zlib
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chat.models import Attachment, Message
from chat.services.attachments import attachment_storage
from tests.chat.shopping import browser, page
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}
SCRIPT = b"<script>fetch('/account/')</script>"


@pytest.fixture(autouse=True)
def _files_of_a_test(settings, tmp_path):
    talk = {**settings.STORAGES["talk"], "OPTIONS": {"location": tmp_path / "talk"}}
    settings.STORAGES = {**settings.STORAGES, "talk": talk}


def picture(kind="JPEG", size=(120, 80), **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 40, 90)).save(buffer, kind, **options)
    return buffer.getvalue()


def send(conversation, content, name="photo.jpg", *, client=None, **fields):
    sent = {"file": SimpleUploadedFile(name, content, content_type="image/jpeg"), **fields}
    return (client or browser()).post(page(conversation, "attachments/"), sent, **JSON)


def test_a_picture_is_drawn_anew_without_what_it_carried():
    exif = Image.Exif()
    exif[0x010E] = "taken at my home"
    exif[0x0112] = 6
    conversation = ConversationFactory()
    answer = send(conversation, picture(exif=exif) + SCRIPT, "my home.jpg")
    kept = Attachment.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"seq": 1})
    assert (kept.kind, kept.name, kept.width, kept.height) == ("picture", "my home.webp", 80, 120)
    with attachment_storage().open(kept.path) as stored:
        content = stored.read()
    assert (b"my home" in content, b"script" in content) == (False, False)
    with Image.open(io.BytesIO(content)) as drawn:
        assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("WEBP", (80, 120), {})
    message = Message.objects.get()
    assert (message.kind, message.text, message.card) == ("picture", "my home.webp", {"attachment": kept.ref})


def test_a_large_picture_becomes_small():
    conversation = ConversationFactory()
    send(conversation, picture(size=(4000, 2000)))
    assert Attachment.objects.values_list("width", "height").get() == (1600, 800)


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("L", "PNG"), ("CMYK", "JPEG")]
)
def test_a_picture_of_any_colours_is_unpacked_once(mode, kind):
    """A few kilobytes unpack to forty million pixels: they are never copied at their full size."""
    buffer, largest = io.BytesIO(), []
    Image.new(mode, (2400, 1200)).save(buffer, kind)
    conversation = ConversationFactory()
    real = Image.Image.copy
    with mock.patch.object(Image.Image, "copy", lambda image: largest.append(max(image.size)) or real(image)):
        assert send(conversation, buffer.getvalue()).status_code == 200
    assert Attachment.objects.values_list("width", "height").get() == (1600, 800)
    assert max(largest, default=0) <= 1600


def bomb():
    """A PNG of a hundred bytes that says it is 50,000 pixels on each side."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("page.png", b"<!doctype html><script>alert(1)</script>"),
        ("empty.jpg", b""),
        ("half.jpg", picture(size=(400, 400))[:600]),
        ("bomb.png", bomb()),
        ("program.pdf", b"MZ\x90\x00 %PDF-1.7 %%EOF"),
        ("torn.pdf", b"%PDF-1.7 and nothing more"),
        ("large.pdf", b"%PDF-1.7" + b"0" * (10 * 1024 * 1024) + b"%%EOF"),
        ("eps.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(ls) run\n"),
    ],
)
def test_what_is_no_picture_and_no_pdf_is_refused(name, content):
    conversation = ConversationFactory()
    answer = send(conversation, content, name)
    assert answer.status_code == 422, answer.content
    assert (Attachment.objects.count(), Message.objects.count()) == (0, 0)
    assert not attachment_storage().exists(str(conversation.union_id))


def test_a_pdf_is_handed_out_inert():
    conversation = ConversationFactory()
    content = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n"
    send(conversation, content, "offer.pdf")
    kept = Attachment.objects.get()
    answer = browser().get(page(conversation, f"attachments/{kept.ref}/"))
    assert (answer.content, answer["Content-Type"]) == (content, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="offer.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")


def test_html_behind_a_picture_is_gone_and_the_rest_is_no_page():
    conversation = ConversationFactory()
    send(conversation, picture("GIF") + SCRIPT, "both.html")
    kept = Attachment.objects.get()
    answer = browser().get(page(conversation, f"attachments/{kept.ref}/"))
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/webp", 'inline; filename="both.webp"')
    assert b"script" not in answer.content


def test_sending_a_file_twice_is_once():
    conversation = ConversationFactory()
    answers = [send(conversation, picture(), id="same").json() for _ in range(2)]
    assert answers == [{"seq": 1}, {"seq": 1}]
    assert (Attachment.objects.count(), Message.objects.count()) == (1, 1)


def test_an_ended_conversation_keeps_no_file():
    conversation = ConversationFactory(state="ended")
    answer = send(conversation, picture())
    assert (answer.status_code, answer.json()["code"]) == (409, "ended")
    assert Attachment.objects.count() == 0
    folder = f"{conversation.union_id}/{conversation.pk}"
    assert attachment_storage().listdir(folder) == ([], [])


def test_files_are_for_both_sides_and_nobody_else():
    conversation = ConversationFactory()
    send(conversation, picture())
    address = page(conversation, f"attachments/{Attachment.objects.get().ref}/")
    neighbour = StoreFactory(union=conversation.union)
    allowed = StoreStaffFactory(store=conversation.store, permissions=["console"]).user
    others = [
        StoreStaffFactory(store=conversation.store, permissions=["orders"]).user,
        StoreStaffFactory(store=neighbour, permissions=["console"]).user,
        StoreStaffFactory(permissions=["console"]).user,
        UserFactory(),
    ]
    assert browser(None, user=allowed).get(address).status_code == 200
    assert (
        browser(None, user=allowed).get(page(conversation, "cards/1/"), headers={"X-Fragment": "1"}).status_code == 200
    )
    for user in others:
        assert browser("v2", user=user).get(address).status_code == 404
        assert browser("v2", user=user).get(page(conversation, "cards/1/")).status_code == 404
    assert browser("v2").get(address).status_code == 404
    assert browser(None).get(address).status_code == 404


def test_a_file_does_not_open_by_another_conversation_of_the_same_shopper():
    mine, other = ConversationFactory(), None
    other = ConversationFactory(store=mine.store)
    send(mine, picture())
    ref = Attachment.objects.get().ref
    assert browser().get(page(mine, f"attachments/{ref}/")).status_code == 200
    assert browser().get(page(other, f"attachments/{ref}/")).status_code == 404


def test_thirty_files_an_hour():
    conversation = ConversationFactory()
    client = browser()
    small = picture(size=(8, 8))
    answers = [send(conversation, small, client=client).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert Attachment.objects.count() == 30
