"""A newcomer alone gets an answer: the demo's stores that the example program staffs."""

import pytest
from playwright.sync_api import expect

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
