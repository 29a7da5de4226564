"""A manager at the console and a shopper at the window, in two real browsers: at a desk, on a phone, walking around."""

import json
import re
import sys

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import STORE, STREET, UNION, field, open_window, write

pytestmark = pytest.mark.timeout(500)

CONSOLE = f"/manage/{UNION}/{STORE}/console/"


def log_in(page):
    """Say "I am here" unless this browser has said so before."""
    page.get_by_label("Where you are").fill("Counter")
    page.get_by_role("button", name="I am here").click()
    expect(page.locator("[data-status]")).to_be_visible()
    expect(page.locator("[data-status]")).to_have_value("available")


def log_out(page):
    page.goto(CONSOLE)
    page.locator("[data-status]").select_option("off")
    expect(page.get_by_role("button", name="I am here")).to_be_visible()


def pane(page):
    return page.locator(".console-pane.current")


def say(page, text):
    box = pane(page).get_by_label("Your message")
    box.fill(text)
    box.press("Enter")


def test_a_manager_answers_shows_goods_and_walks_around(live_site, new_page):
    desk, phone = new_page(locale="en-GB"), new_page(phone=True, locale="en-GB")
    look = Looker()
    look.watch(desk)
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    look.look_at(desk, "console before logging in")
    log_in(desk)

    phone.goto(STREET)
    window = open_window(phone)
    write(window, "Is the sourdough vegan?")
    ring = desk.locator(".console-ring")
    expect(ring).to_contain_text("Is the sourdough vegan?")
    expect(desk).to_have_title("(1) Conversations · Penberth Bakery")
    look.look_at(desk, "console while it rings")
    desk.keyboard.press("Enter")
    expect(pane(desk).get_by_label("Your message")).to_be_focused()
    expect(ring).to_have_count(0)
    say(desk, "It is: flour, water, salt.")
    expect(window.locator(".talk-message", has_text="flour, water, salt")).to_be_visible()

    # A note is for the team alone.
    pane(desk).get_by_label("Note for the team").check()
    say(desk, "Asks about allergens, be careful")
    expect(pane(desk).locator(".console-note")).to_contain_text("Asks about allergens")
    desk.get_by_role("button", name="Show").click()
    desk.locator("#picker-words").fill("sourdough")
    desk.locator("#console-picker [data-card=product]").first.click()
    expect(window.locator(".talk-card")).to_be_visible()
    assert "allergens" not in phone.content()
    expect(desk.locator("#console-context")).to_contain_text("Asks about allergens")
    look.look_at(desk, "console with a conversation")

    # Walking through other pages keeps the manager there, and the strip tells what the shopper wrote.
    desk.goto(f"/manage/{UNION}/{STORE}/stock/")
    strip = desk.locator("[data-console-strip]")
    expect(strip).to_contain_text("You are available")
    write(window, "And is there rye?")
    expect(strip).to_contain_text("A shopper has written to you.")
    expect(window.locator("[data-presence-line]")).not_to_contain_text("Leave a message")
    strip.get_by_role("link").click()
    expect(pane(desk).locator(".talk-log")).to_contain_text("And is there rye?")

    # The picture of a conversation that comes back is whole, also without the network in between.
    desk.context.set_offline(True)
    say(desk, "Rye comes on Friday.")
    desk.context.set_offline(False)
    expect(window.locator(".talk-message", has_text="Rye comes on Friday.")).to_be_visible()
    assert window.locator(".talk-message", has_text="Rye comes on Friday.").count() == 1

    desk.once("dialog", lambda asked: asked.accept())
    desk.keyboard.press("Escape")
    desk.keyboard.press("e")
    expect(window.locator("[data-form=rate]")).to_be_visible()
    log_out(desk)
    assert look.found == []


def test_saved_replies_and_keys(live_site, new_page):
    desk, shopper = new_page(locale="en-GB"), new_page(locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=f"/manage/{UNION}/{STORE}/talk/replies/")
    desk.get_by_label("Shortcut").fill("hello")
    desk.locator("textarea[name=text]").last.fill("Welcome to {store}, {name}!")
    desk.get_by_role("button", name="Save").last.click()
    expect(desk.get_by_text("Welcome to {store}, {name}!").first).to_be_visible()
    desk.goto(CONSOLE)
    log_in(desk)
    shopper.goto(STREET)
    window = open_window(shopper)
    write(window, "Good morning")
    desk.locator("[data-accept]").click()
    box = pane(desk).get_by_label("Your message")
    expect(box).to_be_focused()
    box.press_sequentially("/hel")
    expect(pane(desk).locator("[data-replies]")).to_contain_text("/hello")
    box.press("Tab")
    expect(box).to_have_value("Welcome to Penberth Bakery, Guest!")
    box.press("Enter")
    expect(window.locator(".talk-message", has_text="Welcome to Penberth Bakery")).to_be_visible()
    box.press("Escape")
    desk.keyboard.press("?")
    expect(desk.locator("#console-help")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    expect(box).to_be_focused()
    log_out(desk)


def asked(phone, shopper, words):
    """A shopper writes, and the manager takes it on a phone. Returns the shopper's window."""
    shopper.goto(STREET)
    window = open_window(shopper)
    write(window, words)
    phone.locator("[data-accept]").tap()
    return window


def test_a_phone_shows_one_at_a_time_and_nothing_hangs_over(live_site, new_page):
    phone, shopper = new_page(phone=True, locale="en-GB", color_scheme="dark"), new_page(locale="en-GB")
    look = Looker()
    look.watch(phone)
    sign_in(phone, manager_of(live_site, STORE), then=CONSOLE)
    log_in(phone)
    window = asked(phone, shopper, "Do you open on Sunday?")
    expect(pane(phone)).to_be_visible()
    expect(phone.locator("[data-list]")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    say(phone, "From eight to noon.")
    expect(window.locator(".talk-message", has_text="From eight to noon.")).to_be_visible()
    expect(field(window)).to_be_visible()
    phone.locator("[data-do=context]").tap()
    expect(phone.locator("#console-context")).to_contain_text("This is the first time.")
    phone.locator("[data-close-context]").tap()
    phone.locator(".console-back").tap()
    expect(phone.locator("[data-list]")).to_contain_text("From eight to noon.")
    for place in ("talk/", "talk/managers/", "talk/replies/", "talk/blocked/", "wall/"):
        phone.goto(f"/manage/{UNION}/{STORE}/{place}")
        look.look_at(phone, place)
    log_out(phone)
    assert look.found == []


def test_how_it_stood_before_the_last_words_does_not_undo_them(live_site, new_page):
    """A console hears words at once, and how a conversation stands by way of Redis."""
    phone, shopper = new_page(phone=True, locale="en-GB"), new_page(locale="en-GB")
    late, lines = [], []

    def hold(line):
        lines.append(line)
        server = line.connect_to_server()
        server.on_message(lambda text: late.append(text) if is_taken(text) else line.send(text))

    def is_taken(text):
        frame = json.loads(text)
        return frame["type"] == "conversation" and frame["state"] == "active"

    phone.route_web_socket(re.compile(r"/ws/console/"), hold)
    sign_in(phone, manager_of(live_site, STORE), then=CONSOLE)
    log_in(phone)
    window = asked(phone, shopper, "And on Saturday?")
    say(phone, "All day.")
    expect(window.locator(".talk-message", has_text="All day.")).to_be_visible()
    phone.locator(".console-back").tap()
    row = phone.locator("[data-list] li", has_text="All day.")
    expect(row).to_be_visible()
    while not late:
        phone.wait_for_timeout(20)
    lines[-1].send(json.dumps(json.loads(late[0]) | {"shopper": {"name": "Ada Late", "member": False}}))
    expect(phone.locator("[data-list] li", has_text="Ada Late")).to_contain_text("All day.")
    log_out(phone)


def test_the_unions_wall_and_support(live_site, new_page):
    office = new_page(locale="en-GB")
    look = Looker()
    look.watch(office)
    sign_in(office, "admin@cornwall.martunion.example", then=f"/manage/{UNION}/-/wall/")
    expect(office.get_by_role("heading", name="Live wall")).to_be_visible()
    look.look_at(office, "wall")
    office.goto(f"/manage/{UNION}/-/console/")
    log_in(office)
    office.goto(f"/manage/{UNION}/-/wall/")
    expect(office.locator("#wall")).to_contain_text("0/4")
    office.goto(f"/manage/{UNION}/-/console/")
    office.locator("[data-status]").select_option("off")
    expect(office.get_by_role("button", name="I am here")).to_be_visible()
    assert look.found == []


WAITING = 1000
MANY = f"""
from django.utils import timezone
from chat.models import Conversation, Participant
from stores.models import Store
store = Store.objects.select_related("union").get(slug="{STORE}")
now = timezone.now()
made = Conversation.objects.bulk_create(
    Conversation(union=store.union, store=store, ref=f"MANY-{{n:05}}", visitor=f"many{{n}}", shopper_name=f"No {{n}}",
                 last_text="Hello?", created_at=now, waiting_since=now) for n in range({WAITING}))
Participant.objects.bulk_create(
    Participant(union=store.union, conversation=each, role="shopper", joined_at=now) for each in made)
"""
DONE = f"""
from chat.models import Conversation
Conversation.objects.filter(store__slug="{STORE}", ref__startswith="MANY-").update(state="ended", offered_to=None)
"""
FIRST_ROW = """
async () => {
  const row = () => document.querySelector("[data-list] .console-part.waiting .console-row");
  while (!row()) await new Promise(requestAnimationFrame);
  return Math.round(performance.now());
}
"""
NEXT_UPDATE = """
async () => {
  const heading = () => [...document.querySelectorAll("[data-list] h3")].map((each) => each.textContent).join();
  const before = heading(), from = performance.now();
  while (heading() === before) await new Promise(requestAnimationFrame);
  return Math.round(performance.now() - from);
}
"""


def test_a_thousand_waiting_conversations_stay_usable(live_site, new_page):
    """docs/performance.md tells what this prints; the limits here are wide enough for a busy machine."""
    desk = new_page(locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    sizes = []
    desk.on("websocket", lambda line: line.on("framereceived", lambda text: sizes.append(len(text))))
    try:
        live_site.python(MANY)
        paints = []
        for _ in range(3):
            desk.goto(CONSOLE)
            paints.append(desk.evaluate(FIRST_ROW))
        rows = desk.locator("[data-list] .console-row").count()
        assert rows <= 60
        desk.locator("[data-accept]").first.click()
        update = desk.evaluate(NEXT_UPDATE)
        desk.locator(".console-part.waiting [data-more]").click()
        expect(desk.locator(".console-part.waiting .console-row").nth(80)).to_be_attached()
        told = f"first row after {paints} ms, a change after {update} ms, largest frame {max(sizes)} bytes, {rows} rows"
        sys.stdout.write(told + "\n")
        assert min(paints) < 5_000
        assert max(sizes) < 100_000
    finally:
        live_site.python(DONE)
        log_out(desk)
