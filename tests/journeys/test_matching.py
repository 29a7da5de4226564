"""A wish goes to all shops at once: a person on a phone and two shops' own programs answer, and one answer is used.

The programs are those that a shop installs, started as it starts them, each with a key of its store.
"""

import io
import json
import re
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.connector.lines import running
from tests.journeys.desks import at_console, end, take, until, workplace
from tests.journeys.looking import WIDTHS, Looker, sign_in

pytestmark = pytest.mark.timeout(500)

UNION = "cornwall"
ASK = f"/u/{UNION}/match/"
CHANDLER, OWNER = "falmouth-chandlery", "loveday@falmouth-chandlery.example"
CYCLES, SURF = "camel-cycles", "polzeath-surf"
PHONE = WIDTHS[:1]
OPEN_UP = """
import json
from matching.models import Subscription
from matching.queries.signals import suggest_codes
from stores.models import Store, Variant
from stores.services.keys import issue_key
code = suggest_codes({words!r}, limit=1)[0]
made, keys = [], {{}}
for slug in {stores!r}:
    store = Store.objects.select_related("union").get(union__slug="cornwall", slug=slug)
    one, new = Subscription.objects.get_or_create(union=store.union, store=store, code=code)
    made += [one.pk] * new
for slug in {programs!r}:
    store = Store.objects.select_related("union").get(union__slug="cornwall", slug=slug)
    key, keys[slug] = issue_key(union=store.union, name="Journey", scopes=["calls:write"], actor=None, store=store)
    made.append("key " + str(key.pk))
light = Variant.objects.select_related("stock").get(store__slug="camel-cycles", product__slug="dynamo-light")
print("MADE", json.dumps([made, keys, light.sku, light.stock.available]))
"""
CLOSE = """
import json
from django.utils import timezone
from matching.models import MatchResponse, Subscription
from orders.services.cart import hold_owner
from stores.models import ApiKey, StockLevel
from stores.services.keys import revoke_key
from stores.services.stock import release_holds
now = timezone.now()
for each in {made!r}:
    if isinstance(each, int):
        Subscription.objects.filter(pk=each).delete()
    else:
        revoke_key(key=ApiKey.objects.get(pk=int(each.removeprefix("key "))), actor=None, now=now)
lights = StockLevel.objects.filter(variant__store__slug="camel-cycles", variant__product__slug="dynamo-light")
left = [lights.get().available]
used = MatchResponse.objects.filter(variant__stock__in=lights, proposal__isnull=False)
owners = [hold_owner(line_id=0, proposal_id=each.proposal_id) for each in used]
release_holds(owners=owners, now=now, reason="journey")
print("LEFT", json.dumps([*left, lights.get().available]))
"""
HEAR_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""
SLOW = """
import pathlib, time

def answer(call):
    begun = pathlib.Path(__file__).with_name("begun")
    if not begun.exists():
        begun.touch()
        time.sleep(60)
    return {"title": "Brass carriage lantern", "price": 5900, "quantity": call["quantity"]}
"""


def told(printed, name):
    return next(line.removeprefix(name) for line in printed.splitlines() if line.startswith(name))


@contextmanager
def shops_ready(site, *, words, stores, programs, held):
    """These stores are asked for what the words mean, and these have keys for a program; in the end as before.

    Meanwhile so many of the lights are held by an answer that is used.
    """
    made, keys, sku, available = json.loads(
        told(site.python(OPEN_UP.format(words=words, stores=stores, programs=programs)), "MADE")
    )
    try:
        yield keys, sku
    finally:
        left = json.loads(told(site.python(CLOSE.format(made=made)), "LEFT"))
    assert left == [available - held, available]


def program(folder: Path, site, key: str, source: str, **files: str) -> Path:
    """A shop's configuration, with what it names beside it."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    config = folder / "martunion-connector.toml"
    config.write_text(f'site = "{site.address}"\nkey = "{key}"\n[list]\n{source}\n[log]\nfile = "connector.log"\n')
    return config


def logged(config: Path, words: str, *, times: int = 1) -> None:
    """Wait until the program has written this."""
    log = config.with_name("connector.log")
    until(lambda: log.exists() and len(re.findall(words, log.read_text())) >= times, patience=60)


def photo() -> dict[str, object]:
    """As a phone's camera gives it."""
    image = Image.new("RGB", (640, 480), "#205060")
    ImageDraw.Draw(image).ellipse((220, 100, 420, 380), fill="#c8a040")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return {"name": "lantern.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def shops(page):
    """The stores whose answers stand there, in their order."""
    return page.locator(".answers > li p > a.strong").all_inner_texts()


def is_drawn(picture) -> bool:
    return picture.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")


def test_a_wish_is_answered_by_a_person_and_two_programs_and_one_answer_is_used(live_site, new_page, tmp_path):
    look = Looker()
    page, phone = look.watch(new_page(locale="en-GB")), look.watch(new_page(phone=True, locale="en-GB"))
    with shops_ready(
        live_site, words="brass lamp", stores=[CHANDLER, CYCLES, SURF], programs=[CYCLES, SURF], held=2
    ) as (keys, sku):
        light = f"sku,title,words,price,stock\n{sku},Dynamo front light,brass lamp,36.00,5\n"
        storm = "title,price,stock,delivery\nBrass storm lamp,64.00,9,5.00\nBrass lamp of 1880,640.00,1,\n"
        cycles = program(tmp_path / "cycles", live_site, keys[CYCLES], 'file = "list.csv"', list_csv=light)
        surf = program(tmp_path / "surf", live_site, keys[SURF], 'file = "list.csv"', list_csv=storm)
        with running(cycles), running(surf):
            phone.add_init_script(HEAR_TONES)
            sign_in(phone, OWNER, then=f"{workplace(CHANDLER)}orders/")
            logged(cycles, "Connected")
            logged(surf, "Connected")
            ref = throw_a_wish(page, look)
            answer_in_three_presses(phone, look)
            choose_and_use(page, look)
            # The others hear that it is over, and the shop whose answer it was sets the goods aside.
            expect(phone.locator("[data-call-over]")).to_be_visible()
            logged(cycles, f"SOLD {ref}: 2 × Dynamo front light")
            assert "SOLD" not in surf.with_name("connector.log").read_text()
            phone.goto(f"{workplace(CHANDLER)}calls/?view=lost")
            expect(phone.locator("main li").first).to_contain_text("brass lamp")
            look.look_at(phone, "answers not chosen", PHONE)
            taken_out_and_back(page, look, ref)
    assert look.found == []


def throw_a_wish(page, look):
    page.goto(ASK)
    page.get_by_label("What are you looking for?").fill("brass lamp")
    page.get_by_label("How many").fill("2")
    page.get_by_label("Budget for all of it").fill("135")
    page.get_by_text("Picture, condition, time").click()
    page.get_by_label("Pictures of it").set_input_files(photo())
    look.look_at(page, "a wish")
    page.get_by_role("button", name="Ask the shops").click()
    page.wait_for_url(re.compile(r"/match/[^/]+/$"))
    page.evaluate("window.stayed = true")
    expect(page.locator(".answers > li")).to_have_count(2)
    assert is_drawn(page.locator(".wish-picture"))
    return page.locator("[data-ref]").get_attribute("data-ref")


def answer_in_three_presses(phone, look):
    strip = phone.locator("[data-calls-strip]")
    expect(strip).to_contain_text("Somebody is looking for: brass lamp")
    expect(phone.locator("[data-count=calls]:visible").first).to_have_text(re.compile("[1-9]"))
    assert phone.evaluate("tones") == 2
    look.look_at(phone, "a wish is told", PHONE)
    strip.get_by_role("link").tap()
    assert is_drawn(phone.locator(".wish-picture"))
    expect(phone.locator("main")).to_contain_text("up to £135.00")
    look.look_at(phone, "a wish at the counter", PHONE)
    phone.get_by_text("Brass cabin lantern").tap()
    phone.get_by_role("button", name="Send the answer").tap()
    expect(phone.locator("main")).to_contain_text("Sent. You are told here when it is chosen.")
    look.look_at(phone, "an answer at the counter", PHONE)


def choose_and_use(page, look):
    """The answers came by themselves; narrowed, sorted, side by side, and the best one is bought."""
    cycles, surf, chandler = "Camel Estuary Cycles", "Polzeath Surf School", "Custom House Chandlery"
    expect(page.locator(".answers > li")).to_have_count(3)
    assert page.evaluate("window.stayed") is True
    points = [int(text.split()[0]) for text in page.locator(".answers summary").all_inner_texts()]
    assert points == sorted(points, reverse=True)
    best = page.locator(".answers > li.best")
    expect(best).to_contain_text("Dynamo front light")
    look.look_at(page, "three answers")
    order = page.get_by_role("navigation", name="Order")
    order.get_by_role("link", name="Price").click()
    expect(order.get_by_role("link", name="Price")).to_have_attribute("aria-current", "true")
    assert shops(page) == [cycles, surf, chandler]
    narrow = page.get_by_role("navigation", name="Only those that fit")
    narrow.get_by_role("link", name="Within my budget").click()
    expect(page.locator(".answers > li")).to_have_count(2)
    assert shops(page) == [cycles, surf]
    narrow.get_by_role("link", name="Within my budget").click()
    page.get_by_role("link", name="Side by side").click()
    table = page.get_by_role("region", name="The answers side by side").get_by_role("table")
    altogether = table.get_by_role("row", name="Altogether").get_by_role("cell")
    expect(altogether).to_have_text(["£72.00", "£133.00", "£136.00"])
    look.look_at(page, "answers side by side")
    table.get_by_role("button", name="Put it in the cart").first.click()
    page.wait_for_url(f"**/u/{UNION}/cart/")
    line = page.locator("ul.lines > li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Dynamo front light")
    expect(line).to_contain_text("2 × · Agreed with the store, instead of £39.00 each")
    expect(line.locator(".price")).to_have_text("£72.00")
    look.look_at(page, "the used answer in the cart")


def taken_out_and_back(page, look, ref):
    """Out of the cart it is still the shopper's: the wish leads back to it, at the same price."""
    remove = page.get_by_role("button", name="Remove Dynamo front light from the cart")
    remove.click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    page.goto(f"{ASK}{ref}/")
    expect(page.locator("main")).to_contain_text("You chose the answer of Camel Estuary Cycles")
    look.look_at(page, "a wish that is over")
    page.get_by_role("button", name="Go on with it").click()
    expect(page.locator("ul.lines > li .price")).to_have_text("£72.00")
    remove.click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()


def test_a_killed_program_answers_what_waited_once_and_a_talk_is_used(live_site, new_page, tmp_path):
    look = Looker()
    page, desk = look.watch(new_page(phone=True, locale="en-GB")), look.watch(new_page(locale="en-GB"))
    with shops_ready(live_site, words="brass lamp", stores=[], programs=[CYCLES], held=0) as (keys, _sku):
        config = program(tmp_path / "cycles", live_site, keys[CYCLES], 'function = "slow:answer"', slow_py=SLOW)
        with running(config) as killed:
            logged(config, "Connected")
            ask_only(page, "carriage lantern", "Camel Estuary Cycles")
            # It is in the middle of it.
            until(config.with_name("begun").exists)
            killed.send_signal(signal.SIGKILL)
            killed.wait(30)
            expect(page.get_by_role("heading", name="The shops are being asked")).to_be_visible()
        page.evaluate("window.stayed = true")
        with running(config):
            answers = page.locator(".answers > li")
            expect(answers).to_contain_text(["Brass carriage lantern"])
            logged(config, "Connected", times=2)
            logged(config, "Answered")
        assert page.evaluate("window.stayed") is True
        page.reload()
        expect(answers).to_have_count(1)
        # Given once and not changed by itself.
        expect(answers.locator("input[name=version]").first).to_have_value("1")
        assert len(re.findall("Answered", config.with_name("connector.log").read_text())) == 1
        page.get_by_role("button", name="Take the wish back").tap()
        sure = page.get_by_role("dialog").get_by_role("button", name="Take it back")
        expect(sure).to_be_visible()
        # The line goes and comes meanwhile: what is asked about stays on the page.
        with page.expect_response("**/answers/"):
            page.context.set_offline(True)
            page.context.set_offline(False)
        sure.tap()
        expect(page.get_by_role("heading", name="You took this wish back")).to_be_visible()
    talk_about_it(page, desk, look)
    assert look.found == []


def ask_only(page, words, *names):
    """On a phone, narrowed to the chosen shops."""
    page.goto(ASK)
    page.get_by_label("What are you looking for?").fill(words)
    page.get_by_text("Which shops").tap()
    for name in names:
        page.get_by_label(name).check()
    page.get_by_role("button", name="Ask the shops").tap()
    page.wait_for_url(re.compile(r"/match/[^/]+/$"))


def talk_about_it(page, desk, look):
    """The manager would rather talk; the shopper takes that up, and they do."""
    sign_in(desk, OWNER, then=f"{workplace(CHANDLER)}console/")
    with at_console(desk, CHANDLER):
        ask_only(page, "a mast for a dinghy", "Custom House Chandlery")
        page.evaluate("window.stayed = true")
        strip = desk.locator("[data-calls-strip]")
        expect(strip).to_contain_text("Somebody is looking for: a mast for a dinghy")
        strip.get_by_role("link").click()
        desk.get_by_text("Let us talk").click()
        desk.get_by_label("Some words with it").fill("Which dinghy is it?")
        desk.get_by_role("button", name="Send the answer").click()
        expect(desk.locator("main")).to_contain_text("Sent. You are told here when it is chosen.")
        answer = page.locator(".answers > li")
        expect(answer).to_contain_text("Which dinghy is it?")
        assert page.evaluate("window.stayed") is True
        look.look_at(page, "an answer that is a talk", PHONE)
        answer.get_by_role("button", name="Talk about it").tap()
        page.wait_for_url(re.compile(rf"/u/{UNION}/conversations/[^/]+/"))
        window = page.get_by_role("dialog")
        expect(window.get_by_role("log")).to_contain_text("a mast for a dinghy")
        expect(strip).to_contain_text("Your answer was chosen")
        desk.goto(f"{workplace(CHANDLER)}console/")
        log = take(desk, "a mast for a dinghy")
        log.get_by_label("Your message").fill("A Mirror's mast is on the wall here.")
        log.get_by_label("Your message").press("Enter")
        expect(window.get_by_role("log")).to_contain_text("A Mirror's mast is on the wall here.")
        look.look_at(page, "the talk about it", PHONE)
        end(desk)
    page.goto(ASK)
    expect(page.locator("main li", has_text="a mast for a dinghy").locator(".badge")).to_be_visible()
    look.look_at(page, "wishes of before", PHONE)
