"""A regional admin looks at the overview, reads an application and lets the enterprise in."""

import pytest

from tests.site import LiveSite

PASSWORD = "open-the-market-7"


@pytest.fixture
def union(request):
    """Each size decides on an application of its own."""
    return {"desktop": "busan", "phone": "cornwall"}[request.node.callspec.params["browser_page"]]


def test_admin_sees_charts_and_approves_an_application(browser_page, live_site: LiveSite, union: str):
    page = browser_page
    page.goto("/admin/")
    page.locator("input[name=login]").fill(f"admin@{union}.martunion.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/admin/")

    assert page.locator(".office-chart svg").count() >= 2
    assert page.locator(".office-tile").count() == 7
    assert "30" in page.locator(".office-chart figcaption").first.inner_text()
    page.locator(".office-chart summary").first.click()
    assert page.locator(".office-chart table").first.locator("tbody tr").count() == 30

    page.locator(".office-tile").first.click()
    page.wait_for_url("**/unions/membership/**")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/**")
    address = page.url.partition("?")[0]
    page.locator('.office-moves a[href$="/move/approve/"]').click()
    page.locator("textarea[name=reason]").fill("Papers are in order.")
    page.locator(".office-ask button").click()
    page.wait_for_url(address)

    assert page.locator(".office-badge.success").count() == 1
    assert "Papers are in order." in page.locator("main, #content-main").first.inner_text()
    state = live_site.python(
        "from unions.models import MembershipChange as C\n"
        f"c = C.objects.filter(union__slug='{union}').order_by('-id').first()\n"
        "print(c.from_state, c.to_state, c.actor.email, c.reason)"
    )
    assert state.strip() == f"applied active admin@{union}.martunion.example Papers are in order."
