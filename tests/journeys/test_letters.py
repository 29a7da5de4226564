"""A campaign by post: a list is taken in, its letters are printed, one shopper points the phone's camera at the QR
code, another types the code; both are connected to the shop. Four browsers and a real PDF."""

import io
import re
from contextlib import contextmanager

import pytest
import segno
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.desks import UNION, at_console, console, end, street, take, workplace
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import say
from tests.journeys.test_talk import open_window

pytestmark = pytest.mark.timeout(500)

STORE, NAME, OWNER = "polzeath-surf", "Polzeath Surf School", "jago@polzeath-surf.example"
CAMPAIGN, ITEM, PRODUCT = "Boards kept for you", "Hand-shaped longboard, 9 ft 2", "hand-shaped-longboard"
LIST = """reference,name,email,line1,postal_code,city,country,language
1,Ada Lin,,3 Harbour Road,TR11 3AB,Falmouth,GB,en
2,Ben Rowe,,8 Fore Street,TR26 1HE,St Ives,GB,en
3,Cy Nance,not an address,9 Hill,TR1 1AA,Truro,GB,en
"""


@contextmanager
def campaign(desk):
    """A campaign of pre-qualified shoppers around one item, ended afterwards."""
    desk.goto(f"{workplace(STORE)}codes/")
    new = desk.get_by_role("form", name="New campaign")
    new.locator("[name=name]").fill(CAMPAIGN)
    new.locator("[name=short]").fill("boards-kept")
    new.locator("[name=kind]").select_option("list")
    new.locator("[name=product]").select_option(label=ITEM)
    new.locator("[name=words]").fill("one of the two is yours to try.")
    new.get_by_role("button", name="Begin it").click()
    expect(desk.get_by_role("heading", name=CAMPAIGN)).to_be_visible()
    page = desk.url
    try:
        yield page
    finally:
        desk.goto(page)
        desk.get_by_role("button", name="End the campaign").click()
        desk.get_by_role("dialog").get_by_role("button", name="End the campaign").click()
        expect(desk.locator("main")).to_contain_text("The campaign has ended.")


def figures(desk, page):
    """What came of the campaign, by the page's own words."""
    desk.goto(page)
    facts = desk.locator("main dl.facts").first
    return dict(
        zip(facts.locator("dt").all_inner_texts(), map(int, facts.locator("dd").all_inner_texts()), strict=True)
    )


def printed_squares(page):
    """The dark modules of the QR code on a page of a PDF, as (row, column)."""
    drawn = [
        [float(each) for each in operands] for operands, operator in page.get_contents().operations if operator == b"re"
    ]
    wide = min(width for _x, _y, width, _height in drawn)
    squares = [(x, y) for x, y, width, _height in drawn if abs(width - wide) < 0.01]
    left, top, step = min(x for x, _y in squares), max(y for _x, y in squares), wide / 1.02
    return {(round((top - y) / step), round((x - left) / step)) for x, y in squares}


def squares_of(address):
    """What a camera has to see for this address."""
    matrix = segno.make_qr(address, error="m").matrix
    return {(y, x) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def download(desk, name):
    with desk.expect_download() as sent:
        desk.get_by_role("link", name=name).click()
    return sent.value


def test_letters_are_printed_and_their_codes_connect(new_page):
    look = Looker()
    desk = look.watch(new_page(locale="en-GB"))
    phone, other = new_page(phone=True, locale="en-GB"), new_page(locale="en-GB")
    sign_in(desk, OWNER, then=console(STORE))
    with campaign(desk) as page:
        # Two people on the list, one refused with the reason.
        taking = desk.get_by_role("form", name="A list from a file")
        taking.locator("input[type=file]").set_input_files(
            {"name": "kept.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
        )
        taking.get_by_role("button", name="Take it in").click()
        run = desk.locator("#import")
        expect(run).to_contain_text(re.compile(r"Rows\s*3\s*created\s*2\s*refused\s*1"))
        look.look_at(desk, "a list that was taken in")
        refused = download(desk, "Refused rows with reasons (CSV)")
        assert "Cy Nance" in refused.path().read_text("utf-8-sig")

        # Letters: a page for each, with their address, their code, and a QR code that leads to it.
        desk.goto(page)
        look.look_at(desk, "a campaign of letters")
        letters = download(desk, "Letters not printed yet (PDF)")
        assert letters.suggested_filename == "boards-kept-letters.pdf"
        content = letters.path().read_bytes()
        assert content.startswith(b"%PDF-")
        sheets = PdfReader(io.BytesIO(content)).pages
        assert len(sheets) == 2
        codes = []
        for sheet, name, place in zip(
            sheets, ("Ada Lin", "Ben Rowe"), ("TR11 3AB Falmouth", "TR26 1HE St Ives"), strict=True
        ):
            text = sheet.extract_text()
            for words in (name, place, f"Dear {name},", ITEM, "one of the two is yours to try.", "Your code"):
                assert words in text
            [code] = set(re.findall(r"\bCON-[0-9A-Z-]+\b", text))
            [place_for_codes] = set(re.findall(r"http\S+/code/", text))
            assert place_for_codes.endswith(f"/u/{UNION}/code/")
            address = f"{place_for_codes}{code}/"
            assert printed_squares(sheet) == squares_of(address)
            codes.append((code, address))
        assert codes[0] != codes[1]
        desk.reload()
        expect(desk.get_by_role("row").filter(has_text="Ada Lin")).to_contain_text("printed")
        desk.get_by_role("link", name="Letters not printed yet (PDF)").click()
        expect(desk.locator("main")).to_contain_text("There is no code to print yet.")

        with at_console(desk, STORE):
            # The camera opens the address; one press, and the shop is there.
            phone.goto(codes[0][1])
            expect(phone.locator("main")).to_contain_text("Dear Ada Lin,")
            expect(phone.locator("main")).to_contain_text(f"{NAME} invites you.")
            look.look_at(phone, "what a QR code opens")
            phone.get_by_role("button", name="Go there").click()
            phone.wait_for_url(f"**{street(STORE)}{PRODUCT}/?open=1")
            log = phone.locator("#talk").get_by_role("log")
            expect(log).to_contain_text(f"Came with a code of “{CAMPAIGN}”.")
            take(desk)
            expect(desk.locator("#console-context")).to_contain_text(re.compile(rf"Known as\s*{CAMPAIGN}"))
            say(desk, "Welcome! It stands here, waxed.")
            expect(log).to_contain_text("Welcome! It stands here, waxed.")
            end(desk)

            # Typed as somebody types, from the talk window.
            other.goto(street(STORE))
            open_window(other).get_by_role("link", name="I have a code").click()
            other.get_by_label("Your code").fill(codes[1][0].lower().replace("-", " "))
            other.get_by_role("button", name="Use the code").click()
            other.wait_for_url(f"**{street(STORE)}{PRODUCT}/?open=1")
            take(desk)
            end(desk)

        # It was made for one: somebody else's browser opens nothing with it.
        third = new_page(phone=True, locale="en-GB")
        third.goto(f"/u/{UNION}/code/")
        third.get_by_label("Your code").fill(codes[0][0])
        third.get_by_role("button", name="Use the code").click()
        expect(third.get_by_role("alert").first).to_contain_text("This code does not open anything here.")
        assert figures(desk, page) == {
            "Codes": 2, "Opened": 1, "Visitors who entered one": 2, "Conversations": 2, "Orders within 30 days": 0
        }  # fmt: skip
    # Ended, none of them opens anything.
    assert third.goto(codes[1][1]).status == 404
    expect(third.get_by_role("alert").first).to_contain_text("This code does not open anything here.")
    assert look.found == []
