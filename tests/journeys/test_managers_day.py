"""A shopkeeper's whole day on the phone behind the counter.

Orders come in, are picked by one list and packed; a parcel fails and is brought again; an order is handed over with its
code; a question is answered; a piece comes back; a delivery is laid in; the last hour sells urgently; the figures tell.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.desks import street, workplace
from tests.journeys.looking import WIDTHS, Looker, sign_in

pytestmark = pytest.mark.timeout(900)

STORE = "bodmin-wool"
MANAGER = "jenifer@bodmin-wool.example"
PHONE = WIDTHS[:1]
WORK = workplace(STORE)
SOAP = "BW-09-01"


def put_in_the_cart(page, product: str, kind: str = "", pieces: int = 1) -> None:
    page.goto(f"{street(STORE)}{product}/")
    if kind:
        page.get_by_text(kind, exact=True).first.click()
    page.fill("input[name=quantity]", str(pieces))
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/u/cornwall/cart/")


def pay(page, *, name: str, way: str) -> str:
    """What is in the cart, as a guest; the number of the order. The page then follows the purchase."""
    page.goto("/u/cornwall/checkout/")
    page.get_by_text(way).first.click()
    page.fill("#id_email", f"{name.lower()}@day.example")
    page.fill("#id_recipient", f"{name} Pascoe")
    if way.startswith("Post"):
        for field, value in (("line1", "3 Fore Street"), ("city", "Bodmin"), ("postal_code", "PL31 2HQ")):
            page.fill(f"#id_{field}", value)
        page.select_option("#id_country", "GB")
    page.get_by_role("button", name="Check everything").click()
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    page.wait_for_url("**/u/cornwall/track/**")
    return str(page.locator("#purchase section.panel[id]").first.get_attribute("id"))


def open_order(page, number: str) -> None:
    page.goto(f"{WORK}orders/{number}/")
    expect(page.get_by_role("heading", name=number)).to_be_visible()


def press(page, name, *, within=None) -> None:
    (within or page).get_by_role("button", name=name, exact=True).click()


def accept_and_pack_together(page, numbers: list[str], looker: Looker) -> None:
    """The orders have come in by themselves; both are accepted, picked by one list and packed at once."""
    for number in numbers:
        expect(page.get_by_role("link", name=number)).to_be_visible()
    looker.look_at(page, "orders to do", PHONE)
    for do, said in (("Accept", "2 orders accepted."), ("Packed", "2 orders packed.")):
        for number in numbers:
            page.get_by_label(f"Choose {number}").check()
        press(page, do, within=page.locator(".bulk"))
        expect(page.locator("main")).to_contain_text(said)
        if do == "Accept":
            page.goto(f"{WORK}orders/pick-list/?order={numbers[0]}&order={numbers[1]}")
            expect(page.get_by_role("row", name=re.compile("Lavender"))).to_contain_text("2")
            looker.look_at(page, "pick list", PHONE)
            page.goto(f"{WORK}orders/")


def send_in_two_parcels(page, number: str, looker: Looker) -> None:
    """The balm goes first, the soap follows; its first delivery fails."""
    open_order(page, number)
    for field, pieces in (("Lanolin soap", "0"), ("hand balm", "1")):
        page.get_by_label(re.compile(field)).fill(pieces)
    looker.look_at(page, "order to send", PHONE)
    press(page, "Hand to the carrier")
    expect(page.locator("section[aria-labelledby=parcels] li")).to_have_count(1)
    press(page, "Hand to the carrier")
    expect(page.locator(".page-head .badge").first).to_have_text("shipped")
    parcels = page.locator("section[aria-labelledby=parcels] li a[href*='/parcels/']")
    expect(parcels).to_have_count(2)
    first, second = (str(parcels.nth(at).get_attribute("href")) for at in range(2))
    note(page, first, "delivered")
    note(page, second, "failed")
    looker.look_at(page, "failed parcel", PHONE)
    page.get_by_label("A word to the shopper").fill("Tomorrow before ten.")
    press(page, "Bring it again")
    note(page, second, "delivered")
    open_order(page, number)
    expect(page.locator(".page-head .badge").first).to_have_text("delivered")


def note(page, parcel: str, state: str) -> None:
    """What happened to a parcel, by hand."""
    page.goto(parcel)
    page.get_by_text("Note what happened").click()
    page.select_option("#id_state", state)
    press(page, "Note it")
    expect(page.locator(".page-head .badge").first).not_to_have_text("pending")


def hand_over_with_the_code(page, shopper, number: str, looker: Looker) -> None:
    """A wrong code hands nothing over; the one on the shopper's phone does."""
    code = shopper.locator(f"[id='{number}'] strong.large").inner_text().strip()
    open_order(page, number)
    page.locator("#id_code").fill("".join("1" if digit != "1" else "2" for digit in code))
    press(page, "Handed over to the shopper")
    expect(page.locator("#id_code")).to_have_attribute("aria-invalid", "true")
    looker.look_at(page, "wrong code", PHONE)
    page.locator("#id_code").fill(code)
    press(page, "Handed over to the shopper")
    expect(page.locator(".page-head .badge").first).to_have_text("delivered")


def ask(shopper, number: str, looker: Looker) -> None:
    """The shopper asks about the order."""
    shopper.locator(f"[id='{number}']").get_by_role("link", name="Ask or complain").click()
    shopper.get_by_label("I have a question").check()
    shopper.get_by_label("What would you like to say?").fill("May the soap be used for a baby?")
    looker.look_at(shopper, "ask the store", PHONE)
    press(shopper, "Send it to the store")


def answer(page, looker: Looker) -> None:
    """The question waits with its clock, is answered and settled."""
    page.goto(f"{WORK}responses/")
    looker.look_at(page, "responses", PHONE)
    page.locator("main").get_by_role("link", name=re.compile("May the soap|question", re.IGNORECASE)).first.click()
    page.get_by_label("Your answer").fill("Yes: there is no scent in the plain one.")
    looker.look_at(page, "response", PHONE)
    press(page, "Send it and settle")
    expect(page.locator("main")).to_contain_text("resolved it")


def read_the_answer_while_writing(shopper, answer) -> None:
    """It stands on the shopper's open page by itself; what they are writing there stays, and goes on from it."""
    more = shopper.get_by_label("Your words").first
    more.fill("And for a dog?")
    answer()
    expect(shopper.locator("#said")).to_contain_text("no scent in the plain one")
    expect(shopper.locator("#said .badge")).to_have_text("resolved")
    expect(more).to_have_value("And for a dog?")
    press(shopper, "Send")
    expect(shopper.locator("#said")).to_contain_text("And for a dog?")
    expect(shopper.locator("#said .badge")).not_to_have_text("resolved")


def take_a_piece_back(page, shopper, number: str, looker: Looker) -> None:
    """Asked for on the shopper's phone, approved, received into stock, refunded; both see the same money."""
    shopper.locator(f"[id='{number}']").get_by_role("link", name="Give something back").click()
    shopper.get_by_label(re.compile("Lanolin soap")).fill("1")
    shopper.get_by_label("What is the matter with it?").fill("Too much lavender")
    press(shopper, "Ask the store")
    shopper.wait_for_url("**/track/**")
    page.goto(f"{WORK}returns/")
    page.locator("main li.panel").filter(has_text=number).get_by_role("link").first.click()
    press(page, "Take them back")
    looker.look_at(page, "return to receive", PHONE)
    press(page, "These have come")
    press(page, "Give the money back")
    expect(page.locator("main")).to_contain_text("Given back")
    shopper.reload()
    expect(shopper.locator(f"[id='{number}']")).to_contain_text("−£6.50")


def lay_in(page, looker: Looker) -> None:
    """Twelve pieces come with a delivery note."""
    page.goto(f"{WORK}stock-sheets/new/lay_in/")
    page.get_by_label("Number of the delivery note").fill("DN-DAY-1")
    press(page, "Begin")
    page.get_by_label("Bar code or number").fill(f"12*{SOAP}")
    press(page, "Put on the sheet")
    expect(page.get_by_role("region", name="On this sheet")).to_contain_text(SOAP)
    looker.look_at(page, "sheet", PHONE)
    press(page, "Book the sheet")
    expect(page.locator(".page-head .badge")).to_have_text("booked")


def sell_the_last_hour_urgently(page, looker: Looker) -> None:
    """Planned for now, seen by everybody, ended by hand; what was set aside is back."""
    now = datetime.now(tz=ZoneInfo("Europe/London"))
    page.goto(f"{WORK}urgent-sales/new/")
    page.locator("#id_variant").select_option(
        label=re.compile("unused")
        and page.locator("#id_variant option").filter(has_text="hand balm").first.inner_text()
    )
    page.fill("#id_quantity", "5")
    page.fill("#id_percent", "30")
    page.fill("#id_starts_at", now.strftime("%Y-%m-%dT%H:%M"))
    page.fill("#id_ends_at", (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    looker.look_at(page, "urgent sale", PHONE)
    press(page, "Plan it")
    expect(page.locator("main")).to_contain_text("running")
    looker.look_at(page, "urgent sale runs", PHONE)
    press(page, "End it now")
    press(page, "End it now", within=page.get_by_role("dialog"))
    expect(page.locator("main")).to_contain_text("over")


def test_a_managers_whole_day_on_a_phone(live_site, new_page):
    looker = Looker()
    page = looker.watch(new_page(phone=True))
    sign_in(page, MANAGER, then=f"{WORK}parcels/counter/")
    page.get_by_label(re.compile("code", re.IGNORECASE)).first.check()
    press(page, "Save")
    page.goto(f"{WORK}orders/")

    ann, ben = looker.watch(new_page(phone=True)), looker.watch(new_page(phone=True))
    put_in_the_cart(ann, "lanolin-soap", "Lavender", pieces=2)
    put_in_the_cart(ann, "hand-balm")
    posted = pay(ann, name="Ann", way="Post to your door")
    tracking = ann.url
    put_in_the_cart(ben, "lanolin-soap", "Plain")
    fetched = pay(ben, name="Ben", way="Pick up at the store")

    accept_and_pack_together(page, [posted, fetched], looker)
    send_in_two_parcels(page, posted, looker)
    ben.reload()
    hand_over_with_the_code(page, ben, fetched, looker)
    ask(ann, posted, looker)
    read_the_answer_while_writing(ann, lambda: answer(page, looker))
    ann.goto(tracking)
    take_a_piece_back(page, ann, posted, looker)
    lay_in(page, looker)
    sell_the_last_hour_urgently(page, looker)

    page.goto(f"{WORK}figures/")
    looker.look_at(page, "figures", PHONE)
    page.goto(WORK)
    looker.look_at(page, "dashboard", PHONE)
    assert "cornwall: 0 differences" in live_site.manage("check_books", "--union", "cornwall")
    assert looker.found == []
