"""Choosing a signal code while one types, by keyboard and by touch, on the style page, which every installation has."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def test_a_code_is_found_while_typing_and_taken_by_keyboard_or_touch(browser_page):
    page = browser_page
    page.goto("/look/")
    field = page.get_by_role("combobox", name="Kind of goods or service")
    options = page.locator("[data-codes]").get_by_role("option")
    field.press_sequentially("lam", delay=40)
    expect(options.first).to_contain_text("Lamps")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    field.press("Enter")
    chosen = page.locator("input[name=wanted]:checked")
    expect(chosen).to_have_value("hg-13-5")
    expect(options).to_have_count(0)
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    # Another one by touch takes its place; Escape leaves everything as it is.
    field.press_sequentially("bicycle re", delay=40)
    options.filter(has_text="Bicycle repair").first.click()
    expect(chosen).to_have_value("sv-repair-bike")
    field.press_sequentially("tea", delay=40)
    expect(options.first).to_be_visible()
    field.press("Escape")
    expect(options).to_have_count(0)
    expect(chosen).to_have_value("sv-repair-bike")
    field.fill("xqzv")
    expect(page.locator("[data-codes-state]")).to_have_text("Nothing is called so. Try another word.")
    field.fill("lamp")
    expect(options.first).to_be_visible()
    found = Axe().run(page, context="[data-codes]").response["violations"]
    assert [violation["id"] for violation in found] == []
