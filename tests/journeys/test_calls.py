"""A shopper and a manager talk and see each other: two browsers with made-up devices, media really flowing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import FLAGS, PATIENCE, People, chromium_path
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)

UNION, STORE = "cornwall", "penberth-bakery"
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
ALLOWED = {"permissions": ["microphone", "camera"]}
# The page's connections, to look into.
KEEP = """
window.peers = [];
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real { constructor(...a) { super(...a); peers.push(this); } };
"""
FLOW = """
async () => {
  const told = { bytes: {}, decoded: 0 };
  for (const one of (await peers.at(-1).getStats()).values()) {
    if (one.type !== "inbound-rtp") continue;
    told.bytes[one.kind] = one.bytesReceived;
    if (one.kind === "video") told.decoded = one.framesDecoded ?? 0;
  }
  return told;
}
"""

# What the other side sees is the whole screen that Chromium makes up, with a frame that is drawn.
SHOWN = """
() => {
  const { videoWidth, videoHeight, readyState } = document.querySelector(".call video[data-call-other]");
  return readyState >= 2 && videoWidth > videoHeight && videoWidth >= 320;
}
"""


@pytest.fixture
def two(live_site, browser):
    """Pages of persons whose browser has devices; `browser` is asked for so that one missing is told as everywhere."""
    # Playwright runs once per thread; a second Chromium comes from the same one.
    chromium = browser.browser_type.launch(executable_path=chromium_path(), headless=True, args=[*FLAGS, *DEVICES])
    people = People(chromium, live_site.address)
    yield people
    people.leave()
    chromium.close()


def console_of(people, live_site, **options):
    page = people.open_page(**options)
    page.add_init_script(KEEP)
    sign_in(page, manager_of(live_site, STORE), then=f"/manage/{UNION}/{STORE}/console/")
    page.get_by_role("button", name="I am here").click()
    expect(page.locator("[data-status]")).to_have_value("available")
    return page


def talking(people, live_site, *, shopper=ALLOWED, manager=ALLOWED, phone=False):
    """(the shopper's page and window, the manager's page and pane) in an active conversation."""
    console = console_of(people, live_site, **manager)
    page = people.open_page(phone=phone, **shopper)
    page.add_init_script(KEEP)
    page.goto(f"/u/{UNION}/{STORE}/")
    page.locator("[data-talk-way]" if phone else "[data-talk]").click()
    window = page.get_by_role("dialog")
    window.get_by_role("textbox", name="Your message").fill("May we talk?")
    window.get_by_role("textbox", name="Your message").press("Enter")
    console.locator("[data-accept]").click()
    pane = console.locator(".console-pane")
    expect(pane).to_be_visible()
    expect(window.get_by_role("status").filter(has_text="You are talking with")).to_be_visible()
    return page, window, console, pane


def flows(page, kind):
    """What has arrived of sound or picture grows."""
    before = page.evaluate(FLOW)["bytes"].get(kind, 0)
    page.wait_for_function(
        f"async (before) => ((await ({FLOW})()).bytes['{kind}'] ?? 0) > before + 500", arg=before, timeout=PATIENCE
    )


def end(pane):
    pane.page.on("dialog", lambda dialog: dialog.accept())
    pane.get_by_label("More").click()
    pane.get_by_role("button", name="End the conversation").click()


def test_voice_then_camera_then_screen_and_the_end(two, live_site):
    looker = Looker()
    page, window, console, pane = talking(two, live_site)
    window.get_by_role("button", name="Call by voice").click()
    expect(window.locator(".call")).to_contain_text("Calling")
    box = pane.locator(".call")
    expect(box).to_contain_text("is calling")
    box.get_by_role("button", name="Answer", exact=True).click()
    for side in (window, pane):
        expect(side.locator(".call")).to_contain_text("In a call with")
    for side in (page, console):
        flows(side, "audio")
    looker.look_at(console, "console in a call")

    # Muted, and not.
    window.get_by_role("button", name="Mute").click()
    expect(box).to_contain_text("has muted the microphone")
    assert (
        page.evaluate("peers.at(-1).getSenders().find((each) => each.track?.kind === 'audio').track.enabled") is False
    )
    window.get_by_role("button", name="Mute").click()
    expect(box).not_to_contain_text("has muted")

    # A camera comes in the middle of it, from both sides.
    window.locator("[data-call=camera]").click()
    expect(pane.locator("[data-call-other]")).not_to_have_class(re.compile("call-dark"))
    console.wait_for_function(f"async () => (await ({FLOW})()).decoded > 3", timeout=PATIENCE)
    pane.locator("[data-call=camera]").click()
    page.wait_for_function(f"async () => (await ({FLOW})()).decoded > 3", timeout=PATIENCE)
    flows(page, "video")
    looker.look_at(page, "window with pictures")
    window.locator("[data-call=camera]").click()
    expect(pane.locator("[data-call-other]")).to_have_class(re.compile("call-dark"))

    # The manager's screen instead of their camera, and back to none: the shopper is told and sees it.
    decoded = page.evaluate(FLOW)["decoded"]
    share = pane.locator("[data-call=screen]")
    share.click()
    expect(share).to_have_attribute("aria-pressed", "true")
    expect(window.locator(".call")).to_contain_text("is sharing the screen")
    page.wait_for_function(f"async (n) => (await ({FLOW})()).decoded > n + 3", arg=decoded, timeout=PATIENCE)
    page.wait_for_function(SHOWN, timeout=PATIENCE)
    looker.look_at(page, "window with a screen")
    share.click()
    expect(share).to_have_attribute("aria-pressed", "false")
    expect(window.locator(".call")).not_to_contain_text("is sharing the screen")
    expect(window.locator("[data-call-other]")).to_have_class(re.compile("call-dark"))

    # Writing goes on beside it; then it ends, with how long it was.
    window.get_by_role("textbox", name="Your message").fill("I hear you well")
    window.get_by_role("textbox", name="Your message").press("Enter")
    expect(pane.get_by_role("log")).to_contain_text("I hear you well")
    pane.get_by_role("button", name="Hang up").click()
    for side in (window, pane):
        expect(side.get_by_role("log")).to_contain_text(re.compile(r"The call has ended\. It lasted \d+ min \d+ s\."))
    expect(window.locator(".call")).to_contain_text("The call has ended.")
    assert page.evaluate("peers.at(-1).connectionState") == "closed"
    end(pane)
    assert looker.found == []


def test_a_call_from_the_manager_not_taken_missed_and_then_lost(two, live_site):
    page, window, console, pane = talking(two, live_site, phone=True)
    # Not now.
    pane.get_by_role("button", name="Call with camera").click()
    expect(window.locator(".call")).to_contain_text("is calling, with picture")
    window.locator("[data-call=decline]").click()
    expect(pane.locator(".call")).to_contain_text("cannot talk just now")
    expect(window.get_by_role("log")).to_contain_text("The call was not taken.")
    # Given up by who called.
    pane.get_by_role("button", name="Call by voice").click()
    expect(window.locator(".call")).to_contain_text("is calling")
    pane.get_by_role("button", name="Hang up").click()
    expect(window.get_by_role("log")).to_contain_text("Missed call.")
    # Taken, and the shopper's network goes away: the manager is told, and it comes back.
    pane.get_by_role("button", name="Call by voice").click()
    window.get_by_role("button", name="Answer", exact=True).click()
    expect(pane.locator(".call")).to_contain_text("In a call with")
    flows(console, "audio")
    page.context.set_offline(True)
    expect(pane.locator(".call")).to_contain_text("is interrupted", timeout=30_000)
    page.context.set_offline(False)
    expect(pane.locator(".call")).to_contain_text("In a call with", timeout=30_000)
    flows(console, "audio")
    # Away for good: the page is closed.
    page.close(run_before_unload=False)
    expect(pane.get_by_role("log")).to_contain_text("The call has ended.", timeout=90_000)
    end(pane)


def test_without_a_microphone_the_conversation_goes_on(live_site, browser):
    """A browser that denies: a clear word on both sides, and writing goes on."""
    args = [*FLAGS, "--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    chromium = browser.browser_type.launch(executable_path=chromium_path(), headless=True, args=args)
    people = People(chromium, live_site.address)
    _page, window, _console, pane = talking(people, live_site, shopper={}, manager=ALLOWED)
    pane.get_by_role("button", name="Call by voice").click()
    window.get_by_role("button", name="Answer", exact=True).click()
    kindly = window.get_by_role("button", name="Go on", exact=True)
    # Which of the two comes hangs on whether the browser tells beforehand that it will refuse.
    expect(window.locator(".call")).to_contain_text(re.compile("Your browser now asks|is blocked"))
    if window.locator(".call").get_attribute("data-state") == "explaining":
        expect(window.locator(".call")).to_contain_text("Your browser now asks for the microphone.")
        kindly.click()
    expect(window.locator(".call")).to_contain_text("The microphone is blocked for this page.")
    expect(pane.locator(".call")).to_contain_text("cannot take calls here")
    window.get_by_role("textbox", name="Your message").fill("In writing then")
    window.get_by_role("textbox", name="Your message").press("Enter")
    expect(pane.get_by_role("log")).to_contain_text("In writing then")
    end(pane)
    people.leave()
    chromium.close()
