"""The site as a stranger first meets it."""

from playwright.sync_api import Page, expect


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
    live_site.python(
        "from accounts.models import User\n"
        "User.objects.create_superuser(email='center@example.org', password='a long enough word')"
    )
    page = new_page()
    page.goto("/admin/login/?next=/admin/accounts/user/")
    page.locator("input[name=username]").fill("center@example.org")
    page.locator("input[name=password]").fill("a long enough word")
    page.locator("[type=submit]").click()
    page.wait_for_url("**/admin/**")
    page.goto("/admin/")
    # Alpine has started: without 'unsafe-eval' it would leave its cloaks on.
    expect(page.locator("[x-cloak]")).to_have_count(0)
