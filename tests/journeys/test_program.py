"""A newcomer alone gets an answer, a price and a time: the demo's stores that the example program staffs."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_deals import newest_card
from tests.journeys.test_talk import open_window, write

pytestmark = pytest.mark.timeout(500)


@pytest.mark.parametrize(
    ("union", "store", "language", "question", "hello", "good", "person"),
    [
        (
            "cornwall",
            "truro-plants",
            "en-GB",
            "Is there a tree fern?",
            "automatic answer",
            "Tree fern",
            "A person please",
        ),
        ("kaohsiung", "harbour-books", "zh-TW", "有小渡輪嗎", "自動回覆", "小渡輪去旗津", "真人"),
        ("busan", "yeongdo-coffee", "ko-KR", "에티오피아 있나요", "자동 응답", "에티오피아 내추럴", "상담원"),
    ],
)
def test_a_program_answers_in_the_shoppers_language(new_page, union, store, language, question, hello, good, person):
    page = new_page(locale=language)
    page.goto(f"/u/{union}/{store}/")
    page.locator("[data-talk]").click()
    window = page.get_by_role("dialog")
    field = window.locator("textarea[name=text]:visible")
    field.fill(question)
    field.press("Enter")
    log = window.get_by_role("log")
    expect(log).to_contain_text(hello)
    # The good stands on a card, with its own page, and whoever speaks is told to be automatic.
    expect(log.locator(".talk-product a")).to_contain_text(good)
    field.fill(person)
    field.press("Enter")
    # What a program gives away goes to a person; nobody is there now, so the shopper leaves an address.
    expect(window.locator("[data-form=address]")).to_be_visible()


def test_a_program_agrees_a_price_and_a_time(new_page):
    page = new_page(phone=True, locale="en-GB")
    page.goto("/u/cornwall/truro-plants/camellia/")
    window = open_window(page)
    write(window, "Could it be cheaper?")
    expect(window.get_by_role("log")).to_contain_text("Name a price on the card of what you would like")

    # Half of it is answered with another price, which the shopper agrees to; within what it may, it agrees at once.
    card = newest_card(window, "product")
    for offered, told in (("12.00", "Agree to £22.80"), ("22.08", "Order it")):
        card.get_by_text("Name a price").click()
        card.get_by_label("Price of one").fill(offered)
        card.get_by_role("button", name="Name this price").click()
        # Named on an older card, answered below it: the answer is in sight.
        expect(newest_card(window, "proposal").get_by_role("button", name=told)).to_be_in_viewport()
    expect(newest_card(window, "proposal")).to_contain_text("£22.08")

    newest_card(window, "proposal").get_by_role("button", name="Order it").click()
    expect(newest_card(window, "order").locator(".strong").first).to_be_in_viewport()

    # A time: proposed by the program, agreed by the shopper.
    write(window, "And I would like to book a garden visit")
    when = newest_card(window, "reservation")
    when.get_by_role("button", name="Accept", exact=True).click()
    expect(newest_card(window, "reservation").locator(".badge")).to_have_text(re.compile("confirmed", re.IGNORECASE))
    assert "automatic" in window.inner_text()
    # The order that the shopper made asked nothing of it.
    assert "found nothing" not in window.inner_text()
