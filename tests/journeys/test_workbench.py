"""The console as a program of its own, and a manager who works by keys alone: several conversations side by side, saved
replies with fields, a note, a picture from a phone, and somebody who is blocked. Three browsers."""

import io
import re
from contextlib import contextmanager

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.desks import at_console, console, end, ring, said, street, workplace
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import log_in, pane
from tests.journeys.test_talk import open_window, write

pytestmark = pytest.mark.timeout(500)

STORE, NAME, OWNER = "polzeath-surf", "Polzeath Surf School", "jago@polzeath-surf.example"
PLACE = console(STORE)
WIDE = {"width": 1536, "height": 900}
"""For two conversations beside the list and what is known of the shopper."""
ROW = "[data-list] .console-row"


@contextmanager
def reply(desk, shortcut, text):
    """A saved reply of the shop, thrown away afterwards."""
    desk.goto(f"{workplace(STORE)}talk/replies/")
    new = desk.get_by_role("form", name="New reply")
    new.get_by_label("Shortcut").fill(shortcut)
    new.locator("textarea[name=text]").fill(text)
    new.get_by_role("button", name="Save").click()
    expect(desk.locator("main")).to_contain_text(f"/{shortcut}")
    try:
        yield
    finally:
        desk.goto(f"{workplace(STORE)}talk/replies/")
        desk.get_by_text(f"Change /{shortcut}").click()
        row = desk.locator("li", has=desk.get_by_text(f"Change /{shortcut}"))
        row.get_by_role("button", name="Throw away").click()
        desk.get_by_role("dialog").locator("#confirm-yes").click()
        expect(desk.get_by_text("The reply is gone.")).to_be_visible()


def turn(desk, key):
    """By j to the next row of the list, by k to the one before; says which."""
    rows = desk.locator(ROW)
    refs = rows.evaluate_all("all => all.map((row) => row.dataset.ref)")
    at = refs.index(desk.locator(f"{ROW}[aria-current]").get_attribute("data-ref"))
    desk.keyboard.press("Escape")
    desk.keyboard.press(key)
    follows = refs[(at + {"j": 1, "k": -1}[key]) % len(refs)]
    expect(desk.locator(f"{ROW}[aria-current]")).to_have_attribute("data-ref", follows)
    return follows


def turn_to(desk, key, name):
    """So often until it is theirs: between two of this journey may stand one that another journey has left."""
    for _ in range(desk.locator(ROW).count() - 1):
        turn(desk, key)
        if pane(desk).get_by_role("heading").inner_text() == name:
            return
    raise AssertionError(f"{name} was not met")


def test_the_console_can_be_installed_and_says_when_there_is_no_network(new_page):
    look = Looker()
    page = new_page(phone=True, locale="en-GB")
    sign_in(page, OWNER, then=PLACE)
    line = page.context.new_cdp_session(page)
    assert line.send("Page.getAppManifest")["errors"] == []
    manifest = page.request.get(page.locator("link[rel=manifest]").get_attribute("href")).json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (PLACE, "/manage/", "standalone")
    found = []
    for icon in manifest["icons"]:
        answer = page.request.get(icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, icon["type"])
        if icon["type"] == "image/png":
            width, height = Image.open(io.BytesIO(answer.body())).size
            assert icon["sizes"] == f"{width}x{height}"
            found.append((icon["sizes"], icon["purpose"]))
    assert found == [("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")]
    touch = page.request.get(page.locator("link[rel=apple-touch-icon]").get_attribute("href"))
    assert touch.headers["content-type"] == "image/png"

    # Its worker stands before the management pages, and the browser finds nothing that speaks against installing it.
    scope = page.evaluate("navigator.serviceWorker.ready.then((one) => new URL(one.scope).pathname)")
    assert scope == "/manage/"
    page.wait_for_function("navigator.serviceWorker.controller")
    told = line.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Playwright's pages are always private ones.
    assert [each["errorId"] for each in told if each["errorId"] != "in-incognito"] == []

    log_in(page)
    page.context.set_offline(True)
    expect(page.locator("[data-connection]")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--brand')") != ""
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    # Back at once as whoever was there.
    expect(page.locator("[data-status]")).to_have_value("available")
    look.look_at(page, "the console on a phone")
    page.locator("[data-status]").select_option("off")
    expect(page.get_by_role("button", name="I am here")).to_be_visible()
    assert look.found == []


def test_several_conversations_side_by_side_by_keys_alone(new_page):
    look = Looker()
    desk = look.watch(new_page(locale="en-GB"))
    desk.set_viewport_size(WIDE)
    phone, other = new_page(phone=True, locale="en-GB"), new_page(locale="en-GB")
    sign_in(desk, OWNER, then=PLACE)
    keys = desk.keyboard
    shown = "Welcome to {store}, {name}: {product} is here."
    with reply(desk, "here", shown), at_console(desk, STORE):
        phone.goto(f"{street(STORE)}foam-board/")
        window = open_window(phone)
        window.get_by_text("Say who you are (if you like)").click()
        window.get_by_label("Your name").fill("Ruby")
        write(window, "Is the foam board for beginners?")
        expect(ring(desk)).to_contain_text("Ruby would like to talk")
        keys.press("Enter")
        expect(ring(desk)).to_have_count(0)
        field = pane(desk).get_by_label("Your message")
        expect(field).to_be_focused()
        other.goto(street(STORE))
        theirs = open_window(other)
        theirs.get_by_text("Say who you are (if you like)").click()
        theirs.get_by_label("Your name").fill("Tom")
        write(theirs, "How cold is the water?")
        # Half a sentence to one, while the other rings: Enter in the field would send it, so leave the field first.
        field.fill("It is: soft, and")
        expect(ring(desk)).to_contain_text("Tom would like to talk")
        keys.press("Escape")
        keys.press("Enter")
        panes = desk.locator(".console-pane")
        expect(panes).to_have_count(2)
        for index, (name, text) in enumerate((("Ruby", "Is the foam board"), ("Tom", "How cold is"))):
            expect(panes.nth(index)).to_be_visible()
            expect(panes.nth(index).get_by_role("heading", name=name)).to_be_visible()
            expect(panes.nth(index).get_by_role("log")).to_contain_text(text)
        expect(desk.locator("[data-load]")).to_have_text("2 of 4")
        # A narrow window would put one of them away.
        look.look_at(desk, "two conversations side by side", widths=(WIDE,))

        # Each answer goes to its own shopper; what was half written waits.
        expect(panes.nth(1).get_by_label("Your message")).to_be_focused()
        keys.type("Fourteen degrees.")
        keys.press("Enter")
        expect(theirs.get_by_role("log")).to_contain_text("Fourteen degrees.")
        turn_to(desk, "j", "Ruby")
        expect(field).to_be_focused()
        expect(field).to_have_value("It is: soft, and")
        keys.press("End")
        keys.type(" hard to sink.")
        keys.press("Enter")
        expect(window.get_by_role("log")).to_contain_text("It is: soft, and hard to sink.")
        assert said(theirs) == ["How cold is the water?", "Fourteen degrees."]
        turn_to(desk, "k", "Tom")
        turn_to(desk, "j", "Ruby")
        # Once around, in either direction: behind the last of the list stands the first.
        rows = desk.locator(ROW).count()
        for key in "jk":
            around = [turn(desk, key) for _ in range(rows)]
            assert len(set(around)) == rows
            expect(pane(desk).get_by_role("heading")).to_have_text("Ruby")

        # Every key that the overview names.
        keys.press("Escape")
        keys.press("?")
        overview = desk.get_by_role("dialog", name="Keys")
        expect(overview.locator("dt")).to_have_text(
            ["?", "Enter", re.compile(r"j\s*k"), "r", "n", "c", "o", "h", "e", "/", "Esc"]
        )
        keys.press("Escape")
        expect(overview).to_be_hidden()
        keys.press("c")
        picker = desk.get_by_role("dialog", name="Show")
        expect(picker).to_be_visible()
        picker.get_by_label("Goods by name").fill("foam")
        picker.locator("[data-card=product]", has_text="Soft foam board").press("Enter")
        expect(window.locator(".talk-card")).to_contain_text("Soft foam board")
        for key, name in (("o", "Compose an order"), ("h", "Hand over")):
            keys.press("Escape")
            keys.press(key)
            box = desk.get_by_role("dialog", name=name)
            expect(box).to_be_visible()
            keys.press("Escape")
            expect(box).to_be_hidden()
        keys.press("r")
        expect(field).to_be_focused()
        keys.type("/her")
        expect(pane(desk).locator("[data-replies]")).to_contain_text("/here")
        keys.press("Tab")
        filled = f"Welcome to {NAME}, Ruby: Soft foam board is here."
        expect(field).to_have_value(filled)
        keys.press("Enter")
        expect(window.get_by_role("log")).to_contain_text(filled)
        keys.press("Escape")
        keys.press("n")
        expect(pane(desk).get_by_label("Note for the team")).to_be_checked()
        keys.type("Left her towel here")
        keys.press("Enter")
        expect(pane(desk).locator(".console-note")).to_contain_text("Left her towel here")
        expect(pane(desk).get_by_label("Note for the team")).not_to_be_checked()
        assert "towel" not in phone.content()

        # A picture from the phone stands in the pane, and what is none is refused with a word.
        buffer = io.BytesIO()
        Image.new("RGB", (80, 60), (20, 120, 160)).save(buffer, "JPEG")
        chosen = window.locator("input[type=file]")
        chosen.set_input_files({"name": "wave.png", "mimeType": "image/png", "buffer": b"no picture at all"})
        expect(window.locator("[data-form=write] [data-error]")).to_have_text(
            "Send a picture (JPEG, PNG, WebP, AVIF, GIF) or a PDF of at most 10 MB."
        )
        chosen.set_input_files({"name": "wave.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()})
        picture = pane(desk).get_by_role("img", name="wave.webp")
        expect(picture).to_be_visible()
        picture.evaluate("async (image) => { await image.decode(); }")
        assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [80, 60]
        look.look_at(desk, "a picture at the console", widths=(WIDE,))

        # Ended by key, with the question whether that is meant; the other one goes on.
        keys.press("Escape")
        desk.once("dialog", lambda asked: asked.accept())
        keys.press("e")
        expect(window.get_by_text("How was it?")).to_be_visible()
        expect(desk.locator("[data-load]")).to_have_text("1 of 4")

        # Somebody is blocked, cannot begin again, and is let back in.
        panes.nth(1).get_by_label("Your message").click()
        panes.nth(1).get_by_label("More").click()
        panes.nth(1).get_by_role("button", name="Block this visitor").click()
        box = desk.get_by_role("dialog", name="Block this visitor")
        box.get_by_label("Reason (for the team)").fill("Only a journey")
        box.get_by_role("button", name="Block", exact=True).click()
        expect(theirs.get_by_text("How was it?")).to_be_visible()
        theirs.get_by_text("1 of 5, bad").check(force=True)
        theirs.get_by_role("button", name="Send", exact=True).click()
        theirs.get_by_role("button", name="Talk again").click()
        write(theirs, "Let me in")
        expect(theirs.locator("[data-form=begin] [data-error]")).to_have_text("No conversation can be begun from here.")
        desk.goto(f"{workplace(STORE)}talk/blocked/")
        kept = desk.get_by_role("listitem").filter(has_text="Only a journey")
        kept.get_by_role("button", name="Let them back in").click()
        expect(desk.get_by_text("They may talk to you again.")).to_be_visible()
        desk.goto(PLACE)
        write(theirs, "Let me in")
        ring(desk, "Let me in").get_by_role("button", name="Accept").click()
        expect(theirs.locator("[data-line]")).to_have_text(re.compile("^You are talking with"))
        end(desk)
    assert look.found == []
