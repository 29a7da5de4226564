"""A till whose browser reads no codes: its camera sees the customer's phone, and the server reads the picture."""

import io
import re

import pytest
import segno
from PIL import Image
from playwright.sync_api import expect

from tests.browser import FLAGS, People, chromium_path
from tests.journeys.looking import Looker, sign_in
from tests.journeys.service import link_to_show, steps_of, vouchers_sent
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)

UNION, STORE = "cornwall", "back-road-pottery"
TILL = f"/provider/{UNION}/{STORE}/till/"
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def photo_of(text=""):
    """A table, and on it the QR code of a phone that was not put down straight."""
    table = Image.new("RGB", (1280, 720), (120, 110, 100))
    if text:
        drawn = io.BytesIO()
        segno.make_qr(text, error="l").save(drawn, kind="png", scale=6, border=4)
        code = Image.open(drawn).convert("RGB").resize((520, 520)).rotate(9, expand=True, fillcolor=(120, 110, 100))
        table.paste(code, ((1280 - code.width) // 2, (720 - code.height) // 2))
    out = io.BytesIO()
    table.save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.fixture
def seen(live_site, browser, tmp_path):
    """(codes of two vouchers, a page on a phone whose camera sees the first one's QR code)."""
    codes = vouchers_sent(live_site, union=UNION, store=STORE, many=2)
    film = tmp_path / "till.mjpeg"
    film.write_bytes(photo_of(link_to_show(live_site, codes[0])) * 30)
    chromium = browser.browser_type.launch(
        executable_path=chromium_path(),
        headless=True,
        args=[*FLAGS, *DEVICES, f"--use-file-for-fake-video-capture={film}"],
    )
    people = People(chromium, live_site.address)
    yield codes, people.open_page(phone=True, locale="en-GB", permissions=["camera"])
    people.leave()
    chromium.close()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_from_the_camera_to_the_money_and_back_and_without_a_network(live_site, seen):
    (code, other), phone = seen
    look = Looker()
    look.watch(phone)
    asked = []
    phone.on("request", lambda one: asked.append(one.url) if one.url.endswith("/till/picture/") else None)
    sign_in(phone, manager_of(live_site, STORE), then=TILL)
    assert phone.evaluate("'BarcodeDetector' in window") is False
    press(phone, "Scan with the camera")
    expect(phone.get_by_role("button", name="Take it on")).to_be_visible()
    expect(phone).to_have_url(re.compile(r"/till/\?shown=1$"))
    expect(phone.get_by_text("signature is genuine")).to_be_visible()
    # The first hit ends it: the camera is off, nothing more is sent.
    times = len(asked)
    assert 1 <= times <= 5
    phone.wait_for_timeout(2500)
    assert len(asked) == times
    look.look_at(phone, "a voucher that was scanned")
    press(phone, "Take it on")
    expect(phone.get_by_text("It is with you now; the customer gets a mail about it.")).to_be_visible()
    look.look_at(phone, "a voucher that was taken on")
    press(phone, "Redeem one visit")
    expect(phone.get_by_role("heading", name="Redeemed")).to_be_visible()
    look.look_at(phone, "a redeemed voucher")
    press(phone, "Undo")
    expect(phone.get_by_text("Undone. The voucher is as it was before.")).to_be_visible()
    assert steps_of(live_site, code)[-4:] == ["sent", "accepted", "redeemed", "undone"]

    # Where there is no camera a photo does, and a bad one says so.
    phone.get_by_label("Or a photo of the QR code").set_input_files(
        {"name": "table.jpg", "mimeType": "image/jpeg", "buffer": photo_of()}
    )
    expect(phone.locator("[data-said]")).to_contain_text("No QR code can be made out in the photo.")
    look.look_at(phone, "a photo without a code")
    phone.get_by_label("Or a photo of the QR code").set_input_files(
        {"name": "phone.jpg", "mimeType": "image/jpeg", "buffer": photo_of(link_to_show(live_site, other))}
    )
    expect(phone.get_by_role("button", name="Take it on")).to_be_visible()
    expect(phone.locator("#shown ~ .facts")).to_contain_text(other)

    # In a tunnel: what was typed waits in the phone and is looked up once.
    phone.goto(TILL)
    found_before = list(look.found)
    sent = []
    phone.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    phone.context.set_offline(True)
    press(phone, "Scan with the camera")
    expect(phone.locator("[data-said]")).to_contain_text("No network to read the picture.")
    phone.get_by_label("Code of the voucher").fill(code.lower())
    press(phone, "Look it up")
    expect(phone.locator("[data-kept]")).to_contain_text("1 step waits in this phone")
    sent.clear()
    phone.context.set_offline(False)
    expect(phone).to_have_url(re.compile(r"/till/\?shown=1$"))
    expect(phone.get_by_role("button", name="Redeem one visit")).to_be_visible()
    expect(phone.locator("[data-kept]")).to_be_hidden()
    assert [url for url in sent if url.endswith(TILL)] == [f"{live_site.address}{TILL}"]
    # What a lost network writes to the console was meant.
    look.found[:] = found_before
    look.look_at(phone, "a typed code")
    assert look.found == []
