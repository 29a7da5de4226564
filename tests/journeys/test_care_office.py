"""The office of a union: lets a provider in, decides a dispute, claims from the insurer, reads the bordereau."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.ascc.desks import PICTURE
from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_first_sale import manager_of

pytestmark = pytest.mark.timeout(500)
ADMIN = "admin@cornwall.martunion.example"


def newest(live_site, model: str, condition: str = "") -> str:
    """The key of the newest thing of Cornwall that fits."""
    return live_site.python(
        f"from ascc.models import {model} as M\n"
        f"print(M.objects.filter(union__slug='cornwall'{condition}).order_by('-id').values_list('pk', flat=True)[0])"
    ).strip()


def test_office_approves_decides_claims_and_reads_the_bordereau(live_site, new_page):
    looker = Looker()
    page = looker.watch(new_page())
    sign_in(page, ADMIN, then="/admin/ascc/serviceprovider/?state__exact=applied")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="Approve").click()
    page.fill("textarea[name=reason]", "Workshop seen.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Workshop seen.").first).to_be_visible()
    expect(page.locator(".office-badge.success").first).to_have_text("approved")

    dispute = newest(live_site, "Dispute", ", decided_at=None")
    # The provider reads what the customer says, and answers with a picture.
    store, code = live_site.python(
        "from ascc.models import Dispute\n"
        f"visit = Dispute.objects.select_related('visit__voucher', 'visit__provider__store').get(pk={dispute}).visit\n"
        "print(visit.provider.store.slug, visit.voucher.code)"
    ).split()
    phone = looker.watch(new_page(phone=True, locale="en-GB"))
    sign_in(phone, manager_of(live_site, store), then=f"/provider/cornwall/{store}/vouchers/{code}/")
    expect(phone.get_by_text("It makes the same noise as before.")).to_be_visible()
    phone.get_by_label("What it shows").fill("The wheel as it left the workshop.")
    phone.get_by_label("A photo or PDF, if you have one").set_input_files(
        {"name": "wheel.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    looker.look_at(phone, "a dispute on the provider's phone")
    phone.get_by_role("button", name="Add it").click()
    expect(phone.get_by_text("Added. The customer and the service center see it.")).to_be_visible()

    page.goto(f"/admin/ascc/dispute/{dispute}/change/")
    expect(page.get_by_text("It ran quietly when we handed it over.")).to_be_visible()
    expect(page.get_by_text("The wheel as it left the workshop.")).to_be_visible()
    page.get_by_role("link", name="Decide").click()
    page.fill("#id_decision", "Half of the fee: the part was worn, the noise came back.")
    page.fill("#id_granted", "9")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("the noise came back").first).to_be_visible()
    expect(page.get_by_text("£9.00").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("The visit counts as used; the provider is paid £9.00.")).to_be_visible()
    expect(phone.get_by_role("button", name="Add it")).to_have_count(0)
    phone.close()

    service = newest(
        live_site, "Redemption", ", voucher__version__policy__isnull=False, visit__claims=None, amount__gt=900"
    )
    page.goto(f"/admin/ascc/redemption/{service}/change/")
    page.get_by_role("link", name="Claim it from the insurer").click()
    page.get_by_role("button", name="Claim it from the insurer").click()
    expect(page.get_by_text("claimed from the insurer").first).to_be_visible()
    claim = newest(live_site, "Claim")
    page.goto(f"/admin/ascc/claim/{claim}/change/")
    page.get_by_role("link", name="The insurer takes it over").click()
    page.get_by_role("button", name="The insurer takes it over").click()
    page.get_by_role("link", name="The money has arrived").click()
    page.fill("textarea[name=reason]", "Bank statement 7")
    page.get_by_role("button", name="The money has arrived").click()
    expect(page.get_by_text("Bank statement 7").first).to_be_visible()

    page.goto("/admin/ascc/voucher/figures/")
    assert page.locator(".office-chart svg").count() >= 3
    page.goto(f"/admin/ascc/insurer/{newest(live_site, 'Insurer')}/change/")
    with page.expect_download() as arriving:
        page.locator(".office-months a").first.click()
    told = arriving.value.path().read_text("utf-8-sig")
    number = live_site.python(f"from ascc.models import Claim\nprint(Claim.objects.get(pk={claim}).number)").strip()
    assert f"{number}" in told
    assert looker.found == []
