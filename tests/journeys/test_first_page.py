"""The site as a stranger first meets it."""

from playwright.sync_api import Page, expect

from tests.journeys.looking import sign_in


def test_sign_in_page_loads_its_own_files_only(browser_page: Page, live_site):
    requested: list[str] = []
    browser_page.on("request", lambda request: requested.append(request.url))
    response = browser_page.goto("/account/login/")
    assert response is not None
    assert response.status == 200
    assert response.headers["content-security-policy"].startswith(
        "default-src 'self'; script-src 'self'; style-src 'self';"
    )
    assert [url for url in requested if not url.startswith((live_site.address, "data:"))] == []


def test_administration_works_under_its_policy(new_page, live_site):
    page = new_page()
    sign_in(page, "center@martunion.example", then="/admin/")
    # Alpine has started: without 'unsafe-eval' it would leave its cloaks on.
    expect(page.locator("[x-cloak]")).to_have_count(0)
