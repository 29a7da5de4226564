"""A shopper and the person behind the store talk: on a phone and at a desk, over page changes and a cut network.

The manager speaks through a socket of their own browser, as a program would.
"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)

UNION, STORE, PRODUCT = "cornwall", "penberth-bakery", "sourdough"
STREET = f"/u/{UNION}/{STORE}/"
CONSOLE = """
async (path) => {
  window.heard = [];
  window.socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  socket.onmessage = (event) => heard.push(JSON.parse(event.data));
  await new Promise((done) => (socket.onopen = done));
  setInterval(() => socket.send('{"type":"ping"}'), 10000);
}
"""


class Manager:
    """Somebody at a console, by socket alone."""

    def __init__(self, page):
        self.page = page
        page.evaluate(CONSOLE, f"/ws/console/{UNION}/{STORE}/")
        self.sent = 0

    def send(self, **frame):
        """Send a frame and wait for its ack."""
        self.sent += 1
        frame = {"id": f"m{self.sent}", **frame}
        self.page.evaluate("(frame) => socket.send(JSON.stringify(frame))", frame)
        return self.hear("ack", id=frame["id"])

    def hear(self, kind, /, **fields):
        """The newest frame of this type with these fields, also one that came before."""
        wanted = {"type": kind, **fields}
        handle = self.page.wait_for_function(
            "(wanted) => heard.findLast((frame) => Object.keys(wanted).every((name) => frame[name] === wanted[name]))",
            arg=wanted,
            timeout=20_000,
        )
        return handle.json_value()

    def take(self, text):
        """Accept the conversation in which the shopper said this; its reference."""
        self.page.wait_for_function(
            "(text) => heard.some((frame) => frame.type === 'conversation' && frame.last_text === text)",
            arg=text,
            timeout=20_000,
        )
        ref = self.page.evaluate(
            "(text) => heard.findLast((frame) => frame.type === 'conversation' && frame.last_text === text)"
            ".conversation",
            text,
        )
        self.send(type="accept", conversation=ref)
        self.send(type="resume", conversations={ref: 0})
        return ref

    def say(self, ref, text):
        return self.send(type="message", conversation=ref, text=text)["seq"]

    def texts(self, ref):
        """What was heard of this conversation, in order of its numbers, each once."""
        frames = self.page.evaluate(
            "(ref) => heard.filter((frame) => frame.type === 'message' && frame.conversation === ref)", ref
        )
        assert len({frame["seq"] for frame in frames}) == len(frames)
        return [frame["text"] for frame in sorted(frames, key=lambda frame: frame["seq"])]


@pytest.fixture
def manager(live_site, new_page):
    page = new_page()
    sign_in(page, manager_of(live_site, STORE), then=f"/manage/{UNION}/{STORE}/")
    at_console = Manager(page)
    at_console.send(type="presence", state="available")
    yield at_console
    at_console.send(type="presence", state="off")


def button(page):
    """The way into the window at this size."""
    return page.locator("[data-talk-way]" if page.viewport_size["width"] < 768 else "[data-talk]")


def field(window):
    """Where the shopper writes: the form of the moment."""
    return window.get_by_role("textbox", name="Your message")


def open_window(page):
    button(page).click()
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    expect(field(window)).to_be_focused()
    return window


def write(window, text):
    field(window).fill(text)
    field(window).press("Enter")


def own(window, text):
    """The shopper's own line with this text."""
    return window.locator(".talk-message.own", has_text=text)


def said_in(window):
    return [text.strip() for text in window.locator(".talk-message .text").all_inner_texts()]


def reduced_to_sockets(page):
    """How many sockets the page has open."""
    return page.evaluate("window.opened")


def count_sockets(page):
    page.add_init_script(
        "window.opened = 0; const Real = WebSocket;"
        "window.WebSocket = class extends Real { constructor(...a) { super(...a); window.opened += 1; } };"
    )


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_talking_over_pages_and_a_cut_network(manager, new_page, size):
    looker = Looker()
    page = looker.watch(new_page(phone=size == "phone"))
    count_sockets(page)
    page.goto(f"{STREET}{PRODUCT}/")
    spoken = "aria-label" if size == "phone" else "textContent"
    expected = re.compile(r"answers in about \d+ min")
    if spoken == "aria-label":
        expect(button(page)).to_have_attribute("aria-label", expected)
    else:
        expect(button(page)).to_contain_text(expected)
    looker.look_at(page, "product with the button")
    assert page.context.cookies() == [] or "visitor" not in {cookie["name"] for cookie in page.context.cookies()}

    # The first words, and somebody takes them.
    window = open_window(page)
    first = f"Is it baked today? ({size})"
    write(window, first)
    expect(own(window, first)).to_contain_text("sent")
    assert reduced_to_sockets(page) == 2  # the second one came back with the cookie
    expect(window.locator("[data-greeting]")).to_be_visible()
    looker.look_at(page, "window that waits")
    ref = manager.take(first)
    expect(window.get_by_role("status").filter(has_text="You are talking with")).to_be_visible()
    manager.say(ref, "Yes, until six.")
    expect(window.get_by_role("log")).to_contain_text("Yes, until six.")
    looker.look_at(page, "window")
    manager.send(type="seen", conversation=ref, seq=3)
    expect(own(window, first)).to_contain_text("seen")

    # Another page: nothing is lost, also not what is half written.
    field(window).fill("Then I will")
    manager.hear("typing", conversation=ref)
    page.goto(f"/u/{UNION}/")
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    expect(field(window)).to_have_value("Then I will")
    assert said_in(window) == [first, "Yes, until six."]
    # What the union greets with does not stand above words to a store.
    expect(window.locator("[data-greeting]")).to_be_hidden()

    # The network is cut in the middle of a sentence.
    page.context.set_offline(True)
    expect(window.get_by_role("status").filter(has_text="The connection was lost")).to_be_visible(timeout=20_000)
    write(window, "In the tunnel")
    write(window, "Still in the tunnel")
    expect(own(window, "In the tunnel").first).to_contain_text("sending")
    manager.say(ref, "We close at six.")
    manager.say(ref, "On Sunday at four.")
    page.context.set_offline(False)
    expect(own(window, "Still in the tunnel")).to_contain_text("sent", timeout=30_000)
    expect(window.get_by_role("log")).to_contain_text("On Sunday at four.")
    manager.hear("message", conversation=ref, text="Still in the tunnel")
    everything = [
        first, "Yes, until six.", "We close at six.", "On Sunday at four.", "In the tunnel", "Still in the tunnel"
    ]  # fmt: skip
    assert said_in(window) == everything
    assert manager.texts(ref)[-2:] == ["In the tunnel", "Still in the tunnel"]

    # Minimised: the title and the button count.
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    expect(button(page)).to_be_focused()
    asked = manager.say(ref, "Shall I keep one?")
    expect(button(page).locator("[data-talk-count]")).to_have_text("1")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    window = open_window(page)
    expect(page).not_to_have_title(re.compile(r"^\("))
    manager.hear("seen", conversation=ref, role="shopper", seq=asked)

    # Another tab of the same browser follows, opened by the link of a mail.
    other = page.context.new_page()
    other.goto(f"/u/{UNION}/conversations/{ref}/?open=1")
    second = other.get_by_role("dialog")
    expect(second.get_by_role("log")).to_contain_text("Shall I keep one?")
    write(second, "Yes please")
    expect(own(window, "Yes please")).to_have_count(1)
    other.close()

    # A picture, then the end and how it was.
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 90, 40)).save(buffer, "PNG")
    window.locator("input[type=file]").set_input_files(
        {"name": "table.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    expect(window.get_by_role("img", name="table.webp")).to_be_visible()
    manager.hear("message", conversation=ref, kind="picture")
    looker.look_at(page, "window with a picture")
    manager.send(type="end", conversation=ref)
    expect(window.get_by_text("How was it?")).to_be_visible()
    looker.look_at(page, "window that asks")
    window.get_by_text("5 of 5, very good").check(force=True)
    window.get_by_label("A few words").fill("Quick and kind")
    window.get_by_role("button", name="Send", exact=True).click()
    expect(window.get_by_role("button", name="Talk again")).to_be_visible()
    assert manager.hear("conversation", conversation=ref, rating=5)
    assert looker.found == []


def test_without_scripts(manager, new_page):
    looker = Looker()
    page = new_page(phone=True, java_script_enabled=False)
    page.goto(STREET)
    page.get_by_role("navigation", name="Quick ways").get_by_role("link", name="Talk").click()
    page.goto(f"/u/{UNION}/conversations/?store={STORE}")
    expect(page.locator("main")).to_contain_text(re.compile(r"answers in about \d+ min"))
    page.get_by_label("What would you like to know?").fill("No scripts here")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("main")).to_contain_text("No scripts here")
    ref = manager.take("No scripts here")
    manager.say(ref, "That is fine.")
    page.get_by_role("link", name="Look for an answer").click()
    expect(page.locator("main")).to_contain_text("That is fine.")
    page.get_by_label("Your message").fill("Good")
    page.get_by_role("button", name="Send", exact=True).click()
    manager.hear("message", conversation=ref, text="Good")
    with_scripts = looker.watch(new_page())
    with_scripts.goto(f"/u/{UNION}/conversations/?store={STORE}")
    looker.look_at(with_scripts, "the form")
    assert looker.found == []
